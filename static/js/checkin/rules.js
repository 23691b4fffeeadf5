// The verdict of a scan: the port of app/checkin/rules, run against the same table (tests/vectors/checkin.json).
// Pure. Moments are milliseconds since 1970; the wall clock is the festival's.

const MINUTE = 60_000;
const FRESH = 60_000; // ms; what was issued up to this long before the data may be missing from it

/** Reasons after which nobody is let in by hand either. */
export const NEVER_BY_HAND = new Set([
  "already_admitted", "unknown", "forged", "other_festival", "replaced", "cancelled", "revoked_device",
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
  if (ticket.cancelled) return denied("cancelled");
  const shut = closed(point, scan.at);
  if (shut) return shut;
  if (ticket.blank) return denied("blank");
  return again(scan, point, admissions) ?? byBooking(ticket, point, scan.at) ?? admitted(keyOf(scan, point, admissions));
}

const admitted = (key, more) => ({
  status: "admitted", reason: null, key, firstAdmittedAt: null, slotStartsAt: null, unchecked: false, out: false, ...more,
});

export const denied = (reason, more) => ({
  status: "denied", reason, key: null, firstAdmittedAt: null, slotStartsAt: null, unchecked: false, out: false, ...more,
});

/** Let in by a supervisor, whatever the rules say of time and booking. */
export const admittedByHand = (key) => admitted(key);

/** A blank ticket that gets a name now: admitted to the slot that is on at the point's activity. */
export function decideWalkIn(scan, slots, point, admissions, unchecked) {
  if (point.activity === null) return denied("no_booking", { unchecked });
  const own = slots.filter((slot) => slot.activity === point.activity);
  if (!own.length) return denied("no_booking", { unchecked });
  const late = byTime(own, point, scan.at);
  return late ? { ...late, unchecked } : again(scan, point, admissions) ?? admitted(keyOf(scan, point, admissions), { unchecked });
}

function closed(point, at) {
  if (!point.active) return denied("point_closed");
  return point.pausedAt !== null && at >= point.pausedAt ? denied("point_paused") : null;
}

/** Who left, who was here before: an earlier admission is told before any lateness. */
function again(scan, point, admissions) {
  if (point.counts_inside) {
    const inside = admissions.find((one) => one.leftAt === null);
    if (scan.direction === "out") return inside ? admitted(null, { out: true }) : denied("not_inside");
    return inside ? denied("already_admitted", { firstAdmittedAt: inside.admittedAt }) : null;
  }
  const key = policyKey(scan, point);
  const first = admissions.find((one) => one.key === key);
  return first ? denied("already_admitted", { firstAdmittedAt: first.admittedAt }) : null;
}

/** The key of a new admission; who comes back after leaving gets the scan's own. */
export function keyOf(scan, point, admissions) {
  const key = policyKey(scan, point);
  return point.counts_inside && admissions.some((one) => one.key === key) ? scan.id : key;
}

function policyKey(scan, point) {
  if (point.policy === "once") return "";
  return point.policy === "daily" ? dayOf(scan.at, point.zone) : scan.id;
}

/** A ticket the phone has no data of: newer ones are judged by what they say of themselves. */
function unlisted(scan, point, admissions) {
  if (scan.issuedAt === null || !(scan.issuedAt > point.asOf - FRESH)) return denied("not_in_snapshot");
  const shut = closed(point, scan.at);
  if (shut) return shut;
  if (scan.scope === 0) return denied("blank", { unchecked: true });
  if (point.activity !== null && point.activity !== scan.scope) return denied("wrong_activity", { unchecked: true });
  return again(scan, point, admissions) ?? admitted(keyOf(scan, point, admissions), { unchecked: true });
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
