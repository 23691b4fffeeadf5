// Opens a judge's pages without a network. Served at /judge-worker.js, it looks after /judging alone.
const STORE = "pekan-judging";
const PAGE = /^\/judging(\/sheets\/\d+)?$/;
const PATIENCE = 3000; // milliseconds to wait for the network before the kept page is shown

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(url.pathname)) event.respondWith(page(event, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

self.addEventListener("message", (event) => {
  const { keep, files } = event.data;
  event.waitUntil(keepAll(keep, files).then((done) => event.ports[0]?.postMessage(done)));
});

// The page as it is now; the kept one where the network is slow or away, or the server broken.
async function page(event, url) {
  const store = await self.caches.open(STORE);
  const kept = await store.match(url.pathname);
  const fresh = fetch(event.request).then(async (answer) => {
    if (answer.ok && !answer.redirected) await store.put(url.pathname, answer.clone());
    else if (answer.status === 404) await store.delete(url.pathname);
    return answer;
  });
  if (!kept) return fresh;
  event.waitUntil(fresh.catch(() => {}));
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const answer = await Promise.race([fresh.catch(() => {}), late]);
  return answer && answer.status < 500 ? answer : kept;
}

// Files carry the hash of their content in their address: what was kept is right.
async function file(request) {
  return (await self.caches.match(request.url, { ignoreVary: true })) ?? fetch(request);
}

// Each page is fetched anew, one at a time; the files of the last round stay, those of older ones go.
async function keepAll(pages, files) {
  const store = await self.caches.open(STORE);
  let all = true;
  for (const path of pages.filter((one) => PAGE.test(one))) {
    const answer = await fetch(path, { cache: "no-store" }).catch(() => undefined);
    if (answer?.ok && !answer.redirected) await store.put(path, answer);
    else all = all && Boolean(await store.match(path));
  }
  const prefix = files[0]?.split("/").slice(0, 3).join("/");
  for (const old of await store.keys()) {
    const { pathname } = new URL(old.url);
    if (prefix && pathname.startsWith("/static/") && !pathname.startsWith(`${prefix}/`)) await store.delete(old);
  }
  const scripts = ["sheet.js", "store.js", "keep.js", "home.js"].map((name) => `${prefix}/js/competition/${name}`);
  for (const one of [...files, ...(prefix ? scripts : []), ...(prefix ? [`${prefix}/vendor/idb/index.js`] : [])]) {
    if (one.startsWith("/static/") && !(await store.match(one, { ignoreVary: true }))) await store.add(one).catch(() => (all = false));
  }
  return all;
}
