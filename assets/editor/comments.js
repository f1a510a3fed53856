/* Comments in the margin: a mark beside each line that has some, which follows the line; and below the text the threads of a line. */
import { MapMode, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { EditorView, GutterMarker, gutter } from "@codemirror/view";
import { ask } from "./asking.js";
import { thread } from "./thread.js";

const QUOTED = 300; // characters of a line that is commented on, as the desk keeps them
const LOOK_EVERY = 30000;
const told = StateEffect.define();

const quoteOf = (words) => Array.from(words.trim()).slice(0, QUOTED).join("");

/* Where a line with these words begins, the nearest to `line`; null where none has them. Follows newsletter/issues/commenting.py. */
function placed(doc, quote, line) {
  let best = null;
  for (let number = 1; number <= doc.lines; number += 1) {
    const each = doc.line(number);
    if (quoteOf(each.text) === quote && (!best || Math.abs(number - line) < Math.abs(best.number - line))) { best = each; }
  }
  return best && best.from;
}

/* By the words that were commented on, or those that the desk takes them to have become. */
function found(doc, { quote, words, line }) {
  const first = placed(doc, quote, line);
  return first === null && words ? placed(doc, words, line) : first;
}

/* A thread stays at its line while one types in it; where the line goes elsewhere, it is found by its words. */
function followed(each, changes, doc) {
  const mapped = each.at === null ? null : changes.mapPos(each.at, 1, MapMode.TrackDel);
  if (mapped !== null && quoteOf(doc.lineAt(mapped).text) === each.quote) { return { ...each, at: doc.lineAt(mapped).from }; }
  const near = placed(doc, each.quote, mapped === null ? each.line : doc.lineAt(mapped).number);
  if (near !== null) { return { ...each, at: near }; }
  return { ...each, at: mapped === null ? null : doc.lineAt(mapped).from };
}

const threads = StateField.define({
  create: () => [],
  update(held, transaction) {
    let now = transaction.docChanged ? held.map((each) => followed(each, transaction.changes, transaction.newDoc)) : held;
    for (const effect of transaction.effects) {
      if (!effect.is(told)) { continue; }
      const places = new Map(now.map((each) => [each.id, each.at]));
      now = effect.value.filter((each) => each.line > 0).map((each) => ({ ...each, at: places.has(each.id) ? places.get(each.id) : found(transaction.newDoc, each) }));
    }
    return now;
  },
});

class Mark extends GutterMarker {
  constructor(count, open) { super(); Object.assign(this, { count, open }); }
  eq(other) { return other.count === this.count && other.open === this.open; }
  toDOM() {
    const mark = document.createElement("span");
    mark.className = `comment-mark${this.open ? "" : " is-settled"}`;
    mark.textContent = this.count;
    mark.title = `${this.count === 1 ? "1 comment" : `${this.count} comments`}, ${this.open ? "open" : "resolved"}`;
    return mark;
  }
}

const drawn = new WeakMap();
function marks(held) {
  if (!drawn.has(held)) { drawn.set(held, marksOf(held)); }
  return drawn.get(held);
}

function marksOf(held) {
  const lines = new Map();
  for (const each of held) {
    if (each.at === null) { continue; }
    const line = lines.get(each.at) || { count: 0, open: false };
    lines.set(each.at, { count: line.count + each.said.length, open: line.open || each.open });
  }
  return RangeSet.of([...lines].map(([at, { count, open }]) => new Mark(count, open).range(at)), true);
}

export function commenting(says) {
  const address = says.form.dataset.comments, home = says.form.action;
  const box = document.createElement("section");
  Object.assign(box, { className: "finder margin-threads", hidden: true });
  box.setAttribute("aria-label", "Comments on a line");
  let view = null, asked = 0, at = null;

  const extension = [
    threads,
    gutter({
      class: "cm-comments", markers: ({ state }) => marks(state.field(threads)), initialSpacer: () => new Mark(1, true),
      domEventHandlers: { click: (of, block) => { of.dispatch({ selection: { anchor: block.from } }); return open(of); } },
    }),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged || at === null) { return; }
      at = update.changes.mapPos(at, 1);
      if (!box.hidden) { show(); }
    }),
  ];

  /* An answer that was asked for earlier than another is let go: it knows less. */
  function take(number, found) {
    if (number !== asked || !view) { return; }
    view.dispatch({ effects: told.of(found) });
    if (!box.hidden) { show(); }
  }

  async function look() {
    const number = asked += 1;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) { take(number, (await answer.json()).threads); }
    } catch { /* the next look is soon */ }
  }

  async function send(to, fields) {
    const number = asked += 1;
    try {
      const found = (await ask(says.form, to, fields)).threads;
      if (asked === number) { take(number, found); } else { look(); } // somebody asked since, and may know less or more
      return true;
    } catch (error) {
      says.say(`The comment is not stored: ${error.message.replace(/\.$/, "")}. Your words are still here.`);
      return false;
    }
  }

  function open(of) {
    const line = of.state.doc.lineAt(of.state.selection.main.head);
    at = line.from;
    box.hidden = false;
    box.replaceChildren();
    show();
    (box.querySelector("textarea") || box).focus();
    return true;
  }

  function close() { box.hidden = true; box.replaceChildren(); view.focus(); }

  /* Show the threads of the line; what is being typed stays. */
  function show() {
    const { doc } = view.state, line = doc.lineAt(Math.min(at, doc.length));
    const typed = new Map([...box.querySelectorAll("textarea")].filter((each) => each.value).map((each) => [each.id, each.value]));
    const held = box.contains(document.activeElement) ? document.activeElement.id : null;
    const here = view.state.field(threads).filter((each) => each.at === line.from);
    box.replaceChildren(...thread({
      number: line.number, here, page: `${address}#comments`, close,
      answer: (id, text) => send(`${home}/comments`, { text, answers: id }),
      settle: (id, act) => send(`${home}/comments/${id}`, { act }),
      comment: (text) => { const now = view.state.doc.lineAt(Math.min(at, view.state.doc.length)); return send(`${home}/comments`, { text, line: now.number, quote: now.text }); },
    }));
    for (const [id, words] of typed) { const field = document.getElementById(id); if (field && box.contains(field)) { field.value = words; } }
    if (held !== null) { ((held && document.getElementById(held)) || box.querySelector("textarea")).focus(); } // a key that is pressed next goes where it went
  }

  function begin(of) {
    view = of;
    view.dom.parentNode.after(box);
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
    document.addEventListener("saved", look);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) { look(); } });
    setInterval(() => { if (!document.hidden) { look(); } }, LOOK_EVERY);
    look();
  }

  return { extension, open, begin };
}
