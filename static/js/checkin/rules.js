// The verdict of a scan: the port of app/checkin/rules, run against the same table (tests/vectors/checkin.json).
// Pure. Moments are milliseconds since 1970; the wall clock is the festival's.

const MINUTE = 60_000;
const FRESH = 60_000; // ms; what was issued up to this long before the data may be missing from it

/** Reasons after which nobody is let in by hand either. */
export const NEVER_BY_HAND = new Set([
  "already_admitted", "unknown", "forged", "other_festival", "replaced", "cancelled", "revoked_device", "id_reused", "blank",
  "not_inside", "needs_desk", "slot_full", "other_holder",
]);

/**
 * The verdict for a ticket at a point.
 *
 * @param {object} scan {id, at, direction: "in"|"out", scope, issuedAt}; the last two only from a QR text
 * @param {object|null} ticket {replaced, cancelled, blank, bookings: [{activity, starts, ends, state}]}, null when
 *   the snapshot does not have it
 * @param {object} point head.point, with days (["2023-07-20"]), zone, asOf (ms) and pausedAt (ms or null)
 * @param {{key: string, admittedAt: number, leftAt: number|null}[]} admissions of this ticket at this gate
 * @returns {{status, reason, key, firstAdmittedAt, slotStartsAt, unchecked, out}} key null: no admission is made
 */
export function decide(scan, ticket, point, admissions) {
  if (!ticket) return unlisted(scan, point, admissions);
  if (ticket.replaced) return denied("replaced");
  if (scan.direction === "out" && point.counts_inside) return leaving(scan, point, admissions);
  if (ticket.cancelled) return denied("cancelled");
  const shut = closed(point, scan.at);
  if (shut) return shut;
  if (ticket.blank) return denied("blank");
  const entry = entering(scan, point, admissions);
  return entry.status === "denied" ? entry : byBooking(ticket, point, scan.at) ?? entry;
}

const admitted = (key, more) => ({
  status: "admitted", reason: null, key, firstAdmittedAt: null, slotStartsAt: null, unchecked: false, out: false, ...more,
});

export const denied = (reason, more) => ({
  status: "denied", reason, key: null, firstAdmittedAt: null, slotStartsAt: null, unchecked: false, out: false, ...more,
});

/** What a supervisor's word makes of a verdict: let in, save where there is nobody to let in (again). */
export function byHand(found, scan, point, admissions) {
  if (found.status === "admitted" || NEVER_BY_HAND.has(found.reason)) return found;
  return entering(scan, point, admissions);
}

/**
 * A blank ticket that gets a name now: it is given to the slot of the point's activity that is on or about to begin,
 * and neither closed nor cancelled. Where there is none, a desk has to help. Whether the slot is full only the server knows.
 */
export function decideWalkIn(scan, slots, point, admissions, seen) {
  const on = (slot) => slot.starts - point.opens_before * MINUTE <= scan.at && scan.at < slot.ends;
  const takes = (slot) => slot.activity === point.activity && !slot.closed && on(slot);
  if (point.activity === null || !slots.some(takes)) return denied("needs_desk");
  return entering(scan, point, admissions, { unchecked: !seen });
}

function closed(point, at) {
  if (!point.active) return denied("point_closed");
  return point.pausedAt !== null && at >= point.pausedAt ? denied("point_paused") : null;
}

/** The key of an entry that makes it unique: anything, a day of the wall clock, or this very scan. */
function policyKey(scan, point) {
  if (point.policy === "once") return "";
  return point.policy === "daily" ? dayOf(scan.at, point.zone) : scan.id;
}

/**
 * Whether somebody may come in as far as earlier entries go: admitted with a key, or already_admitted. Coming back
 * has a key made of the departure, the same for every phone: two who let the same person in again collide.
 */
