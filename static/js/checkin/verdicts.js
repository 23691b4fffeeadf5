// What the page gets for a scan, whoever judged it.

/**
 * @typedef {object} Verdict
 * @property {string} id of the scan
 * @property {"admitted"|"denied"|"pending"} status pending: the phone has no data and no answer came; it is stored
 * @property {string|null} reason
 * @property {string|null} holder
 * @property {number|null} firstAdmittedAt ms
 * @property {number|null} slotStartsAt ms
 * @property {"server"|"phone"} by
 * @property {boolean} unchecked the phone has no data of this ticket yet; judged by what it says of itself
 * @property {boolean} conflict somebody else had let this ticket in
 * @property {{id?: string, code?: string, holder: string|null}[]} family who may come in with it, at most 19
 * @property {boolean} blank a ticket without a name yet
 * @property {boolean} out somebody left
 * @property {number|null} dataAsOf ms; how old the data are that judged
 * @property {string|null} ticket id, 16 hexadecimal digits
 */

/** @returns {Verdict} */
export function onPhone(id, own, snapshot, holder) {
  return {
    id, status: own.status, reason: own.reason, holder, firstAdmittedAt: own.firstAdmittedAt, slotStartsAt: own.slotStartsAt,
    by: "phone", unchecked: own.unchecked, conflict: false, family: own.family.map((one) => ({ id: one, holder: null })),
    blank: own.reason === "blank", out: own.out, dataAsOf: snapshot ? snapshot.point.asOf : null, ticket: own.id,
  };
}

/** @returns {Verdict} */
export function fromServer(row, result, own) {
  const moment = (text) => (text ? Date.parse(text) : null);
  return {
    id: row.id, status: result.status, reason: result.reason, holder: result.holder,
    firstAdmittedAt: moment(result.first_admitted_at), slotStartsAt: moment(result.slot_starts_at), by: "server",
    unchecked: false, conflict: result.conflict, family: result.family ?? [], blank: result.reason === "blank",
    out: row.direction === "out", dataAsOf: null, ticket: own.id ?? row.ifAdmitted?.ticket ?? null,
  };
}

const SAMPLE = /^LATIHAN:([a-z_]+)$/;

/** The verdict of a practice code, LATIHAN:admitted or LATIHAN:<reason>; null for any other text. */
export function practised(id, text) {
  const word = SAMPLE.exec(text)?.[1];
  if (!word) return null;
  const admitted = ["admitted", "unchecked", "out"].includes(word);
  const [status, reason] = admitted ? ["admitted", null] : word === "pending" ? ["pending", null] : ["denied", word];
  return {
    id, status, reason, holder: ["forged", "unknown", "other_festival", "pending"].includes(word) ? null : "Siti Aminah",
    firstAdmittedAt: word === "already_admitted" ? Date.now() - 600_000 : null,
    slotStartsAt: ["too_early", "too_late", "wrong_day"].includes(word) ? Date.now() + (word === "too_early" ? 1 : -1) * 7_200_000 : null,
    by: "phone", unchecked: word === "unchecked", conflict: false, family: [], blank: word === "blank", out: word === "out",
    dataAsOf: Date.now(), ticket: null,
  };
}
