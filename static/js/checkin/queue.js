// Every scan is stored on the phone before its verdict is shown, and forgotten only when its id came back.
// A copy in memory goes on where the browser has no space left or takes the store away.

import { ApiError, upload } from "./api.js";
import { countsAt } from "./own.js";

const BATCH = { first: 50, most: 400 }; // scans a request: it grows while the network carries it
const LONGEST = 8192; // characters; the server looks at nothing longer
const NOT_COUNTED = new Set(["unknown", "forged", "other_festival", "revoked_device", "id_reused"]);

export class Queue {
  /**
   * @param {() => import("../../vendor/idb/index.js").IDBPDatabase|null} store
   * @param {(event: {answers?: {row, result}[], undone?: object[], error?: ApiError, device: object}) => void} report
   *   called after every attempt to send
   */
  constructor(store, report) {
    this.store = store;
    this.report = report;
    this.rows = new Map(); // id → scan that is not sent yet, oldest first
    this.undone = new Map(); // id → {id, undone_at, owner, point}
    this.settled = new Map(); // id → effect on a ticket that the snapshot does not show yet
    this.touched = new Set(); // tickets whose effects changed since somebody counted
    this.devices = []; // who may send: the phone as it is paired now, and as it was while its scans are unsent
    this.phone = () => ({});
    this.round = 0; // grows with every snapshot asked for
    this.size = BATCH.first;
  }

  /** What an earlier run of the page has left. */
  async load() {
    const db = this.store();
    if (!db) return;
    for (const name of ["undone", "settled"]) for (const one of await db.getAll(name)) this[name].set(one.id, one);
    for (const one of this.settled.values()) if (one.acked !== undefined) one.acked = -1; // before this run's first round
    for (const row of await db.getAll("scans")) this.rows.set(row.id, { ...row, offline: true }); // nobody waits any more
  }

  get unsent() {
    return this.rows.size;
  }

  /** Scans that are in memory only. */
  get loose() {
    return [...this.rows.values()].filter((row) => row.seq === undefined);
  }

  /** Another tab goes on with all that is in the store. */
  keepLoose() {
    this.rows = new Map(this.loose.map((row) => [row.id, row]));
    this.undone.clear();
    this.settled.clear();
  }

  get oldest() {
    const [first] = this.rows.values();
    return first ? Date.parse(first.scanned_at) : null;
  }

  /** Keep a scan. Rejects when the phone has no space: then it is in memory only. */
  async keep(scan) {
    const row = { ...scan, code: scan.code.slice(0, LONGEST + 1) };
    this.rows.set(row.id, row);
    this.touch(row.effect);
    const change = this.store()?.transaction("scans", "readwrite", { durability: "relaxed" });
    const added = change?.store.add(stored(row));
    change?.commit?.(); // without waiting for the answer: a round less between a scan and its verdict
    [row.seq] = await Promise.all([added, change?.done]);
  }

  /** Change what is kept of a scan, in the store before this resolves. */
  async change(id, fields) {
    const row = this.rows.get(id);
    if (!row) return;
    this.touch(row.effect);
    Object.assign(row, fields);
    if (row.seq !== undefined) await this.store()?.put("scans", stored(row));
  }

  touch(effect) {
    if (effect) this.touched.add(effect.ticket);
  }

  /** What this phone did with a ticket at a point and the snapshot does not show yet, oldest first. */
  effects(ticket, here) {
    const found = [];
    for (const one of this.settled.values()) if (one.ticket === ticket && countsAt(here, one)) found.push(one);
    for (const { effect, point } of this.rows.values()) {
      if (effect?.ticket === ticket && countsAt(here, effect, point)) found.push(effect);
    }
    return found.sort((a, b) => a.at - b.at);
  }

