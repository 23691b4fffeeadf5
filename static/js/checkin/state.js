// What the page shows of a gate, in one plain object.

import { dayBounds } from "./own.js";
import { dayOf } from "./rules.js";

/**
 * {point: {slug, name, …}|null, device, online, busy, unsent, oldestUnsentAt, dataAsOf, skewMs, admitted, expected,
 * inside, capacity, paused, volunteer, supervisor, supervisorPossible, practice, storageWarning: null|"full"|"cleared"|
 * "unavailable", updateReady, revoked, cutOff: null|"revoked"|"unknown_device", zone, last: [{id, at, status, reason,
 * holder, by, unchecked, conflict, out, undoable until (ms) or null, undone}]}. Moments are ms since 1970.
 */
export function stateOf(gate) {
  const { data: { snapshot }, device, queue } = gate;
  const point = snapshot?.point ?? null;
  return {
    point: device ? { ...device.point, ...(point && { slug: point.slug, name: point.name, activity: point.activity, countsInside: point.counts_inside }) } : null,
    device: device ? device.name : null,
    online: gate.online, busy: gate.busy, unsent: queue.unsent, oldestUnsentAt: queue.oldest,
    dataAsOf: point?.asOf ?? null, skewMs: gate.skewMs, ...counts(gate, snapshot), expected: snapshot?.head.expected ?? null,
    capacity: point?.capacity ?? null, paused: Boolean(point?.pausedAt), zone: snapshot?.head.zone ?? "Asia/Jakarta",
    volunteer: gate.volunteer, supervisor: gate.roster.open(gate.now()), supervisorPossible: point?.supervisor ?? false,
    practice: gate.practice, storageWarning: gate.storageWarning, updateReady: gate.shell?.ready ?? false,
    cutOff: gate.cutOff, revoked: gate.cutOff === "revoked",
    last: gate.last.list.map(({ effect, owner, point: _point, ...one }) => one),
  };
}

/** Admitted today and inside now, at this gate: by the snapshot, and by what this phone did since. */
function counts(gate, snapshot) {
  if (!snapshot) return { admitted: null, inside: null };
  const day = dayOf(gate.now(), snapshot.head.zone);
  if (gate.counted?.snapshot !== snapshot || gate.counted.cursor !== snapshot.cursor || gate.counted.day !== day) {
    const bounds = dayBounds(gate.now(), day, snapshot.head.zone);
    gate.counted = { snapshot, cursor: snapshot.cursor, day, bounds, known: snapshot.counts(...bounds) };
  }
  const { known, bounds } = gate.counted;
  const own = gate.tally.counts(snapshot, bounds);
  return {
    admitted: known.admitted + own.admitted, inside: snapshot.point.counts_inside ? known.inside + own.inside : null,
  };
}
