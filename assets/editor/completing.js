/* What may stand here: kinds, attributes and slugs, by the line the caret is on. */
import { autocompletion } from "@codemirror/autocomplete";
import { frontEnd, headings } from "./headings.js";

const FRONT = ["author", "date", "image", "image-alt", "image-caption", "language", "poll", "preheader", "publication", "slug", "subject", "title"];
const SECTION = ["kind=", "all=\"\"", "all-url=", "abstract=short"];
const PICTURE = ["image=", "image-alt=\"\"", "image-caption=\"\"", "mail=no", "tldr=\"\""];
const ITEM = {
  links: ["source=\"\"", "published="], papers: ["category=", "authors=\"\"", "published="], tables: ["bars=", "best=lowest", "change="],
  repositories: ["language=", "stars=", "stars-today="], text: [], sponsor: ["sponsor=\"\""],
};
const BLOCKS = ["quote", "button", "note", "tip", "warning"];

export function completing(known) {
  return autocompletion({ override: [(context) => complete(context, known)], icons: false });
}

function complete(context, known) {
  const line = context.state.doc.lineAt(context.pos), before = line.text.slice(0, context.pos - line.from);
  const text = context.state.doc.toString();
  if (line.number < frontEnd(text.split("\n"))) {
    const typed = /^[a-z-]*$/.exec(before);
    return typed && (typed[0] || context.explicit) ? among(line.from, FRONT.map((name) => `${name}: `)) : null;
  }
  const block = /^:::([a-z]*)$/.exec(before);
  if (block) { return among(context.pos - block[1].length, BLOCKS); }
  const level = /^ {0,3}(#{2,3})\s.*\{[^{}]*$/.exec(before);
  if (!level) { return null; }
  const typed = /[^\s{]*$/.exec(before)[0], from = context.pos - typed.length;
  return level[1].length === 2 ? ofSection(typed, from, text, known) : ofItem(typed, from, text, line.number, known);
}

function ofSection(typed, from, text, known) {
  if (typed.startsWith("kind=")) { return among(from + 5, known.kinds); }
  if (typed.startsWith("#")) { return among(from + 1, unused(text, known.slugs)); }
  return among(from, [...SECTION, ...unused(text, known.slugs).map((slug) => `#${slug}`)]);
}

function ofItem(typed, from, text, number, known) {
  const section = headings(text).filter((each) => each.level === 2 && each.line < number).pop();
  const kind = /(?:^|\s)kind=([a-z]+)/.exec(section ? section.attributes : "");
  const value = /^([a-z-]+)=("?)/.exec(typed);
  if (value) {
    const used = new Set([...text.matchAll(new RegExp(`[\\s{]${value[1]}=("[^"]*"|[^\\s{}"]+)`, "g"))].map((each) => each[1]));
    return among(from + value[1].length + 1, [...used].sort());
  }
  return among(from, [...(ITEM[kind ? kind[1] : "text"] || []), ...PICTURE]);
}

function unused(text, slugs) {
  const used = new Set(headings(text).map((each) => (/#([a-z0-9-]+)/.exec(each.attributes) || [])[1]));
  return slugs.filter((slug) => !used.has(slug));
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