  /** All of them, by ticket. */
  effectsByTicket(here) {
    const found = new Map();
    const add = (one) => (found.has(one.ticket) ? found.get(one.ticket).push(one) : found.set(one.ticket, [one]));
    for (const one of this.settled.values()) if (countsAt(here, one)) add(one);
    for (const { effect, point } of this.rows.values()) if (effect && countsAt(here, effect, point)) add(effect);
    for (const list of found.values()) list.sort((a, b) => a.at - b.at);
    return found;
  }

  /**
   * Undo a scan that let somebody in: kept first, told to the server with the next upload. Where the snapshot shows
   * the admission already, an effect of its own takes it away until the server has.
   */
  async undo(id, effect, at, owner, point) {
    const told = { id, undone_at: at, owner, point };
    this.undone.set(id, told);
    const own = this.settled.delete(id) || Boolean(this.rows.get(id)?.effect);
    this.touch(effect);
    const undo = own ? null : { point, ...effect, id: `${id} undone`, kind: effect.kind === "out" ? "back" : "undo" };
    if (undo) this.settled.set(undo.id, undo);
    await this.change(id, { effect: null }).catch(() => {});
    const change = this.store()?.transaction(["undone", "settled"], "readwrite");
    change?.objectStore("undone").put(told);
    change?.objectStore("settled").delete(id);
    if (undo) change?.objectStore("settled").put(undo);
    await change?.done;
  }

  /** Send one scan alone, beside whatever else is on its way. Resolves to its result; rejects with an ApiError. */
  async ask(id, device, timeout) {
    const row = this.rows.get(id);
    row.asking = true;
    try {
      const answer = await upload(device, { scans: [this.asSent(row, row.offline)], phone: this.phone() }, timeout);
      await this.take(device, answer);
      return answer.results[0];
    } finally {
      row.asking = false;
    }
  }

  /** Send what is kept, oldest first, one request at a time. Never rejects. */
  flush() {
    this.again = true;
    this.flushing ??= this.flushAll().finally(() => { this.flushing = null; });
    return this.flushing;
  }

  async flushAll() {
    while (this.again) {
      this.again = false;
      await this.flushOnce();
    }
  }

  async flushOnce() {
    for (const device of [...this.devices]) {
      try {
        while (await this.sendSome(device)) { /* until nothing is left or something is in the way */ }
      } catch (error) {
        this.size = BATCH.first;
        this.report({ device, error: error instanceof ApiError ? error : new ApiError("network") });
      }
    }
  }

  mine(device) {
    return [...this.rows.values()].filter((row) => !row.asking && row.point === device.point.slug
      && (row.owner === device.key || (!row.owner && device === this.devices[0])));
  }

  /** One batch; true when there may be more. */
  async sendSome(device) {
    const rows = this.mine(device).slice(0, this.size);
    const sent = new Set(rows.map((row) => row.id));
    const undone = [...this.undone.values()].filter((one) => one.owner === device.key && (!this.rows.has(one.id) || sent.has(one.id)));
    if (!rows.length && !undone.length) return false;
    try {
      const left = await this.take(device, await upload(device, this.body(rows, undone)));
      this.size = Math.min(2 * this.size, BATCH.most);
      return left && rows.length > 0;
    } catch (error) {
      if (error.kind !== "refused") throw error;
      return this.sendOneByOne(device, rows, undone);
    }
  }

  /** The server took none of a batch: one bad scan must not hold up the others. */
  async sendOneByOne(device, rows, undone) {
    const parts = [...rows.map((row) => [[row], []]), ...undone.map((one) => [[], [one]])];
    for (const [scans, taken] of parts) {
      try {
        await this.take(device, await upload(device, this.body(scans, taken)));
      } catch (error) {
        if (error.kind !== "refused") throw error;
        await this.putAside(scans[0], taken[0], error.status);
      }
    }
    return true;
  }

  async putAside(row, undone, status) {
    if (row) this.rows.delete(row.id);
    if (undone) this.undone.delete(undone.id);
    const change = this.store()?.transaction(["scans", "undone", "rejected"], "readwrite");
    if (row) change?.objectStore("rejected").put({ ...stored(row), status });
    if (row?.seq !== undefined) change?.objectStore("scans").delete(row.seq);
    if (undone) change?.objectStore("undone").delete(undone.id);
    await change?.done;
  }

