/* The preview follows what is typed: one request at a time, its answer has the page and what was found; and says when it is behind. */
"use strict";

const FIRST = 120; // from a key to its request, and from one request to the next, in milliseconds
const BETWEEN = 250;
const BEHIND = 1000;
const PREVIEW_WAITS = [1000, 1000, 2000, 4000];
const preview = { wanted: 0, shown: 0, busy: false, failures: 0, since: 0, asked: 0, timer: 0, why: "", good: "" };

function lookSoon() {
  if (preview.wanted === preview.shown) { preview.since = Date.now(); }
  preview.wanted += 1;
  if (!preview.busy && !preview.failures) { lookIn(Math.max(FIRST, preview.asked + BETWEEN - Date.now())); }
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
  Object.assign(preview, { busy: true, asked: Date.now() });
  const wanted = preview.wanted, form = document.getElementById("edit");
  try {
    const { answer, sent } = await post(`${form.action}/preview`, form, { Accept: "application/json" });
    if (!answer.ok) { throw new Error(answer.status === 429 ? "the desk is busy" : `the desk answered ${answer.status}`); }
    await seen({ ...(await answer.json()), sent });
    Object.assign(preview, { shown: wanted, since: Date.now(), failures: 0, why: "" });
  } catch (error) {
    preview.failures += 1;
    preview.why = error instanceof TypeError || error.name === "TimeoutError" ? "the service does not answer" : error.message;
  }
  preview.busy = false;
  sayCurrency();
  if (preview.wanted !== preview.shown) {
    lookIn(preview.failures ? PREVIEW_WAITS[Math.min(preview.failures, PREVIEW_WAITS.length) - 1] : Math.max(FIRST, preview.asked + BETWEEN - Date.now()));
  }
}

/* Show what came of the text. Where it cannot be read, the last good preview stays, and says of when it is. */
async function seen(told) {
  const list = document.getElementById("findings");
  if (list.dataset.told !== told.html) { list.innerHTML = list.dataset.told = told.html; }
  const asOf = document.getElementById("as-of");
  asOf.hidden = told.page !== undefined;
  const chosen = document.querySelector('#tabs input[name="kind"]:checked'), other = chosen && chosen.value !== (frame.dataset.kind || chosen.defaultValue);
  asOf.textContent = asOf.hidden ? "" : `The preview is ${preview.good ? `as of ${preview.good}` : "that of the stored text"}.${other ? " It changes its view once the text can be read." : ""}`;
  if (told.page !== undefined) {
    await showPage(told);
    showWeights(told);
    preview.good = new Date().toLocaleTimeString();
  }
  document.dispatchEvent(new CustomEvent("looked", { detail: told }));
}

/* Put the page into the frame in place, so that nothing flashes and nobody loses their place. A frame that may load other things is loaded first,
   and so is one that has not loaded yet: its empty page obeys the policy of this one, which allows a mail no style. */
async function showPage({ frame: address, page, kind: name }) {
  const { contentDocument: empty } = frame;
  if (manner(address) !== manner(frame.dataset.address) || !empty || empty.URL === "about:blank") { await load(address); }
  const { contentDocument: inside } = frame, parts = /^[^]*?<html([^<>]*)>\s*<head[^<>]*>([^]*?)<\/head>\s*<body([^<>]*)>([^]*)<\/body>/.exec(page);
  if (!inside || !parts) { throw new TypeError("no frame"); }
  const [, html, head, body, words] = parts;
  dress(inside.documentElement, html);
  dress(inside.body, body);
  if (frame.dataset.head !== head) { inside.head.innerHTML = head; frame.dataset.head = head; }
  if (frame.dataset.words !== words) { inside.body.innerHTML = words; frame.dataset.words = words; }
  frame.classList.toggle("is-phone", name === "phone");
  frame.dataset.kind = name;
}

/* What a frame may load: a mail has its styles in it, the other kinds have those of the site; and images from elsewhere or not. */
function manner(address) {
  const { pathname, search } = new URL(address || "about:blank", location.href), name = pathname.split("/").pop();
  return `${["text", "web", "inbox"].includes(name) ? "site" : "mail"}${search}`;
}

function load(address) {
  Object.assign(frame.dataset, { address: "", head: "", words: "" });
  return new Promise((resolve, reject) => {
    frame.addEventListener("load", () => {
      if (!frame.contentDocument) { reject(new TypeError("no frame")); return; }
      frame.dataset.address = address;
      resolve();
    }, { once: true });
    frame.contentWindow.location.replace(address);
  });
}

/* Give an element the attributes of a tag, as the frame's own document reads them: its policy holds there. */
function dress(element, attributes) {
  const twin = element.ownerDocument.createElement("div");
  twin.innerHTML = `<i${attributes}></i>`;
  for (const { name } of [...element.attributes]) { if (!twin.firstChild.hasAttribute(name)) { element.removeAttribute(name); } }
  for (const { name, value } of twin.firstChild.attributes) { if (element.getAttribute(name) !== value) { element.setAttribute(name, value); } }
}

/* What each section weighs of what Gmail shows of a mail, and what stands on the web only. */
function showWeights({ weights, octets, clip, folded }) {
  const box = document.getElementById("weights"), was = box.querySelector("details"), part = document.createElement("details");
  part.open = Boolean(was && was.open);
  const kilo = (size) => `${(size / 1000).toFixed(1)} kB`;
  const items = folded === 1 ? "1 item stands" : `${folded} items stand`;
  part.innerHTML = "<summary></summary><ol></ol>";
  part.firstChild.textContent = `${kilo(octets)} of the ${kilo(clip)} that Gmail shows${folded ? `; ${items} on the web only` : ""}`;
  for (const each of weights) {
    const row = document.createElement("li"), meter = document.createElement("meter"), link = document.createElement("a");
    Object.assign(meter, { max: clip, value: each.octets, title: kilo(each.octets) });
    meter.setAttribute("aria-label", `${each.title || "Lead"}: ${kilo(each.octets)}`);
    Object.assign(link, { href: "#text", textContent: each.title || "Lead" });
    Object.assign(link.dataset, { line: each.line, column: 1 });
    row.append(link, meter, ` ${kilo(each.octets)}`);
    part.lastChild.append(row);
  }
  box.replaceChildren(part);
  box.hidden = false;
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
  const of = preview.good ? ` What you see is as of ${preview.good}.` : "";
  const words = told ? `Not current, trying again${why ? `: ${why.replace(/\.$/, "")}` : ""}.${of}` : "";
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
  const tabs = document.getElementById("tabs");
  tabs.addEventListener("change", () => { lookSoon(); lookNow(); });
  document.addEventListener("editor-ready", () => { lookSoon(); lookNow(); });
  window.addEventListener("online", lookNow);
  setInterval(sayCurrency, 250);
}
