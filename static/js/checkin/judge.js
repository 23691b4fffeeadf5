// From a text to the phone's own verdict: read it, find it, and ask the rules.

import { normaliseTyped, parseTicket, typedHash, fromBase64, issuedAt } from "./codes.js";
import { withEffects } from "./own.js";
import { NEVER_BY_HAND, admittedByHand, decide, decideWalkIn, denied, keyOf } from "./rules.js";
import { Keys } from "./signature.js";

const FAMILY = 19; // others shown beside one ticket

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
    const ticket = parseTicket(text);
    const typed = ticket ? null : normaliseTyped(text);
    if (!ticket && !typed) return { fault: "unknown" };
    if (!snapshot || !globalThis.crypto?.subtle) return { pending: true };
    return ticket ? this.readSigned(ticket, snapshot) : this.readTyped(typed, snapshot);
  }

  async readSigned(ticket, { head }) {
    if (this.keysOf !== head.keys) [this.keysOf, this.keys] = [head.keys, new Keys(head.keys)];
    // A key we do not know may be newer than our data: that is no reason to call anybody a forger.
    if (!this.keys.knows(ticket.keyId)) return { fault: "not_in_snapshot" };
    if (!(await this.keys.verify(ticket))) return { fault: "forged" };
    if (ticket.festival !== head.festival) return { fault: "other_festival" };
    return ticket;
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
  decide(scanId, read, { at, direction = "in", name = null, byHand = false }) {
    const { snapshot } = this.data;
    const nothing = { id: null, family: [], ifAdmitted: null };
    if (read.pending || !snapshot) return { ...denied(null), status: "pending", ...nothing };
    if (read.fault) return { ...this.handed(denied(read.fault), byHand, () => null), ...nothing };
    const { point } = snapshot;
    const scan = { id: scanId, at, direction, scope: read.scope, issuedAt: read.issuedAt };
    const row = snapshot.find(read.id);
    const ticket = row < 0 ? null : snapshot.ticket(row);
    const admissions = this.admissionsOf(read.id);
    let found = decide(scan, ticket, point, admissions);
    if (name !== null && found.reason === "blank") found = decideWalkIn(scan, [...snapshot.slots.values()], point, admissions, found.unchecked);
    found = this.handed(found, byHand, () => keyOf(scan, point, admissions));
    const key = found.key ?? keyOf(scan, point, admissions);
    const ifAdmitted = { ticket: read.id, kind: direction === "out" ? "out" : "in", key, at };
    return { ...found, id: read.id, family: found.key === null || row < 0 ? [] : this.family(row, at), ifAdmitted };
  }

  /** A supervisor's word stands over most reasons. */
  handed(found, byHand, key) {
    return byHand && found.status === "denied" && !NEVER_BY_HAND.has(found.reason) ? admittedByHand(key()) : found;
  }

  admissionsOf(id) {
    return withEffects(this.data.snapshot.admissionsOf(id), this.queue.effects(id));
  }

  /** Ids of the others of the registration who could come in now. */
  family(row, at) {
    const { snapshot } = this.data;
    const ids = snapshot.family(row).slice(0, 4 * FAMILY);
    return ids.filter((id) => {
      const scan = { id: "", at, direction: "in", scope: null, issuedAt: null };
      return decide(scan, snapshot.ticket(snapshot.find(id)), snapshot.point, this.admissionsOf(id)).key !== null;
    }).slice(0, FAMILY);
  }

  /** The holder's name, where the ticket's own text opens it. */
  name(read) {
    if (!read.signature || !this.data.snapshot) return null;
    return this.data.names.read(read.id, read.signature, fromBase64(this.data.snapshot.head.salt));
  }
}
