// The full-screen verdict: colour, icon, word, sound and vibration say the same thing.

const SHOWN = 2500; // ms until the camera is back by itself
const KINDS = {
  in: { icon: "M6 13l4.2 4.2L18.5 8", notes: [[880, 0, 0.16], [1320, 0.14, 0.4]], buzz: [400] },
  again: { icon: "M12 7v5.5l3.4 2", notes: [[520, 0, 0.18], [520, 0.26, 0.18]], buzz: [120, 90, 120, 90, 120] },
  no: { icon: "M8 8l8 8M16 8l-8 8", notes: [[240, 0, 0.16], [240, 0.24, 0.16], [180, 0.48, 0.34]], buzz: [120, 90, 120, 90, 120] },
  unchecked: { icon: "M12 6.5v7M12 17.2v.1", notes: [[660, 0, 0.3]], buzz: [60] },
};

const get = (id) => document.getElementById(id);

export class Verdicts {
  /** @param {object} texts words by key, from the page */
  constructor(texts) {
    this.texts = texts;
    this.box = get("verdict");
    this.timer = 0;
    this.shownAt = 0;
    this.audio = null;
    this.box.addEventListener("click", () => this.hide());
  }

  /** Browsers give sound only to a page that was touched: call it from a click. */
  wakeSound() {
    const Audio = globalThis.AudioContext ?? globalThis.webkitAudioContext;
    if (!Audio) return;
    this.audio ??= new Audio();
    this.audio.resume?.();
  }

  get open() {
    return !this.box.hidden;
  }

  /** True for a moment after a verdict: the next ticket must not wipe it away before it was read. */
  get fresh() {
    return this.open && performance.now() - this.shownAt < 900;
  }

  show({ kind, title, name = "", line = "", more = "" }) {
    const { icon, notes, buzz } = KINDS[kind];
    this.box.className = `verdict ${kind}`;
    get("verdict-icon").setAttribute("d", icon);
    get("verdict-title").textContent = title;
    get("verdict-name").textContent = name;
    get("verdict-line").textContent = line;
    get("verdict-more").textContent = more;
    this.box.hidden = false;
    document.body.className = `gate-page judged ${kind}`;
    this.shownAt = performance.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), SHOWN);
    this.play(notes);
    navigator.vibrate?.(buzz);
  }

  hide() {
    clearTimeout(this.timer);
    this.box.hidden = true;
    document.body.className = "gate-page";
  }

  play(notes) {
    const audio = this.audio;
    if (audio?.state !== "running") return;
    for (const [pitch, after, length] of notes) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + after;
      tone.frequency.value = pitch;
      tone.type = "triangle";
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.exponentialRampToValueAtTime(0.6, start + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + length);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + length + 0.02);
    }
  }
}

/** The words for a result of the server; `place` is {name, zone}. */
export function words(result, texts, place) {
  const name = result.holder ?? "";
  if (result.status === "admitted") return { kind: "in", title: texts.in, name };
  if (result.reason === "already_admitted") {
    const time = result.first_admitted_at ? clock(result.first_admitted_at, texts, place.zone) : "";
    const title = time ? fill(texts.again_at, { time }) : texts.again;
    return { kind: "again", title, name, line: fill(texts.at_point, { point: place.name }) };
  }
  const reason = texts.reasons[result.reason] ?? "";
  const when = result.slot_starts_at ? fill(texts.slot, { when: moment(result.slot_starts_at, texts, place.zone) }) : "";
  return { kind: "no", title: texts.no, name, line: reason, more: when };
}

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");

/** 09.02, on the festival's wall clock. */
export const clock = (text, texts, zone) =>
  new Date(text).toLocaleTimeString(texts.locale, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone });

const moment = (text, texts, zone) => {
  const day = new Date(text).toLocaleDateString(texts.locale, { weekday: "long", day: "numeric", month: "long", timeZone: zone });
  return `${day}, ${clock(text, texts, zone)}`;
};
