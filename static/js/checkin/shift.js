// Who holds the phone. Handing over is one tap on a name that was here before, or a name and Enter.

import { closePanels } from "./panels.js";
import { fill, get, make, texts } from "./texts.js";

const NAMES = "pekan-gate-volunteers";
const MOST = 6;

export class Shift {
  /** @param {object} gate the engine */
  constructor(gate) {
    this.gate = gate;
    get("shift-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.take(get("shift-name").value);
    });
  }

  /** Fill the panel before it opens. */
  fill() {
    const now = this.gate.state.volunteer;
    get("shift-name").value = "";
    get("shift-error").textContent = "";
    get("shift-name").setAttribute("aria-invalid", "false");
    get("shift-people").replaceChildren(...known().filter((name) => name !== now).map((name) => this.button(name)));
    return get("shift-people").querySelector("button") ?? get("shift-name");
  }

  button(name) {
    const item = make("li");
    const button = make("button", "", name);
    button.type = "button";
    button.addEventListener("click", () => this.take(name));
    item.append(button);
    return item;
  }

  async take(typed) {
    const name = typed.trim().replace(/\s+/g, " ");
    get("shift-error").textContent = name ? "" : texts.need_volunteer;
    get("shift-name").setAttribute("aria-invalid", String(!name));
    if (!name) return get("shift-name").focus();
    remember([name, ...known().filter((one) => one !== name)].slice(0, MOST));
    await this.gate.handOver(name);
    return closePanels();
  }

  /** The menu's line. */
  line(state) {
    return state.volunteer ? fill(texts.volunteer, { name: state.volunteer }) : texts.nobody;
  }
}

/** Names of volunteers who held this phone; forgotten when it is released. */
export function forgetVolunteers() {
  try {
    localStorage.removeItem(NAMES);
  } catch { /* nothing was kept */ }
}

function known() {
  try {
    const found = JSON.parse(localStorage.getItem(NAMES) ?? "[]");
    return Array.isArray(found) ? found.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

function remember(names) {
  try {
    localStorage.setItem(NAMES, JSON.stringify(names));
  } catch { /* handing over works without the list */ }
}
