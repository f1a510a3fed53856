/* A page of the desk outlives its session: forms take a fresh token, and who is signed out signs in over the page. */
"use strict";

const seatBox = document.getElementById("seat");
const seatNews = "BroadcastChannel" in window ? new BroadcastChannel("desk") : null;
const PATIENCE = 20000; // of a request, in milliseconds
const LOOK_AGAIN = 2000;
let waiting = null; // for somebody to sign in: a promise and its end

/* Say something where "Saved." is said; with a button if there is something to do. */
function say(words, act, does) {
  let line = document.querySelector(".done[role=status]");
  if (!line) {
    line = document.createElement("p");
    line.className = "done";
    line.setAttribute("role", "status");
    document.querySelector("header.top").after(line);
  }
  line.textContent = words;
  if (act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = act;
    button.addEventListener("click", does);
    line.append(" ", button);
  }
}

/* Ask who is signed in now, and give every form of this page the token of that session; false when nobody is. */
async function refreshSeat() {
  const answer = await fetch("/desk/seat", { headers: { Accept: "application/json", "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE) });
  if (answer.status === 401) { return false; }
  if (!answer.ok) { throw new Error(`the desk answered ${answer.status}`); }
  const seat = await answer.json();
  for (const field of document.querySelectorAll("input[name=csrf]")) { field.value = seat.csrf; }
  if (String(seat.editor) !== seatBox.dataset.editor) { say(`You are signed in as ${seat.address} now.`); }
  seatBox.dataset.editor = seat.editor;
  if (waiting) {
    waiting.end();
    waiting = null;
    seatBox.close();
    say("You are signed in again.");
  }
  return true;
}

/* Come back when somebody is signed in: at once, or after the dialog, or after signing in in another tab. */
async function seated() {
  if (await refreshSeat()) { return; }
  if (!waiting) {
    let end;
    const promise = new Promise((resolve) => { end = resolve; });
    waiting = { promise, end };
    openSeat();
  }
  await waiting.promise;
}

function openSeat() {
  if (!waiting || seatBox.open) { return; }
  seatBox.showModal();
  seatBox.querySelector("[name=password]").focus();
}

/* POST a form; once more with a fresh token when the session is another one or has ended. */
async function post(address, form, headers) {
  for (let again = false; ; again = true) {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(address, { method: "POST", body, headers, signal: AbortSignal.timeout(PATIENCE) });
    if (again || (answer.status !== 401 && answer.status !== 403)) { return { answer, sent: body.get("text") }; }
    await seated();
  }
}

async function signInHere(event) {
  event.preventDefault();
  const form = event.target, mistake = document.getElementById("seat-mistake");
  const told = (words) => { mistake.textContent = words; mistake.hidden = !words; };
  told("");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
    if (!answer.ok) {
      const why = await answer.json();
      told(`${why.what} ${why.remedy}`);
      form.elements.password.select();
      return;
    }
    form.elements.password.value = "";
    await refreshSeat();
    if (seatNews) { seatNews.postMessage("seated"); }
  } catch {
    told("The service does not answer. Your text is kept: try again.");
  }
}

/* A form that is sent takes the token of the session that there is now; what is typed in it stays if there is none. */
async function sendSeated(event) {
  const form = event.target, by = event.submitter;
  if (event.defaultPrevented || form.id === "edit" || !form.querySelector("input[name=csrf]")) { return; }
  if (form.dataset.seated) { delete form.dataset.seated; return; }
  event.preventDefault();
  if (form.dataset.asking) { return; }
  form.dataset.asking = "1";
  try {
    if (form.dataset.leaves === undefined) { await seated(); }
    else if (!(await refreshSeat())) { location.assign("/desk/sign-in"); return; }
  } catch {
    window.leaving = false;
    say("The service does not answer: nothing was sent. What you typed is still here; try again.");
    return;
  } finally {
    delete form.dataset.asking;
  }
  if (!form.isConnected) { form.hidden = true; document.body.append(form); } // a newer fragment took its place
  form.dataset.seated = "1";
  form.requestSubmit(by);
}

if (seatBox) {
  seatBox.querySelector("form").addEventListener("submit", signInHere);
  seatBox.addEventListener("close", () => { if (waiting) { say("You are signed out.", "Sign in", openSeat); } });
  document.addEventListener("submit", sendSeated);
  document.addEventListener("htmx:beforeRequest", (event) => { if (waiting) { event.preventDefault(); } });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status === 401 || event.detail.xhr.status === 403) { event.preventDefault(); seated().catch(() => {}); }
  });
  const look = () => { refreshSeat().catch(() => {}); };
  if (seatNews) {
    seatNews.addEventListener("message", look);
    seatNews.postMessage("seated");
  }
  document.addEventListener("visibilitychange", () => { if (waiting && !document.hidden) { look(); } });
  setInterval(() => { if (waiting) { look(); } }, LOOK_AGAIN);
}
