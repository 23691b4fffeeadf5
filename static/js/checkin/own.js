// What this phone did, laid over what the snapshot knows: the phone's own admissions count at once.

/**
 * The admissions of a ticket with this phone's effects brought in, oldest first.
 *
 * @param {{key, admittedAt, leftAt}[]} known of the snapshot
 * @param {{kind: "in"|"out"|"undo", key: string, at: number}[]} effects of the queue, oldest first
 */
export function withEffects(known, effects) {
  let list = effects.length ? known.map((one) => ({ ...one })) : known;
  for (const { kind, key, at } of effects) {
    if (kind === "in") {
      if (!list.some((one) => one.key === key)) list.push({ key, admittedAt: at, leftAt: null });
    } else if (kind === "out") {
      for (const one of list) one.leftAt ??= at;
    } else {
      const undone = list.findLastIndex((one) => one.key === key || (one.key === "*" && Math.abs(one.admittedAt - at) < 2000));
      list = list.filter((_one, place) => place !== undone);
    }
  }
  return list;
}

/** How many more were let in and are inside by these effects, of a day that begins and ends at these moments. */
export function countEffects(effects, from, to) {
  const sum = { admitted: 0, inside: 0 };
  for (const { kind, at } of effects) {
    if (at < from || at >= to) continue;
    const step = kind === "in" ? 1 : -1;
    if (kind !== "out") sum.admitted += step;
    sum.inside += step;
  }
  return sum;
}

/** Beginning and end of the day of the wall clock at a moment. */
export function dayBounds(at, day, zone) {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(at);
  const offset = parts.find(({ type }) => type === "timeZoneName").value.slice(3) || "+00:00";
  const from = Date.parse(`${day}T00:00:00${offset}`);
  return [from, from + 86_400_000];
}
