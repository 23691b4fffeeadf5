// The installed page: its service worker, and updates that never come in the middle of a shift.

const IDLE = 600_000; // ms without a scan, after which an update may be taken
const LOOK = 1_800_000; // ms between looks for an update

export class Shell {
  constructor(gate) {
    this.gate = gate;
    this.waiting = null;
    this.asked = false;
    this.taken = false; // the new worker is in charge, and only the page is of the old release
    if ("serviceWorker" in navigator) this.register().catch(() => {}); // plain http, or forbidden: works online
    this.timer = setInterval(() => this.look(), 60_000);
    this.looked = performance.now();
  }

  /** An update is here, and nothing would be lost by taking it. */
  get ready() {
    return this.waiting !== null && this.safe;
  }

  /** Loading anew forgets what lies in memory only: scans that the phone had no space for, or whose store was taken away. */
  get safe() {
    const { queue, storageWarning } = this.gate;
    if (storageWarning && (queue.unsent || queue.undone.size)) return false;
    return !queue.loose.length;
  }

  /** Nobody scans, nor works as a supervisor: in time that passed, for a clock put right is no rest. */
  get idle() {
    const { gate } = this;
    return performance.now() - gate.lastScanAt > IDLE && !gate.roster.open(gate.now());
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
    navigator.serviceWorker.addEventListener("controllerchange", () => {
      this.taken = this.asked;
      this.reload();
    });
  }

  found(worker) {
    this.waiting = worker;
    this.gate.dispatchEvent(new Event("update"));
    this.gate.changed();
  }

  /** Once a minute: take an update when nobody scanned for ten minutes, and look for one now and then. */
  look() {
    if (this.taken) return this.reload();
    if (this.waiting && this.idle) return this.install();
    if (!this.registration || performance.now() - this.looked < LOOK) return undefined;
    this.looked = performance.now();
    return this.registration.update().catch(() => {});
  }

  install() {
    if (!this.ready) return;
    this.asked = true;
    this.waiting.postMessage("install");
  }

  /** A scan may have come while the new worker took over: then the page waits until that is safe. */
  reload() {
    if (this.taken && this.safe) location.reload();
  }

  stop() {
    clearInterval(this.timer);
  }
}
