// What a verdict says: one row for each reason, so that word, icon, colour, sound and vibration belong together.

import { clock, dayAndTime, fill, texts } from "./texts.js";

const CROSS = "M8 8l8 8M16 8l-8 8";
const ICONS = {
  in: "M6 13l4.2 4.2L18.5 8",
  out: "M7 12h10M13 7.500l4.500 4.500-4.500 4.500",
  again: "M12 7v5.500l3.400 2",
  double: "M8.500 6.500h7v7M15.500 10.500h-7v7",
  not_here: "M9 9.500a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.200M12 17.400v.1",
  blank: "M7.500 16.500l.7-3.200 6.800-6.800 2.500 2.500-6.800 6.800zM13 8.500l2.500 2.500",
  offline: "M12 6.500v7M12 17.200v.1",
  no: CROSS,
  time: "M8 6.500h8M8 17.500h8M9 6.500c0 3 6 8 6 11M15 6.500c0 3-6 8-6 11",
  day: "M7 8h10v9H7zM7 11h10M9.500 6.500v2M14.500 6.500v2",
  elsewhere: "M12 18v-6M12 12l-4.500-4.500M12 12l4.500-4.500M7.500 11V7.500H11M13 7.500h3.500V11",
  wait: "M8 12h.1M12 12h.1M16 12h.1",
  stop: "M9.500 8v8M14.500 8v8",
  shield: "M12 6.500l5 2v3.500c0 3-2 5-5 6-3-1-5-3-5-6V8.500zM10 10.500l4 4M14 10.500l-4 4",
  swap: "M8 9.500h8l-2-2M16 14.500H8l2 2",
  unknown: "M7 9V7h2M15 7h2v2M17 15v2h-2M9 17H7v-2M10.500 10.500l3 3M13.500 10.500l-3 3",
  phone: "M9 6.500h6v11H9zM9 15h6",
};

/** Reasons with an icon of their own, and titles other than "Belum bisa masuk". */
const REASONS = {
  unknown: { icon: "unknown" }, forged: { icon: "shield" }, other_festival: { icon: "swap" },
  cancelled: {}, replaced: { icon: "swap" }, waitlisted: { icon: "wait" }, no_booking: { icon: "elsewhere" },
  wrong_activity: { icon: "elsewhere" }, wrong_day: { icon: "day" }, too_early: { icon: "time" }, too_late: { icon: "time" },
  point_closed: { icon: "stop", title: "stopped" }, point_paused: { icon: "stop", title: "stopped" },
  needs_desk: { icon: "elsewhere" }, slot_full: { icon: "wait" }, other_holder: { icon: "swap" }, not_inside: { icon: "out" }, revoked_device: { icon: "phone", title: "own_phone" }, id_reused: {},
};

/** Reasons after which a supervisor may let in all the same (the server and the engine decide; this only offers it). */
const BY_HAND = new Set([
  "waitlisted", "no_booking", "wrong_activity", "wrong_day", "too_early", "too_late", "point_closed", "point_paused",
  "not_in_snapshot",
]);

/**
 * The words for a verdict.
 *
 * @param {object} verdict as the engine gives it
 * @param {{name: string, zone: string, elsewhere: boolean}} place the point; elsewhere: names are written at a desk
 * @returns {{kind, icon, title, name, line, more, flag, byHand: boolean}} kind: in, out, again, no, unchecked (amber), blank
 */
export function words(verdict, place) {
  const said = { kind: "no", icon: CROSS, title: texts.no, name: verdict.holder ?? "", line: "", more: "", flag: "", byHand: false };
  if (verdict.conflict) return { ...said, kind: "again", icon: ICONS.double, title: texts.double, line: texts.double_line };
  if (verdict.status === "admitted") return { ...said, ...admitted(verdict) };
  if (verdict.status !== "denied") return { ...said, kind: "unchecked", icon: ICONS.offline, title: texts.unchecked, line: texts.unchecked_line };
  return { ...said, ...denied(verdict, place), byHand: BY_HAND.has(verdict.reason) };
}

function admitted(verdict) {
  if (verdict.out) return { kind: "out", icon: ICONS.out, title: texts.out };
  if (verdict.unchecked) {
    return { kind: "in", icon: ICONS.in, title: texts.in, line: texts.new_ticket, flag: texts.unchecked_flag };
  }
  return { kind: "in", icon: ICONS.in, title: texts.in, flag: verdict.byHand ? texts.by_hand_flag : "" };
}

function denied(verdict, place) {
  const { reason } = verdict;
  if (reason === "already_admitted") {
    const time = verdict.firstAdmittedAt ? clock(verdict.firstAdmittedAt, place.zone) : "";
    const title = time ? fill(texts.again_at, { time }) : texts.again;
    return { kind: "again", icon: ICONS.again, title, line: fill(texts.at_point, { point: place.name }) };
  }
  if (reason === "blank" && place.elsewhere) {
    return { icon: ICONS.blank, line: texts.reasons.blank, more: texts.advice.no_booking };
  }
  if (reason === "blank") return { kind: "blank", icon: ICONS.blank, title: texts.blank, line: texts.reasons.blank };
  if (reason === "not_in_snapshot") {
    const age = verdict.dataAsOf ? fill(texts.data_from, { time: clock(verdict.dataAsOf, place.zone) }) : "";
    return { kind: "unchecked", icon: ICONS.not_here, title: texts.not_here, line: age, more: texts.advice.not_in_snapshot, flag: texts.unchecked };
  }
  const { icon = "no", title = "no" } = REASONS[reason] ?? {};
  const slot = verdict.slotStartsAt && fill(texts.slot, { when: dayAndTime(verdict.slotStartsAt, place.zone) });
  const line = texts.reasons[reason] ?? "";
  return { kind: "no", icon: ICONS[icon], title: texts[title], line, more: slot || (texts.advice[reason] ?? "") };
}

/** Several let in with one tap. */
export function familyWords(verdicts) {
  const inside = verdicts.filter((one) => one.status === "admitted");
  const others = verdicts.filter((one) => one.status !== "admitted");
  const names = (list) => list.map((one) => one.holder).filter(Boolean).join(", ");
  const line = others.length ? fill(texts.some_not_in, { count: others.length, names: names(others) }) : "";
  const title = fill(texts.many_in, { count: inside.length });
  const kind = inside.length ? (others.length ? "unchecked" : "in") : "no";
  return { kind, icon: inside.length ? ICONS.in : CROSS, title, name: names(inside), line, more: "", flag: "", byHand: false };
}

export const practiceIcons = { real: ICONS.shield, other: ICONS.unknown };
