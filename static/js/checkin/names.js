// Sealed names: a name can be read only with the signature on its own ticket, so that a lost phone tells nobody's.
// Entries as they came: ticket id 8 | length 1 | salt 4 | that many bytes of AES-256-GCM, the tag among them.

import { halves, inOrder, position } from "./columns.js";

const INFO = new TextEncoder().encode("pekan-name-v1");
const NONCE = new Uint8Array(12); // every key seals one name once
const SALT = 4;
const BEFORE = 9; // bytes before the salt

export class Names {
  constructor() {
    this.chunks = []; // [{bytes, table: {count, high, low, at}}], the newest last
  }

  /** Take entries in. */
  add(buffer) {
    const bytes = new Uint8Array(buffer);
    const view = new DataView(buffer);
    const next = (at) => at + BEFORE + SALT + bytes[at + 8];
    let count = 0;
    for (let at = 0; next(at) <= bytes.length; at = next(at)) count += 1;
    const table = { count, high: new Uint32Array(count), low: new Uint32Array(count), at: new Uint32Array(count) };
    for (let at = 0, row = 0; row < count; at = next(at), row += 1) {
      table.high[row] = view.getUint32(at);
      table.low[row] = view.getUint32(at + 4);
      table.at[row] = at;
    }
    this.chunks.push({ bytes, table: inOrder(table) });
  }

  /** The name on a ticket, null when it is not here or the ticket does not open it. */
  async read(id, signature, salt) {
    const sealed = this.find(id);
    if (!sealed) return null;
    try {
      const own = await crypto.subtle.importKey("raw", signature, "HKDF", false, ["deriveKey"]);
      const info = new Uint8Array([...INFO, ...sealed.subarray(0, SALT)]);
      const key = await crypto.subtle.deriveKey(
        { name: "HKDF", hash: "SHA-256", salt, info }, own, { name: "AES-GCM", length: 256 }, false, ["decrypt"],
      );
      const open = await crypto.subtle.decrypt({ name: "AES-GCM", iv: NONCE }, key, sealed.subarray(SALT));
      return new TextDecoder().decode(open);
    } catch {
      return null;
    }
  }

  find(id) {
    for (const { bytes, table } of [...this.chunks].reverse()) {
      let row = position(table, ...halves(id));
      while (row >= 0 && row + 1 < table.count && table.high[row + 1] === table.high[row] && table.low[row + 1] === table.low[row]) row += 1;
      if (row < 0) continue;
      const start = table.at[row];
      return bytes.subarray(start + BEFORE, start + BEFORE + SALT + bytes[start + 8]);
    }
    return null;
  }
}