  body(rows, undone) {
    return {
      scans: rows.map((row) => this.asSent(row, true)), phone: this.phone(),
      ...(undone.length && { undone: undone.map(({ id, undone_at }) => ({ id, undone_at })) }),
    };
  }

  asSent(row, offline) {
    const { id, code, scanned_at, verdict, reason } = row;
    const sent = { id, code, scanned_at, offline };
    if (offline && verdict) Object.assign(sent, { verdict, reason });
    if (offline) sent.skew_ms = row.skew_ms ?? this.phone().skew_ms ?? null;
    for (const name of ["ticket", "direction", "volunteer", "by_hand", "name"]) if (row[name]) sent[name] = row[name];
    return sent;
  }

  /** An answer: what came back is forgotten here in one transaction; true when anything came back. */
  async take(device, { results, undone = [] }) {
    const answers = results.filter(({ id }) => this.rows.has(id)).map((result) => ({ row: this.rows.get(result.id), result }));
    for (const { row, result } of answers) {
      this.rows.delete(row.id);
      this.touch(row.ifAdmitted ?? row.effect);
      const effect = result.status === "admitted" && !result.conflict && !this.undone.has(row.id) && row.ifAdmitted;
      if (effect) this.settled.set(row.id, { point: row.point, ...effect, id: row.id, acked: this.round });
    }
    const told = undone.filter(({ id }) => this.undone.has(id));
    for (const { id } of told) {
      this.undone.delete(id);
      const effect = this.settled.get(`${id} undone`);
      if (effect) effect.acked = this.round;
    }
    await this.takeIntoStore(answers, told).catch(() => {}); // still in the store: it is sent again, and counts once
    this.report({ device, answers, undone: told });
    return answers.length + told.length > 0;
  }

  async takeIntoStore(answers, told) {
    const change = this.store()?.transaction(["scans", "settled", "undone"], "readwrite");
    if (!change) return;
    for (const { row } of answers) {
      if (row.seq !== undefined) change.objectStore("scans").delete(row.seq);
      if (this.settled.has(row.id)) change.objectStore("settled").put(this.settled.get(row.id));
    }
    for (const { id } of told) {
      change.objectStore("undone").delete(id);
      if (this.settled.has(`${id} undone`)) change.objectStore("settled").put(this.settled.get(`${id} undone`));
    }
    await change.done;
  }

  /** A snapshot is asked for: what the server has acknowledged until now will be in it. Returns its round. */
  nextRound() {
    this.round += 1;
    return this.round;
  }

  /** The snapshot of a round is here. */
  async settle(round) {
    const gone = [...this.settled.values()].filter(({ acked }) => acked !== undefined && acked < round);
    for (const one of gone) {
      this.settled.delete(one.id);
      this.touch(one);
    }
    if (!gone.length) return;
    const change = this.store()?.transaction("settled", "readwrite");
    for (const { id } of gone) change?.store.delete(id);
    await change?.done.catch(() => {});
  }

  /** The browser took the store away or gave a new one: everything that is only in memory goes into it. */
  async rescue() {
    const db = this.store();
    if (!db) return;
    for (const row of this.rows.values()) {
      if (row.seq === undefined || !(await db.get("scans", row.seq))) row.seq = await db.put("scans", stored({ ...row, seq: undefined }));
    }
    for (const name of ["undone", "settled"]) for (const one of this[name].values()) await db.put(name, one);
  }
}

/** Whether the server turned away somebody whom the phone had let in: the committee must see that too. */
export const toldOtherwise = (row, result) =>
  row.verdict === "admitted" && !row.amends && result.status === "denied" && !NOT_COUNTED.has(result.reason);

const stored = ({ asking, seq, ...row }) => (seq === undefined ? row : { ...row, seq });

/** A random UUID; crypto.randomUUID is missing on plain http, where a rehearsal may run. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
