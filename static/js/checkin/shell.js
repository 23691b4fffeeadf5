// The installed page: its service worker, and updates that never come in the middle of a shift.

const IDLE = 600_000; // ms without a scan, after which an update may be taken
const LOOK = 1_800_000; // ms between looks for an update

export class Shell {
  constructor(gate) {
    this.gate = gate;
    this.waiting = null;
    this.asked = false;
    if ("serviceWorker" in navigator) this.register().catch(() => {}); // plain http, or forbidden: works online
    this.timer = setInterval(() => this.look(), 60_000);
    this.looked = Date.now();
  }

  get ready() {
    return this.waiting !== null;
  }

  async register() {
    this.registration = await navigator.serviceWorker.register("/gate-worker.js", { scope: "/scan", updateViaCache: "none" });
    const { registration } = this;
    if (registration.waiting && navigator.serviceWorker.controller) this.found(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const coming = registration.installing;
      coming?.addEventListener("statechange", () => {
        if (coming.state === "installed" && navigator.serviceWorker.controller) this.found(coming);
      });
    });
    navigator.serviceWorker.addEventListener("controllerchange", () => this.asked && location.reload());
  }

  found(worker) {
    this.waiting = worker;
    this.gate.dispatchEvent(new Event("update"));
    this.gate.changed();
  }

  /** Once a minute: take an update when nobody scanned for ten minutes, and look for one now and then. */
  look() {
    if (this.waiting && Date.now() - this.gate.lastScanAt > IDLE) return this.install();
    if (!this.registration || Date.now() - this.looked < LOOK) return undefined;
    this.looked = Date.now();
    return this.registration.update().catch(() => {});
  }

  install() {
    if (!this.waiting) return;
    this.asked = true;
    this.waiting.postMessage("install");
  }

  stop() {
    clearInterval(this.timer);
  }
}
