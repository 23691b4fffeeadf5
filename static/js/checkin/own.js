// What this phone did, laid over what the snapshot knows: the phone's own admissions count at once.

const SAME = 2000; // ms; the snapshot counts seconds

/**
 * The admissions of a ticket with this phone's effects brought in, oldest first.
 *
 * @param {{key, admittedAt, leftAt}[]} known of the snapshot
 * @param {{kind: "in"|"out"|"undo"|"back", key: string, at: number}[]} effects of the queue, oldest first
 */
export function withEffects(known, effects) {
  let list = effects.length ? known.map((one) => ({ ...one })) : known;
  for (const { kind, key, at } of effects) {
    const same = (one) => one.key === key || (one.key === "*" && Math.abs(one.admittedAt - at) < SAME);
    if (kind === "in") {
      if (!list.some(same)) list.push({ key, admittedAt: at, leftAt: null });
    } else if (kind === "out") {
      for (const one of list) if (one.admittedAt <= at) one.leftAt ??= at;
    } else if (kind === "back") {
      for (const one of list) if (one.leftAt !== null && Math.abs(one.leftAt - at) < SAME) one.leftAt = null;
    } else {
      const undone = list.findLastIndex(same);
      list = list.filter((_one, place) => place !== undone);
    }
  }
  return list;
}

/**
 * Whether what was done with a ticket counts at a point: it was there, or at a gate that counts with it. A phone that
 * was paired anew still has unsent scans of where it was before. Earlier versions wrote the point into the scan only.
 *
 * @param {{slug: string, gate: string}} here the point of the snapshot
 */
export function countsAt(here, effect, point = effect.point) {
  return point === undefined || point === here.slug || (effect.gate ?? point) === here.gate;
}

/**
 * How many more were let in and are inside by what this phone did. Kept per ticket: a shift without a network piles
 * up thousands of scans, and each new one asks anew.
 */
export class Tally {
  constructor(queue) {
    this.queue = queue;
    this.of = null; // what it was counted over: a snapshot at a cursor, and a day
  }

  /** {admitted, inside} beyond the snapshot, of a day that begins and ends at these moments. */
  counts(snapshot, bounds) {
    const of = [snapshot, snapshot.cursor, bounds[0]];
    const { touched } = this.queue;
    if (!this.of?.every((one, place) => one === of[place])) {
      Object.assign(this, { of, byTicket: new Map(), sum: { admitted: 0, inside: 0 } });
      for (const [ticket, effects] of this.queue.effectsByTicket(snapshot.point)) this.take(snapshot, bounds, ticket, effects);
    } else {
      for (const ticket of touched) this.take(snapshot, bounds, ticket, this.queue.effects(ticket, snapshot.point));
    }
    touched.clear();
    return this.sum;
  }

  take(snapshot, bounds, ticket, effects) {
    const known = snapshot.admissionsOf(ticket);
    const [before, after] = [count(known, bounds), count(withEffects(known, effects), bounds)];
    const old = this.byTicket.get(ticket) ?? { admitted: 0, inside: 0 };
    for (const name of ["admitted", "inside"]) this.sum[name] += after[name] - before[name] - old[name];
    this.byTicket.set(ticket, { admitted: after.admitted - before.admitted, inside: after.inside - before.inside });
  }
}

function count(list, [from, to]) {
  const today = list.filter((one) => one.admittedAt >= from && one.admittedAt < to);
  return { admitted: today.length, inside: today.filter((one) => one.leftAt === null).length };
}

/** Beginning and end of the day of the wall clock at a moment. */
export function dayBounds(at, day, zone) {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(at);
  const offset = parts.find(({ type }) => type === "timeZoneName").value.slice(3) || "+00:00";
  const from = Date.parse(`${day}T00:00:00${offset}`);
  return [from, from + 86_400_000];
}
