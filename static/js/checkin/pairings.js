// What this phone is paired as, and was: scans go out under the pairing they were made with.

export class Pairings {
  /** @param {import("./engine.js").Gate} gate */
  constructor(gate) {
    this.gate = gate;
  }

  /** Who may send: the present pairing first. */
  senders() {
    return [this.gate.device, ...this.gate.former].filter(Boolean);
  }

  /** The pairing ends; its unsent scans still go out under its own name, so that the server can keep them apart. */
  async retire() {
    const { gate } = this;
    await gate.keep("former", [...gate.former, gate.device]);
    await gate.keep("device", null);
    gate.queue.devices = this.senders();
    await this.dropFormer();
  }

  async dropFormer() {
    const { gate } = this;
    const busy = new Set([...gate.queue.rows.values(), ...gate.queue.undone.values()].map((one) => one.owner));
    const left = gate.former.filter((device) => busy.has(device.key));
    if (left.length !== gate.former.length) await gate.keep("former", left);
    gate.queue.devices = this.senders();
  }

  /** The server turned this phone away: "revoked" or "unknown_device". */
  async end(kind) {
    const { gate } = this;
    if (!gate.device) return;
    gate.cutOff = kind;
    gate.roster.lock();
    await this.retire();
    await Promise.all([gate.data.forget(), gate.roster.forget()]);
    gate.changed();
    gate.queue.flush();
  }
}
