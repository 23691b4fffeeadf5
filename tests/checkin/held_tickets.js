// A camera in whose picture somebody holds up tickets: the next as soon as the verdict on the last was painted, which
// is then tapped away. A verdict on somebody else is tapped away too, and the ticket held on. Put before the scanner's
// own scripts; `held.start(tickets)` begins: [{holder, rows}], rows of "0" and "1".

(() => {
  const [WIDTH, HEIGHT] = [640, 480];
  const [SIDE, QUIET] = [9, 4]; // pixels and modules
  const PAPER = "#5a605c";
  const FRAME = 66; // ms
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext("2d");
  const now = () => performance.timeOrigin + performance.now(); // true also where a test sets the clock wrong
  const held = window.held = { seen: [], tickets: [], place: -1, ticket: null, since: 0, start };

  navigator.mediaDevices.getUserMedia = async () => {
    setInterval(draw, FRAME);
    return canvas.captureStream();
  };

  function start(tickets) {
    held.tickets = tickets;
    holdNext();
    new MutationObserver(looked).observe(document.querySelector("#verdict"), { attributes: true, attributeFilter: ["hidden"] });
  }

  function holdNext() {
    held.place += 1;
    const next = held.tickets[held.place];
    held.ticket = next ? picture(next.rows) : null;
    held.since = now();
  }

  function picture(rows) {
    const size = (rows.length + 2 * QUIET) * SIDE;
    const ticket = new OffscreenCanvas(size, size);
    const ink = ticket.getContext("2d");
    ink.fillStyle = "#fff";
    ink.fillRect(0, 0, size, size);
    ink.fillStyle = "#000";
    rows.forEach((row, y) => [...row].forEach((module, x) => {
      if (module === "1") ink.fillRect((x + QUIET) * SIDE, (y + QUIET) * SIDE, SIDE, SIDE);
    }));
    return ticket;
  }

  /** The hand trembles, so every frame is another. */
  function draw() {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = PAPER;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    const at = performance.now() / 1000;
    context.fillStyle = `hsl(0 0% ${40 + 10 * Math.sin(7 * at)}%)`;
    context.fillRect(0, 0, 8, 8);
    if (!held.ticket) return;
    context.translate(WIDTH / 2, HEIGHT / 2);
    context.rotate(0.1 * Math.sin(3 * at));
    context.drawImage(held.ticket, -held.ticket.width / 2, -held.ticket.height / 2);
  }

  function looked() {
    const verdict = document.querySelector("#verdict");
    if (verdict.hidden || !held.ticket) return;
    requestAnimationFrame(() => requestAnimationFrame(() => { // painted
      const holder = document.querySelector("#verdict-name").textContent;
      held.seen.push({ kind: verdict.classList[1], holder, place: held.place, held: held.since, painted: now() });
      if (holder === held.tickets[held.place].holder) holdNext();
      document.querySelector("#verdict-close").click();
    }));
  }
})();
