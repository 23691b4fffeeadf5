// One score sheet: kept on the tablet while it is typed, sent as soon as there is a network, never silently replaced.

import { change, deviceId, flush, newId, openStore } from "./store.js";
import { keepPages } from "./keep.js";

const form = document.getElementById("sheet");
const status = document.getElementById("status");
const filled = document.getElementById("filled");
const box = document.getElementById("versions");
const { id: shown, token } = form.dataset;
const id = Number(shown);
const words = JSON.parse(form.dataset.words);
const fieldsets = [...form.querySelectorAll("fieldset[data-code]")];
const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const clock = new Intl.DateTimeFormat("id", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Jakarta" });
const time = (moment) => clock.format(new Date(moment)).replace(":", ".");
let store, timer, device;

const read = () => {
  const scores = {}, remarks = {};
  for (const set of fieldsets) {
    const { code } = set.dataset;
    const score = set.querySelector("[name^=score-]:checked, input[type=number]");
    if (score?.value) scores[code] = Number(score.value);
    const text = set.querySelector("textarea")?.value.trim();
    if (text) remarks[code] = text;
  }
  return { scores, remarks };
};

function write({ scores, remarks }) {
  for (const set of fieldsets) {
    const { code } = set.dataset;
    for (const radio of set.querySelectorAll("input[type=radio]")) radio.checked = Number(radio.value) === scores[code];
    const number = set.querySelector("input[type=number]");
    if (number) number.value = scores[code] ?? "";
    const area = set.querySelector("textarea");
    if (area) area.value = remarks[code] ?? "";
    if (remarks[code]) set.querySelector("details")?.setAttribute("open", "");
  }
  mark();
}

// The words of the chosen score stand out; the progress counts.
function mark() {
  const { scores } = read();
  for (const set of fieldsets) {
    for (const line of set.querySelectorAll(".levels li")) line.classList.toggle("chosen", Number(line.dataset.score) === scores[set.dataset.code]);
  }
  filled.value = Object.keys(scores).length;
}

function tell(kept) {
  const count = say("filled", { filled: filled.value, all: filled.max });
  let state = "";
  if (kept?.refused) state = say("refused", { words: kept.refused });
  else if (kept?.unknown) state = words.unknown;
  else if (kept?.message) state = kept.message;
  else if (kept?.unsent && !form.dataset.writable) state = words.waits;
  else if (kept?.unsent) state = say("unsent", { time: time(kept.saved_at) });
  else if (kept?.saved_at) state = say("saved", { time: time(kept.saved_at) });
  if (kept?.lock) state += ` · ${words.willlock}`;
  status.textContent = state ? `${count} · ${state}` : count;
  const versions = (form.dataset.writable && kept?.versions) || [];
  choose(versions);
  if (versions.length > 1) status.append(" · ", Object.assign(document.createElement("a"), { href: "#versions", textContent: words.two }));
}

// Two versions, side by side; the judge says which is right.
function choose(versions) {
  box.hidden = versions.length < 2;
  if (box.hidden) return;
  const names = new Map(fieldsets.map((set) => [set.dataset.code, set.querySelector(".name").textContent]));
  const cell = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });
  const row = (tag, texts, differs) => {
    const line = document.createElement("tr");
    line.append(...texts.map((text, place) => cell(place ? tag : "th", text, place && differs ? "differs" : "")));
    return line;
  };
  const table = document.createElement("table");
  const whose = (one) => `${one.device === device ? words.here : words.other}, ${time(one.saved_at)}`;
  table.append(row("th", [words.criterion, ...versions.map(whose)]));
  for (const [code, name] of names) {
    const cells = versions.map(({ scores, remarks }) => [scores[code] ?? (code ? "–" : ""), remarks[code] ?? ""].join(" ").trim());
    if (cells.some(Boolean)) table.append(row("td", [name, ...cells], cells[0] !== cells[1]));
  }
  const buttons = document.createElement("div");
  buttons.className = "row";
  for (const one of versions) {
    const button = cell("button", `${words.use}: ${whose(one)}`, "button quiet");
    button.type = "button";
    button.addEventListener("click", () => take(one));
    buttons.append(button);
  }
  box.replaceChildren(cell("h2", words.two), cell("p", words.choose), table, buttons);
}

async function take(version) {
  write(version);
  await change(store, id, (kept) => Object.assign(kept, { based_on: kept.seen, versions: [] }));
  await typed();
}

