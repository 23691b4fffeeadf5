// Pairing this phone with a point, by the committee's QR or its code.

import { ApiError } from "./api.js";
import { fill, get, texts } from "./texts.js";

/** The secret of a committee's QR, null for any other text. */
export function pairingCode(text) {
  return /^https?:\/\/[^\s#]+\/scan#([0-9A-Za-z]{10})$/.exec(text)?.[1] ?? null;
}

export class Pairing {
  /**
   * @param {object} gate the engine
   * @param {{show: (part: string) => void, paired: () => void}} page
   */
  constructor(gate, page) {
    this.gate = gate;
    this.page = page;
    get("pairing-cancel").addEventListener("click", () => this.cancel());
    get("pairing-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.pair();
    });
  }

  /** This phone belongs to no point. */
  unpaired() {
    get("pairing-title").textContent = texts.unpaired;
    get("pairing-hint").textContent = texts.unpaired_hint;
    get("pairing-cancel").hidden = true;
    get("pairing-camera").hidden = false;
    this.page.show("pairing");
  }

  /** A code was read: ask for the name. */
  ask(code) {
    const { point } = this.gate.state;
    get("pairing-code").value = code.replace(/^(.{5})(.{5})$/, "$1 $2");
    get("pairing-error").textContent = "";
    get("pairing-title").textContent = point ? texts.pair_again : texts.pair_now;
    get("pairing-hint").textContent = point ? fill(texts.pair_again_hint, { point: point.name }) : texts.pair_now_hint;
    get("pairing-cancel").hidden = !point;
    get("pairing-camera").hidden = true;
    this.page.show("pairing");
    get("pairing-name").focus();
  }

  cancel() {
    this.forgetSecret();
    this.page.show("ready");
  }

  /** The one-time code leaves the address bar, and with it the history. */
  forgetSecret() {
    history.replaceState(null, "", location.pathname);
    get("pairing-code").value = "";
  }

  async pair() {
    const code = get("pairing-code").value.trim();
    const name = get("pairing-name").value.trim();
    const missing = !code ? texts.need_code : !name ? texts.need_name : "";
    get("pairing-error").textContent = missing;
    get("pairing-code").setAttribute("aria-invalid", String(!code));
    get("pairing-name").setAttribute("aria-invalid", String(Boolean(code) && !name));
    if (missing) return get(code ? "pairing-name" : "pairing-code").focus();
    try {
      await this.gate.pair(code, name);
    } catch (error) {
      get("pairing-error").textContent = error instanceof ApiError ? error.words || texts.pair_offline : texts.storage;
      get("pairing-camera").hidden = false;
      return undefined;
    }
    this.forgetSecret();
    return this.page.paired();
  }
}
