// The last twenty scans, newest first, with ten seconds to undo.

import { clock, fill, get, make, texts } from "./texts.js";
import { words } from "./words.js";

export class ScanList {
  /** @param {(id: string) => void} undo called by the button of a row */
  constructor(undo) {
    this.undo = undo;
    this.rows = new Map(); // scan id → row
    this.state = null;
    this.timer = 0;
  }

  /** Show the engine's `state.last`. Rows stay the same elements, so that a finger does not miss. */
  render(state) {
    this.state = state;
    const seen = new Set();
    const place = { name: state.point?.name ?? "", zone: state.zone };
    const rows = state.last.map((scan) => {
      seen.add(scan.id);
      const row = this.rows.get(scan.id) ?? this.newRow(scan, place.zone);
      describe(row, scan, place);
      return row;
    });
    for (const id of this.rows.keys()) if (!seen.has(id)) this.rows.delete(id);
    const list = get("last");
    rows.forEach((row, index) => list.children[index] === row || list.insertBefore(row, list.children[index] ?? null));
    while (list.children.length > rows.length) list.lastChild.remove();
    get("last-empty").hidden = rows.length > 0;
    this.tick();
  }

  /** Seconds left to undo a scan, 0 when it is over. */
  left(id) {
    const scan = this.state?.last.find((one) => one.id === id);
    if (!scan?.undoable || scan.undone) return 0;
    return Math.max(0, Math.ceil((scan.undoable - Date.now()) / 1000));
  }

  /** Count the buttons down, while there are any. */
  tick() {
    clearTimeout(this.timer);
    let more = false;
    for (const [id, row] of this.rows) {
      const seconds = this.left(id);
      const button = row.querySelector("button");
      button.hidden = seconds === 0;
      button.textContent = seconds ? fill(texts.undo, { seconds }) : "";
      more ||= seconds > 0;
    }
    this.ticked?.();
    if (more) this.timer = setTimeout(() => this.tick(), 500);
  }

  newRow(scan, zone) {
    const row = make("li");
    const time = make("time", "", clock(scan.at, zone));
    const button = make("button", "undo-button");
    button.type = "button";
    button.hidden = true;
    button.addEventListener("click", () => this.undo(scan.id));
    row.append(time, make("b"), make("span"), button);
    this.rows.set(scan.id, row);
    return row;
  }
}

function describe(row, scan, place) {
  const said = words(scan, place);
  row.className = `${said.kind}${scan.undone ? " undone" : ""}`;
  row.querySelector("b").textContent = scan.undone ? texts.undone : said.title;
  const detail = scan.status === "admitted" ? said.flag : said.line;
  row.querySelector("span").textContent = [said.name, detail].filter(Boolean).join(" · ");
}
