// Adds and removes rows of people in place. Without this script the same buttons ask the server.
const form = document.querySelector("[data-sign-up]");
const people = form?.querySelector("[data-people]");
const add = form?.querySelector("[data-add]");

function rows() {
  return [...people.querySelectorAll("[data-person]")];
}

function freshNumber() {
  const used = rows().map((row) => Number(row.querySelector("input").name.match(/people-(\d+)-/)[1]));
  return Math.max(...used) + 1;
}

function renumbered(ids, number) {
  return ids.replace(/people-\d+-/g, `people-${number}-`);
}

function addRow() {
  const number = freshNumber();
  const row = rows()[0].cloneNode(true);
  row.id = `person-${number}`;
  for (const note of row.querySelectorAll(".error, .hint[id$='-name']")) note.remove();
  for (const hint of row.querySelectorAll(".hint[id]")) hint.id = renumbered(hint.id, number);
  for (const input of row.querySelectorAll("input")) {
    const part = input.name.replace(/^people-\d+-/, "");
    row.querySelector(`label[for="${input.id}"]`).htmlFor = `people-${number}-${part}`;
    input.id = input.name = `people-${number}-${part}`;
    if (input.type === "checkbox") input.checked = false;
    else input.value = "";
    for (const name of ["aria-invalid", "autofocus"]) input.removeAttribute(name);
    const notes = renumbered(input.getAttribute("aria-describedby") ?? "", number).split(" ");
    const left = notes.filter((id) => id === "hint-birth" || [...row.querySelectorAll(".hint")].some((hint) => hint.id === id));
    if (left.length) input.setAttribute("aria-describedby", left.join(" "));
    else input.removeAttribute("aria-describedby");
  }
  for (const details of row.querySelectorAll("details")) details.open = false;
  rows().at(-1).after(row);
  arrange();
  row.querySelector("input").focus();
}

function arrange() {
  const all = rows();
  const template = people.dataset;
  add.hidden = all.length >= Number(template.most);
  all.forEach((row, index) => {
    row.querySelector("legend").textContent = row.querySelector("legend").textContent.replace(/\d+/, index + 1);
    let button = row.querySelector("[name=remove]");
    if (all.length === 1) button?.remove();
    else if (!button) {
      button = document.createElement("button");
      Object.assign(button, { type: "submit", name: "remove", className: "link remove", formNoValidate: true });
      button.textContent = template.removeWord;
      row.append(button);
    }
    if (row.contains(button)) button.value = index;
  });
  submit.textContent = all.length > 1 ? template.submitMany.replace("{n}", all.length) : template.submitOne;
}

const submit = form?.querySelector("[data-submit]");

if (form && add) {
  add.addEventListener("click", (event) => {
    event.preventDefault();
    addRow();
  });
  people.addEventListener("click", (event) => {
    const button = event.target.closest("[name=remove]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-person]");
    const next = row.nextElementSibling?.matches("[data-person]") ? row.nextElementSibling : rows()[0];
    row.remove();
    arrange();
    (next === row ? rows()[0] : next).querySelector("input").focus();
  });
  arrange();
}

// The first row follows the contact's name until somebody types there.
const contact = form?.querySelector("[name=contact_name]");
const first = people?.querySelector("[name$='-name']");
if (contact && first) {
  let follows = first.value === "" || first.value === contact.value;
  first.addEventListener("input", () => (follows = false));
  contact.addEventListener("input", () => {
    if (follows && first.isConnected) first.value = contact.value;
  });
}

// Who may be under 18 needs a guardian: the part for that opens by itself.
people?.addEventListener("change", (event) => {
  const guardian = event.target.closest("[data-person]")?.querySelector("[data-guardian]");
  const year = event.target.name?.endsWith("-birth") && event.target.value.match(/\d{4}/)?.[0];
  if (guardian && year && new Date().getFullYear() - year <= 18) guardian.open = true;
});

// One press is enough; the server answers a second one the same anyway.
form?.addEventListener("submit", () => setTimeout(() => (submit.disabled = true)));
addEventListener("pageshow", () => submit && (submit.disabled = false));
document.querySelector("#summary")?.focus();
