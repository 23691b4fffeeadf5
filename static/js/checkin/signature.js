// Whose ticket it is: Ed25519 by the browser, or by a small library where the browser does not know it.

import { SIGNED_BEFORE, fromBase64, normaliseTyped, parseTicket } from "./codes.js";

let noble; // loaded when it is needed: browsers before 2023-2025 have no Ed25519

export class Keys {
  /** @param {{id: number, key: string}[]} keys public keys, base64url */
  constructor(keys) {
    this.bytes = new Map(keys.map(({ id, key }) => [id, fromBase64(key)]));
    this.ready = new Map();
  }

  knows(id) {
    return this.bytes.has(id);
  }

  /** Whether a ticket (of parseTicket) is signed by the key it names. Never rejects. */
  async verify({ keyId, payload, signature }) {
    const key = this.bytes.get(keyId);
    if (!key) return false;
    const message = new Uint8Array(SIGNED_BEFORE.length + payload.length);
    message.set(SIGNED_BEFORE);
    message.set(payload, SIGNED_BEFORE.length);
    try {
      if (!this.ready.has(keyId)) this.ready.set(keyId, verifierFor(key));
      return await (await this.ready.get(keyId))(signature, message);
    } catch {
      this.ready.delete(keyId);
      return false;
    }
  }
}

/**
 * What a text is, for a festival's number: {kind: "ticket", id, scope, issuedAt, signature, …}, {kind: "typed", code},
 * or one that is no ticket of ours: kind "unknown", "forged" (`newKey`: by a key we have never heard of) or
 * "other_festival".
 */
export async function readText(text, keys, festival) {
  const ticket = parseTicket(text);
  if (!ticket) {
    const code = normaliseTyped(text);
    return code ? { kind: "typed", code } : { kind: "unknown" };
  }
  if (!keys.knows(ticket.keyId)) return { kind: "forged", newKey: true, id: ticket.id };
  if (!(await keys.verify(ticket))) return { kind: "forged" };
  return { kind: ticket.festival === festival ? "ticket" : "other_festival", ...ticket };
}

/** A function (signature, message) → Promise<boolean> for a public key. */
export async function verifierFor(key, withBrowser = true) {
  if (withBrowser) {
    try {
      const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
      return (signature, message) => crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
    } catch {
      // this browser does not know Ed25519
    }
  }
  noble ??= await import("../../vendor/noble-ed25519/index.js");
  return (signature, message) => noble.verifyAsync(signature, message, key, { zip215: false });
}
