// A hand-held scanner types a code and ends with Enter, wherever the focus is.

const GAP = 500; // ms; a slow wireless scanner takes 100, and outside of an input nobody types by hand
const SHORTEST = 8; // characters

/** Calls `scanned(text)` for what a hand-held scanner types outside of an input. Spaces are kept. */
export function listenForScanner(scanned) {
  let text = "";
  let last = 0;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest("input, textarea, select")) return;
    const now = event.timeStamp;
    if (now - last > GAP) text = "";
    last = now;
    if (event.key === "Enter") {
      if (text.length < SHORTEST) return;
      event.preventDefault();
      const whole = text;
      text = "";
      scanned(whole);
    } else if (event.key.length === 1) {
      // Once it is typing, its spaces must not press the button that has the focus. The first key may be a
      // person's own: no code begins with a space.
      if (text) event.preventDefault();
      if (text || event.key !== " ") text += event.key;
    }
  }, true);
}
