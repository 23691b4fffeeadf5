// The gate without anything visible: pairing, scans and their verdicts, undo, shift, supervisor. The page listens to
// the events "state", "verdict" (detail: Verdict), "corrected" (the server's later word on a scan), "update" and
// "elsewhere" (another tab has taken over).

import { ApiError, pair as pairByCode } from "./api.js";
import { Clock } from "./clock.js";
import { GateData } from "./data.js";
import { Judge } from "./judge.js";
import { Last } from "./last.js";
import { afterPaint } from "./later.js";
import { Tally } from "./own.js";
import { Pairings } from "./pairings.js";
import { Queue, newId, toldOtherwise } from "./queue.js";
import { Roster } from "./roster.js";
import { Shell } from "./shell.js";
import { stateOf } from "./state.js";
import { openStore, reopenStore } from "./store.js";
import { Sync } from "./sync.js";
import { Tab } from "./tab.js";
import { fromServer, onPhone, practised } from "./verdicts.js";

const ANSWER_WITHIN = 700; // ms; then the phone's own verdict counts
const UNDO_WITHIN = 10_000; // ms of the phone's clock

export class Gate extends EventTarget {
  /**
   * Open the gate with what is kept on this phone. Never rejects: without storage it works from memory, and says so.
   * Where another tab has it open, `elsewhere` is waited for before this one takes over.
   */
  static async open({ shell = true, elsewhere = async () => {} } = {}) {
    const gate = new Gate();
    await gate.tab.begin(elsewhere);
    await gate.load();
    gate.shell = shell ? new Shell(gate) : null;
    gate.syncer = new Sync(gate);
    if (gate.elsewhere) gate.tab.leave(); // already lost again
    else gate.syncer.start();
    return gate;
  }

  constructor() {
    super();
    const store = () => this.db;
    this.tab = new Tab(this);
    this.elsewhere = false;
    Object.assign(this, { db: null, device: null, former: [], volunteer: "", practice: false, cutOff: null, storageWarning: null });
    Object.assign(this, { reachable: true, busy: false, telling: false, lastScanAt: performance.now() });
    this.clock = new Clock((skewMs) => this.keep("skew", skewMs));
    this.data = new GateData(store);
    this.queue = new Queue(store, (event) => this.told(event));
    this.queue.phone = () => ({ unsent: this.queue.unsent, skew_ms: this.skewMs, as_of: this.data.snapshot?.head.as_of ?? null });
    this.pairings = new Pairings(this);
    this.tally = new Tally(this.queue);
    this.judge = new Judge(this.data, this.queue);
    this.roster = new Roster(store);
    this.last = new Last(store);
  }

  async load() {
    this.db = await openStore(() => this.storeLost());
    if (!this.db) this.storageWarning = "unavailable";
    const kept = async (name, otherwise) => (await this.db?.get("settings", name).catch(() => null)) ?? otherwise;
    const [device, former, volunteer, skewMs] = await Promise.all(
      [kept("device", null), kept("former", []), kept("volunteer", ""), kept("skew", null)],
    );
    Object.assign(this, { device, former, volunteer });
    this.clock.skewMs = skewMs;
    if (device && !device.key) await this.keep("device", { ...device, key: newId() }); // paired with the first version
    this.queue.devices = this.pairings.senders();
    await Promise.all([
      this.queue.load().catch(() => {}), this.last.load(), this.roster.expire(this.now()), this.device && this.data.load(this.device.point.slug),
    ]);
    if (this.device) this.data.loadNames(this.device.point.slug);
  }

  /** What the page shows; see state.js. */
  get state() {
    return stateOf(this);
  }

  /** The server answers, as far as is known. */
  get online() {
    return this.reachable && navigator.onLine !== false;
  }

  /** The phone's clock minus the server's, in ms; null before the first answer. */
  get skewMs() {
    return this.clock.skewMs;
  }

  /** The server's time as the phone reckons it, in ms. */
  now() {
    return this.clock.now();
  }

  // ---- the phone

  /** Pair this phone with a one-time code of the committee. Rejects with an ApiError. */
  async pair(code, name) {
    if (this.elsewhere) throw new ApiError("elsewhere");
    const made = await pairByCode(code, name);
    if (this.device) await this.pairings.retire();
    await this.data.forget();
    await this.roster.forget();
    this.cutOff = null;
    await this.keep("device", { key: newId(), token: made.token, name: made.device, point: made.point });
    navigator.storage?.persist?.().catch(() => {});
    this.queue.devices = this.pairings.senders();
    this.changed();
    this.syncer.run();
  }

