// Supervisor mode: a PIN opens the search by name and admission by hand, with a reason.

import { closePanels, openPanel } from "./panels.js";
import { fill, get, groups, make, number, texts } from "./texts.js";

const LETTERS = 4;
const MOST = 20; // names the engine gives

export class Supervisor {
  /**
   * @param {object} gate the engine
   * @param {(who: {text: string, name: string, reason: string}) => Promise<void>} admit lets somebody in by hand
   */
  constructor(gate, admit) {
    this.gate = gate;
    this.admit = admit;
    this.chosen = null; // {text: id or code, name}
    this.next = null; // who waits for the PIN
    get("pin-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.unlock();
    });
    get("search").addEventListener("input", () => this.search());
    get("lock").addEventListener("click", () => this.lock());
    get("by-hand-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.letIn();
    });
    for (const choice of document.getElementsByName("reason")) choice.addEventListener("change", () => this.otherReason());
  }

  /** Fill the panel before it opens: the PIN, or the search when it is open already. */
  fill() {
    const open = this.gate.state.supervisor;
    get("pin-form").hidden = open;
    get("search-part").hidden = !open;
    get("pin").value = "";
    this.pinRefused(open || this.gate.state.supervisorPossible ? "" : texts.pin_none, false);
    get("search").value = "";
    this.search();
    return get(open ? "search" : "pin");
  }

  lock() {
    this.gate.lock();
    this.next = null;
    closePanels();
  }

  pinRefused(text, invalid = true) {
    get("pin-error").textContent = text;
    get("pin").setAttribute("aria-invalid", String(Boolean(text) && invalid));
  }

  async unlock() {
    const pin = get("pin").value;
    if (!/^\d{6}$/.test(pin)) return this.pinRefused(texts.pin_short);
    const button = get("pin-go");
    button.disabled = true;
    button.textContent = texts.opening;
    try {
      await this.gate.unlock(pin);
      this.opened();
    } catch (error) {
      const said = { wrong_pin: texts.pin_wrong, expired: texts.pin_offline, network: texts.pin_offline };
      const busy = error.status === 429 ? texts.pin_many : error.words || texts.failed;
      this.pinRefused(said[error.kind] ?? busy);
      get("pin").value = "";
      get("pin").focus();
    } finally {
      button.disabled = false;
      button.textContent = texts.open;
    }
    return undefined;
  }

  opened() {
    this.fill();
    if (!this.next) return get("search").focus();
    const { text, name } = this.next;
    this.next = null;
    return this.ask(text, name);
  }

  search() {
    const text = get("search").value;
    const letters = (text.match(/[\p{L}\p{N}]/gu) ?? []).length;
    const found = letters < LETTERS ? [] : this.gate.search(text);
    const count = number(found.length);
    get("search-hint").textContent = letters < LETTERS ? texts.search_more
      : !found.length ? texts.search_none : fill(found.length < MOST ? texts.search_found : texts.search_many, { count });
    get("found").replaceChildren(...found.map((one) => this.person(one)));
  }

  person({ id, name, code }) {
    const item = make("li");
    const button = make("button");
    button.type = "button";
    button.append(make("b", "", name), make("small", "found-code", groups(code ?? "")));
    button.addEventListener("click", () => this.ask(id, name));
    item.append(button);
    return item;
  }

  /** Ask for the reason to let this ticket in; first for the PIN where it is not open. `text` is a ticket id or a code. */
  ask(text, name) {
    if (!this.gate.state.supervisor) {
      this.next = { text, name };
      return openPanel("supervisor", { supervisor: () => this.fill() });
    }
    this.chosen = { text, name };
    get("by-hand-who").textContent = name || (text.length <= 16 ? groups(text) : "");
    get("by-hand-form").reset();
    get("by-hand-error").textContent = "";
    this.otherReason();
    return openPanel("by-hand");
  }

  get choice() {
    return [...document.getElementsByName("reason")].find((one) => one.checked) ?? null;
  }

  otherReason() {
    const other = this.choice?.value === "";
    get("other-reason").hidden = !other;
    if (other) get("reason-text").focus();
  }

  async letIn() {
    const reason = (this.choice?.value || get("reason-text").value).trim();
    get("by-hand-error").textContent = this.choice && reason ? "" : texts.need_reason;
    if (!this.choice || !reason) return undefined;
    closePanels();
    return this.admit({ ...this.chosen, reason });
  }
}
