// The page of a volunteer at a gate: pairing, camera, typed codes, verdicts, and what is not sent yet.

import { ApiError, pair, status } from "./api.js";
import { Camera } from "./camera.js";
import { listenForScanner } from "./keyboard.js";
import { Queue, newId, openStore } from "./old-queue.js";
import { Verdicts, clock, fill, words } from "./verdict.js";

const ANSWER_WITHIN = 3000; // ms; then the volunteer goes on without the server
const EVERY = 15000; // ms between tries to send and fresh counts
const IN_VIEW = 1500; // ms; a code unseen for this long has left the camera
const REPEAT = 3000; // ms in which the same code is never taken twice
const LAST = 10;

const get = (id) => document.getElementById(id);
const texts = JSON.parse(get("texts").textContent);
const verdicts = new Verdicts(texts);
const camera = new Camera(get("video"), seen, () => notice(texts.reader));
const waiting = new Map(); // scan id → timer, while somebody waits for the verdict
const seenLast = { text: null, at: 0, seen: 0 };
let store;
let queue;
let device = null; // {token, name, point: {slug, name}, zone}
let pairing = false; // the camera looks for the committee's QR
let wakeLock = null;
let latest = { id: null, code: "" }; // the scan made last, for what is offered beside its verdict

start();

async function start() {
  try {
    store = await openStore();
    device = (await store.get("settings", "device")) ?? null;
  } catch {
    notice(texts.storage);
    get("loading").hidden = true;
    return;
  }
  queue = new Queue(store, report);
  queue.device = device;
  listen();
  const code = location.hash.slice(1);
  if (code) askPairing(code);
  else show(device ? "ready" : "pairing");
  await refresh();
  setInterval(refresh, EVERY);
}

function listen() {
  get("start").addEventListener("click", () => begin(false));
  get("pairing-camera").addEventListener("click", () => begin(true));
  get("pairing-cancel").addEventListener("click", cancelPairing);
  get("pairing-form").addEventListener("submit", (event) => {
    event.preventDefault();
    pairNow();
  });
  get("typed-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = get("typed").value; // never trimmed: a hand-held scanner may have typed a whole QR text
    get("typed").value = "";
    verdicts.wakeSound();
    if (code.trim()) scan(code);
  });
  get("stop").addEventListener("click", () => {
    camera.stop();
    pairing = false;
    show(device ? "ready" : "pairing");
  });
  get("switch").addEventListener("click", () => camera.turn().then(tools, cameraFailed));
  get("torch").addEventListener("click", light);
  listenForScanner((text) => scan(text));
  addEventListener("hashchange", () => location.hash.length > 1 && askPairing(location.hash.slice(1)));
  addEventListener("online", refresh);
  addEventListener("offline", () => connection("offline"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    refresh();
    if (camera.on) keepAwake();
  });
}

/** Which part of the page is in sight: pairing, ready or camera. */
function show(part) {
  for (const name of ["loading", "pairing", "ready", "camera"]) get(name).hidden = name !== part;
  get("working").hidden = !device || part === "pairing" || pairing;
  get("point-name").textContent = device?.point.name ?? document.title.split(" · ")[0];
  get("counts").hidden = !device;
  get("device-name").textContent = device ? fill(texts.device, { name: device.name }) : "";
}

function notice(text) {
  get("notice").textContent = text;
  get("notice").hidden = !text;
}

// ---- camera

async function begin(forPairing) {
  notice("");
  verdicts.wakeSound();
  pairing = forPairing;
  show("camera");
  get("camera-hint").textContent = forPairing ? texts.aim_pairing : texts.aim;
  try {
    await camera.start();
    await tools();
    keepAwake();
  } catch (error) {
    cameraFailed(error);
  }
}

function cameraFailed(error) {
  camera.stop();
  const reasons = {
    NotAllowedError: texts.camera_denied, SecurityError: texts.camera_insecure,
    NotReadableError: texts.camera_busy, AbortError: texts.camera_busy,
  };
  notice(reasons[error?.name] ?? texts.camera_missing);
  const wasPairing = pairing;
  pairing = false;
  show(wasPairing || !device ? "pairing" : "ready");
}

