// Tables as typed arrays: {count, high, low, …}, sorted by the two halves of a ticket's id.

/** The 16 hexadecimal digits of a ticket id. */
export const idText = (high, low) => high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");

/** The halves of a ticket id as numbers: [high, low]. */
export const halves = (id) => [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)];

/** Binary search: a row with this id, -1 when there is none. */
export function position(table, high, low) {
  const row = lowerBound(table, high, low, 0);
  return row < table.count && table.high[row] === high && table.low[row] === low ? row : -1;
}

function lowerBound(table, high, low, start) {
  let [from, to] = [start, table.count];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((table.high[middle] - high || table.low[middle] - low) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The same rows sorted by id. They come sorted; this is for an order of another kind (signed ids after 2037). */
export function inOrder(table) {
  const { count, high, low } = table;
  let sorted = true;
  for (let row = 1; row < count && sorted; row += 1) {
    sorted = high[row - 1] < high[row] || (high[row - 1] === high[row] && low[row - 1] <= low[row]);
  }
  if (sorted) return table;
  const order = Uint32Array.from({ length: count }, (_none, row) => row).sort((a, b) => high[a] - high[b] || low[a] - low[b]);
  return mapped(table, (column) => column.map((_none, row) => column[order[row]]));
}

/** Two sorted tables as one; where both have an id the row of the second counts. */
export function merged(old, more) {
  const made = mapped(old, (column) => new column.constructor(old.count + more.count));
  const names = Object.keys(old).filter((name) => name !== "count");
  let [from, to] = [0, 0]; // rows of `old` taken, rows of `made` written
  const takeUntil = (row) => {
    for (const name of names) made[name].set(old[name].subarray(from, row), to);
    to += row - from;
    from = row;
  };
  for (let row = 0; row < more.count; row += 1) {
    const place = lowerBound(old, more.high[row], more.low[row], from);
    takeUntil(place);
    for (const name of names) made[name][to] = more[name][row];
    to += 1;
    if (place < old.count && old.high[place] === more.high[row] && old.low[place] === more.low[row]) from += 1;
  }
  takeUntil(old.count);
  return { ...mapped(made, (column) => column.slice(0, to)), count: to };
}

const mapped = (table, change) =>
  Object.fromEntries(Object.entries(table).map(([name, column]) => [name, name === "count" ? column : change(column)]));
