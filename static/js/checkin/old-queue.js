// Every scan is stored on the phone before it is sent, and forgotten only when its id came back.

import { openDB } from "../../vendor/idb/index.js";
import { ApiError, send } from "./api.js";

const BATCH = 50;
const LONGEST = 8192; // characters; the server looks at nothing longer

/** Opens the phone's store. Rejects where the browser keeps nothing (private windows of old browsers). */
export const openStore = () =>
  openDB("pekan-gate", 1, {
    upgrade(db) {
      db.createObjectStore("settings");
      const scans = db.createObjectStore("scans", { keyPath: "seq", autoIncrement: true });
      scans.createIndex("id", "id", { unique: true });
      scans.createIndex("point", "point"); // scans of one point are never sent for another
      db.createObjectStore("rejected", { keyPath: "id" });
    },
  });

export class Queue {
  /**
   * @param {import("../../vendor/idb/index.js").IDBPDatabase} store
   * @param {(event: {results?: object[], error?: ApiError, unsent: number}) => void} report called after every attempt
   */
  constructor(store, report) {
    this.store = store;
    this.report = report;
    this.device = null;
    this.sending = false;
    this.again = false;
  }

  unsent() {
    return this.store.count("scans");
  }

  /** Keep a scan; resolves when it is safe on the phone. */
  async keep(scan) {
    await this.store.add("scans", { ...scan, code: scan.code.slice(0, LONGEST + 1) });
  }

  /** Nobody waited for the answer: from now on this scan is judged by the moment it was made. */
  async markOffline(id) {
    const change = this.store.transaction("scans", "readwrite");
    const cursor = await change.store.index("id").openCursor(id);
    if (cursor) await cursor.update({ ...cursor.value, offline: true });
    await change.done;
  }

  /** Send what is kept, oldest first, one request at a time. Never rejects. */
  async flush() {
    if (!this.device) return;
    if (this.sending) {
      this.again = true;
      return;
    }
    this.sending = true;
    try {
      do {
        this.again = false;
        while (await this.sendSome()) { /* until the store is empty or something is in the way */ }
      } while (this.again);
    } catch {
      this.report({ error: new ApiError("network"), unsent: await this.unsent().catch(() => 0) });
    } finally {
      this.sending = false;
    }
  }

  /** One batch; true when there may be more. */
  async sendSome() {
    const device = this.device;
    const kept = await this.store.getAllFromIndex("scans", "point", device.point.slug, BATCH);
    if (!kept.length) return false;
    try {
      const results = await send(device, kept.map(asSent));
      const back = new Set(results.map((result) => result.id));
      await this.forget(kept.filter((scan) => back.has(scan.id)));
      this.report({ results, unsent: await this.unsent() });
      return back.size > 0 && kept.length === BATCH;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.kind === "refused") return this.sendOneByOne(device, kept);
      this.report({ error, unsent: await this.unsent() });
      return false;
    }
  }

  /** The server took none of a batch: one bad scan must not hold up the others. */
  async sendOneByOne(device, kept) {
    for (const scan of kept) {
      try {
        const results = await send(device, [asSent(scan)]);
        await this.forget([scan]);
        this.report({ results, unsent: await this.unsent() });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.kind !== "refused") {
          this.report({ error, unsent: await this.unsent() });
          return false;
        }
        await this.store.put("rejected", { ...scan, status: error.status });
        await this.forget([scan]);
      }
    }
    return true;
  }

  async forget(scans) {
    const change = this.store.transaction("scans", "readwrite");
    await Promise.all([...scans.map((scan) => change.store.delete(scan.seq)), change.done]);
  }
}

const asSent = ({ id, code, scanned_at, offline }) => ({ id, code, scanned_at, offline });

/** A random UUID; crypto.randomUUID is missing on plain http, where a rehearsal may run. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