export function entering(scan, point, admissions, more) {
  const key = policyKey(scan, point);
  const already = (firstAdmittedAt) => denied("already_admitted", { firstAdmittedAt });
  if (!point.counts_inside) {
    const first = admissions.find((one) => one.key === key);
    return first ? already(first.admittedAt) : admitted(key, more);
  }
  const counted = countedAt(scan, point, admissions);
  if (!counted.length) return admitted(key, more);
  const first = Math.min(...counted.map((one) => one.admittedAt));
  const gone = Math.max(...counted.map((one) => one.leftAt ?? Infinity));
  if (scan.at < gone) return already(first); // Infinity: somebody is in with it
  const again = `re-${new Date(gone).toISOString().slice(0, 19)}Z`;
  return admissions.some((one) => one.key === again) ? already(first) : admitted(again, more);
}

/** Ends the last entry that is still open. */
function leaving(scan, point, admissions) {
  const inside = countedAt(scan, point, admissions).filter((one) => one.leftAt === null && one.admittedAt <= scan.at);
  const last = first(inside, (a, b) => b.admittedAt - a.admittedAt || (b.key > a.key ? 1 : -1));
  return last ? admitted(last.key, { out: true }) : denied("not_inside");
}

/** All entries where a ticket opens once, else those of the wall clock's day. */
function countedAt(scan, point, admissions) {
  if (point.policy === "once") return admissions;
  const today = dayOf(scan.at, point.zone);
  return admissions.filter((one) => dayOf(one.admittedAt, point.zone) === today);
}

/** A ticket the phone has no data of: newer ones are judged by what they say of themselves. */
function unlisted(scan, point, admissions) {
  if (scan.issuedAt === null || !(scan.issuedAt > point.asOf - FRESH)) return denied("not_in_snapshot");
  if (scan.direction === "out" && point.counts_inside) return leaving(scan, point, admissions);
  const shut = closed(point, scan.at);
  if (shut) return shut;
  if (scan.scope === 0) return denied("blank");
  const entry = entering(scan, point, admissions, { unchecked: true });
  if (entry.status === "denied") return entry;
  if (point.activity === null) return point.days.includes(dayOf(scan.at, point.zone)) ? entry : denied("wrong_day");
  return scan.scope === point.activity ? entry : denied("wrong_activity");
}

function byBooking(ticket, point, at) {
  const mine = ticket.bookings.filter((one) => point.activity === null || one.activity === point.activity);
  const live = mine.filter((one) => one.state === "live");
  if (!live.length) return denied(whyNoBooking(ticket.bookings, mine));
  if (point.activity === null) return point.days.includes(dayOf(at, point.zone)) ? null : denied("wrong_day");
  return byTime(live, point, at);
}

/** Which word helps the holder most: what became of the booking meant here, else of all of them. */
function whyNoBooking(all, mine) {
  if (!all.length) return "no_booking";
  if (mine.some((one) => one.state === "waiting")) return "waitlisted";
  return mine.length || !all.some((one) => one.state !== "over") ? "cancelled" : "wrong_activity";
}

/** The window is [start - opens_before, end + closes_after); outside of it the day of the wall clock decides. */
function byTime(live, point, at) {
  const open = (one) => at >= one.starts - point.opens_before * MINUTE && at < one.ends + point.closes_after * MINUTE;
  if (live.some(open)) return null;
  const coming = first(live.filter((one) => at < one.starts), (a, b) => a.starts - b.starts);
  const past = first(live.filter((one) => at >= one.starts), (a, b) => b.ends - a.ends);
  const today = dayOf(at, point.zone);
  const at_ = (reason, slot) => denied(reason, { slotStartsAt: slot.starts });
  if (coming && dayOf(coming.starts, point.zone) === today) return at_("too_early", coming);
  if (past && dayOf(past.ends, point.zone) === today) return at_("too_late", past);
  return at_("wrong_day", coming ?? past);
}

const first = (list, order) => list.reduce((best, one) => (best && order(best, one) <= 0 ? best : one), null);

const clocks = new Map();

/** The day of the wall clock in a zone, 2023-07-20. */
export function dayOf(at, zone) {
  if (!clocks.has(zone)) {
    clocks.set(zone, new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }));
  }
  return clocks.get(zone).format(at);
}
