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

  /**
   * The pairing ends; its unsent scans still go out under its own name, so that the server can keep them apart.
   * Resolves to whether what the phone keeps was of this pairing.
   */
  async retire() {
    const { gate } = this;
    const ended = gate.device;
    if (!(await this.kept(ended))) {
      Object.assign(gate, { device: null, former: [...gate.former, ended] });
      gate.queue.devices = this.senders();
      return false;
    }
    await gate.keep("former", [...gate.former, ended]);
    await gate.keep("device", null);
    gate.queue.devices = this.senders();
    await this.dropFormer();
    return true;
  }

  /** False where another tab has paired the phone anew: what is kept is that pairing's then, and not ours to clear. */
  async kept(device) {
    const stored = await this.gate.db?.get("settings", "device").catch(() => null);
    return !stored || stored.key === device.key;
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
    if (await this.retire()) await Promise.all([gate.data.forget(), gate.roster.forget()]);
    else gate.data.clear();
    gate.changed();
    gate.queue.flush();
  }
}
