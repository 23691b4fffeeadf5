// Panels over the camera: native dialogs, so that focus stays inside and Escape closes.

import { get } from "./texts.js";

/** Wire every panel: buttons with data-open and data-close, and a tap beside it closes. */
export function wirePanels(opening = {}) {
  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => openPanel(button.dataset.open, opening));
  }
  for (const panel of document.querySelectorAll("dialog.panel")) {
    for (const button of panel.querySelectorAll("[data-close]")) button.addEventListener("click", () => panel.close());
    panel.addEventListener("click", (event) => event.target === panel && panel.close());
  }
}

/** Open one panel and close the others; `opening[id]` fills it first and may say what gets the focus. */
export function openPanel(id, opening = {}) {
  closePanels();
  const first = opening[id]?.();
  get(id).showModal();
  first?.focus();
}

export function closePanels() {
  for (const panel of document.querySelectorAll("dialog[open]")) panel.close();
}

/** Somebody is busy with a panel: the camera must not let anybody in behind it. */
export const panelOpen = () => document.querySelector("dialog[open]") !== null;