async function typed() {
  mark();
  const now = { ...read(), saved_at: new Date().toISOString(), client_id: newId(), unsent: true, token, refused: null, message: null };
  tell(await change(store, id, (kept) => Object.assign(kept, now)));
  clearTimeout(timer);
  timer = setTimeout(send, 500);
}

async function send() {
  await flush(store, (kept, answer) => kept.id === id && answered(kept, answer));
  await showPhotos();
}

function answered(kept, { status: code, body }) {
  if (kept.state === "locked" && form.dataset.state !== "locked") return location.reload();
  tell(kept);
  if (code === 422 && body?.error?.code === "incomplete") status.textContent = body.error.message;
  else if (code === 409 && body?.error) status.textContent = body.error.message;
}

async function lock(event) {
  event.preventDefault();
  const missing = Number(filled.max) - filled.value;
  if (missing > 0) {
    status.textContent = say("missing", { count: missing });
    const first = fieldsets.find((set) => set.dataset.code && !(set.dataset.code in read().scores));
    first?.querySelector("input")?.focus();
    first?.scrollIntoView({ block: "start" });
    return;
  }
  await change(store, id, (kept) => Object.assign(kept, { lock: true, token, current: kept.current ?? Number(form.dataset.current) }));
  tell(await store.get("sheets", id));
  clearTimeout(timer);
  await send();
}

async function photo(event) {
  const blob = event.target.files[0];
  event.target.value = "";
  if (!blob) return;
  await store.put("photos", { client_id: newId(), sheet: id, token, blob });
  await send();
  if (!(await showPhotos())) document.getElementById("photos").textContent = words.photo;
}

// Which photos of this sheet are still on the tablet, and what the server said against them; how many.
async function showPhotos() {
  const own = await store.getAllFromIndex("photos", "sheet", id);
  const refused = own.filter((one) => one.refused);
  const list = document.getElementById("refused-photos"), line = document.getElementById("photos");
  list?.replaceChildren(...refused.map(refusedPhoto));
  if (line && own.length) line.textContent = own.length > refused.length ? words.photounsent : words.photorefused;
  return own.length;
}

function refusedPhoto({ client_id, blob, refused }) {
  const line = document.createElement("li"), text = document.createElement("p"), button = document.createElement("button");
  text.textContent = say("photono", { name: blob.name ?? "", words: refused });
  Object.assign(button, { type: "button", className: "button quiet", textContent: words.photoremove });
  button.addEventListener("click", async () => {
    await store.delete("photos", client_id);
    line.remove();
    if (!(await showPhotos()) && document.getElementById("photos")) document.getElementById("photos").textContent = "";
  });
  line.append(text, button);
  return line;
}

// What was typed here goes to the server's history before the page forgets it, though it no longer counts.
async function handOver() {
  await send();
  return store.get("sheets", id);
}

// From here on the tablet keeps what the page shows, and still says that what was typed here does not count.
function keepShown(one) {
  const current = Number(form.dataset.current), latest = Number(form.dataset.latest);
  const stays = !form.dataset.writable && one.aside && one.aside !== "older";
  const { aside, message } = stays ? one : { aside: null, message: null };
  Object.assign(one, { ...read(), based_on: latest, seen: latest, current, state: form.dataset.state, unsent: false, aside, message });
}

async function recall() {
  const latest = Number(form.dataset.latest);
  let kept = await change(store, id, (one) => Object.assign(one, { token, unknown: false, refused: null }));
  if (!form.dataset.writable && kept.unsent) kept = await handOver();
  if (form.dataset.writable && (kept.unsent || (kept.seen ?? -1) > latest)) write(kept);
  else if (!kept.unsent) kept = await change(store, id, keepShown);
  tell(kept);
}

async function start() {
  store = await openStore();
  device = await deviceId(store);
  document.documentElement.classList.add("scripted");
  await recall();
  mark();
  keepSending();
  if (!form.dataset.writable) return;
  form.addEventListener("input", typed);
  form.querySelector("[name=lock]").addEventListener("click", lock);
  const picture = document.getElementById("photo");
  if (picture) {
    picture.closest("[hidden]").hidden = false;
    picture.addEventListener("change", photo);
  }
}

function keepSending() {
  addEventListener("online", send);
  addEventListener("visibilitychange", () => document.hidden || send());
  setInterval(send, 15000);
  send();
}

mark();
start().then(keepPages, () => (status.textContent = words.nostore));
