// From a text to the phone's own verdict: read it, find it, and ask the rules.

import { fromBase64, issuedAt, normaliseTyped, parseTicket, typedHash } from "./codes.js";
import { withEffects } from "./own.js";
import { byHand, decide, decideWalkIn, denied, entering } from "./rules.js";
import { Keys, readText } from "./signature.js";

const FAMILY = 19; // others shown beside one ticket
const NAMES_WITHIN = 300; // ms, after the page was opened

export class Judge {
  /** @param {import("./data.js").GateData} data  @param {import("./queue.js").Queue} queue */
  constructor(data, queue) {
    this.data = data;
    this.queue = queue;
    this.keys = null;
    this.keysOf = null;
  }

  /**
   * What a text is: {id, scope, issuedAt, signature} for a ticket, {fault} with a reason otherwise, {pending} when
   * the phone has no data yet.
   */
  async read(text) {
    const { snapshot } = this.data;
    if (!snapshot || !globalThis.crypto?.subtle) return parseTicket(text) || normaliseTyped(text) ? { pending: true } : { fault: "unknown" };
    const { head } = snapshot;
    if (this.keysOf !== head.keys) [this.keysOf, this.keys] = [head.keys, new Keys(head.keys)];
    const found = await readText(text, this.keys, head.festival);
    if (found.kind === "ticket") return found;
    if (found.kind === "typed") return this.readTyped(found.code, snapshot);
    // A key we do not know may be newer than our data: that is no reason to call anybody a forger.
    return { fault: found.newKey ? "not_in_snapshot" : found.kind };
  }

  async readTyped(typed, snapshot) {
    const rows = snapshot.findTyped(await typedHash(fromBase64(snapshot.head.salt), typed));
    // Two tickets with one hash cannot be told apart here; their QR codes can.
    return rows.length === 1 ? this.byId(snapshot.idOf(rows[0])) : { fault: "not_in_snapshot" };
  }

  /** A ticket that is known by its id alone. */
  byId(id) {
    return { id, scope: null, issuedAt: issuedAt(id), signature: null };
  }

  /**
   * The phone's verdict: that of rules.decide, with `id` of the ticket (or null), `family` ids and `ifAdmitted`, the
   * effect it has if the ticket is let in. `status` is "pending" without data.
   */
  decide(scanId, read, { at, direction = "in", name, byHand: reason }) {
    const { snapshot } = this.data;
    const nothing = { id: null, family: [], ifAdmitted: null };
    if (read.fault) return { ...denied(read.fault), ...nothing };
    if (read.pending || !snapshot) return { ...denied(null), status: "pending", ...nothing };
    const { point } = snapshot;
    const scan = { id: scanId, at, direction, scope: read.scope, issuedAt: read.issuedAt };
    const row = snapshot.find(read.id);
    const admissions = this.admissionsOf(read.id);
    let found = decide(scan, row < 0 ? null : snapshot.ticket(row), point, admissions);
    if (name && found.reason === "blank") found = decideWalkIn(scan, [...snapshot.slots.values()], point, admissions, row >= 0);
    if (reason) found = byHand(found, scan, point, admissions);
    const out = direction === "out" && point.counts_inside;
    const family = found.status === "admitted" && !out && row >= 0 ? this.family(row, at) : [];
    // A ticket the phone would turn away has an effect too, if the server knows better.
    const key = found.key ?? entering(scan, point, admissions).key;
    const effect = { ticket: read.id, kind: out ? "out" : "in", key, at, point: point.slug, gate: point.gate };
    return { ...found, id: read.id, family, ifAdmitted: key === null ? null : effect };
  }

  admissionsOf(id) {
    const { snapshot } = this.data;
    return withEffects(snapshot.admissionsOf(id), this.queue.effects(id, snapshot.point));
  }

  /** Ids of the others of the registration who could come in now. */
  family(row, at) {
    const { snapshot } = this.data;
    const ids = snapshot.family(row).slice(0, 4 * FAMILY);
    return ids.filter((id) => {
      const scan = { id: "", at, direction: "in", scope: null, issuedAt: null };
      return decide(scan, snapshot.ticket(snapshot.find(id)), snapshot.point, this.admissionsOf(id)).status === "admitted";
    }).slice(0, FAMILY);
  }

  /** The holder's name, where the ticket's own text opens it. A verdict waits a little for names still being read. */
  async name(read) {
    if (!read.signature || !this.data.snapshot) return null;
    await Promise.race([this.data.namesLoaded, new Promise((done) => setTimeout(done, NAMES_WITHIN))]);
    return this.data.names.read(read.id, read.signature, fromBase64(this.data.snapshot.head.salt));
  }
}
