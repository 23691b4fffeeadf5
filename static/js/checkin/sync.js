// Keeps phone and server of one mind: when online, when the page comes to sight, and every 15 s. First up, then down.

import { ApiError, names, snapshot } from "./api.js";
import { decode } from "./snapshot.js";

const EVERY = 15_000; // ms

export class Sync {
  constructor(gate) {
    this.gate = gate;
    this.running = null;
    this.stopped = false;
  }

  start() {
    this.timer = setInterval(() => this.run(), EVERY);
    this.now = () => document.visibilityState === "visible" && this.run();
    addEventListener("online", this.now);
    addEventListener("offline", this.now);
    document.addEventListener("visibilitychange", this.now);
    this.run();
  }

  stop() {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.planned);
    removeEventListener("online", this.now);
    removeEventListener("offline", this.now);
    document.removeEventListener("visibilitychange", this.now);
  }

  /** Try again shortly: a scan could not be sent. One plan at a time. */
  soon() {
    this.planned ??= setTimeout(() => {
      this.planned = undefined;
      this.run();
    }, 3000);
  }

  /** One round; never rejects. A call while one runs waits for that one. */
  run() {
    if (this.stopped) return Promise.resolve();
    this.running ??= this.round().finally(() => { this.running = null; });
    return this.running;
  }

  async round() {
    const { gate } = this;
    await gate.roster.expire(gate.now());
    if (navigator.onLine === false) return gate.changed();
    await gate.queue.flush();
    const { device } = gate;
    if (!device || this.stopped) return undefined;
    try {
      const more = await this.fetchSnapshot(device);
      Object.assign(gate, { reachable: true, busy: false });
      gate.changed();
      if (more || gate.data.namesCursor === null) await this.fetchNames(device);
    } catch (error) {
      if (device === gate.device) gate.failed(error instanceof ApiError ? error : new ApiError("busy"), device);
    }
    return gate.changed();
  }

  /** Data of the gate; resolves to whether tickets changed. */
  async fetchSnapshot(device) {
    const { gate } = this;
    const round = gate.queue.nextRound();
    const answer = await snapshot(device, gate.data.snapshot?.cursor ?? null);
    if (device !== gate.device) return false;
    gate.clock.measure(answer.asked, answer.answered, Date.parse(decode(answer.buffer).head.as_of)); // from the middle of both
    const tickets = await gate.data.take(device.point.slug, answer.buffer);
    await gate.queue.settle(round);
    const { name } = gate.data.snapshot.point;
    if (name !== device.point.name) await gate.keep("device", Object.assign(device, { point: { ...device.point, name } }));
    return tickets > 0;
  }

  async fetchNames(device) {
    const { gate } = this;
    await gate.data.namesLoaded; // else all would be asked for again, and the older ones written over them
    const { buffer, cursor } = await names(device, gate.data.namesCursor);
    if (device === gate.device) await gate.data.takeNames(device.point.slug, buffer, cursor);
  }
}
