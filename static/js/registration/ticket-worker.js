// Opens a family's tickets in flight mode. Served at /ticket-worker.js, it looks after /registrations/ and /tickets/
// alone, and keeps there only the pages that were opened on this phone: each in a store of its own, under its own
// secret address, with the styles, scripts and pictures it needs. Other pages, files and forms it leaves alone.
const STORE = "pekan-ticket:";
const PAGE = /^\/(registrations|tickets)\/[^/]+$/;
const PATIENCE = 3000; // milliseconds to wait for the network before the kept page is shown
const DAYS = 60; // as long as the phone may prove whose sign-ups are its own (routes/proof.py)

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), forgetOld()])));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(url.pathname)) event.respondWith(page(event, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

self.addEventListener("message", (event) => {
  const { keep, files, again } = event.data;
  event.waitUntil(keepPage(keep, files, again).then((done) => event.ports[0]?.postMessage(done)));
});

// The page as it is now; the kept one where the network is slow or away, or the server broken.
async function page(event, url) {
  const store = await storeOf(url.pathname);
  const kept = await store?.match(url.pathname);
  const fresh = fetch(event.request).then(async (answer) => {
    if (store && !url.search) await renew(store, url.pathname, answer.clone());
    return answer;
  });
  if (!kept) return fresh;
  event.waitUntil(fresh.catch(() => {}));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const answer = await Promise.race([fresh.catch(() => {}), late]);
  return answer && answer.status < 500 ? answer : dated(kept);
}

async function renew(store, path, answer) {
  if (answer.ok && !answer.redirected) await store.put(path, answer);
  else if (answer.status === 404 || answer.status === 410) await self.caches.delete(STORE + path);
}

// Files carry the hash of their content in their address: what was kept is right.
async function file(request) {
  return (await self.caches.match(request.url, { ignoreVary: true })) ?? fetch(request);
}

// The kept page says of itself when it was fetched.
async function dated(kept) {
  const headers = new Headers(kept.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  const text = (await kept.text()).replace('data-kept=""', `data-kept="${new Date(headers.get("Date")).toISOString()}"`);
  return new Response(text, { headers });
}

async function storeOf(path) {
  return (await self.caches.has(STORE + path)) ? self.caches.open(STORE + path) : undefined;
}

// Keeps a page that is open, with its files; ``again`` fetches it anew, without what was told only once.
async function keepPage(path, files, again) {
  if (!PAGE.test(path)) return false;
  const store = await self.caches.open(STORE + path);
  if (again || !(await store.match(path))) {
    const answer = await fetch(path, { cache: "no-store" }).catch(() => undefined);
    if (!answer?.ok || answer.redirected) {
      if (!(await store.match(path))) await self.caches.delete(STORE + path);
      return false;
    }
    await store.put(path, answer);
  }
  for (const old of await store.keys()) {
    const address = new URL(old.url).pathname;
    if (address !== path && !files.includes(address)) await store.delete(old);
  }
  for (const one of files) {
    if (one.startsWith("/static/") && !(await store.match(one, { ignoreVary: true }))) await store.add(one);
  }
  return true;
}

async function forgetOld() {
  for (const name of await self.caches.keys()) {
    if (!name.startsWith(STORE)) continue;
    const kept = await (await self.caches.open(name)).match(name.slice(STORE.length));
    const age = Date.now() - Date.parse(kept?.headers.get("Date"));
    if (!(age < DAYS * 86_400_000)) await self.caches.delete(name);
  }
}
