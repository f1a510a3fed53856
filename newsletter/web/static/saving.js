/* Store the text without leaving the page: place, caret and undo stay. What is not stored yet is kept in this browser. */
"use strict";

const SAVE_AGAIN = 2000;
const saving = { stored: "", busy: false, again: null };

function unstored() { return text.value !== saving.stored; }

function keepTyped() {
  if (!unstored()) { forget(keptName(keptBox)); }
  else if (!keep(keptName(keptBox), text.value, text.form.elements.revision.value)) { say("This browser keeps no copy of what you type: save often."); }
}

/* Put a text in the form so that undo brings the old one back. */
function write(words) {
  if (window.issueEditor) { window.issueEditor.replace(words); return; }
  text.focus();
  text.select();
  if (!document.execCommand("insertText", false, words)) { text.value = words; }
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

async function save(then) {
  if (saving.busy) { saving.again = { then }; return; }
  clearTimeout(saving.timer);
  saving.busy = true;
  saving.again = null;
  let status = 0;
  try {
    const { answer, sent } = await post(text.form.action, text.form, { Accept: "application/json" });
    status = answer.status;
    await hear(answer, sent, then);
  } catch {
    saveLater(then, status ? `the desk answered ${status}` : "the service does not answer");
  }
  saving.busy = false;
  if (saving.again) { save(saving.again.then); }
}

async function hear(answer, sent, then) {
  const told = await answer.json();
  if (answer.ok) { stored(withoutMarks(sent, told.text), told.revision, then); document.getElementById("slug").textContent = told.slug; document.title = told.subject; }
  else if (told.text === sent && told.state === "draft") { stored(sent, told.revision, then); } // it was stored, and the answer got lost
  else if (answer.status === 429 || answer.status >= 500) { saveLater(then, told.what); }
  else if (told.html === undefined) { say(`Not stored: ${told.what} ${told.remedy || ""} What you typed is kept in this browser.`); }
  else {
    say("Not stored: what you typed is kept in this browser.");
    if (told.state !== "draft" || told.text !== undefined) { showConflict(told); } else { document.getElementById("findings").innerHTML = told.html; }
  }
}

/* What was changed here is drafted no more: its mark went. The caret stays where it is, counted from the end. */
function withoutMarks(sent, kept) {
  if (kept === undefined || text.value !== sent) { return sent; }
  const behind = sent.length - text.selectionEnd;
  text.value = kept;
  text.setSelectionRange(kept.length - behind, kept.length - behind);
  return kept;
}

function stored(sent, revision, then) {
  saving.stored = sent;
  text.form.elements.revision.value = revision;
  document.getElementById("revision").textContent = `revision ${revision}`;
  document.getElementById("conflict").replaceChildren();
  keepTyped();
  say("Saved.");
  if (then === "review" && !unstored()) { location.assign(`${text.form.action}/review`); }
}

function saveLater(then, why) {
  say(`Not stored yet, trying again: ${why.replace(/\.$/, "")}. What you typed is kept in this browser.`);
  saving.timer = setTimeout(() => save(then), SAVE_AGAIN);
}

/* Show the stored text beside the typed one, from the first line that differs to the last; the editor says which is to stay. */
function showConflict(told) {
  const part = document.getElementById("conflict-shown").content.cloneNode(true).firstElementChild;
  const draft = told.state === "draft", theirs = told.text === undefined ? saving.stored : told.text;
  const [mine, other] = differing(text.value, theirs);
  part.querySelector("p").textContent = draft
    ? `Revision ${told.revision} was stored while you wrote. Yours is in the form; nothing of it is lost, and nothing is stored over the other.`
    : `This issue is ${told.state} now and takes no changes. What you typed is in the form and kept in this browser.`;
  part.querySelector(".mine").textContent = mine;
  part.querySelector(".theirs").textContent = other;
  const [over, take] = part.querySelectorAll("button");
  over.hidden = take.hidden = !draft;
  over.addEventListener("click", () => { text.form.elements.revision.value = told.revision; save(); });
  take.addEventListener("click", () => {
    saving.stored = theirs;
    text.form.elements.revision.value = told.revision;
    document.getElementById("conflict").replaceChildren();
    write(theirs);
    say("The stored text is in the form. Undo (Ctrl+Z) brings yours back.");
  });
  document.getElementById("conflict").replaceChildren(part);
}

function differing(one, other) {
  const ours = one.split("\n"), theirs = other.split("\n");
  let first = 0, last = 0;
  const least = Math.min(ours.length, theirs.length);
  while (first < least && ours[first] === theirs[first]) { first += 1; }
  while (last < least - first && ours[ours.length - 1 - last] === theirs[theirs.length - 1 - last]) { last += 1; }
  return [ours, theirs].map((lines) => lines.slice(first, lines.length - last).join("\n"));
}

function take(row) {
  write(row.text);
  text.form.elements.revision.value = row.revision;
  keepTyped();
}

if (text && frame) {
  saving.stored = text.form.dataset.unstored === undefined ? text.defaultValue.replace(/\r\n?/g, "\n") : null;
  text.addEventListener("input", keepTyped);
  text.form.addEventListener("submit", (event) => { event.preventDefault(); save(event.submitter ? event.submitter.value : ""); });
  window.addEventListener("beforeunload", (event) => { if (unstored() && !window.leaving) { event.preventDefault(); } });
  window.addEventListener("storage", (event) => { if (event.key === keptName(keptBox) && event.newValue === null) { keepTyped(); } }); // another tab let it go
  offer(keptBox, take);
}
