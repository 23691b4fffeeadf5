// What a QR code or a typed line says, without believing it: the twin of app/core/codes.py and crypto.unpack.

const PREFIX = "PK1:";
const TEXT_LENGTH = 120;
const PAYLOAD = 13; // bytes: key id 1, festival 2, scope 2, ticket id 8
const EPOCH = Date.UTC(2020, 0, 1); // ticket ids count milliseconds from here
export const SIGNED_BEFORE = new TextEncoder().encode("pekan-ticket-v1\0");

const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const digitOf = new Map([...BASE45].map((character, value) => [character, value]));

// The same set as in codes.py, character by character.
const SEPARATORS = new Set(
  "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
  + "-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
  + "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff",
);
const typedOf = new Map([
  ...[...CROCKFORD].flatMap((character) => [[character, character], [character.toLowerCase(), character]]),
  ...[..."Oo"].map((misread) => [misread, "0"]),
  ...[..."IiLl"].map((misread) => [misread, "1"]),
]);

/** The bytes of a base45 text (RFC 9285), null when it is none. Spaces are part of the alphabet. */
export function base45(text) {
  if (text.length % 3 === 1) return null;
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 ? 1 : 0));
  let at = 0;
  for (let place = 0; place < text.length; place += 3) {
    const [low, middle, high] = [0, 1, 2].map((offset) => digitOf.get(text[place + offset]));
    if (low === undefined || middle === undefined) return null;
    if (place + 2 < text.length) {
      if (high === undefined) return null;
      const value = low + 45 * middle + 2025 * high;
      if (value > 65535) return null;
      bytes[at++] = value >> 8;
      bytes[at++] = value & 255;
    } else {
      const value = low + 45 * middle;
      if (value > 255) return null;
      bytes[at++] = value;
    }
  }
  return bytes;
}

/**
 * What a ticket's QR text says of itself: {keyId, festival, scope, id, issuedAt, payload, signature}, null for any
 * other text. `id` is 16 hexadecimal digits, `issuedAt` milliseconds. Nothing is verified here.
 */
export function parseTicket(text) {
  if (text.length !== TEXT_LENGTH || !text.startsWith(PREFIX)) return null;
  const bytes = base45(text.slice(PREFIX.length));
  if (!bytes) return null;
  const view = new DataView(bytes.buffer);
  const id = hex(bytes.subarray(5, PAYLOAD));
  return {
    keyId: view.getUint8(0), festival: view.getUint16(1), scope: view.getUint16(3),
    id, issuedAt: issuedAt(id), payload: bytes.subarray(0, PAYLOAD), signature: bytes.subarray(PAYLOAD),
  };
}

/** When a ticket id was made, in milliseconds since 1970. */
export const issuedAt = (id) => EPOCH + Number.parseInt(id.slice(0, 10), 16);

/** The ten characters of what somebody typed or pasted, null when it is no ticket's code. */
export function normaliseTyped(text) {
  let code = "";
  for (const character of text) {
    if (SEPARATORS.has(character)) continue;
    const meant = typedOf.get(character);
    if (meant === undefined || code.length === 10) return null;
    code += meant;
  }
  return code.length === 10 && checkCharacter(code.slice(0, 9)) === code[9] ? code : null;
}

/** Luhn mod 32, as in codes.py. */
function checkCharacter(body) {
  let total = 0;
  [...body].reverse().forEach((character, distance) => {
    const value = CROCKFORD.indexOf(character);
    total += distance % 2 ? value : Math.floor((2 * value) / 32) + ((2 * value) % 32);
  });
  return CROCKFORD[(32 - (total % 32)) % 32];
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Bytes of base64url text without padding. */
export const fromBase64 = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

/** The first four bytes of SHA-256(salt + typed code), as a number: how the snapshot knows typed codes. */
export async function typedHash(salt, code) {
  const text = new TextEncoder().encode(code);
  const joined = new Uint8Array(salt.length + text.length);
  joined.set(salt);
  joined.set(text, salt.length);
  return new DataView(await crypto.subtle.digest("SHA-256", joined)).getUint32(0);
}
