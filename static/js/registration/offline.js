// Has this page kept on the phone, so that it opens in flight mode; says so; and takes it away again when asked.
const STORE = "pekan-ticket:"; // as in ticket-worker.js
const box = document.querySelector("[data-offline]");
const banner = document.querySelector("[data-kept]");
const scope = ["/registrations/", "/tickets/"].find((start) => location.pathname.startsWith(start));

async function worker() {
  const known = await navigator.serviceWorker.getRegistration(location.href);
  if (known?.active) return known.active;
  const registration = await navigator.serviceWorker.register("/ticket-worker.js", { scope });
  if (registration.active) return registration.active;
  const coming = registration.installing ?? registration.waiting;
  return new Promise((resolve) =>
    coming.addEventListener("statechange", () => coming.state === "activated" && resolve(coming)),
  );
}

async function ask(message) {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => (port1.onmessage = (event) => resolve(event.data)));
  (await worker()).postMessage(message, [port2]);
  return answer;
}

function forget(paths) {
  return Promise.all(paths.split(" ").map((path) => caches.delete(STORE + path)));
}

// Everything this page has loaded from its own static files.
function files() {
  const named = [...document.querySelectorAll("link[href], script[src], img[src]")].map((e) => e.href ?? e.src);
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const paths = [...named, ...loaded].map((name) => new URL(name, location.href)).filter((url) => url.origin === location.origin);
  return [...new Set(paths.map((url) => url.pathname).filter((path) => path.startsWith("/static/")))];
}

async function keep() {
  const again = document.querySelector(".flash[role=status]:not([data-kept])") !== null;
  if (await ask({ keep: location.pathname, files: files(), again })) box.hidden = false;
}

function sayKept() {
  const told = banner.querySelector("time");
  told.dateTime = banner.dataset.kept;
  told.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "long", timeStyle: "short", timeZone: "Asia/Jakarta",
  }).format(new Date(banner.dataset.kept));
  banner.hidden = false;
  for (const link of document.querySelectorAll("[data-online]")) link.hidden = true;
  if (navigator.onLine) setTimeout(back, 15_000 + Math.random() * 15_000);
  else addEventListener("online", back, { once: true });
}

// Is the network really back? Then the page as it stands now.
async function back() {
  const answer = await fetch("/ticket-worker.js", { method: "HEAD", cache: "no-store" }).catch(() => undefined);
  if (answer?.ok) location.reload();
  else setTimeout(back, 15_000);
}

if (box && "serviceWorker" in navigator) {
  if (banner.dataset.kept) {
    sayKept();
    box.hidden = false;
  } else if (document.readyState === "complete") keep();
  else addEventListener("load", keep, { once: true });
}

for (const button of document.querySelectorAll("[data-forget]")) {
  button.addEventListener("click", async () => {
    await forget(button.dataset.forget);
    button.closest("[data-offline]").replaceChildren(Object.assign(document.createElement("p"), {
      className: "flash", role: "status", textContent: button.dataset.gone,
    }));
  });
}

// The form that forgets the sign-up takes the kept pages away first.
for (const form of document.querySelectorAll("form[data-forget-first]")) {
  form.addEventListener("submit", async (event) => {
    if (!("caches" in window)) return; // without https nothing was kept
    event.preventDefault();
    await forget(form.dataset.forgetFirst);
    form.submit();
  });
}

// Where the browser offers to install, a button does it; the words beside it are for all others.
const install = document.querySelector("[data-install]");
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  install.hidden = false;
  install.addEventListener("click", () => event.prompt().then(() => (install.hidden = true)), { once: true });
});
