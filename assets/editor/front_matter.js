/* Fields for the front matter above the text: each is one line of it, and the line is what counts. */
import { frontEnd } from "./headings.js";

export function frontMatter(view, box) {
  const fields = [...box.querySelectorAll("[data-front]")];
  for (const field of fields) {
    field.addEventListener("input", () => { set(view, field.dataset.front, field.value); });
  }
  box.hidden = false;
  return { show: () => {
    const lines = view.state.doc.toString().split("\n");
    for (const field of fields) { if (document.activeElement !== field) { field.value = get(lines, field.dataset.front); } }
  } };
}

function get(lines, name) {
  const end = frontEnd(lines);
  for (let at = 1; at < end - 1; at += 1) {
    if (lines[at].startsWith(`${name}:`)) { return read(lines[at].slice(name.length + 1).trim()); }
  }
  return "";
}

function set(view, name, value) {
  const lines = view.state.doc.toString().split("\n"), end = frontEnd(lines);
  if (!end) { return; }
  const written = value.trim() ? `${name}: ${write(value.trim())}` : "";
  let at = 1;
  while (at < end - 1 && !lines[at].startsWith(`${name}:`)) { at += 1; }
  const found = at < end - 1, line = view.state.doc.line(at + 1);
  const changes = found
    ? written ? { from: line.from, to: line.to, insert: written } : { from: line.from, to: line.to + 1, insert: "" }
    : { from: line.from, insert: written ? `${written}\n` : "" };
  view.dispatch({ changes, userEvent: "input.type" });
}

function read(value) {
  if (/^".*"$/.test(value)) { return value.slice(1, -1).replace(/\\(["\\])/g, "$1"); }
  if (/^'.*'$/.test(value)) { return value.slice(1, -1).replaceAll("''", "'"); }
  return value;
}

function write(value) {
  if (/^(?:null|~)$/i.test(value)) { return `"${value}"`; } // bare, YAML takes it for no value
  return /^[\w(][^:#"\\]*$/u.test(value) || /^\d{4}-\d\d-\d\d$/.test(value) ? value : `"${value.replace(/[\\"]/g, "\\$&")}"`;
}
