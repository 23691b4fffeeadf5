// The phone's own database. Version 1 was the scanner that needed the network for each verdict.

import { openDB } from "../../vendor/idb/index.js";

const PATIENCE = 4000; // ms; an older page that is still open may hold the database in its old version
const AGAIN = [100, 500, 2000, 10_000, 60_000]; // ms

/**
 * Opens the store; null where the browser keeps nothing (private windows of old browsers, no space at all).
 * `lost` is called when the browser takes the database away while it is open.
 */
export async function openStore(lost = () => {}) {
  const opening = openDB("pekan-gate", 2, {
    upgrade,
    blocking: (_old, _new, event) => event.target.close(), // a later version of this page may go on
    terminated: lost,
  });
  let gaveUp = false;
  const late = new Promise((resolve) => setTimeout(() => { gaveUp = true; resolve(null); }, PATIENCE));
  opening.then((db) => gaveUp && db.close(), () => {});
  return Promise.race([opening.catch(() => null), late]);
}

/** Opens the store again after the browser took it away; it may still be busy with that. */
export async function reopenStore(lost) {
  for (const wait of AGAIN) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const db = await openStore(lost);
    if (db) return db;
  }
  return null;
}

function upgrade(db, oldVersion) {
  if (oldVersion < 1) {
    db.createObjectStore("settings");
    const scans = db.createObjectStore("scans", { keyPath: "seq", autoIncrement: true });
    scans.createIndex("id", "id", { unique: true });
    scans.createIndex("point", "point");
    db.createObjectStore("rejected", { keyPath: "id" }); // what the server would not take at all
  }
  if (oldVersion < 2) {
    db.createObjectStore("undone", { keyPath: "id" }); // undone scans of which the server was not told yet
    db.createObjectStore("settled", { keyPath: "id" }); // admissions the server knows, but the snapshot not yet
    db.createObjectStore("snapshot"); // "base": the whole, as it came
    db.createObjectStore("deltas", { autoIncrement: true }); // what changed since, in order
    db.createObjectStore("names", { autoIncrement: true }); // sealed names, as they came
  }
}
