// The last twenty scans. Names are in memory only: a lost phone tells nobody's.

const MOST = 20;
const LATER = 400; // ms

export class Last {
  constructor(store) {
    this.store = store;
    this.list = [];
  }

  async load() {
    this.list = (await this.store()?.get("settings", "last").catch(() => null)) ?? [];
  }

  /** Remember a scan with what was shown. */
  add({ row, verdict, made, undoMs }) {
    const { id, status, reason, holder, by, unchecked, conflict, out } = verdict;
    const may = status === "admitted" && !conflict && row.ifAdmitted;
    this.list = [{
      id, at: made, status, reason, holder, by, unchecked, conflict, out, undone: false, undoable: may ? made + undoMs : null,
      effect: may || null, owner: row.owner, point: row.point,
    }, ...this.list].slice(0, MOST);
    this.keep();
  }

  find(id) {
    return this.list.find((one) => one.id === id);
  }

  /** The entry, while it may be undone. */
  undoable(id, now) {
    const found = this.find(id);
    return found && !found.undone && found.undoable !== null && now >= found.at && now <= found.undoable ? found : null;
  }

  markUndone(id, undone = true) {
    const found = this.find(id);
    if (found) found.undone = undone;
    this.keep();
  }

  /** The server's word on a scan; true when it differs from what stands here. */
  correct(row, result) {
    const found = this.find(row.id);
    if (!found) return false;
    found.holder ??= result.holder;
    const differs = found.status !== result.status || found.conflict !== result.conflict || (result.reason ?? null) !== found.reason;
    Object.assign(found, { status: result.status, reason: result.reason, conflict: result.conflict, by: "server", unchecked: false });
    this.keep();
    return differs;
  }

  /** Written a moment later, not between a scan and its verdict. */
  keep() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const plain = this.list.map((one) => ({ ...one, holder: null }));
      this.store()?.put("settings", plain, "last").catch(() => {});
    }, LATER);
  }

  async forget() {
    clearTimeout(this.timer);
    this.list = [];
    await this.store()?.delete("settings", "last").catch(() => {});
  }
}
