// The full-screen verdict: colour, icon, word, sound and vibration say the same thing. It goes away by itself,
// except where it asks for a name or a choice.

import { afterPaint } from "./later.js";
import { signal } from "./signals.js";
import { fill, get, groups, make, texts } from "./texts.js";

const SHOWN = { in: 2500, out: 2500, again: 4000, no: 4000, unchecked: 7000, real: 7000, blank: Infinity }; // ms until the camera is back
const WITH_FAMILY = 9000; // ms
const FRESH = 900; // ms; a new ticket must not wipe away a verdict before it was read

export class Verdicts extends EventTarget {
  /**
   * Events: "family" (detail: the chosen people), "name" (detail: what was typed), "byhand", "undo", "endpractice",
   * "closed".
   */
  constructor() {
    super();
    this.box = get("verdict");
    // Not the body: its colours are inherited, and all that lies behind would be styled anew before the verdict shows.
    this.coloured = [...document.querySelectorAll(".gate-top, .gate-foot"), this.box];
    this.timer = 0;
    this.shownAt = 0;
    this.people = [];
    this.focusBefore = null;
    get("verdict-words").addEventListener("click", () => this.waits || this.hide());
    get("verdict-close").addEventListener("click", () => this.hide());
    get("verdict-undo").addEventListener("click", () => this.tell("undo"));
    get("by-hand-open").addEventListener("click", () => this.tell("byhand"));
    get("practice-end-here").addEventListener("click", () => this.tell("endpractice"));
    get("family-go").addEventListener("click", () => this.tell("family", this.chosen()));
    get("blank-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.nameGiven();
    });
    addEventListener("keydown", (event) => event.key === "Escape" && !document.querySelector("dialog[open]") && this.hide());
  }

  get open() {
    return !this.box.hidden;
  }

  /** True for a moment after a verdict. */
  get fresh() {
    return this.open && performance.now() - this.shownAt < FRESH;
  }

  /** True while somebody types a name or chooses: then the camera must not go on. */
  get waits() {
    return this.open && this.timer === 0;
  }

  /**
   * @param {object} said words of words.js
   * @param {{family?: object[], byHand?: string, realTicket?: boolean, nameAt?: string}} offers what may be done;
   *   byHand is the button's text, nameAt the address of the page where a blank ticket gets a name
   */
  show(said, { family = [], byHand = "", realTicket = false, nameAt = "" } = {}) {
    this.box.className = `verdict ${said.kind}${said.flag ? " flagged" : ""}`;
    get("verdict-icon").setAttribute("d", said.icon);
    for (const part of ["flag", "title", "name", "line", "more"]) get(`verdict-${part}`).textContent = said[part] ?? "";
    this.offerFamily(family);
    get("blank-form").hidden = said.kind !== "blank";
    get("by-hand-open").hidden = !byHand;
    get("by-hand-open").textContent = byHand;
    get("practice-end-here").hidden = !realTicket;
    get("blank-link").hidden = !nameAt;
    get("blank-link").href = nameAt; // the code stands behind the #, so that no server logs it
    this.undoable(0);
    const doing = family.length > 0 || said.kind === "blank";
    get("verdict-do").hidden = !(doing || byHand || realTicket || nameAt);
    this.box.classList.toggle("doing", doing);
    if (!this.open) this.focusBefore = document.activeElement;
    this.box.hidden = false;
    afterPaint(() => {
      get("work").inert = this.open; // what lies behind takes no focus
      signal(said.kind);
    });
    for (const part of this.coloured) part.dataset.verdict = said.kind;
    this.shownAt = performance.now();
    this.stay(family.length ? WITH_FAMILY : SHOWN[said.kind]);
    if (said.kind === "blank") this.askName();
  }

  /** Stay for so long; for ever while somebody is busy with it. */
  stay(milliseconds) {
    clearTimeout(this.timer);
    this.timer = Number.isFinite(milliseconds) ? setTimeout(() => this.hide(), milliseconds) : 0;
  }

  hide() {
    if (!this.open) return;
    clearTimeout(this.timer);
    this.timer = 0;
    get("verdict-words").scrollTop = 0; // for the next one; here it delays nobody
    this.box.hidden = true;
    get("work").inert = false;
    for (const part of this.coloured) delete part.dataset.verdict;
    const nowhere = document.activeElement === document.body || this.box.contains(document.activeElement);
    if (nowhere && this.focusBefore?.isConnected) this.focusBefore.focus();
    this.tell("closed");
  }

  /** Offer to undo for so many seconds more; 0 takes the offer away. */
  undoable(seconds) {
    get("verdict-undo").hidden = seconds <= 0;
    get("verdict-undo").textContent = seconds > 0 ? fill(texts.undo, { seconds }) : "";
  }

  /** A refusal that belongs beside the name. */
  nameRefused(text) {
    get("blank-error").textContent = text;
    get("blank-name").setAttribute("aria-invalid", String(Boolean(text)));
  }

  askName() {
    get("blank-name").value = "";
    this.nameRefused("");
    get("blank-name").focus();
  }

  nameGiven() {
    const name = get("blank-name").value.trim().replace(/\s+/g, " ");
    this.nameRefused(name ? "" : texts.need_holder);
    if (name) this.tell("name", name);
    else get("blank-name").focus();
  }

  offerFamily(people) {
    this.people = people;
    get("family").hidden = !people.length;
    get("family-people").replaceChildren(...people.map((person, index) => this.chip(person, index)));
    this.countFamily();
  }

  /** One person: tapped away when not here. */
  chip(person, index) {
    const item = make("li");
    const name = person.holder ?? (person.code ? groups(person.code) : fill(texts.person_number, { count: index + 2 }));
    const button = make("button", "chip-button", name);
    button.type = "button";
    button.dataset.index = index;
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      this.stay(Infinity); // somebody is choosing
      this.countFamily();
    });
    item.append(button);
    return item;
  }

  chosen() {
    const pressed = [...get("family-people").querySelectorAll("[aria-pressed=true]")];
    return pressed.map((button) => this.people[Number(button.dataset.index)]);
  }

  countFamily() {
    const count = this.chosen().length;
    get("family-go").disabled = count === 0;
    get("family-go").textContent = count ? fill(texts.family_go, { count }) : texts.family_none;
  }

  tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
