// The page of a volunteer at a gate: what is scanned goes to the engine (engine.js), what it says goes to the screen.

import { Bars, showFacts } from "./bars.js";
import { openElsewhere } from "./elsewhere.js";
import { Eye } from "./eye.js";
import { Gate } from "./engine.js";
import { listenForScanner } from "./keyboard.js";
import { afterPaint } from "./later.js";
import { ScanList } from "./list.js";
import { closePanels, openPanel, panelOpen, wirePanels } from "./panels.js";
import { Pairing, pairingCode } from "./pairing.js";
import { Practice, isPractice } from "./practice.js";
import { Shift, forgetVolunteers } from "./shift.js";
import { setSound, soundOn, wakeSound } from "./signals.js";
import { Supervisor } from "./supervisor.js";
import { fill, get, number, texts } from "./texts.js";
import { Verdicts } from "./verdict.js";
import { familyWords, words } from "./words.js";

const SLOW = 150; // ms; a verdict that comes sooner needs no "checking"
const verdicts = new Verdicts();
const panels = {
  menu: fillMenu, shift: () => shift.fill(), supervisor: () => supervisor.fill(), practice: () => practice.fill(),
  facts: () => showFacts(gate.state), leave: fillLeave,
};
let waiting = 0; // scans whose verdict is not in sight yet
let shown = { ids: [], text: "", verdict: null }; // what the verdict in sight is about
let cutOff = null; // what was told of the end of the pairing

const gate = await Gate.open({ elsewhere: openElsewhere });
const list = new ScanList((id) => undo([id]));
const bars = new Bars({ install: () => gate.installUpdate(), lock: () => supervisor.lock(), endPractice: () => practice.end() });
const eye = new Eye({ read: seen, notice, left: () => show(gate.state.point ? "ready" : "pairing") });
const pairing = new Pairing(gate, { show, paired });
const shift = new Shift(gate);
const supervisor = new Supervisor(gate, byHand);
const practice = new Practice(gate, verdicts, () => eye.begin(aim()));

start();

function start() {
  listen();
  gate.addEventListener("state", render);
  gate.addEventListener("elsewhere", leaveToOther);
  if (gate.elsewhere) leaveToOther(); // lost again while it was opened
  render();
  const code = location.hash.slice(1);
  if (code) pairing.ask(code);
  else if (gate.state.point) show("ready");
  else if (!gate.state.cutOff) pairing.unpaired();
}

function listen() {
  wirePanels(panels);
  get("start").addEventListener("click", () => begin(false));
  get("pairing-camera").addEventListener("click", () => begin(true));
  get("typed-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = get("typed").value; // never trimmed: a hand-held scanner may have typed a whole QR text
    get("typed").value = "";
    wakeSound();
    if (code.trim()) scan(code);
  });
  get("who").addEventListener("click", () => openPanel("shift", panels));
  get("menu-open").addEventListener("click", () => openPanel("menu", panels));
  get("leave-go").addEventListener("click", leave);
  for (const id of ["sound", "menu-sound"]) get(id).addEventListener("click", () => { setSound(!soundOn()); showSound(); });
  for (const choice of document.getElementsByName("direction")) choice.addEventListener("change", () => turned());
  verdicts.addEventListener("family", ({ detail }) => family(detail));
  verdicts.addEventListener("name", ({ detail }) => walkIn(detail));
  verdicts.addEventListener("byhand", () => askSupervisor());
  verdicts.addEventListener("undo", () => undo(shown.ids));
  verdicts.addEventListener("endpractice", () => { practice.end(); scan(shown.text); });
  list.ticked = () => verdicts.open && verdicts.undoable(Math.min(...shown.ids.map((id) => list.left(id)), shown.ids.length ? Infinity : 0));
  listenForScanner((text) => scan(text));
  addEventListener("hashchange", () => location.hash.length > 1 && pair(location.hash.slice(1)));
  showSound();
}

/** Which part of the page is in sight: loading, pairing, ready or camera. */
function show(part) {
  for (const name of ["loading", "pairing", "ready", "camera"]) get(name).hidden = name !== part;
  const { point, device } = gate.state;
  get("working").hidden = !point || part === "pairing" || eye.forPairing;
  get("direction").hidden = get("working").hidden || !point.countsInside;
  get("device-name").textContent = device ? fill(texts.device, { name: device }) : "";
  document.body.dataset.part = part;
}

function render() {
  const { state } = gate;
  bars.render(state);
  list.render(state);
  const working = !get("working").hidden;
  get("direction").hidden = !working || !state.point?.countsInside;
  if (get("direction").hidden && direction() === "out") chooseIn();
  if (state.cutOff && !state.point) tellCutOff(state);
}

function notice(text) {
  get("notice").textContent = text;
  get("notice").hidden = !text;
}

// ---- camera

function begin(forPairing) {
  notice("");
  wakeSound();
  return eye.begin(forPairing ? texts.aim_pairing : aim(), forPairing).then(() => eye.on && show("camera"));
}

/** A frame was read. Nothing is taken while somebody reads a verdict, types a name, or is busy with a panel. */
function seen(text) {
  if (waiting || verdicts.fresh || verdicts.waits || panelOpen()) return false;
  scan(text);
  return true;
}

function direction() {
  return document.querySelector("[name=direction]:checked").value;
}

function aim() {
  if (gate.state.practice) return texts.aim_practice;
  return direction() === "out" ? texts.aim_out : texts.aim;
}

function chooseIn() {
  document.querySelector("[name=direction][value=in]").checked = true;
  turned();
}

