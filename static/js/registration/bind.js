// Reads the QR code of a blank ticket into its field. Typing the code works without this.
import { Camera } from "../checkin/camera.js";

const form = document.querySelector("[data-bind]");
const box = form?.querySelector("[data-camera]");
const code = form?.querySelector("[name=code]");

// A scanner at a gate hands the ticket over behind the #, which no server sees.
if (code && location.hash.length > 1) {
  try {
    code.value = decodeURIComponent(location.hash.slice(1));
    form.querySelector("[name=name]").focus();
  } catch {
    // not written by a scanner of ours
  }
  history.replaceState(null, "", location.pathname + location.search);
}

if (box && navigator.mediaDevices?.getUserMedia) {
  const note = box.querySelector("[data-note]");
  const view = box.querySelector("[data-view]");
  const button = box.querySelector("[data-start]");
  const camera = new Camera(box.querySelector("video"), seen, failed);
  box.hidden = false;

  button.addEventListener("click", () => {
    if (camera.on) return close();
    view.hidden = false;
    note.textContent = note.dataset.aim;
    camera.start().catch(failed);
  });

  function seen(text) {
    if (text === null || !camera.on) return;
    code.value = text;
    close();
    note.textContent = note.dataset.read;
    form.querySelector("[name=name]").focus();
  }

  function failed() {
    close();
    note.textContent = note.dataset.failed;
  }

  function close() {
    camera.stop();
    view.hidden = true;
  }
}
