// The gate's data on the phone: the snapshot and the sealed names, kept so that they are there without a network.

import { Names } from "./names.js";
import { Snapshot, decode } from "./snapshot.js";

const MOST_DELTAS = 40; // then the whole is written once more
const MOST_CHUNKS = 40;

export class GateData {
  /** @param {() => IDBPDatabase|null} store where it is kept; without one it lives in memory */
  constructor(store) {
    this.store = store;
    this.clear();
  }

  clear() {
    this.snapshot = null;
    this.names = new Names();
    this.namesCursor = null;
    this.namesLoaded = Promise.resolve();
    this.deltas = 0;
  }

  /** What the phone has kept for a point. A broken or foreign copy counts as none: the server gives it again. */
  async load(point) {
    this.clear();
    const db = this.store();
    if (!db) return;
    try {
      const base = await db.get("snapshot", "base");
      if (base?.point !== point) return;
      const snapshot = Snapshot.revive(base.state);
      this.snapshot = snapshot;
      for (const kept of await db.getAll("deltas")) this.applyKept(point, kept);
    } catch {
      this.deltas = Infinity; // goes on with what could be read
    }
  }

  /** A delta of another point was written by a tab that was paired there: it says nothing of this one. */
  applyKept(point, kept) {
    const { buffer, ...of } = kept instanceof ArrayBuffer ? { buffer: kept, point } : kept; // bare: an earlier version's
    if (of.point !== point) return;
    this.snapshot.apply(buffer);
    this.deltas += 1;
  }

  /** Names are read after the first verdicts are possible; `namesLoaded` tells when. Never rejects. */
  loadNames(point) {
    this.namesLoaded = this.readNames(point);
    return this.namesLoaded;
  }

  async readNames(point) {
    try {
      const kept = await this.store()?.get("settings", "names");
      if (kept?.point !== point) return;
      const names = new Names();
      for (const buffer of await this.store().getAll("names")) names.add(buffer);
      this.names = names;
      this.namesCursor = kept.cursor;
    } catch {
      this.namesCursor = null;
    }
  }

  /** Take an answer of the server in, whole or delta; resolves to the number of tickets in it. */
  async take(point, buffer) {
    const whole = decode(buffer).head.full;
    let tickets;
    if (whole) {
      this.snapshot = new Snapshot(buffer);
      tickets = this.snapshot.count;
    } else {
      tickets = this.snapshot.apply(buffer);
    }
    // No space: it is in memory, and what is kept must have no gap, so the whole is written next time.
    await this.keep(point, whole ? null : buffer).catch(() => { this.deltas = Infinity; });
    return tickets;
  }

  async keep(point, delta) {
    const db = this.store();
    if (!db) return;
    if (delta && this.deltas < MOST_DELTAS) {
      await db.add("deltas", { point, buffer: delta });
      this.deltas += 1;
      return;
    }
    const state = this.snapshot.state();
    const change = db.transaction(["snapshot", "deltas"], "readwrite");
    change.objectStore("snapshot").put({ point, state }, "base");
    change.objectStore("deltas").clear();
    await change.done;
    this.deltas = 0;
  }

  /** Take sealed names in. */
  async takeNames(point, buffer, cursor) {
    const whole = this.namesCursor === null;
    if (whole) this.names = new Names();
    if (buffer.byteLength) this.names.add(buffer);
    this.namesCursor = cursor;
    const db = this.store();
    if (!db) return;
    const change = db.transaction(["names", "settings"], "readwrite");
    const names = change.objectStore("names");
    if (whole || this.names.chunks.length > MOST_CHUNKS) {
      names.clear();
      for (const { bytes } of this.joined()) names.add(bytes.buffer);
    } else if (buffer.byteLength) {
      names.add(buffer);
    }
    change.objectStore("settings").put({ point, cursor }, "names");
    await change.done.catch(() => {});
  }

  /** One chunk of all; later entries for a ticket stand behind and are found first. */
  joined() {
    const { chunks } = this.names;
    if (chunks.length > 1) {
      const whole = new Uint8Array(chunks.reduce((sum, { bytes }) => sum + bytes.length, 0));
      let at = 0;
      for (const { bytes } of chunks) {
        whole.set(bytes, at);
        at += bytes.length;
      }
      this.names = new Names();
      this.names.add(whole.buffer);
    }
    return this.names.chunks;
  }

  async forget() {
    this.clear();
    const db = this.store();
    if (!db) return;
    const change = db.transaction(["snapshot", "deltas", "names", "settings"], "readwrite");
    for (const name of ["snapshot", "deltas", "names"]) change.objectStore(name).clear();
    change.objectStore("settings").delete("names");
    await change.done.catch(() => {});
  }
}