  /** Forget this phone's pairing and all data. False while scans are unsent, unless `force`. */
  async forget({ force = false } = {}) {
    if (this.queue.unsent && !force) return false;
    if (this.device) await this.pairings.retire();
    await Promise.all([this.data.forget(), this.roster.forget(), this.last.forget(), this.keep("volunteer", "")]);
    this.changed();
    return true;
  }

  async keep(name, value) {
    if (name in this) this[name] = value;
    await this.db?.put("settings", value, name).catch(() => this.warn("full"));
  }

  // ---- scans

  /** Judge and keep a scan; resolves to its Verdict when that may be shown. Rejects only when the phone is unpaired. */
  scan(text, { direction = "in" } = {}) {
    return this.take(text, { direction });
  }

  /** A blank ticket gets a name and is let in. */
  walkIn(text, name) {
    return this.take(text, { name: name.trim().slice(0, 80) });
  }

  /** A supervisor lets a ticket in: by its text, or by the id of a name that was found. */
  admitByHand(textOrId, reason) {
    if (!this.roster.open(this.now())) return Promise.reject(new ApiError("expired"));
    const byHand = reason.trim().slice(0, 200);
    const id = /^[0-9a-f]{16}$/.test(textOrId) ? textOrId : null;
    const known = id && this.roster.find(id);
    return this.take(id ? known?.code ?? "" : textOrId, { byHand, ticket: id, holder: known?.name });
  }

  /** Let the others of a family in: entries of Verdict.family. Resolves to their Verdicts; no event for each. */
  async admitFamily(family) {
    const found = [];
    for (const one of family) found.push(await this.take(one.code ?? "", { ticket: one.id ?? null, holder: one.holder, quiet: true }));
    return found;
  }

  async take(text, how) {
    if (this.practice) return this.practiseOn(text, how);
    if (this.elsewhere) throw new ApiError("elsewhere");
    if (!this.device) throw new ApiError(this.cutOff ?? "unknown_device");
    const made = Date.now();
    this.lastScanAt = performance.now();
    const [id, at] = [newId(), this.now()];
    const { read, own } = await this.own(id, text, { ...how, at });
    const row = this.rowOf(id, text, made, own, how);
    const name = this.judge.name(read).then((known) => known ?? how.holder ?? null);
    if (!this.online) Object.assign(row, shownAs(own));
    const kept = await this.queue.keep(row).then(() => true, () => this.warn("full"));
    const result = this.online || !kept ? await this.answerFor(id) : null;
    const verdict = result ? fromServer(row, result, own) : onPhone(id, own, this.data.snapshot, await name);
    if (result) verdict.holder ??= await name;
    else await this.shown(id, row, own);
    this.last.add({ row, verdict, made, undoMs: UNDO_WITHIN });
    this.changed();
    if (!how.quiet) this.dispatchEvent(new CustomEvent("verdict", { detail: verdict }));
    return verdict;
  }

  async own(id, text, how) {
    const read = how.ticket ? this.data.snapshot ? this.judge.byId(how.ticket) : { pending: true } : await this.judge.read(text);
    return { read, own: this.judge.decide(id, read, how) };
  }

  rowOf(id, code, made, own, { direction = "in", name, byHand, ticket }) {
    const counted = direction === "out" || this.data.snapshot?.point.counts_inside;
    return {
      id, code, ticket: code ? undefined : ticket, point: this.device.point.slug, owner: this.device.key,
      scanned_at: new Date(made).toISOString(), skew_ms: this.skewMs, offline: false, volunteer: this.volunteer || undefined,
      direction: counted ? direction : undefined, name, by_hand: byHand, ifAdmitted: own.ifAdmitted,
      effect: own.status === "admitted" ? own.ifAdmitted : null,
    };
  }

