// The names a supervisor may search. They lie on the phone under the PIN, so that a lost phone does not tell them.

import { ApiError, supervise } from "./api.js";

const ROUNDS = 600_000;
const SHORTEST = 4; // letters
const MOST = 20;

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
      if (!["network", "busy"].includes(error.kind)) throw error;
      await this.unlockKept(pin, now, error);
    }
  }

  async unlockKept(pin, now, offline) {
    const kept = await this.store()?.get("settings", "roster");
    if (!kept) throw offline;
    let found;
    try {
      const key = await keyOf(pin, kept.salt, "decrypt");
      const open = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv }, key, kept.sealed);
      found = JSON.parse(new TextDecoder().decode(open));
    } catch {
      throw new ApiError("wrong_pin");
    }
    if (Date.parse(found.until) <= now) throw new ApiError("expired");
    this.take(Date.parse(found.until), found.names);
  }

  take(until, names) {
    this.until = until;
    this.names = names.map((one) => ({ ...one, plain: plain(one.name) }));
  }

  async keep(pin, content) {
    const [salt, iv] = [16, 12].map((length) => crypto.getRandomValues(new Uint8Array(length)));
    const key = await keyOf(pin, salt, "encrypt");
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(JSON.stringify(content)));
    await this.store()?.put("settings", { salt, iv, sealed }, "roster");
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
    await this.store()?.delete("settings", "roster").catch(() => {});
  }
}

/** Lower case without accents and punctuation. */
const plain = (text) =>
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

async function keyOf(pin, salt, use) {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, secret, { name: "AES-GCM", length: 256 }, false, [use],
  );
}
