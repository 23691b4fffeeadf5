// Renews numbers drawn by the server while somebody looks at them; an open table stays open.
const box = document.querySelector("[data-live]");
const every = Number(box.dataset.seconds) * 1000;

async function renew() {
  if (document.hidden) return;
  let text = null;
  try {
    const answer = await fetch(box.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
    if (answer.ok) text = await answer.text();
  } catch {
    // no network: said below, and tried again
  }
  if (text === null) {
    box.querySelector(".stale")?.removeAttribute("hidden");
    return;
  }
  const open = [...box.querySelectorAll("details")].map((one) => one.open);
  const focused = box.contains(document.activeElement);
  if (focused) return; // nobody is thrown out of a link they are about to follow
  box.innerHTML = text;
  box.querySelectorAll("details").forEach((one, n) => { one.open = open[n] ?? false; });
}

setInterval(renew, every);
document.addEventListener("visibilitychange", renew);
