// The camera on the page: its buttons, its errors, and when a code in view is a scan.

import { Camera } from "./camera.js";
import { keepAwake } from "./signals.js";
import { get, texts } from "./texts.js";

const IN_VIEW = 1500; // ms; a code unseen for this long has left the camera
const EMPTY = 3; // frames without a code until then: a phone that stood still for seconds has seen nobody leave
const REPEAT = 3000; // ms in which the same code is never taken twice

export class Eye {
  /**
   * @param {{read: (text: string) => boolean, notice: (text: string) => void, left: () => void}} page read: a code came
   *   into view, false when the page could not take it; left: the camera is off
   */
  constructor(page) {
    this.page = page;
    this.forPairing = false; // it looks for the committee's QR
    this.last = { text: null, at: 0, seen: 0 };
    this.empty = 0; // frames without a code since the last one with
    this.camera = new Camera(get("video"), (text) => this.seen(text), () => page.notice(texts.reader));
    get("stop").addEventListener("click", () => this.leave());
    get("switch").addEventListener("click", () => this.camera.turn().then(() => this.tools(), (error) => this.failed(error)));
    get("torch").addEventListener("click", () => this.light());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.on && keepAwake());
  }

  get on() {
    return this.camera.on;
  }

  hint(text) {
    get("camera-hint").textContent = text;
  }

  /** Start the camera; what goes wrong is told in words. */
  async begin(hint, forPairing = false) {
    this.forPairing = forPairing;
    this.hint(hint);
    for (const part of ["pairing", "ready"]) get(part).hidden = true;
    get("camera").hidden = false;
    try {
      await this.camera.start();
      await this.tools();
      keepAwake();
    } catch (error) {
      this.failed(error);
    }
  }

  stop() {
    this.camera.stop();
    this.forPairing = false;
  }

  leave() {
    this.stop();
    this.page.left();
  }

  failed(error) {
    const reasons = {
      NotAllowedError: texts.camera_denied, SecurityError: texts.camera_insecure,
      NotReadableError: texts.camera_busy, AbortError: texts.camera_busy,
    };
    this.page.notice(reasons[error?.name] ?? texts.camera_missing);
    this.leave();
  }

  async tools() {
    get("torch").hidden = !this.camera.canLight;
    get("torch").setAttribute("aria-pressed", "false");
    get("switch").hidden = !(await this.camera.several());
  }

  async light() {
    const on = get("torch").getAttribute("aria-pressed") !== "true";
    await this.camera.light(on).then(() => get("torch").setAttribute("aria-pressed", String(on)), () => {});
  }

  /** A frame was read. A code that stays in view is one scan; another code takes over at once. */
  seen(text) {
    if (text === null) {
      this.empty += 1;
      return;
    }
    const now = performance.now();
    const same = text === this.last.text;
    const left = now - this.last.seen > IN_VIEW && this.empty >= EMPTY;
    this.empty = 0;
    if (same) this.last.seen = now;
    if (same && (!left || now - this.last.at < REPEAT)) return;
    if (this.page.read(text)) this.last = { text, at: now, seen: now };
  }
}
