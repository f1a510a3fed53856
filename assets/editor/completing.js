/* What may stand here: kinds, attributes, slugs and merge fields, by the line the caret is on. */
import { autocompletion } from "@codemirror/autocomplete";
import { frontEnd, headings } from "./headings.js";

/* `known` has the words of the issue file as the desk reads it (newsletter/issues/vocabulary.py), the fields of the readers, and the
   slugs of the stored draft. */

export function completing(known) {
  return autocompletion({ override: [(context) => complete(context, known)], icons: false });
}

function complete(context, known) {
  const line = context.state.doc.lineAt(context.pos), before = line.text.slice(0, context.pos - line.from);
  const text = context.state.doc.toString();
  const merge = /\{\{[ \t]*(\w*)$/.exec(before);
  if (merge && (line.number >= frontEnd(text.split("\n")) || line.text.startsWith("subject:"))) { return ofReaders(context.pos - merge[1].length, known.fields); }
  if (line.number < frontEnd(text.split("\n"))) {
    const typed = /^[a-z-]*$/.exec(before);
    return typed && (typed[0] || context.explicit) ? among(line.from, known.front.map((name) => `${name}: `)) : null;
  }
  const block = /^:::([a-z]*)$/.exec(before);
  if (block) { return among(context.pos - block[1].length, known.blocks); }
  const anchor = /\]\(#([a-z0-9-]*)$/.exec(before);
  if (anchor) { return among(context.pos - anchor[1].length, slugsOf(text)); }
  const level = /^ {0,3}(#{2,3})\s.*\{[^{}]*$/.exec(before);
  if (!level) { return null; }
  const typed = /[^\s{]*$/.exec(before)[0], from = context.pos - typed.length;
  return level[1].length === 2 ? ofSection(typed, from, text, line.number, known) : ofItem(typed, from, text, line.number, known);
}

/* Whoever takes a field goes on with its fallback, behind the bar; what stands there already stays. */
function ofReaders(from, fields) {
  return { from, options: fields.map((key) => ({ label: key, apply: (view, _, start, to) => {
    const behind = view.state.sliceDoc(to, to + 2);
    const rest = behind[0] === "|" ? "" : behind === "}}" ? "|" : "|}}";
    view.dispatch({ changes: { from: start, to, insert: key + rest }, selection: { anchor: start + key.length + 1 }, userEvent: "input.complete" });
  } })), validFor: /^\w*$/ };
}

function ofSection(typed, from, text, number, known) {
  if (typed.startsWith("kind=")) { return among(from + 5, known.kinds); }
  const slugs = wanted(text, number, known.slugs);
  if (typed.startsWith("#")) { return among(from + 1, slugs); }
  return among(from, [...known.section, ...slugs.map((slug) => `#${slug}`)]);
}

function ofItem(typed, from, text, number, known) {
  const section = headings(text).filter((each) => each.level === 2 && each.line < number).pop();
  const kind = /(?:^|\s)kind=([a-z]+)/.exec(section ? section.attributes : "");
  if (typed.startsWith("#")) { return among(from + 1, wanted(text, number, [])); }
  const value = /^([a-z-]+)=("?)/.exec(typed);
  if (value) {
    const used = new Set([...text.matchAll(new RegExp(`[\\s{]${value[1]}=("[^"]*"|[^\\s{}"]+)`, "g"))].map((each) => each[1]));
    return among(from + value[1].length + 1, [...used].sort());
  }
  return among(from, [...(known.items[kind ? kind[1] : "text"] || []), ...wanted(text, number, []).map((slug) => `#${slug}`)]);
}

/* The slug of each heading of the text as it stands: the one that is written, else the one that its title gives. */
function slugsOf(text) { return [...new Set(headings(text).map((each) => slugIn(each) || slugify(each.title)).filter(Boolean))]; }

/* What may be the slug of a heading: that of its title, and those that the stored draft had and the text has no more. */
function wanted(text, number, stored) {
  const all = headings(text), own = all.find((each) => each.line === number);
  const used = new Set(all.filter((each) => each !== own).map((each) => slugIn(each) || slugify(each.title)));
  return [...new Set([own ? slugify(own.title) : "", ...stored])].filter((slug) => slug && !used.has(slug));
}

function slugIn(heading) { return (/#([a-z0-9-]+)/.exec(heading.attributes) || [])[1]; }

function slugify(title) {
  const plain = title.replace(/\s*\{[^{}]*$/, "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 80);
}

/* Whoever takes `name=""` goes on between the quotation marks. */
function among(from, words) {
  return words.length ? { from, options: words.map(option), validFor: /^[#"\w=.-]*$/ } : null;
}

function option(label) {
  if (!label.endsWith('""')) { return { label }; }
  return { label, apply: (view, _, from, to) => {
    view.dispatch({ changes: { from, to, insert: label }, selection: { anchor: from + label.length - 1 }, userEvent: "input.complete" });
  } };
}
