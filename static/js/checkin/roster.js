// The names a supervisor may search. They lie on the phone under the PIN, so that a lost phone does not tell them.

import { ApiError, supervise } from "./api.js";

const ROUNDS = 600_000;
const SHORTEST = 4; // letters
const MOST = 20;
const TRIES = 5; // wrong PINs without the server; then the names are deleted and only it can give them again

export class Roster {
  /** @param {() => import("../../vendor/idb/index.js").IDBPDatabase|null} store */
  constructor(store) {
    this.store = store;
    this.lock();
  }

  lock() {
    this.names = null;
    this.until = null;
  }

  /** A supervisor is here, and the time the server gave is not over. */
  open(now) {
    return this.names !== null && now < this.until;
  }

  /** Unlock with the PIN: from the server, or from what it gave this phone before. Rejects with an ApiError. */
  async unlock(device, pin, now) {
    try {
      const { until, names } = await supervise(device, pin);
      this.take(Date.parse(until), names);
      await this.keep(pin, { until, names }).catch(() => {}); // without space it works until the page is closed
    } catch (error) {
      if (error.kind === "wrong_pin") await this.erase(); // of a PIN that was changed, or a phone in wrong hands
      if (!unreachable(error)) throw error;
      await this.unlockKept(pin, now, error);
    }
  }

  async unlockKept(pin, now, offline) {
    await this.expire(now);
    const kept = await this.countTry().catch(() => null); // a try that cannot be counted is none
    if (!kept) throw offline;
    let found;
    try {
      const key = await keyOf(pin, kept.salt, "decrypt");
      const open = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv }, key, kept.sealed);
      found = JSON.parse(new TextDecoder().decode(open));
    } catch {
      if (kept.tries >= TRIES) await this.erase();
      throw new ApiError("wrong_pin");
    }
    this.take(Date.parse(found.until), found.names);
    await this.store()?.put("settings", { ...kept, tries: 0 }, "roster").catch(() => {});
  }

  /** What is kept, with this try counted: before it is made, so that closing the page does not make it undone. */
  async countTry() {
    const change = this.store()?.transaction("settings", "readwrite");
    const kept = await change?.store.get("roster");
    if (!kept) return null;
    const counted = { ...kept, tries: (kept.tries ?? 0) + 1 };
    const spent = counted.tries > TRIES; // the page was closed before the last wrong one could delete it
    await (spent ? change.store.delete("roster") : change.store.put(counted, "roster"));
    await change.done;
    return spent ? null : counted;
  }

  /** The time the server gave is over: the names go, here and on the phone. Never rejects. */
  async expire(now) {
    if (this.names && !this.open(now)) this.lock();
    const kept = await this.store()?.get("settings", "roster").catch(() => null);
    if (kept && !(now < kept.until)) await this.erase(); // also what an earlier version kept, which tells no end
  }

  take(until, names) {
    this.until = until;
    this.names = names.map((one) => ({ ...one, plain: plain(one.name) }));
  }

  async keep(pin, content) {
    const [salt, iv] = [16, 12].map((length) => crypto.getRandomValues(new Uint8Array(length)));
    const key = await keyOf(pin, salt, "encrypt");
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(content)));
    await this.store()?.put("settings", { salt, iv, sealed, until: Date.parse(content.until), tries: 0 }, "roster");
  }

  /** Whose name has all these words in it: [{id, name, code}], at most 20; none for fewer than four letters. */
  search(text) {
    const words = plain(text).split(" ").filter(Boolean);
    if (!this.names || words.join("").length < SHORTEST) return [];
    const found = [];
    for (const { id, name, code, plain: folded } of this.names) {
      if (words.every((word) => folded.includes(word))) found.push({ id, name, code });
      if (found.length === MOST) break;
    }
    return found;
  }

  find(id) {
    return this.names?.find((one) => one.id === id) ?? null;
  }

  async forget() {
    this.lock();
    await this.erase();
  }

  async erase() {
    await this.store()?.delete("settings", "roster").catch(() => {});
  }
}

/** Whether the server could not answer. That it wants no more tries just now (429) is an answer. */
const unreachable = ({ kind, status }) => kind === "network" || (kind === "busy" && status !== 429);

/** Lower case without accents and punctuation. */
const plain = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

async function keyOf(pin, salt, use) {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, secret, { name: "AES-GCM", length: 256 }, false, [use],
  );
}
