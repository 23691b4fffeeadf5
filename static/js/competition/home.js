// The judge's list: sends what is still on the tablet, says what is not sent, and keeps all sheets for later.

import { change, flush, openStore } from "./store.js";
import { keepPages } from "./keep.js";

const home = document.getElementById("home");
const line = document.getElementById("offline");
const links = [...document.querySelectorAll("a[data-sheet]")];

// Marks sheets with something that is still on the tablet alone; how much that is, by the name of its words.
async function show(store) {
  const sheets = (await store.getAll("sheets")).filter((sheet) => sheet.unsent || sheet.lock).map((sheet) => String(sheet.id));
  const photos = await store.getAll("photos");
  const unsent = new Set([...sheets, ...photos.map((photo) => String(photo.sheet))]);
  for (const link of links) link.querySelector("[data-unsent]").hidden = !unsent.has(link.dataset.sheet);
  const refused = photos.filter((photo) => photo.refused).length;
  return { failed: sheets.length, photos: photos.length - refused, refused };
}

const sum = (counts) => Object.values(counts).reduce((all, one) => all + one, 0);

function tell(counts) {
  const parts = Object.entries(counts).filter(([, count]) => count);
  line.hidden = !parts.length;
  line.textContent = parts.map(([name, count]) => home.dataset[name].replace("{count}", count)).join(" ");
}

// Records wait for a token that works: whoever has signed in again brings one. Whether any got one now.
async function renew(store) {
  let some = false;
  for (const sheet of await store.getAll("sheets")) {
    const link = sheet.unknown && links.find((one) => one.dataset.sheet === String(sheet.id));
    if (!link) continue;
    await change(store, sheet.id, (kept) => Object.assign(kept, { token: link.dataset.token, unknown: false }));
    some = true;
  }
  return some;
}

async function start() {
  const store = await openStore();
  const send = async () => {
    await renew(store);
    const before = sum(await show(store));
    await flush(store);
    if (await renew(store)) await flush(store); // the server has just said that theirs is dead
    const counts = await show(store), count = sum(counts);
    if (count < before) {
      location.reload(); // the list says what the server knew before that
      await new Promise(() => {}); // this page has nothing more to tell
    }
    tell(counts);
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
