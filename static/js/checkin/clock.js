// What the server's time is, by this phone's clock. That may be off by hours, and may be put right while the page is open.

const SAMPLES = 5; // of the skew; their median counts
const SLOW = 5000; // ms; a slower answer tells too little of the clock
const STEP = 5000; // ms; what differs by more is a clock that was set, and no chance
const NOTABLE = 250; // ms; a smaller step of the skew is not worth a write

export class Clock {
  /** @param {(skewMs: number) => void} keep called when the skew has changed notably */
  constructor(keep) {
    this.keep = keep;
    this.skewMs = null; // the phone's clock minus the server's
    this.samples = [];
    this.mark();
    this.turned = () => this.watch();
    document.addEventListener("visibilitychange", this.turned);
  }

  /** The server's time as the phone reckons it, in ms. */
  now() {
    this.watch();
    return Date.now() - (this.skewMs ?? 0);
  }

  /** Remember both clocks, and whether the page is in sight from here on. */
  mark() {
    Object.assign(this, { wall: Date.now(), steady: performance.now(), seen: document.visibilityState === "visible" });
  }

  /**
   * See whether somebody set the phone's clock since the last look: without a network nobody else would tell. The
   * steady clock may stand still while the phone sleeps, so a step forward counts only while the page was in sight.
   */
  watch() {
    const step = Date.now() - this.wall - (performance.now() - this.steady);
    const { seen } = this;
    this.mark();
    if (this.skewMs === null || !(step < -STEP || (step > STEP && seen))) return;
    this.samples = [];
    this.set(this.skewMs + step);
  }

  /** An answer of the server: `asked` and `answered` by the phone's clock, `said` by the server's, all in ms. */
  measure(asked, answered, said) {
    if (answered - asked > SLOW || answered < asked) return;
    this.watch();
    const sample = (asked + answered) / 2 - said;
    if (this.skewMs !== null && Math.abs(sample - this.skewMs) > STEP) this.samples = []; // they are of another time
    this.samples = [...this.samples, sample].slice(-SAMPLES);
    const middle = [...this.samples].sort((a, b) => a - b)[Math.floor(this.samples.length / 2)];
    if (this.skewMs === null || Math.abs(middle - this.skewMs) >= NOTABLE) this.set(middle);
  }

  set(skewMs) {
    this.skewMs = Math.round(skewMs);
    this.keep(this.skewMs);
  }

  stop() {
    document.removeEventListener("visibilitychange", this.turned);
  }
}
