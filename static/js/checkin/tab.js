// One tab of a phone works at a time: two would write over each other's pairing and data.

import { openStore } from "./store.js";

const NAME = "pekan-gate";
const PATIENCE = 1500; // ms; a page that is just being left may hold on for a moment

export class Tab {
  /** @param {import("./engine.js").Gate} gate */
  constructor(gate) {
    this.gate = gate;
    this.release = null;
  }

  /** This tab works; where another one does, after `elsewhere` has resolved. */
  async begin(elsewhere) {
    if (await this.take()) return;
    await elsewhere();
    await this.take({ steal: true });
  }

  /** Resolves to whether this tab is the one. With `steal` it is, and the other one is told. */
  take({ steal = false } = {}) {
    if (!navigator.locks) return Promise.resolve(true); // plain http and old browsers: as good as it goes
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    return new Promise((resolve) => {
      const held = () => {
        clearTimeout(timer);
        resolve(true);
        return new Promise((done) => { this.release = done; });
      };
      navigator.locks.request(NAME, steal ? { steal } : { signal: stop.signal }, held)
        .catch((error) => (this.release ? this.leave() : resolve(error.name !== "AbortError")));
    });
  }

  /** Another tab has taken over: nothing is written here any more, and only what it cannot know is still sent. */
  leave() {
    const { gate } = this;
    this.release = null;
    gate.elsewhere = true;
    gate.close();
    gate.db = null;
    gate.roster.lock();
    gate.queue.keepLoose();
    gate.queue.flush();
    gate.dispatchEvent(new Event("elsewhere"));
  }

  /** This tab again, once the page is loaded anew. False while that would lose scans that are in memory only. */
  async takeOver() {
    const { gate } = this;
    await gate.queue.flush();
    gate.db = await openStore();
    await gate.queue.rescue().catch(() => {});
    gate.db?.close();
    gate.db = null;
    return !gate.queue.loose.length && this.take({ steal: true });
  }

  close() {
    this.release?.();
    this.release = null;
  }
}