  /** The server's result, when it comes in time; null otherwise. */
  async answerFor(id) {
    const asked = this.queue.ask(id, this.device).catch((error) => this.failed(error));
    const late = new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN, null));
    return (await Promise.race([asked, late])) ?? null;
  }

  /** The phone's own verdict is what is shown: kept before that, so that the server learns it. */
  async shown(id, row, own) {
    if (!row.offline) await this.queue.change(id, shownAs(own)).catch(() => this.warn("full"));
    if (this.online) this.queue.flush();
    else this.syncer.soon();
  }

  async practiseOn(text, how) {
    const found = practised(newId(), text) ?? await this.own(newId(), text, { ...how, at: this.now() })
      .then(async ({ read, own }) => onPhone(newId(), own, this.data.snapshot, await this.judge.name(read)));
    const verdict = { ...found, practice: true };
    if (!how.quiet) this.dispatchEvent(new CustomEvent("verdict", { detail: verdict }));
    return verdict;
  }

  /** Take back a scan that let somebody in, within ten seconds. False when it is too late or was none. */
  async undo(id) {
    const undone = this.last.undoable(id, Date.now());
    if (!undone) return false;
    const { effect, owner, point } = undone;
    this.last.markUndone(id);
    await this.queue.undo(id, effect, new Date().toISOString(), owner, point).catch(() => this.warn("full"));
    this.changed();
    if (this.online) this.queue.flush();
    return true;
  }

  // ---- what the server said

  /** Every attempt to send ends here. */
  async told({ device, answers = [], undone = [], error }) {
    if (error) return this.failed(error, device);
    Object.assign(this, { reachable: true, busy: false });
    for (const { row, result } of answers) {
      const before = this.last.correct(row, result);
      if (before) this.dispatchEvent(new CustomEvent("corrected", { detail: fromServer(row, result, { family: [] }) }));
      if (toldOtherwise(row, result)) await this.amend(row);
    }
    for (const one of undone) if (!one.undone) this.last.markUndone(one.id, false); // the server knows why
    const current = device === this.device;
    if (current && answers.some(({ result }) => result.reason === "revoked_device")) await this.pairings.end("revoked");
    else if (this.former.length) await this.pairings.dropFormer();
    return this.changed();
  }

  /** The server had judged before it could know what the phone showed: it is told, and the committee sees both. */
  async amend({ seq, asking, effect, ...row }) {
    await this.queue.keep({ ...row, id: newId(), offline: true, amends: row.id }).catch(() => this.warn("full"));
    this.queue.flush();
  }

  failed(error, device = this.device) {
    if (["revoked", "unknown_device"].includes(error.kind)) {
      if (device === this.device) this.pairings.end(error.kind);
      return null;
    }
    this.reachable = error.kind === "refused";
    this.busy = error.kind === "busy";
    this.changed();
    return null;
  }

  // ---- shift, supervisor, practice

  /** Who holds the phone from now on. */
  async handOver(name) {
    await this.keep("volunteer", name.trim().slice(0, 80));
    this.changed();
  }

  practise(on) {
    this.practice = on;
    this.changed();
  }

  /** Supervisor mode. Rejects with an ApiError: wrong_pin, expired, network, busy, refused. */
  async unlock(pin) {
    await this.roster.unlock(this.device, pin, this.now());
    this.changed();
  }

  lock() {
    this.roster.lock();
    this.changed();
  }

  /** Names with these letters, for a supervisor: [{id, name, code}]. */
  search(text) {
    return this.roster.open(this.now()) ? this.roster.search(text) : [];
  }

  /** Upload what is unsent and fetch what is new, now. Never rejects. */
  sync() {
    return this.syncer.run();
  }

  /** Take the waiting update now; the page loads anew. */
  installUpdate() {
    this.shell?.install();
  }

  /** Stop timers and let go of the store; for tests and before the page is left for good. */
  close() {
    this.syncer?.stop();
    this.shell?.stop();
    this.clock.stop();
    this.db?.close();
    this.tab.close();
  }

  // ---- the store

  warn(kind) {
    this.storageWarning = kind;
    this.changed();
    return false;
  }

  /** The browser cleared our data while the page is open: write again what memory still knows. */
  async storeLost() {
    this.db = null;
    this.warn("unavailable");
    const db = await reopenStore(() => this.storeLost());
    if (this.elsewhere) db?.close();
    else this.db = db;
    if (!this.db) return;
    this.warn("cleared");
    for (const name of ["device", "former", "volunteer"]) await this.keep(name, this[name]);
    await this.queue.rescue().catch(() => this.warn("full"));
    this.data.deltas = Infinity; // the next answer of the server is kept whole
    this.data.namesCursor = null;
  }

  /** Tell the page, once for all changes of a moment; a verdict is painted first. */
  changed() {
    if (this.telling) return;
    this.telling = true;
    afterPaint(() => {
      this.telling = false;
      this.dispatchEvent(new Event("state"));
    });
  }
}

/** What is kept of a scan that the phone judged by itself. */
const shownAs = ({ status, reason }) => ({ offline: true, verdict: status === "pending" ? null : status, reason });
