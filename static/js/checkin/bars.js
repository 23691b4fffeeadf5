// What is always in sight: point, counts, who holds the phone, connection, age of the data, unsent scans, and warnings.

import { clock, fill, get, make, number, since, texts } from "./texts.js";

const OLD = 600_000; // ms; older data are told in gold

/** Shows the engine's state in header, footer and strips. `actions` are called by the strips' buttons. */
export class Bars {
  /** @param {{install: () => void, lock: () => void, endPractice: () => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.shown = ""; // the strips that are in sight, so that a button is not made anew under a finger
  }

  render(state) {
    const { point } = state;
    get("point-name").textContent = point?.name ?? document.title.split(" · ")[0];
    get("shift-bar").hidden = !point;
    get("volunteer").textContent = state.volunteer || texts.nobody;
    get("who").classList.toggle("missing", !state.volunteer);
    this.counts(state);
    this.connection(state);
    this.strips(state);
  }

  counts({ point, admitted, expected, inside, capacity }) {
    get("counts").hidden = !point || admitted === null;
    get("admitted").textContent = number(admitted ?? 0);
    if (admitted !== null) get("admitted").dataset.count = admitted;
    get("expected").textContent = number(expected ?? 0);
    get("of-expected").hidden = !expected; // the main gate lets in who is booked for another day too
    get("inside").hidden = inside === null || inside === undefined;
    get("inside-count").textContent = number(inside ?? 0);
    get("capacity").textContent = number(capacity ?? 0);
    get("of-capacity").hidden = !capacity;
    get("inside").classList.toggle("full", Boolean(capacity) && inside >= capacity);
  }

  connection({ point, online, busy, dataAsOf, unsent, zone }) {
    const kind = online ? "online" : busy ? "busy" : "offline";
    get("connection").textContent = texts[kind];
    get("connection").className = kind;
    const age = dataAsOf ? fill(texts.data_at, { time: since(dataAsOf, zone) }) : texts.data_none;
    get("age").textContent = point ? ` · ${age}` : "";
    get("age").className = dataAsOf && Date.now() - dataAsOf < OLD ? "" : "old";
    get("unsent").textContent = !point && !unsent ? "" : unsent ? fill(texts.unsent, { count: number(unsent) }) : texts.all_sent;
    get("unsent").className = unsent ? "some" : "";
  }

  strips({ practice, paused, supervisor, storageWarning, updateReady, inside, capacity, point }) {
    const storage = { full: texts.storage_full, cleared: texts.storage_cleared, unavailable: texts.storage }[storageWarning];
    const wanted = [
      practice && ["practice", texts.practice_strip, texts.practice_end, this.actions.endPractice],
      paused && ["paused", texts.paused],
      storage && ["storage", storage],
      supervisor && ["supervisor", texts.supervisor_strip, texts.lock, this.actions.lock],
      point && capacity && inside >= capacity && ["full", texts.full],
      updateReady && ["update", texts.update_ready, texts.update_go, this.actions.install],
    ].filter(Boolean);
    document.body.toggleAttribute("data-practice", Boolean(practice));
    const shown = wanted.map(([kind, text]) => kind + text).join();
    if (shown === this.shown) return;
    this.shown = shown;
    get("strips").replaceChildren(...wanted.map(strip));
  }
}

function strip([kind, text, label, action]) {
  const item = make("li", `strip ${kind}`);
  item.append(make("span", "", text));
  if (label) {
    const button = make("button", "strip-button", label);
    button.type = "button";
    button.addEventListener("click", action);
    item.append(button);
  }
  return item;
}

/** The facts of this phone, for a volunteer who is asked about it on the telephone. */
export function showFacts(state) {
  const { zone } = state;
  const time = (moment) => (moment ? clock(moment, zone) : "–");
  const seconds = Math.round((state.skewMs ?? 0) / 1000);
  const off = fill(seconds > 0 ? texts.clock_fast : texts.clock_slow, { time: duration(Math.abs(seconds)) });
  const facts = {
    point: state.point?.name ?? "–", device: state.device ?? "–", volunteer: state.volunteer || "–",
    online: get("connection").textContent, data: state.dataAsOf ? `${since(state.dataAsOf, zone)} WIB` : texts.data_none,
    unsent: number(state.unsent), oldest: time(state.oldestUnsentAt), clock: Math.abs(seconds) < 2 ? texts.clock_good : off,
  };
  get("facts-list").replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => [make("dt", "", texts.facts[name]), make("dd", "", value)]),
  );
}

/** 12 detik, 90 menit, 24 jam. */
function duration(seconds) {
  const [count, unit] = seconds < 120 ? [seconds, "second"] : seconds < 7200 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  return Math.round(count).toLocaleString(texts.locale, { style: "unit", unit, unitDisplay: "long" });
}