async function tools() {
  get("torch").hidden = !camera.canLight;
  get("torch").setAttribute("aria-pressed", "false");
  get("switch").hidden = !(await camera.several());
}

async function light() {
  const on = get("torch").getAttribute("aria-pressed") !== "true";
  await camera.light(on).then(() => get("torch").setAttribute("aria-pressed", String(on)), () => {});
}

async function keepAwake() {
  if (wakeLock && !wakeLock.released) return;
  wakeLock = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
}

/** A frame was read. A code that stays in view is one scan; another code takes over at once. */
function seen(text) {
  if (text === null) return;
  const now = performance.now();
  const same = text === seenLast.text;
  const left = now - seenLast.seen > IN_VIEW;
  if (same) seenLast.seen = now;
  if (same && (!left || now - seenLast.at < REPEAT)) return;
  if (waiting.size || verdicts.fresh) return;
  Object.assign(seenLast, { text, at: now, seen: now });
  scan(text);
}

// ---- scans

async function scan(code) {
  const secret = pairingCode(code);
  if (secret) return askPairing(secret);
  if (!device || pairing) return notice(texts.not_pairing);
  notice("");
  const made = new Date();
  const id = newId();
  const item = { id, code, point: device.point.slug, scanned_at: made.toISOString(), offline: false };
  try {
    await queue.keep(item);
  } catch {
    return notice(texts.storage);
  }
  listLast(id, made);
  latest = { id, code };
  get("camera-hint").textContent = texts.checking;
  waiting.set(id, setTimeout(() => goOn(id), ANSWER_WITHIN));
  return queue.flush();
}

/** No answer in time: the scan is safe on the phone, and the queue at the gate moves on. */
async function goOn(id) {
  if (!waiting.has(id)) return;
  clearTimeout(waiting.get(id));
  waiting.delete(id);
  get("camera-hint").textContent = texts.aim;
  verdicts.show({ kind: "unchecked", title: texts.unchecked, line: texts.unchecked_line });
  fillLast(id, "unchecked", texts.unchecked, "");
  connection("offline");
  await queue.markOffline(id).catch(() => {});
  unsent(await queue.unsent());
}

/** What came of an attempt to send. */
function report({ results = [], error, unsent: left }) {
  unsent(left);
  for (const result of results) answered(result);
  if (results.length) connection("online");
  if (!error) return;
  if (error.kind === "unknown_device") return cutOff(texts.unknown_device);
  connection(error.kind === "busy" ? "busy" : "offline");
  for (const id of [...waiting.keys()]) goOn(id);
}

function answered(result) {
  const said = words(result, texts, { name: device?.point.name ?? "", zone: device?.zone });
  if (waiting.has(result.id)) {
    clearTimeout(waiting.get(result.id));
    waiting.delete(result.id);
    get("camera-hint").textContent = texts.aim;
    verdicts.show(said);
  }
  fillLast(result.id, said.kind, said.title, [said.name, said.kind === "no" ? said.line : ""].filter(Boolean).join(" · "));
  if (result.status === "admitted" && !result.conflict) get("admitted").textContent = number(Number(get("admitted").dataset.count ?? 0) + 1);
  if (result.reason === "blank" && latest.id === result.id) offerName(result.id, latest.code);
  if (result.reason === "revoked_device") cutOff(texts.revoked);
}

/** A blank ticket: the way to the page where a name is written to it. Behind the #, so that no server logs the code. */
function offerName(id, code) {
  const link = document.createElement("a");
  link.href = `${texts.blank_url}#${encodeURIComponent(code)}`;
  link.textContent = texts.blank_link;
  link.className = "give-name";
  get("last").querySelector(`[data-id="${CSS.escape(id)}"]`)?.append(link);
}

function number(count) {
  get("admitted").dataset.count = count;
  return count.toLocaleString(texts.locale);
}

function listLast(id, at) {
  const row = document.createElement("li");
  row.dataset.id = id;
  const time = document.createElement("time");
  time.textContent = clock(at, texts, device.zone);
  const word = document.createElement("b");
  word.textContent = texts.checking;
  row.append(time, word, document.createElement("span"));
  get("last").prepend(row);
  while (get("last").children.length > LAST) get("last").lastChild.remove();
  get("last-empty").hidden = true;
}

