// What an offline gate knows of tickets: typed arrays and binary search, no object for each of 50,000 tickets.
// Layout of the answer: head length 4 bytes | head JSON | sections of head.sections, in order.

import { halves, idText, inOrder, merged, position } from "./columns.js";

const EPOCH = Date.UTC(2020, 0, 1) / 1000; // admissions count seconds from here
const DAY = 86_400;
const [OTHER, NONE] = [0xffffffff, 0xfffffffe]; // keys of admissions: of a scan; this ticket has none left
const GONE = 0xffff; // the class of a ticket that does not exist any more
const CONTENT = new Set(["classes", "sections", "full", "cursor"]);

/** Cut an answer into {head, sections: Map(name → DataView)}. Throws a RangeError or SyntaxError when it is broken. */
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  if (head.format !== 1) throw new RangeError(`snapshot format ${head.format}`);
  let at = 4 + length;
  const sections = new Map();
  for (const [name, bytes] of head.sections) {
    sections.set(name, new DataView(buffer, at, bytes));
    at += bytes;
  }
  return { head, sections };
}

export class Snapshot {
  /** @param {ArrayBuffer} buffer a full answer of the server */
  constructor(buffer) {
    const { head, sections } = decode(buffer);
    if (!head.full) throw new RangeError("a delta needs something to stand on");
    this.classes = [];
    this.classNumbers = new Map();
    this.tickets = this.readTickets(head, sections);
    this.admissions = sortedAdmissions(sections.get("admissions"));
    this.changed = new Map(); // ticket id → its admissions, for tickets that changed since
    this.takeHead(head);
  }

  /** What IndexedDB keeps of it, in one value. */
  state() {
    this.fold();
    const { head, cursor, classes, tickets, admissions } = this;
    return { head, cursor, classes, tickets, admissions };
  }

  /** A snapshot of what `state` gave. */
  static revive({ head, cursor, classes, tickets, admissions }) {
    const made = Object.create(Snapshot.prototype);
    const numbers = new Map(classes.map((one, number) => [JSON.stringify(one), number]));
    Object.assign(made, { classes, classNumbers: numbers, tickets, admissions, changed: new Map() });
    made.takeHead({ ...head, cursor });
    return made;
  }

  /** Bring in a delta, or throw without having changed anything. */
  apply(buffer) {
    const { head, sections } = decode(buffer);
    if (head.full) throw new RangeError("not a delta");
    const more = this.readTickets(head, sections);
    const admissions = [...eachAdmission(sections.get("admissions"))];
    if (more.count) this.tickets = merged(this.tickets, more);
    for (const { id } of admissions) this.changed.set(id, []);
    for (const { id, ...one } of admissions) if (one.key !== null) this.changed.get(id).push(one);
    this.takeHead(head);
    return more.count;
  }

  takeHead(head) {
    const kept = Object.fromEntries(Object.entries(head).filter(([name]) => !CONTENT.has(name)));
    this.head = { ...this.head, ...kept };
    this.cursor = head.cursor;
    const { point, days, zone, as_of, slots } = this.head;
    const pausedAt = point.paused_at ? Date.parse(point.paused_at) : null;
    this.point = { ...point, gate: point.gate ?? point.slug, days, zone, pausedAt, asOf: Date.parse(as_of) };
    this.slots = new Map(slots.map((slot) => [slot.id, {
      activity: slot.activity, starts: Date.parse(slot.starts_at), ends: Date.parse(slot.ends_at), closed: slot.closed === true,
    }]));
    this.resolved = [];
  }

  /** Sections tickets, classes and families as sorted columns; classes become numbers of our own list. */
  readTickets(head, sections) {
    const slotIds = new Map((head.slots ?? this.head?.slots ?? []).map((slot) => [slot.n, slot.id]));
    const numbers = (head.classes ?? []).map((one) => this.classNumber(one, slotIds));
    const [ids, classes] = [sections.get("tickets"), sections.get("classes")];
    const count = (ids?.byteLength ?? 0) / 12;
    const made = {
      count, high: new Uint32Array(count), low: new Uint32Array(count), hash: new Uint32Array(count),
      kind: new Uint16Array(count), family: new Uint32Array(count),
    };
    for (let row = 0; row < made.count; row += 1) {
      made.high[row] = ids.getUint32(12 * row);
      made.low[row] = ids.getUint32(12 * row + 4);
      made.hash[row] = ids.getUint32(12 * row + 8);
      made.kind[row] = numbers[classes.getUint16(2 * row)] ?? GONE;
    }
    const families = sections.get("families");
    for (let at = 0; at < (families?.byteLength ?? 0); at += 8) {
      made.family[families.getUint32(at)] = families.getUint32(at + 4);
    }
    return inOrder(made);
  }

  classNumber({ replaced, cancelled, blank, bookings }, slotIds) {
    const kept = { replaced, cancelled, blank, bookings: bookings.map(([n, state]) => [slotIds.get(n), state]) };
    const text = JSON.stringify(kept);
    if (!this.classNumbers.has(text)) {
      this.classNumbers.set(text, this.classes.length);
      this.classes.push(kept);
    }
    return this.classNumbers.get(text);
  }

  get count() {
    return this.tickets.count;
  }

