// Counts down to the opening of sign-up by the server's clock, and opens the form then.
// The page may be some seconds old and the phone's clock wrong: every answer of the server tells a moment that
// has passed there, so the latest of them is the best guess and never runs ahead.
const box = document.querySelector("[data-opening]");
const JITTER = 1500; // milliseconds over which phones spread their first question after the opening
const LAST_LOOK = 60_000; // within the last minute each phone sets its clock once more

let opens = Number(box?.dataset.opens);
let ahead = -Infinity; // server's clock minus performance.now(), which nobody can turn
let asked = false;
let nextLook = 0;
let lastLook = false;

function heard(serverTime, at) {
  if (Number.isFinite(serverTime)) ahead = Math.max(ahead, serverTime - at);
}

function left() {
  return opens - (performance.now() + ahead);
}

function show() {
  const seconds = Math.max(0, Math.ceil(left() / 1000));
  const parts = {
    days: Math.floor(seconds / 86400),
    hours: Math.floor(seconds / 3600) % 24,
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
  };
  for (const [part, value] of Object.entries(parts)) {
    const shown = box.querySelector(`[data-part=${part}]`);
    shown.textContent = part === "days" ? value : String(value).padStart(2, "0");
    if (part === "days") shown.parentElement.hidden = value === 0;
  }
}

function open() {
  if (asked) return;
  asked = true;
  const status = box.querySelector("[data-status]");
  status.textContent = status.dataset.opened;
  setTimeout(ask, Math.random() * JITTER);
}

// Not reload(): this page may itself be the answer to a form that was sent too early.
function ask() {
  const go = () => location.replace(location.pathname + location.search);
  if (navigator.onLine) go();
  else addEventListener("online", go, { once: true });
}

// Has the committee moved the opening? What does the server's clock say?
async function look() {
  plan();
  let answer;
  try {
    answer = await fetch(location.href, { cache: "no-store" });
  } catch {
    return; // no network just now: the clock runs on
  }
  const at = performance.now();
  if (!answer.ok) return;
  heard(Date.parse(answer.headers.get("Date")), at);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-opening]");
  if (!fresh) return open();
  heard(Number(fresh.dataset.now), at);
  if (Number(fresh.dataset.opens) !== opens) {
    opens = Number(fresh.dataset.opens);
    lastLook = left() < LAST_LOOK;
    box.querySelector("time").replaceWith(fresh.querySelector("time"));
  }
}

// Far from the opening every two to three minutes; once, at a moment of its own, in the last minute.
function plan() {
  const now = performance.now();
  const rare = now + 120_000 + Math.random() * 60_000;
  const last = now + left() - 5_000 - Math.random() * (LAST_LOOK - 10_000);
  if (lastLook) nextLook = Infinity;
  else if (rare < last) nextLook = rare;
  else if (last > now) [nextLook, lastLook] = [last, true];
  else [nextLook, lastLook] = [Infinity, true];
}

function tick() {
  if (left() <= 0) return open();
  show();
  if (performance.now() >= nextLook) look();
  setTimeout(tick, 250);
}

if (box) {
  const arrived = performance.getEntriesByType("navigation")[0]?.responseStart ?? performance.now();
  heard(Number(box.dataset.now), arrived);
  plan();
  tick();
  // A phone that slept, or a page taken out of the browser's memory: its clock may have stood still.
  addEventListener("pageshow", (event) => event.persisted && look());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
}
