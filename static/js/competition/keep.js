// Has the judge's pages kept on the tablet, so that they open without a network.

/** Everything this page has loaded from its own static files. */
function files() {
  const named = [...document.querySelectorAll("link[href], script[src]")].map((element) => element.href ?? element.src);
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const paths = [...named, ...loaded].map((name) => new URL(name, location.href)).filter((url) => url.origin === location.origin);
  return [...new Set(paths.map((url) => url.pathname).filter((path) => path.startsWith("/static/")))];
}

async function worker() {
  const registration = await navigator.serviceWorker.register("/judge-worker.js", { scope: "/judging" });
  if (registration.active) return registration.active;
  const coming = registration.installing ?? registration.waiting;
  return new Promise((resolve) => coming.addEventListener("statechange", () => coming.state === "activated" && resolve(coming)));
}

/** Keeps this page and the given ones with their files; resolves to whether all of them are there. */
export async function keepPages(pages = []) {
  if (!("serviceWorker" in navigator)) return false;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => (port1.onmessage = (event) => resolve(event.data)));
  const own = Array.isArray(pages) ? pages : [];
  (await worker()).postMessage({ keep: [...new Set([location.pathname, ...own])], files: files() }, [port2]);
  return answer;
}
