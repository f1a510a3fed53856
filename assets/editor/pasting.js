/* What is pasted: cells become a table, HTML Markdown, a link on an empty line an item, an image one of the publication's. */
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, keymap } from "@codemirror/view";
import { ask } from "./asking.js";
import { headings } from "./headings.js";
import { addImages } from "./images.js";
import { remark } from "./remarks.js";
import { cells, table } from "./tables.js";

const SECONDS = 12;
const RICH = /<(?:p|a|b|strong|em|i|ul|ol|li|h[1-6]|table|blockquote|pre|code|br|span style)\b/i;
const began = StateEffect.define(), ended = StateEffect.define();

/* What is being fetched, each with its place, which edits before it move. */
const fetching = StateField.define({
  create: () => [],
  update(held, transaction) {
    let now = held.map((each) => ({ ...each, from: transaction.changes.mapPos(each.from, 1), to: transaction.changes.mapPos(each.to, -1) }));
    for (const effect of transaction.effects) {
      if (effect.is(began)) { now = [...now, effect.value]; }
      if (effect.is(ended)) { now = now.filter((each) => each.id !== effect.value); }
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field, (held) => Decoration.set(held.filter((each) => each.to >= each.from).map((each) => Decoration.widget({ widget: new Chip(each.told), side: 1 }).range(each.to)), true)),
});

class Chip extends WidgetType {
  constructor(told) { super(); this.told = told; }
  eq(other) { return other.told === this.told; }
  toDOM() {
    const chip = document.createElement("span");
    chip.className = "cm-fetching";
    chip.textContent = this.told;
    return chip;
  }
}

export function pasting(says) {
  const taking = (event, view, data, at) => {
    const files = [...data.files].filter((file) => file.type.startsWith("image/"));
    const html = data.getData("text/html"), plain = data.getData("text/plain");
    if (files.length && !(html && plain)) { event.preventDefault(); addImages(view, files, says, at); return true; }
    return false;
  };
  return [
    fetching,
    keymap.of([{ key: "Escape", run: cancel }]),
    EditorView.domEventHandlers({
      paste: (event, view) => taking(event, view, event.clipboardData, null) || paste(event, view, says),
      drop: (event, view) => taking(event, view, event.dataTransfer, view.posAtCoords({ x: event.clientX, y: event.clientY })),
    }),
  ];
}

function paste(event, view, says) {
  const plain = event.clipboardData.getData("text/plain"), html = event.clipboardData.getData("text/html");
  const rows = plain && cells(plain);
  if (rows) { event.preventDefault(); insert(view, `\n${table(rows)}\n`.slice(atLineStart(view) ? 1 : 0)); return true; }
  const address = plain.trim();
  if (/^https?:\/\/[^\s<>]+$/.test(address) && emptyLine(view)) {
    const kind = kindAt(view);
    if (kind) { event.preventDefault(); linkItem(view, address, kind, says); return true; }
    return false;
  }
  if (html && RICH.test(html)) {
    event.preventDefault();
    replaceLater(view, plain || "", says, "Making Markdown of it… Esc leaves the words", (signal) => ask(says.form, `${says.form.action}/pasted/html`, { html }, signal));
    return true;
  }
  return false;
}

function emptyLine(view) { const { from, to } = view.state.selection.main; return !view.state.doc.lineAt(from).text.trim() && from === to; }

function atLineStart(view) { const { from } = view.state.selection.main; return view.state.doc.lineAt(from).from === from; }

/* The kind of the section that the caret is in, where a link may become an item of it. */
export function kindAt(view) {
  const line = view.state.doc.lineAt(view.state.selection.main.from).number;
  const section = headings(view.state.doc.toString()).filter((each) => each.level === 2 && each.line <= line).pop();
  const kind = section && ((/(?:^|\s)kind=([a-z]+)/.exec(section.attributes) || [])[1] || "text");
  return ["links", "papers", "repositories", "text"].includes(kind) ? kind : "";
}

export function linkItem(view, address, kind, says) {
  replaceLater(view, address, says, "Fetching… Esc leaves the link", (signal) => ask(says.form, `${says.form.action}/pasted/link`, { address, kind }, signal), true);
}

function insert(view, words) {
  const { from, to } = view.state.selection.main;
  view.dispatch({ changes: { from, to, insert: words }, selection: { anchor: from + words.length }, userEvent: "input.paste", scrollIntoView: true });
}

/* Put the plain words in at once, and what the desk makes of them in their place: one step of undo brings the words back. */
function replaceLater(view, plain, says, told, asking, isItem) {
  const { from, to } = view.state.selection.main, stopped = new AbortController(), id = stopped;
  const words = plain.replace(/\r\n?/g, "\n");
  view.dispatch({
    changes: { from, to, insert: words }, selection: { anchor: from + words.length }, userEvent: "input.paste", scrollIntoView: true,
    effects: began.of({ id, from, to: from + words.length, told, stop: () => stopped.abort() }),
  });
  const late = setTimeout(() => stopped.abort(new DOMException("", "TimeoutError")), SECONDS * 1000);
  asking(stopped.signal).then(({ markdown, before }) => {
    const held = view.state.field(fetching).find((each) => each.id === id);
    if (!held || !markdown || view.state.sliceDoc(held.from, held.to) !== words) { return; }
    const written = isItem ? apart(view.state.doc, held, markdown.trim()) : markdown;
    view.dispatch({ changes: { from: held.from, to: held.to, insert: written }, selection: { anchor: held.from + written.length }, userEvent: "input.paste.made", effects: ended.of(id) });
    if (before) {
      remark(view, held.from + written.length - written.trimStart().length, before);
      says.say(`${before}. It is in the text; undo takes it back.`);
    }
  }).catch((error) => {
    if (error.name !== "AbortError") { says.say(`The words stay as they were pasted: ${error.message.replace(/\.$/, "")}.`); }
  }).finally(() => {
    clearTimeout(late);
    view.dispatch({ effects: ended.of(id) });
  });
}

/* An item has an empty line before and behind it. */
function apart(doc, held, item) {
  const before = doc.sliceString(0, held.from), behind = doc.sliceString(held.to);
  return `${/(?:^|\n\s*\n)$/.test(before) ? "" : before.endsWith("\n") ? "\n" : "\n\n"}${item}${/^\s*\n\s*\n/.test(behind) || !behind.trim() ? "" : behind.startsWith("\n") ? "\n" : "\n\n"}`;
}

function cancel(view) {
  const held = view.state.field(fetching);
  held.forEach((each) => each.stop());
  if (held.length) { view.dispatch({ effects: held.map((each) => ended.of(each.id)) }); }
  return held.length > 0;
}