function fillLast(id, kind, title, detail) {
  const row = get("last").querySelector(`[data-id="${CSS.escape(id)}"]`);
  if (!row) return;
  row.className = kind;
  row.querySelector("b").textContent = title;
  row.querySelector("span").textContent = detail;
}

// ---- header and footer

async function refresh() {
  if (!device) return connection(navigator.onLine ? "online" : "offline");
  queue.flush();
  unsent(await queue.unsent());
  try {
    const now = await status(device);
    Object.assign(device, { point: now.point, name: now.device, zone: now.timezone });
    await store.put("settings", device, "device");
    get("point-name").textContent = now.point.name;
    get("admitted").textContent = number(now.admitted);
    get("expected").textContent = now.expected.toLocaleString(texts.locale);
    get("of-expected").hidden = now.expected === 0; // the main gate lets in who is booked for another day too
    connection("online");
  } catch (error) {
    if (error.kind === "revoked") return cutOff(texts.revoked);
    if (error.kind === "unknown_device") return cutOff(texts.unknown_device);
    connection(error.kind === "busy" ? "busy" : "offline");
  }
}

function connection(state) {
  get("connection").textContent = texts[state];
  get("connection").className = state;
}

function unsent(count) {
  get("unsent").textContent = !device && !count ? "" : count ? fill(texts.unsent, { count }) : texts.all_sent;
  get("unsent").className = count ? "some" : "";
}

// ---- pairing

/** The secret of a committee's QR, null for any other text. */
function pairingCode(text) {
  return /^https?:\/\/[^\s#]+\/scan#([0-9A-Za-z]{10})$/.exec(text)?.[1] ?? null;
}

function askPairing(code) {
  camera.stop();
  pairing = false;
  notice("");
  get("pairing-code").value = code.replace(/^(.{5})(.{5})$/, "$1 $2");
  get("pairing-error").textContent = "";
  get("pairing-title").textContent = device ? texts.pair_again : texts.pair_now;
  get("pairing-hint").textContent = device ? fill(texts.pair_again_hint, { point: device.point.name }) : texts.pair_now_hint;
  get("pairing-cancel").hidden = !device;
  get("pairing-camera").hidden = true;
  show("pairing");
  get("pairing-name").focus();
}

function cancelPairing() {
  forgetSecret();
  show("ready");
}

/** The one-time code leaves the address bar, and with it the history. */
function forgetSecret() {
  history.replaceState(null, "", location.pathname);
  get("pairing-code").value = "";
}

async function pairNow() {
  const code = get("pairing-code").value.trim();
  const name = get("pairing-name").value.trim();
  const missing = !code ? texts.need_code : !name ? texts.need_name : "";
  get("pairing-error").textContent = missing;
  get("pairing-code").setAttribute("aria-invalid", String(!code));
  get("pairing-name").setAttribute("aria-invalid", String(Boolean(code) && !name));
  if (missing) return get(code ? "pairing-name" : "pairing-code").focus();
  try {
    const made = await pair(code, name);
    device = { token: made.token, name: made.device, point: made.point, zone: "Asia/Jakarta" };
    await store.put("settings", device, "device");
  } catch (error) {
    get("pairing-error").textContent = error instanceof ApiError ? error.words || texts.pair_offline : texts.storage;
    get("pairing-camera").hidden = false;
    return undefined;
  }
  navigator.storage?.persist?.();
  queue.device = device;
  forgetSecret();
  notice("");
  show("ready");
  get("start").focus();
  return refresh();
}

/** The committee cut this phone off, or the server does not know it: say so, and how to go on. */
function cutOff(text) {
  camera.stop();
  for (const timer of waiting.values()) clearTimeout(timer);
  waiting.clear();
  device = null;
  queue.device = null;
  store.delete("settings", "device");
  notice(text);
  get("pairing-title").textContent = texts.unpaired;
  get("pairing-hint").textContent = texts.unpaired_hint;
  get("pairing-cancel").hidden = true;
  get("pairing-camera").hidden = false;
  show("pairing");
}
