/* What is typed is kept in this browser until it is stored: a row for each page, so that no tab takes another's. */
"use strict";

const KEPT_FOR = 30 * 86400 * 1000;
const keptBox = document.getElementById("kept");
const thisPage = Array.from(crypto.getRandomValues(new Uint8Array(8)), (octet) => octet.toString(16).padStart(2, "0")).join("");

function keptName(box) { return `kept:${box.dataset.editor}:${box.dataset.publication}:${box.dataset.issue}:${thisPage}`; }

/* Keep a text; false when this browser keeps nothing. */
function keep(name, text, revision) {
  try {
    localStorage.setItem(name, JSON.stringify({ text, revision, at: Date.now() }));
    return true;
  } catch { return false; }
}

function forget(name) { try { localStorage.removeItem(name); } catch { /* there is none */ } }

/* What is kept under names that begin so, the newest first; what is too old is let go. */
function keptUnder(beginning) {
  const found = [];
  try {
    for (const name of Object.keys(localStorage).filter((each) => each.startsWith(beginning))) {
      const row = JSON.parse(localStorage.getItem(name));
      if (Date.now() - row.at > KEPT_FOR) { forget(name); } else { found.push({ name, ...row }); }
    }
  } catch { /* this browser keeps nothing */ }
  return found.sort((one, other) => other.at - one.at);
}

/* Offer what is kept of this issue, or of all: in the editor to take it back, elsewhere to read and copy. */
function offer(box, take) {
  const { editor, publication, issue, revision } = box.dataset;
  const beginning = issue ? `kept:${editor}:${publication}:${issue}:` : `kept:${editor}:`;
  const stored = take ? document.getElementById("text").defaultValue : null;
  for (const row of keptUnder(beginning)) {
    if (take && row.text === stored) { forget(row.name); continue; }
    box.append(offered(row, take, take && Number(revision) > Number(row.revision) ? revision : ""));
  }
}

function offered(row, take, newer) {
  const part = document.getElementById("kept-offer").content.cloneNode(true).firstElementChild;
  const at = new Date(row.at);
  const [, , publication, issue, page] = row.name.split(":");
  part.dataset.page = page;
  const gone = () => { forget(row.name); part.remove(); document.dispatchEvent(new CustomEvent("kept-gone", { detail: page })); };
  const link = part.querySelector("a");
  link.href = `/desk/issues/${issue}`;
  link.textContent = publication;
  link.parentNode.hidden = Boolean(take);
  part.querySelector("time").textContent = at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  part.querySelector("time").dateTime = at.toISOString();
  part.querySelector("textarea").value = row.text;
  const since = part.querySelector(".since");
  since.hidden = !newer;
  since.textContent = newer ? `It was typed on revision ${row.revision}; revision ${newer} was stored since.` : "";
  const [taking, copying, dropping] = part.querySelectorAll("button");
  taking.hidden = !take;
  taking.addEventListener("click", () => { take(row); gone(); });
  copying.addEventListener("click", () => {
    part.querySelector("details").open = true;
    part.querySelector("textarea").select();
    if (navigator.clipboard) { navigator.clipboard.writeText(row.text).then(() => say("Copied."), () => {}); }
  });
  dropping.addEventListener("click", gone);
  return part;
}

/* Signing out lets go of what is kept of this editor: asked before, done once the form has come that says it is so. */
function leave(event) {
  const form = event.target;
  if (form.dataset.leaves === undefined || form.dataset.seated) { return; }
  const editor = seatBox.dataset.editor;
  if (keptUnder(`kept:${editor}:`).length && !confirm("Text that you typed is not stored yet. Sign out and lose it?")) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  window.leaving = true;
  sessionStorage.setItem("leaving", editor);
}

function left() {
  const editor = sessionStorage.getItem("leaving");
  sessionStorage.removeItem("leaving");
  if (editor && !seatBox) { keptUnder(`kept:${editor}:`).forEach((row) => forget(row.name)); }
}

document.addEventListener("submit", leave, true);
try { left(); } catch { /* this browser keeps nothing */ }
if (keptBox && !document.getElementById("edit")) { offer(keptBox, null); }
