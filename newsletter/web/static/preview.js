/* The preview follows what is typed: one request at a time, the next at once when there is more; and says when it is behind. */
"use strict";

const PAUSE = 350; // between two requests, in milliseconds
const BEHIND = 1000;
const PREVIEW_WAITS = [1000, 1000, 2000, 4000];
const preview = { wanted: 0, shown: 0, busy: false, failures: 0, since: 0, timer: 0, why: "" };

function lookSoon() {
  if (preview.wanted === preview.shown) { preview.since = Date.now(); }
  preview.wanted += 1;
  if (!preview.busy && !preview.failures) { lookIn(PAUSE); }
}

function lookIn(pause) {
  if (!preview.timer) { preview.timer = setTimeout(look, pause); }
}

function lookNow() {
  clearTimeout(preview.timer);
  preview.timer = 0;
  if (!preview.busy) { look(); }
}

async function look() {
  preview.timer = 0;
  if (preview.busy || preview.wanted === preview.shown) { return; }
  preview.busy = true;
  const wanted = preview.wanted, form = document.getElementById("edit");
  try {
    const { answer } = await post(`${form.action}/preview`, form, { "HX-Request": "true" });
    if (!answer.ok) { throw new Error(answer.status === 429 ? "the desk is busy" : `the desk answered ${answer.status}`); }
    showFindings(await answer.text());
    Object.assign(preview, { shown: wanted, since: Date.now(), failures: 0, why: "" });
  } catch (error) {
    preview.failures += 1;
    preview.why = error instanceof TypeError || error.name === "TimeoutError" ? "the service does not answer" : error.message;
  }
  preview.busy = false;
  sayCurrency();
  if (preview.wanted !== preview.shown) {
    lookIn(preview.failures ? PREVIEW_WAITS[Math.min(preview.failures, PREVIEW_WAITS.length) - 1] : PAUSE);
  }
}

function showFindings(html) {
  document.getElementById("findings").innerHTML = html;
  const link = document.querySelector("#findings [data-frame]");
  if (link && link.href !== frame.dataset.address) { show(link.href); }
}

/* A frame that could not be loaded shows the browser's own page, which no script may read: the preview is not current then. */
function checkFrame() {
  if (frame.contentDocument) { return; }
  frame.dataset.address = "";
  preview.wanted += 1;
  preview.failures += 1;
  preview.why = "the service does not answer";
  lookIn(BEHIND);
}

/* Whether what is seen is what is typed. */
function sayCurrency() {
  const behind = preview.wanted !== preview.shown;
  const told = behind && (preview.failures > 0 || waiting !== null || Date.now() - preview.since > BEHIND);
  const why = waiting ? "you are signed out" : preview.why;
  const words = told ? `Not current, trying again${why ? `: ${why.replace(/\.$/, "")}` : ""}.` : "";
  const line = document.getElementById("currency");
  if (line.textContent !== words) { line.textContent = words; }
  line.hidden = !told;
  document.getElementById("preview").classList.toggle("stale", told);
}

if (text && frame) {
  frame.dataset.address = frame.src;
  frame.addEventListener("load", checkFrame);
  checkFrame();
  text.addEventListener("input", lookSoon);
  document.getElementById("tabs").addEventListener("change", () => { lookSoon(); lookNow(); });
  window.addEventListener("online", lookNow);
  setInterval(sayCurrency, 250);
}
