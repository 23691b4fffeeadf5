// Work that can wait until what matters is on the screen.

/** Call after the next frame was painted; soon in any case, for a page out of sight paints nothing. */
export function afterPaint(work) {
  let timer = 0;
  const once = () => {
    clearTimeout(timer);
    if (timer !== null) work();
    timer = null;
  };
  timer = setTimeout(once, 200);
  if (document.visibilityState === "visible") requestAnimationFrame(() => setTimeout(once));
}
