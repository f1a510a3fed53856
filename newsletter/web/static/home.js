/* Keys of every page of the desk, the list of commands over the page, and dragging in the calendar. All of it has a way without a script. */
"use strict";

const commandsLink = document.querySelector("[data-commands]");
const GO_PATIENCE = 1500; // between g and the letter, in milliseconds
let goingSince = 0;

function isTyping(event) {
  const at = event.target;
  return at instanceof Element && Boolean(at.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]"));
}

/* Open the list of commands over the page; it is asked for once. */
async function openCommands() {
  let box = document.getElementById("commands");
  if (!box) {
    box = document.createElement("dialog");
    box.id = "commands";
    box.setAttribute("aria-labelledby", "commands-title");
    document.body.append(box);
    box.addEventListener("click", (event) => { if (event.target === box) { box.close(); } });
    box.addEventListener("keydown", walkCommands);
  }
  if (box.open) { return; }
  if (!box.firstElementChild) {
    try {
      const answer = await fetch(commandsLink.href, { headers: { "HX-Request": "true" } });
      if (!answer.ok) { location.assign(commandsLink.href); return; }
      box.innerHTML = await answer.text();
    } catch { location.assign(commandsLink.href); return; }
    addFilter(box);
  }
  box.showModal();
  const field = box.querySelector("input[type=search]");
  field.value = "";
  filterCommands(box, "");
  field.focus();
}

function addFilter(box) {
  const label = document.createElement("label"), field = document.createElement("input");
  label.className = "aside";
  label.htmlFor = field.id = "commands-filter";
  label.textContent = "Find a command";
  field.type = "search";
  field.placeholder = "Find a command";
  field.autocomplete = "off";
  const none = Object.assign(document.createElement("p"), { className: "hint", id: "no-command" });
  none.setAttribute("role", "status");
  box.querySelector("h1").after(label, field, none);
  field.addEventListener("input", () => filterCommands(box, field.value));
}

/* Show the commands that have every word, in whatever order. */
function filterCommands(box, typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  for (const line of box.querySelectorAll("li")) { line.hidden = !words.every((word) => line.dataset.name.includes(word)); }
  for (const part of box.querySelectorAll("section")) {
    const lines = Array.from(part.querySelectorAll("li"));
    part.hidden = lines.length ? lines.every((line) => line.hidden) : words.length > 0;
  }
  box.querySelector("#no-command").textContent = box.querySelector("li:not([hidden])") ? "" : "No command has these words. Try fewer.";
}

function walkCommands(event) {
  const box = event.currentTarget, field = box.querySelector("input[type=search]");
  const all = Array.from(box.querySelectorAll("li:not([hidden]) a, li:not([hidden]) button"));
  const here = all.indexOf(document.activeElement);
  if (event.key === "ArrowDown") { (all[here + 1] || all[0] || field).focus(); event.preventDefault(); }
  else if (event.key === "ArrowUp") { (here > 0 ? all[here - 1] : field).focus(); event.preventDefault(); }
  else if (event.key === "Enter" && document.activeElement === field && all.length) { all[0].click(); event.preventDefault(); }
}

/* `g` and a letter lead to a place; `?` and Ctrl+K open the list. The letter is nobody else's key then. */
function takeKey(event) {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    event.stopImmediatePropagation();
    openCommands();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector("dialog[open]")) { return; }
  const isSecond = Date.now() - goingSince < GO_PATIENCE;
  goingSince = event.key === "g" && !isSecond ? Date.now() : 0;
  if (event.key === "?") {
    event.preventDefault();
    openCommands();
  } else if (isSecond && /^[a-z]$/.test(event.key)) {
    event.stopImmediatePropagation();
    const place = document.querySelector(`.rail [data-go="${event.key}"]`);
    const begin = document.querySelector("form[action='/desk/new'] button");
    if (place) { place.click(); } else if (event.key === "w" && begin) { begin.click(); }
  }
}

/* An issue can be dragged to another day: what the form beside it does, with that day. */
function makeDraggable(table) {
  for (const form of table.querySelectorAll("form.move")) {
    const entry = form.closest(".entry");
    entry.draggable = true;
    entry.addEventListener("dragstart", (event) => { event.dataTransfer.setData("text/plain", entry.dataset.issue); event.dataTransfer.effectAllowed = "move"; });
  }
  for (const day of table.querySelectorAll("td[data-day]")) {
    day.addEventListener("dragover", (event) => { event.preventDefault(); day.classList.add("is-over"); });
    day.addEventListener("dragleave", () => day.classList.remove("is-over"));
    day.addEventListener("drop", (event) => {
      event.preventDefault();
      day.classList.remove("is-over");
      const entry = table.querySelector(`.entry[data-issue="${CSS.escape(event.dataTransfer.getData("text/plain"))}"]`);
      const form = entry && entry.querySelector("form.move");
      if (!form) { return; }
      form.elements.day.value = day.dataset.day;
      form.requestSubmit();
    });
  }
}

/* The sample follows what is typed into the form of the look. */
function followLook(form) {
  const frame = document.getElementById("sample");
  let waits = 0;
  const show = () => {
    const asked = new URLSearchParams();
    for (const name of ["accent", "font", "tagline", "footer"]) { asked.set(name, form.elements[name].value); }
    frame.contentWindow.location.replace(`${frame.dataset.src}?${asked}`);
  };
  form.addEventListener("input", () => { clearTimeout(waits); waits = setTimeout(show, 250); });
}

if (commandsLink) {
  document.addEventListener("keydown", takeKey, true);
  commandsLink.addEventListener("click", (event) => { event.preventDefault(); openCommands(); });
}
document.querySelectorAll("table.calendar").forEach(makeDraggable);
document.querySelectorAll("form[data-sample]").forEach(followLook);