function turned() {
  document.body.toggleAttribute("data-out", direction() === "out");
  eye.hint(aim());
}

// ---- scans

async function scan(text) {
  const secret = pairingCode(text);
  if (secret) return pair(secret);
  if (!gate.state.point || eye.forPairing) return notice(texts.not_pairing);
  notice("");
  shown = { ids: [], text, verdict: null };
  if (gate.state.practice) return practice.scan(text);
  if (isPractice(text)) return verdicts.show({ ...words({ status: "denied", reason: "unknown" }, place()), line: texts.practice_outside, more: "" });
  return judged(() => gate.scan(text, { direction: direction() }), text);
}

/** Wait for a verdict and show it. */
async function judged(work, text) {
  waiting += 1;
  const slow = setTimeout(() => eye.hint(texts.checking), SLOW);
  try {
    const verdict = await work();
    showVerdict(verdict, text);
    return verdict;
  } catch (error) {
    if (!gate.state.cutOff) notice(error.words || texts.failed);
    return null;
  } finally {
    clearTimeout(slow);
    waiting -= 1;
    eye.hint(aim());
  }
}

function showVerdict(verdict, text) {
  const said = words(verdict, place());
  shown = { ids: verdict.status === "admitted" ? [verdict.id] : [], text, verdict };
  const offer = said.byHand && gate.state.supervisorPossible ? (gate.state.supervisor ? texts.by_hand : texts.call_supervisor) : "";
  const desk = verdict.reason === "blank" && place().elsewhere && gate.state.online;
  verdicts.show(said, { family: verdict.out ? [] : verdict.family, byHand: offer, nameAt: desk ? `${texts.blank_url}#${encodeURIComponent(text)}` : "" });
  afterPaint(() => list.tick()); // the button to undo may come a moment after the verdict
}

function place() {
  const { point, zone } = gate.state;
  return { name: point?.name ?? "", zone, elsewhere: point?.activity == null }; // the main gate has no slot to give
}

/** The others of a family, with one tap. */
async function family(people) {
  if (gate.state.practice) return practice.family(people);
  const first = shown.verdict;
  waiting += 1;
  verdicts.stay(Infinity);
  get("family-go").disabled = true; // a second tap while the first is under way
  try {
    const found = await gate.admitFamily(people);
    const all = [first, ...found];
    shown = { ids: all.filter((one) => one.status === "admitted").map((one) => one.id), text: "", verdict: null };
    verdicts.show(familyWords(all));
    list.tick();
  } catch (error) {
    verdicts.hide();
    notice(error.words || texts.failed);
  } finally {
    waiting -= 1;
  }
  return undefined;
}

/** A blank ticket has a name now. */
function walkIn(name) {
  if (gate.state.practice) return practice.named(name);
  const { text } = shown;
  return judged(async () => {
    const verdict = await gate.walkIn(text, name);
    return { ...verdict, holder: verdict.holder ?? name }; // offline nobody else knows it yet
  }, text);
}

function askSupervisor() {
  if (gate.state.practice) return openPanel("supervisor", panels);
  const { text, verdict } = shown;
  verdicts.hide();
  return supervisor.ask(text, verdict?.holder ?? "");
}

function byHand({ text, reason }) {
  return judged(async () => ({ ...(await gate.admitByHand(text, reason)), byHand: true }), text);
}

async function undo(ids) {
  let undone = true;
  for (const id of ids) undone = (await gate.undo(id)) && undone;
  verdicts.hide();
  if (!undone) notice(texts.undo_late);
}

// ---- phone

function pair(code) {
  eye.stop();
  closePanels();
  verdicts.hide();
  notice("");
  pairing.ask(code);
}

function paired() {
  cutOff = null;
  notice("");
  show("ready");
  get("start").focus();
}

/** The committee cut this phone off, or the server does not know it: say so, and how to go on. */
function tellCutOff({ cutOff: why, unsent }) {
  const left = unsent ? ` ${fill(texts.revoked_unsent, { count: number(unsent) })}` : "";
  const text = (why === "revoked" ? texts.revoked : texts.unknown_device) + left;
  if (cutOff !== why) {
    eye.stop();
    closePanels();
    verdicts.hide();
    pairing.unpaired();
    cutOff = why;
  }
  if (get("notice").textContent !== text) notice(text);
}

function fillMenu() {
  const { state } = gate;
  get("menu-volunteer").textContent = shift.line(state);
  get("menu-supervisor").textContent = state.supervisor ? texts.supervisor_strip : texts.supervisor_closed;
  get("menu-data").textContent = `${get("connection").textContent}${get("age").textContent}`;
  showSound();
}

function showSound() {
  for (const id of ["sound", "menu-sound"]) get(id).setAttribute("aria-pressed", String(soundOn()));
  get("menu-sound-state").textContent = soundOn() ? texts.sound_on : texts.sound_off;
}

function fillLeave() {
  const { unsent } = gate.state;
  get("leave-text").textContent = texts.leave_text;
  get("leave-error").textContent = unsent ? fill(texts.leave_unsent, { count: number(unsent) }) : "";
  get("leave-go").disabled = unsent > 0;
}

/** Another tab has the gate now. */
async function leaveToOther() {
  eye.stop();
  closePanels();
  verdicts.hide();
  do await openElsewhere(); while (!(await gate.tab.takeOver()));
  location.reload();
}

async function leave() {
  if (!(await gate.forget())) return fillLeave();
  forgetVolunteers();
  eye.stop();
  closePanels();
  notice("");
  return pairing.unpaired();
}
