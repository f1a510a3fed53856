/* The editor's few conveniences. Everything works without them but the preview while typing. */
"use strict";

const text = document.querySelector("#text:not([readonly])"); // none for whoever may only read
const frame = document.getElementById("frame");

/* Select the place of a mistake: lines and columns count from 1. */
function jump(line, column) {
  if (window.issueEditor) { window.issueEditor.jump(line, column); return; }
  const lines = text.value.split("\n");
  const before = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const from = before + Math.min(column - 1, lines[line - 1].length);
  text.focus();
  text.setSelectionRange(from, before + lines[line - 1].length);
  text.scrollTop = Math.max(0, heightOf(text.value.slice(0, from)) - text.clientHeight / 3);
}

/* How tall the text's beginning is in this box, its long lines broken as they are here. */
function heightOf(beginning) {
  const twin = text.cloneNode();
  twin.removeAttribute("name");
  twin.id = "";
  Object.assign(twin.style, { position: "absolute", visibility: "hidden", height: "0", minHeight: "0", width: `${text.offsetWidth}px` });
  twin.value = beginning;
  text.parentNode.append(twin);
  const height = twin.scrollHeight;
  twin.remove();
  return height;
}

function sayCaret() {
  const before = text.value.slice(0, text.selectionStart).split("\n");
  document.getElementById("caret").textContent = `Line ${before.length}, column ${before[before.length - 1].length + 1}`;
}

if (text && frame) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (link) {
      event.preventDefault();
      jump(Number(link.dataset.line), Number(link.dataset.column));
    }
  });
  const named = /^#line-(\d+)$/.exec(location.hash); // from the review: where a finding stands
  if (named) { jump(Math.min(Number(named[1]), text.value.split("\n").length), 1); }
  document.addEventListener("selectionchange", () => { if (document.activeElement === text) { sayCaret(); } });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      event.preventDefault();
      document.getElementById("save").click();
    }
  });
}
