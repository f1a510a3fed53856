/* The grammar of the issue file for CodeMirror: colours and folding. */
import { HighlightStyle, LanguageSupport, StreamLanguage, codeFolding, foldGutter, foldService, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { frontEnd, outline } from "./headings.js";

/* `fields` are the keys of what is known of readers: a merge field of another name is a mistake. */
const file = (fields) => StreamLanguage.define({
  name: "issue",
  startState: () => ({ front: null, fence: "", attributes: "", subject: false, fields }),
  copyState: (state) => ({ ...state }),
  token(stream, state) {
    if (stream.sol()) { state.attributes = ""; }
    if (state.front !== false && (stream.sol() || state.front)) { return front(stream, state); }
    if (state.fence) { return inFence(stream, state); }
    if (stream.sol()) {
      const whole = beginning(stream, state);
      if (whole) { return whole; }
    }
    if (state.attributes) { return attribute(stream, state); }
    return merged(stream, state) || inline(stream);
  },
});

function front(stream, state) {
  if (state.front === null) {
    state.front = Boolean(stream.match(/^---\s*$/));
    return state.front ? "meta" : (stream.next(), null);
  }
  if (stream.sol()) {
    if (stream.match(/^---\s*$/)) { state.front = false; return "meta"; }
    const name = stream.match(/^[a-z][a-z0-9-]*(?=:)/);
    state.subject = Boolean(name) && name[0] === "subject";
    if (name) { return "propertyName"; }
  }
  const field = state.subject && merged(stream, state);
  if (field) { return field; }
  stream.next();
  if (!state.subject || !stream.skipTo("{{")) { stream.skipToEnd(); }
  return "string";
}

/* As newsletter/mail/merge_fields.py reads it. */
const MERGE_FIELD = /^\{\{[ \t]{0,9}([A-Za-z][A-Za-z0-9_]{0,39})[ \t]{0,9}\|(?![ \t]{0,9}default[ \t]{0,9}:)[^{}]{0,120}\}\}/;

function merged(stream, state) {
  const found = stream.match(MERGE_FIELD);
  return found && (state.fields.includes(found[1].toLowerCase()) ? "variableName" : "invalid");
}

function inFence(stream, state) {
  if (stream.sol() && new RegExp(`^ {0,3}${state.fence[0] === "`" ? "`" : "~"}{${state.fence.length},}\\s*$`).test(stream.string)) { state.fence = ""; }
  stream.skipToEnd();
  return "monospace";
}

function beginning(stream, state) {
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(stream.string);
  if (fence) { state.fence = fence[1]; stream.skipToEnd(); return "monospace"; }
  if (stream.match(/^:::\s*[a-z]*/)) { return "keyword"; }
  const heading = /^ {0,3}(#{2,3})\s/.exec(stream.string);
  if (heading) { state.attributes = heading[1].length === 2 ? "heading1" : "heading2"; }
  else if (stream.match(/^ {0,3}#{1,6}\s.*/)) { return "heading3"; }
  if (stream.match(/^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?\s*\|?\s*$/)) { return "contentSeparator"; }
  if (stream.match(/^ {0,3}(?:[-*+]|\d{1,9}[.)])(?=\s)/)) { return "list"; }
  if (stream.match(/^ {0,3}>/)) { return "quote"; }
  return "";
}

/* A heading: its title, and then what stands in braces. */
function attribute(stream, state) {
  if (state.attributes.startsWith("heading")) {
    if (/^\{[^{}]*\}\s*$/.test(stream.string.slice(stream.pos))) { state.attributes = "braces"; stream.next(); return "brace"; }
    stream.next();
    stream.eatWhile(/[^{]/);
    return state.attributes;
  }
  if (stream.eatSpace()) { return null; }
  if (stream.match(/^#[a-z0-9-]*/)) { return "labelName"; }
  if (stream.match(/^[a-z][a-z0-9-]*(?==)/)) { return "attributeName"; }
  if (stream.match(/^="(?:[^"\\]|\\.)*"?/) || stream.match(/^=[^\s{}]*/)) { return "attributeValue"; }
  stream.next();
  return "brace";
}

const INLINE = [
  [/^\\./, null], [/^`[^`]*`/, "monospace"], [/^!?\[[^\]]*\](?=\()/, "link"], [/^\((?:<[^<>]*>|[^\s()]*)\)/, "url"],
  [/^https?:\/\/[^\s<>)]+/, "url"], [/^\*\*[^*]+\*\*/, "strong"], [/^\*[^*\s][^*]*\*/, "emphasis"], [/^~~[^~]+~~/, "strikethrough"],
  [/^<\/?[a-zA-Z][^<>]*>/, "tagName"], [/^\|/, "contentSeparator"],
];

function inline(stream) {
  for (const [pattern, style] of INLINE) { if (stream.match(pattern)) { return style; } }
  stream.next();
  stream.eatWhile(/[^\\`![(*~<|h{]/);
  return null;
}

const colours = HighlightStyle.define([
  { tag: tags.heading1, class: "cm-section" }, { tag: tags.heading2, class: "cm-item" }, { tag: tags.heading3, class: "cm-item" },
  { tag: tags.variableName, class: "cm-merge" }, { tag: tags.invalid, class: "cm-unknown" },
  { tag: tags.strong, class: "cm-strong" }, { tag: tags.emphasis, class: "cm-em" }, { tag: tags.strikethrough, class: "cm-struck" },
  { tag: [tags.url, tags.link], class: "cm-address" }, { tag: tags.monospace, class: "cm-code" },
  { tag: [tags.propertyName, tags.attributeName, tags.keyword, tags.labelName], class: "cm-name" },
  { tag: [tags.string, tags.attributeValue], class: "cm-value" },
  { tag: [tags.meta, tags.brace, tags.contentSeparator, tags.list, tags.quote, tags.tagName], class: "cm-mark" },
]);

/* A section folds to the next, an item within it, and the front matter. */
const folding = foldService.of((state, from) => {
  const line = state.doc.lineAt(from);
  const first = line.text;
  if (line.number === 1 && first.trim() === "---") { return range(state, 1, frontEnd(state.doc.toString().split("\n")) + 1); }
  if (!/^ {0,3}#{2,3}(\s|$)/.test(first)) { return null; }
  for (const section of outline(state.doc.toString())) {
    for (const part of [section, ...section.items]) { if (part.line === line.number) { return range(state, part.line, part.end); } }
  }
  return null;
});

function range(state, first, end) {
  let last = Math.min(end - 1, state.doc.lines);
  while (last > first && !state.doc.line(last).text.trim()) { last -= 1; }
  return last > first ? { from: state.doc.line(first).to, to: state.doc.line(last).to } : null;
}

/* Long lines are wrapped; lines of a table stay as they are counted: one line of text, one line number. */
export function issueFile(fields) {
  return [new LanguageSupport(file(fields), [syntaxHighlighting(colours), folding, codeFolding(), foldGutter()]), EditorView.lineWrapping];
}
