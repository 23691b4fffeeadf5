// Lists of people: says that work is going on, and looks again while a list is being stored. All works without it.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const button = form.querySelector("button[type=submit]");
    button.setAttribute("aria-disabled", "true");
    const note = document.createElement("p");
    note.className = "busy-note";
    note.setAttribute("role", "status");
    button.closest("p, form").after(note);
    note.textContent = form.dataset.busy;
  });
}

// Back from the next page: the browser may show this one as it was left.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const waiting = document.querySelector("[data-poll]");
const every = Number(waiting?.dataset.poll);
if (every) setTimeout(look, every);

async function look() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.ok && !Number(page.querySelector("[data-poll]")?.dataset.poll)) return location.reload();
  } catch {
    // no network at this moment: look again
  }
  setTimeout(look, every);
}
