// A gate without server, camera and store, in the place of static/js/checkin/engine.js: it says what the test wants.
// window.FAKE = {state: {…}, verdicts: {text: verdict}, names: […]} is set before the page loads.

const base = {
  point: { slug: "gerbang-utama", name: "Gerbang utama", activity: 7, countsInside: false }, device: "Siti, HP hitam",
  online: true, busy: false, unsent: 0, oldestUnsentAt: null, dataAsOf: Date.now() - 40_000, skewMs: 300, admitted: 1284, expected: 2000,
  inside: null, capacity: null, paused: false, zone: "Asia/Jakarta", volunteer: "Siti", supervisor: false, supervisorPossible: true,
  practice: false, storageWarning: null, updateReady: false, cutOff: null, revoked: false, last: [],
};
const verdict = {
  status: "admitted", reason: null, holder: "Siti Aminah", firstAdmittedAt: null, slotStartsAt: null, by: "phone", unchecked: false,
  conflict: false, family: [], blank: false, out: false, dataAsOf: Date.now() - 1_560_000, ticket: null,
};

export class Gate extends EventTarget {
  static async open() {
    globalThis.fake = new Gate();
    return globalThis.fake;
  }

  state = { ...base, ...globalThis.FAKE?.state };
  calls = [];
  number = 0;

  set(change) {
    Object.assign(this.state, change);
    this.dispatchEvent(new Event("state"));
  }

  take(call, found, more = {}) {
    this.calls.push(call);
    const made = { ...verdict, ...(found ?? { status: "denied", reason: "unknown", holder: null }), id: `scan-${++this.number}`, ...more };
    const now = Date.now();
    const undoable = made.status === "admitted" && !made.out && !made.conflict ? now + 10_000 : null;
    const { id, status, reason, holder, unchecked, conflict, out, by } = made;
    this.set({ last: [{ id, at: now, status, reason, holder, unchecked, conflict, out, by, undone: false, undoable }, ...this.state.last].slice(0, 20) });
    return made;
  }

  async scan(text, { direction = "in" } = {}) {
    const found = globalThis.FAKE?.verdicts?.[text];
    return this.take(["scan", text, direction], found, direction === "out" && found?.status !== "denied" ? { out: true } : {});
  }

  async walkIn(text, name) {
    return this.take(["walkIn", text, name], { holder: name });
  }

  async admitByHand(text, reason) {
    return this.take(["admitByHand", text, reason], { holder: "Budi Santoso" });
  }

  async admitFamily(people) {
    return people.map((one) => this.take(["admitFamily", one.id ?? one.code], one.refused ? { status: "denied", reason: "already_admitted", holder: one.holder } : { holder: one.holder }));
  }

  async undo(id) {
    this.calls.push(["undo", id]);
    const found = this.state.last.find((one) => one.id === id);
    found.undone = true;
    this.set({});
    return true;
  }

  async unlock(pin) {
    this.calls.push(["unlock", pin]);
    if (pin !== "123456") throw Object.assign(new Error("wrong_pin"), { kind: "wrong_pin", words: "", status: 403 });
    this.set({ supervisor: true });
  }

  lock() {
    this.set({ supervisor: false });
  }

  search(text) {
    return (globalThis.FAKE?.names ?? []).filter((one) => one.name.toLowerCase().includes(text.toLowerCase()));
  }

  async handOver(name) {
    this.calls.push(["handOver", name]);
    this.set({ volunteer: name });
  }

  practise(on) {
    this.calls.push(["practise", on]);
    this.set({ practice: on });
  }

  async pair() {
    this.set({ ...base });
  }

  async forget() {
    this.calls.push(["forget"]);
    if (this.state.unsent) return false;
    this.set({ point: null, device: null });
    return true;
  }

  installUpdate() {
    this.calls.push(["installUpdate"]);
  }
}
