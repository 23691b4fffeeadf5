// Everything a judge types is on the tablet first, and is sent from there; nothing is forgotten before the server has it.

import { openDB } from "../../vendor/idb/index.js";

/** Opens the tablet's store. Rejects where the browser keeps nothing. */
export const openStore = () =>
  openDB("pekan-judge", 1, {
    upgrade(db) {
      db.createObjectStore("settings");
      db.createObjectStore("sheets", { keyPath: "id" });
      db.createObjectStore("photos", { keyPath: "client_id" }).createIndex("sheet", "sheet");
    },
  });

/** A random UUID; crypto.randomUUID is missing on plain http, where a rehearsal may run. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What this browser is called in versions: one id for as long as its store lives. */
export async function deviceId(store) {
  const known = await store.get("settings", "device");
  if (known) return known;
  const made = newId();
  await store.put("settings", made, "device");
  return made;
}

/** An answer of the server: {status, body}; status 0 without one. */
export async function call(path, token, { method = "GET", body, type = "application/json" } = {}) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = type;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 20000);
  try {
    const answer = await fetch(path, { method, headers, body, signal: stop.signal, credentials: "omit" });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  } catch {
    return { status: 0, body: null };
  } finally {
    clearTimeout(timer);
  }
}

const address = (id) => `/api/v1/competition/sheets/${id}`;

/**
 * Sends what is unsent, one after the other, across all tabs of this browser.
 * ``report(sheet, answer)`` is called after every answer with the kept record as it is then.
 */
export async function flush(store, report = () => {}) {
  const work = async () => {
    let all = true;
    for (const { id } of (await store.getAll("sheets")).filter((sheet) => sheet.unsent || sheet.lock)) {
      all = (await sendSheet(store, id, report)) && all;
    }
    for (const photo of (await store.getAll("photos")).filter((one) => !one.refused)) all = (await sendPhoto(store, photo)) && all;
    return all;
  };
  return navigator.locks ? navigator.locks.request("pekan-judge", work) : work();
}

async function sendSheet(store, id, report) {
  let sheet = await store.get("sheets", id);
  if (!sheet || sheet.refused) return true;
  const device = await deviceId(store);
  if (sheet.unsent) {
    const { client_id, based_on, scores, remarks, saved_at, token } = sheet;
    const body = JSON.stringify({ client_id, based_on, scores, remarks, device, saved_at, sent_at: new Date().toISOString() });
    const answer = await call(address(id), token, { method: "PUT", body });
    sheet = await settle(store, id, client_id, answer);
    report(sheet, answer);
    if (answer.status !== 200 || sheet.unsent) return false;
  }
  if (!sheet.lock || sheet.versions?.length) return true;
  const answer = await call(`${address(id)}/lock`, sheet.token, {
    method: "POST", body: JSON.stringify({ based_on: sheet.current, device }),
  });
  if (answer.status === 0 || answer.status >= 500 || answer.status === 401) return false;
  sheet = await change(store, id, (kept) => {
    kept.lock = false;
    if (answer.status === 200) Object.assign(kept, { state: answer.body.state, current: answer.body.current, based_on: answer.body.latest });
  });
  report(sheet, answer);
  return true;
}

// Sent again it would be refused again; signing in, waiting or trying later help against the others.
const isRefusal = (status) => status >= 400 && status < 500 && ![401, 408, 429].includes(status);

/** What an answer means for the kept record. Typing may have gone on meanwhile: then it stays unsent. */
const settle = (store, id, client_id, { status, body }) =>
  change(store, id, (kept) => {
    if (status === 200) {
      if (kept.client_id === client_id) kept.unsent = false;
      kept.versions = body.versions;
      kept.aside = body.reason;
      kept.message = body.message;
      kept.state = body.state;
      kept.current = body.current;
      kept.seen = body.latest;
      if (!body.versions.length) kept.based_on = body.latest; // unchosen: what the server has is not what was seen
    } else if (isRefusal(status)) {
      kept.refused = body?.error?.message ?? String(status);
    }
    kept.unknown = status === 401;
  });

/** Reads, changes and writes a record in one transaction. */
export async function change(store, id, what) {
  const work = store.transaction("sheets", "readwrite");
  const kept = (await work.store.get(id)) ?? { id };
  what(kept);
  await work.store.put(kept);
  await work.done;
  return kept;
}

// With the token of its sheet, which every sign-in renews: a photo may have waited for a new invitation.
async function sendPhoto(store, { client_id, sheet, token, blob }) {
  const known = (await store.get("sheets", sheet))?.token ?? token;
  const { status, body } = await call(`${address(sheet)}/photos/${client_id}`, known, { method: "POST", body: blob, type: blob.type });
  if (status === 201) await store.delete("photos", client_id);
  else if (isRefusal(status)) await refusePhoto(store, client_id, body?.error?.message ?? String(status));
  else if (status === 401) await change(store, sheet, (kept) => Object.assign(kept, { unknown: true }));
  return status === 201;
}

async function refusePhoto(store, client_id, words) {
  const work = store.transaction("photos", "readwrite");
  const kept = await work.store.get(client_id);
  if (kept) await work.store.put({ ...kept, refused: words }); // unless the judge has removed it meanwhile
  await work.done;
}
