/* The editor of an issue. It writes every change into the plain text area, which the other scripts and the form go on using. */
import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { foldKeymap } from "@codemirror/language";
import { lintGutter, lintKeymap, nextDiagnostic, previousDiagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, Transaction } from "@codemirror/state";
import { EditorView, drawSelection, dropCursor, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { commenting } from "./comments.js";
import { completing } from "./completing.js";
import { mark, mendHere } from "./findings.js";
import { frontMatter } from "./front_matter.js";
import { issueFile } from "./grammar.js";
import { outline } from "./headings.js";
import { outlineList } from "./outline_list.js";
import { placing } from "./images.js";
import { linked, wrapped } from "./marks.js";
import { pasting } from "./pasting.js";
import { remarks } from "./remarks.js";
import { scrollTogether } from "./scrolling.js";
import { toolbar } from "./toolbar.js";

const area = document.querySelector("#text:not([readonly])");
const fromArea = Annotation.define();

if (area) { start(); }

function start() {
  const own = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");
  const value = () => own.get.call(area);
  const form = area.form;
  const margin = commenting({ form, say });
  const known = { ...JSON.parse(form.dataset.vocabulary), slugs: (form.dataset.slugs || "").split(" ").filter(Boolean) };
  const host = document.createElement("div");
  host.className = "editor";
  host.id = "editor";
  area.after(host);

  const view = new EditorView({
    parent: host,
    state: EditorState.create({
      doc: value(),
      extensions: [
        margin.extension, lineNumbers(), highlightSpecialChars(), history(), drawSelection(), dropCursor(), highlightActiveLine(), lintGutter(),
        closeBrackets(), highlightSelectionMatches(), search({ top: true }), issueFile(known.fields), completing(known),
        pasting({ form, say }), remarks(), placing(),
        keymap.of(keys()),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ tabindex: "0", "aria-label": "Text of the issue", "aria-describedby": "findings", spellcheck: "true", autocapitalize: "sentences" }),
        EditorView.updateListener.of(follow),
      ],
    }),
  });
  const front = frontMatter(view, document.getElementById("front"));
  const list = outlineList(view, document.getElementById("outline"), { jump, replace, reveal });
  let redraw = 0;

  function keys() {
    const press = (id) => () => { document.getElementById(id).click(); return true; };
    const kind = (number) => ({ key: `Mod-${number}`, run: () => { const tab = document.querySelectorAll("#tabs [name=kind]")[number - 1]; if (tab) { tab.click(); } return Boolean(tab); } });
    const moving = (by) => () => { const line = list.move(partAt(), by); return line !== false; };
    return [
      { key: "Mod-s", run: press("save"), preventDefault: true }, { key: "Mod-Enter", run: press("review") },
      { key: "F8", run: nextDiagnostic }, { key: "Shift-F8", run: previousDiagnostic },
      { key: "Mod-.", run: mendHere }, { key: "Mod-b", run: wrapped("**"), preventDefault: true }, { key: "Mod-i", run: wrapped("*"), preventDefault: true },
      { key: "Mod-Shift-m", run: margin.open, preventDefault: true },
      { key: "Mod-Shift-k", run: linked, preventDefault: true },
      { key: "Alt-ArrowUp", run: moving(-1) }, { key: "Alt-ArrowDown", run: moving(1) },
      ...[1, 2, 3, 4, 5].map(kind),
    ];
  }

  /* The line of the heading whose part the caret is in. */
  function partAt() {
    const line = view.state.doc.lineAt(view.state.selection.main.head).number;
    return outline(view.state.doc.toString()).flatMap((each) => [each, ...each.items]).filter((each) => each.line <= line).map((each) => each.line).pop() || 0;
  }

  function follow(update) {
    const outside = update.transactions.some((each) => each.annotation(fromArea));
    if (update.docChanged && !outside) {
      own.set.call(area, update.state.doc.toString());
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (update.docChanged || update.selectionSet) {
      const { from, to, head } = update.state.selection.main, line = update.state.doc.lineAt(head);
      if (!outside && document.activeElement !== area) { HTMLTextAreaElement.prototype.setSelectionRange.call(area, from, to); }
      document.getElementById("caret").textContent = `Line ${line.number}, column ${head - line.from + 1}`;
      clearTimeout(redraw);
      redraw = setTimeout(() => { if (update.docChanged) { list.show(); front.show(); } else { list.atCaret(); } }, update.docChanged ? 120 : 30);
      document.dispatchEvent(new CustomEvent("caret", { detail: { line: line.number } }));
    }
  }

  /* What another script put into the text area comes into the editor as one step that undo takes back. */
  function take(words, event) {
    const old = view.state.doc.toString();
    if (old === words) { return; }
    let first = 0, last = 0;
    const least = Math.min(old.length, words.length);
    while (first < least && old[first] === words[first]) { first += 1; }
    while (last < least - first && old[old.length - 1 - last] === words[words.length - 1 - last]) { last += 1; }
    view.dispatch({
      changes: { from: first, to: old.length - last, insert: words.slice(first, words.length - last) },
      annotations: event ? Transaction.userEvent.of(event) : fromArea.of(true),
    });
  }

  function replace(words, event = "input") { take(words.replace(/\r\n?/g, "\n"), event); }

  function reveal(line) {
    const { from } = view.state.doc.line(Math.min(line, view.state.doc.lines));
    view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "start", yMargin: 24 }) });
  }

  function jump(line, column) {
    const at = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines)), from = Math.min(at.from + column - 1, at.to);
    view.dispatch({ selection: { anchor: from, head: at.to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    view.focus();
  }

  Object.defineProperty(area, "value", { configurable: true, get: value, set: (words) => { own.set.call(area, words); take(value(), ""); } });
  area.setSelectionRange = (from, to) => {
    HTMLTextAreaElement.prototype.setSelectionRange.call(area, from, to);
    const { length } = view.state.doc;
    view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to, length) }, annotations: fromArea.of(true) });
  };
  area.addEventListener("input", () => take(value(), ""));
  area.tabIndex = -1;
  area.setAttribute("aria-hidden", "true");
  area.classList.add("mirror");
  form.querySelector("label[for=text]").addEventListener("click", (event) => { event.preventDefault(); view.focus(); });
  document.addEventListener("looked", ({ detail }) => {
    const { findings } = detail;
    mark(view, findings, detail.sent);
    list.found(findings, detail.weights && Object.fromEntries(detail.weights.map((each) => [each.slug, each.octets])));
  });
  window.issueEditor = { view, jump, replace, reveal, topLine: () => view.state.doc.lineAt(view.lineBlockAtHeight(view.scrollDOM.scrollTop).from).number };
  toolbar(view, { form, say, comment: margin.open });
  margin.begin(view);
  scrollTogether(view, document.getElementById("frame"), { jump });
  list.show();
  front.show();
  const named = /^#line-(\d+)$/.exec(location.hash);
  if (named) { jump(Number(named[1]), 1); }
  document.dispatchEvent(new CustomEvent("editor-ready"));
}
