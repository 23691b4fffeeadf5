// Practice: every verdict with its screen, sound and vibration, from the list or from the sheet of practice codes
// (/scan/practice). Nothing is stored or counted, and a real ticket is told to be one.

import { closePanels } from "./panels.js";
import { get, make, texts } from "./texts.js";
import { familyWords, practiceIcons, words } from "./words.js";

const SAMPLE = /^LATIHAN:([a-z_]+)$/; // app/checkin/words.py
const TICKET = /^PK\d:/;
const HOUR = 3_600_000; // ms
const DAY = 24 * HOUR;

/** The verdict of a practice code. */
function sample(name) {
  const [holder, ...others] = texts.practice_names;
  const base = { id: null, status: "denied", reason: name, holder, family: [], by: "phone", dataAsOf: Date.now() - HOUR / 2 };
  const admitted = { ...base, status: "admitted", reason: null };
  const special = {
    admitted, unchecked: { ...admitted, unchecked: true, holder: null }, out: { ...admitted, out: true },
    family: { ...admitted, family: others.map((other) => ({ holder: other })) },
    conflict: { ...admitted, conflict: true },
    already_admitted: { ...base, firstAdmittedAt: Date.now() - HOUR / 6 },
    too_early: { ...base, slotStartsAt: Date.now() + 2 * HOUR }, too_late: { ...base, slotStartsAt: Date.now() - 3 * HOUR },
    wrong_day: { ...base, slotStartsAt: Date.now() + DAY }, wrong_activity: { ...base, slotStartsAt: Date.now() + HOUR },
  };
  const unnamed = ["blank", "unknown", "forged", "other_festival", "not_in_snapshot"];
  return special[name] ?? { ...base, holder: unnamed.includes(name) ? null : holder };
}

export class Practice {
  /** @param {object} gate the engine  @param {import("./verdict.js").Verdicts} verdicts  @param {() => void} begin starts the camera */
  constructor(gate, verdicts, begin) {
    Object.assign(this, { gate, verdicts, begin });
    get("practice-on").addEventListener("click", () => (this.on ? this.end() : this.start()));
    get("samples").replaceChildren(...JSON.parse(get("practice-samples").textContent).map((one) => this.button(...one)));
  }

  get on() {
    return this.gate.state.practice;
  }

  /** Fill the panel before it opens. */
  fill() {
    get("practice-on").textContent = this.on ? texts.practice_end : texts.practice_start;
  }

  button(name, title) {
    const item = make("li");
    const button = make("button", "sample", title);
    button.type = "button";
    button.dataset.sample = name;
    button.addEventListener("click", () => {
      this.gate.practise(true);
      closePanels();
      this.show(sample(name));
    });
    item.append(button);
    return item;
  }

  start() {
    this.gate.practise(true);
    closePanels();
    this.begin();
  }

  end() {
    this.gate.practise(false);
    this.verdicts.hide();
    closePanels();
  }

  /** What was scanned while practising. */
  scan(text) {
    const name = SAMPLE.exec(text)?.[1];
    if (name) return this.show(sample(name));
    const real = TICKET.test(text) || /^[0-9A-Za-z]{5}[ -]?[0-9A-Za-z]{5}$/.test(text.trim());
    const [kind, icon] = real ? ["real", practiceIcons.real] : ["no", practiceIcons.other];
    const [title, line] = real ? [texts.practice_real, texts.practice_real_line] : [texts.practice_other, texts.practice_other_line];
    return this.verdicts.show({ kind, icon, title, line, flag: texts.practice_flag }, { realTicket: real });
  }

  show(verdict) {
    const { point, zone } = this.gate.state;
    const said = words(verdict, { name: point?.name ?? "", zone });
    const flag = [texts.practice_flag, said.flag].filter(Boolean).join(" · ");
    this.verdicts.show({ ...said, flag }, { family: verdict.family, byHand: said.byHand ? texts.call_supervisor : "" });
  }

  /** The family of a practice code. */
  family(people) {
    const [holder] = texts.practice_names;
    const said = familyWords([{ holder }, ...people].map((one) => ({ ...one, status: "admitted" })));
    this.verdicts.show({ ...said, flag: texts.practice_flag });
  }

  /** A name on a blank practice code. */
  named(name) {
    this.show({ ...sample("admitted"), holder: name });
  }
}

/** A practice code outside of practice: said in words, and it is no ticket. */
export const isPractice = (text) => SAMPLE.test(text);