  /** The row of a ticket id, -1 when it is not here. */
  find(id) {
    const row = position(this.tickets, ...halves(id));
    return row >= 0 && this.tickets.kind[row] === GONE ? -1 : row;
  }

  /** Rows whose typed code has this hash: none, one, and once in a long while two. */
  findTyped(hash) {
    const rows = [];
    for (let row = this.tickets.hash.indexOf(hash); row >= 0; row = this.tickets.hash.indexOf(hash, row + 1)) {
      if (this.tickets.kind[row] !== GONE) rows.push(row);
    }
    return rows;
  }

  idOf(row) {
    return idText(this.tickets.high[row], this.tickets.low[row]);
  }

  /** What rules.decide asks of a ticket. */
  ticket(row) {
    const kind = this.tickets.kind[row];
    this.resolved[kind] ??= this.resolve(this.classes[kind]);
    return this.resolved[kind];
  }

  resolve({ bookings, ...rest }) {
    const known = bookings.filter(([slot]) => this.slots.has(slot));
    return { ...rest, bookings: known.map(([slot, state]) => ({ ...this.slots.get(slot), state })) };
  }

  /** Ids of the other tickets of the registration. */
  family(row) {
    const number = this.tickets.family[row];
    const found = [];
    if (!number) return found;
    const { family } = this.tickets;
    for (let other = family.indexOf(number); other >= 0; other = family.indexOf(number, other + 1)) {
      if (other !== row && this.tickets.kind[other] !== GONE) found.push(this.idOf(other));
    }
    return found;
  }

  /** Admissions of a ticket at this gate, as the server knew them: [{key, admittedAt, leftAt}]. */
  admissionsOf(id) {
    const changed = this.changed.get(id);
    if (changed) return changed;
    const rows = this.admissions;
    const [high, low] = halves(id);
    const found = [];
    let row = position(rows, high, low);
    while (row > 0 && rows.high[row - 1] === high && rows.low[row - 1] === low) row -= 1;
    for (; row >= 0 && row < rows.count && rows.high[row] === high && rows.low[row] === low; row += 1) {
      found.push({ key: keyText(rows.key[row]), admittedAt: moment(rows.at[row]), leftAt: rows.left[row] ? moment(rows.left[row]) : null });
    }
    return found;
  }

  /** Changed admissions go back into the columns, so that a long shift does not pile up objects. */
  fold() {
    if (!this.changed.size) return;
    const rows = this.admissions;
    const list = [];
    for (let row = 0; row < rows.count; row += 1) {
      const [high, low] = [rows.high[row], rows.low[row]];
      if (!this.changed.has(idText(high, low))) list.push({ high, low, at: rows.at[row], left: rows.left[row], key: rows.key[row] });
    }
    for (const [id, admissions] of this.changed) {
      const [high, low] = halves(id);
      for (const { key, admittedAt, leftAt } of admissions) {
        list.push({ high, low, at: seconds(admittedAt), left: leftAt === null ? 0 : seconds(leftAt), key: keyNumber(key) });
      }
    }
    this.admissions = admissionColumns(list);
    this.changed = new Map();
  }

  /** {admitted, inside} of a day that begins and ends at these moments. */
  counts(from, to) {
    const rows = this.admissions;
    let [admitted, inside] = [0, 0];
    for (let row = 0; row < rows.count; row += 1) {
      const at = moment(rows.at[row]);
      if (at < from || at >= to) continue;
      if (this.changed.size && this.changed.has(idText(rows.high[row], rows.low[row]))) continue;
      admitted += 1;
      if (!rows.left[row]) inside += 1;
    }
    for (const list of this.changed.values()) {
      const today = list.filter((one) => one.admittedAt >= from && one.admittedAt < to);
      admitted += today.length;
      inside += today.filter((one) => one.leftAt === null).length;
    }
    return { admitted, inside };
  }
}

/** The columns of admissions, sorted by ticket. */
function admissionColumns(list) {
  const made = { count: list.length };
  for (const name of ["high", "low", "at", "left", "key"]) made[name] = Uint32Array.from(list, (one) => one[name]);
  return inOrder(made);
}

const moment = (count) => (EPOCH + count) * 1000;
const seconds = (at) => Math.round(at / 1000) - EPOCH;

function keyNumber(text) {
  if (text === "") return 0;
  return text === "*" ? OTHER : Date.parse(text) / 1000 / DAY - EPOCH / DAY;
}

function keyText(number) {
  if (number === 0) return "";
  return number === OTHER ? "*" : new Date((EPOCH + number * DAY) * 1000).toISOString().slice(0, 10);
}

function* eachAdmission(view) {
  for (let at = 0; at < (view?.byteLength ?? 0); at += 20) {
    const key = view.getUint32(at + 16);
    const left = view.getUint32(at + 12);
    yield {
      id: idText(view.getUint32(at), view.getUint32(at + 4)), key: key === NONE ? null : keyText(key),
      admittedAt: moment(view.getUint32(at + 8)), leftAt: left ? moment(left) : null,
    };
  }
}

function sortedAdmissions(view) {
  const made = { count: (view?.byteLength ?? 0) / 20 };
  ["high", "low", "at", "left", "key"].forEach((name, place) => {
    const column = made[name] = new Uint32Array(made.count);
    for (let row = 0; row < made.count; row += 1) column[row] = view.getUint32(20 * row + 4 * place);
  });
  return inOrder(made);
}
