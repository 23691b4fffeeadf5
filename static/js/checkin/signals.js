// Sound, vibration, and a screen that stays awake.

const PATTERNS = {
  in: { notes: [[880, 0, 0.16], [1320, 0.14, 0.4]], buzz: [400] },
  out: { notes: [[988, 0, 0.16], [660, 0.14, 0.4]], buzz: [200] },
  again: { notes: [[520, 0, 0.18], [520, 0.26, 0.18]], buzz: [120, 90, 120, 90, 120] },
  no: { notes: [[240, 0, 0.16], [240, 0.24, 0.16], [180, 0.48, 0.34]], buzz: [120, 90, 120, 90, 120] },
  unchecked: { notes: [[660, 0, 0.3], [587, 0.34, 0.3]], buzz: [250, 120, 250] },
  blank: { notes: [[740, 0, 0.12], [740, 0.18, 0.12]], buzz: [60, 60, 60] },
  real: { notes: [[330, 0, 0.5]], buzz: [600] },
};

const MUTED = "pekan-gate-muted";
let audio = null;
let wakeLock = null;
let muted = remembered() === "1";

function remembered() {
  try {
    return localStorage.getItem(MUTED);
  } catch {
    return null; // a browser that keeps nothing
  }
}

export const soundOn = () => !muted;

export function setSound(on) {
  muted = !on;
  try {
    localStorage.setItem(MUTED, muted ? "1" : "0");
  } catch { /* a browser that keeps nothing asks again next time */ }
  if (on) wakeSound();
}

/** Browsers give sound only to a page that was touched: call it from a click. */
export function wakeSound() {
  const Audio = globalThis.AudioContext ?? globalThis.webkitAudioContext;
  if (!Audio) return;
  audio ??= new Audio();
  audio.resume?.()?.catch?.(() => {});
}

/** Sound and vibration of a kind of verdict. */
export function signal(kind) {
  const { notes, buzz } = PATTERNS[kind] ?? PATTERNS.no;
  navigator.vibrate?.(buzz);
  if (muted || audio?.state !== "running") return;
  for (const [pitch, after, length] of notes) play(pitch, audio.currentTime + after, length);
}

function play(pitch, start, length) {
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = pitch;
  tone.type = "triangle";
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.6, start + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + length);
  tone.connect(volume).connect(audio.destination);
  tone.start(start);
  tone.stop(start + length + 0.02);
}

/** Keep the screen on until the page is hidden; ask again when it is back. */
export async function keepAwake() {
  if (wakeLock && !wakeLock.released) return;
  wakeLock = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
}
