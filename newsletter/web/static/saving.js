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
  if (answer.ok) { takeStored(sent, told, then); }
  else if (told.text === sent && told.state === "draft") { stored(sent, told.revision, then); } // it was stored, and the answer got lost
  else if (answer.status === 429 || answer.status >= 500) { saveLater(then, told.what); }
  else if (told.html === undefined) { say(`Not stored: ${told.what} ${told.remedy || ""} What you typed is kept in this browser.`); }
  else {
    say("Not stored: what you typed is kept in this browser.");
    if (told.clashes !== undefined) { showClashes(told.clashes); }
    else if (told.state !== "draft") { showConflict(told); }
    else {
      if (told.changes && takeIn(sent, told.changes)) { text.form.elements.revision.value = told.revision; keepTyped(); }
      document.getElementById("findings").innerHTML = told.html;
    }
  }
}

/* The ledger may have more than was sent: what somebody else stored, or less of marks. That comes into the text where nobody types. */
function takeStored(sent, told, then) {
  const all = !told.changes || takeIn(sent, told.changes);
  document.getElementById("slug").textContent = told.slug;
  document.title = told.subject;
  if (!all) { saving.stored = sent; keepTyped(); saving.again = { then }; return; } // typed just there: the next save puts it together
  stored(told.changes ? told.text : sent, told.revision, then);
  if (told.together) { say(`Saved, together with what ${told.together} stored meanwhile. Both are in the text.`); }
}

/* Put changed lines `[start, end, lines]` of a text that was sent into the one that stands here by now; false where one typed just there. */
function takeIn(sent, changes) {
  const before = sent.split("\n"), now = text.value.split("\n");
  const [first, last] = typedSince(before, now);
  const typed = first < before.length || now.length !== before.length;
  if (typed && changes.some(([start, end]) => start <= last && end >= first)) { return false; }
  for (const [start, end, lines] of [...changes].reverse()) {
    const shift = typed && start > last ? now.length - before.length : 0;
    const whole = text.value.split("\n"), from = start + shift, to = end + shift;
    let begin = lengthOf(whole.slice(0, from)), stop = begin + lengthOf(whole.slice(from, to)), words = lines.map((each) => `${each}\n`).join("");
    if (to === whole.length) { // the last line has no end: take the one before it along
      stop = text.value.length;
      words = words.slice(0, -1);
      if (from === to || !lines.length) { begin = Math.max(0, begin - 1); words = lines.length ? `\n${words}` : ""; }
    }
    text.setRangeText(words, begin, Math.min(stop, text.value.length), "preserve");
  }
  text.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

function lengthOf(lines) { return lines.reduce((sum, line) => sum + line.length + 1, 0); }

/* Which lines `[first, last)` of the one text are others in the second. */
function typedSince(before, now) {
  const least = Math.min(before.length, now.length);
  let first = 0, last = 0;
  while (first < least && before[first] === now[first]) { first += 1; }
  while (last < least - first && before[before.length - 1 - last] === now[now.length - 1 - last]) { last += 1; }
  return [first, before.length - last];
}

/* Both texts side by side, where two changed the same: the choices belong to the form with the text. */
function showClashes(html) {
  document.getElementById("conflict").innerHTML = html;
  const choice = document.querySelector("#conflict select");
  if (choice) { choice.focus(); }
}

function stored(sent, revision, then) {
  saving.stored = sent;
  text.form.elements.revision.value = revision;
  document.getElementById("revision").textContent = `revision ${revision}`;
  document.getElementById("conflict").replaceChildren();
  keepTyped();
  say("Saved.");
  document.dispatchEvent(new Event("saved"));
  if (then === "review" && !unstored()) { location.assign(`${text.form.action}/review`); }
}

function saveLater(then, why) {
  say(`Not stored yet, trying again: ${why.replace(/\.$/, "")}. What you typed is kept in this browser.`);
  saving.timer = setTimeout(() => save(then), SAVE_AGAIN);
}

/* The issue went on while one wrote: show where the texts differ, from the first line that does to the last. */
function showConflict(told) {
  const part = document.getElementById("conflict-shown").content.cloneNode(true).firstElementChild;
  const theirs = told.text === undefined ? saving.stored : told.text;
  const [mine, other] = differing(text.value, theirs);
  part.querySelector("p").textContent = `This issue is ${told.state} now and takes no changes. What you typed is in the form and kept in this browser.`;
  part.querySelector(".mine").textContent = mine;
  part.querySelector(".theirs").textContent = other;
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
