// Opens the scanner without a network. Served at /gate-worker.js with RELEASE before it: {page, version, prefix, files}.
// One release lives in one store, whole. A new one is fetched beside it and waits until the page says "install", so
// that an update never comes in the middle of a shift.
/* global RELEASE */
const STORE = "pekan-gate:";
const store = () => self.caches.open(STORE + RELEASE.version);

self.addEventListener("install", (event) => event.waitUntil(fetchAll()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOld().then(() => self.clients.claim())));
self.addEventListener("message", ({ data }) => data === "install" && self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === RELEASE.page) event.respondWith(kept(RELEASE.page, request));
  else if (url.pathname.startsWith(RELEASE.prefix)) event.respondWith(kept(url.pathname, request));
});

/** Page and files of one release, or none: half a release must never be opened. */
async function fetchAll() {
  const name = STORE + RELEASE.version;
  try {
    const cache = await store();
    const page = await fetch(RELEASE.page, { cache: "no-store" });
    const text = await page.clone().text();
    if (!page.ok || page.redirected || !text.includes(RELEASE.prefix)) throw new Error("the page is of another release");
    await cache.put(RELEASE.page, page);
    await cache.addAll(RELEASE.files);
  } catch (error) {
    await self.caches.delete(name);
    throw error;
  }
}

async function kept(path, request) {
  return (await (await store()).match(path, { ignoreVary: true })) ?? fetch(request);
}

async function forgetOld() {
  for (const name of await self.caches.keys()) {
    if (name.startsWith(STORE) && name !== STORE + RELEASE.version) await self.caches.delete(name);
  }
}
