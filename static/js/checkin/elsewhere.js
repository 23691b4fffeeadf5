// The page of a tab that must not work, because the scanner is open in another one.

import { get } from "./texts.js";

/** Nothing but the message and its button; resolves when this tab is to be used instead. */
export function openElsewhere() {
  for (const part of document.querySelectorAll(".gate-top, .gate-foot, #work")) part.hidden = true;
  get("elsewhere").hidden = false;
  document.body.dataset.part = "elsewhere";
  return new Promise((resolve) => {
    get("elsewhere-go").addEventListener("click", () => {
      get("elsewhere-go").disabled = true;
      show();
      resolve();
    }, { once: true });
    get("elsewhere-go").disabled = false;
    get("elsewhere-go").focus();
  });
}

/** What a tab shows that works; its first words are those of a page that loads. */
function show() {
  for (const part of document.querySelectorAll(".gate-top, .gate-foot, #work")) part.hidden = false;
  get("elsewhere").hidden = true;
}
