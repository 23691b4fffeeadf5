// The judge's list: sends what is still on the tablet, says what is not sent, and keeps all sheets for later.

import { flush, openStore } from "./store.js";
import { keepPages } from "./keep.js";

const home = document.getElementById("home");
const line = document.getElementById("offline");
const links = [...document.querySelectorAll("a[data-sheet]")];

async function show(store) {
  const unsent = new Set((await store.getAll("sheets")).filter((sheet) => sheet.unsent || sheet.lock).map((sheet) => String(sheet.id)));
  for (const link of links) link.querySelector("[data-unsent]").hidden = !unsent.has(link.dataset.sheet);
  return unsent.size;
}

async function start() {
  const store = await openStore();
  // records wait for a token that works: whoever has signed in again brings one
  if (home.dataset.token) {
    for (const sheet of await store.getAll("sheets")) {
      if (sheet.unknown && links.some((link) => link.dataset.sheet === String(sheet.id))) {
        await store.put("sheets", { ...sheet, token: home.dataset.token, unknown: false });
      }
    }
  }
  const send = async () => {
    const before = await show(store);
    await flush(store);
    const count = await show(store);
    if (count < before) {
      location.reload(); // the list says what the server knew before that
      await new Promise(() => {}); // this page has nothing more to tell
    }
    line.hidden = !count;
    line.textContent = home.dataset.failed.replace("{count}", count);
    return count;
  };
  addEventListener("online", send);
  setInterval(send, 15000);
  const count = await send();
  const kept = await keepPages(links.map((link) => link.pathname)).catch(() => false);
  if (kept && !count) {
    line.textContent = home.dataset.kept;
    line.hidden = false;
  }
}

start();
