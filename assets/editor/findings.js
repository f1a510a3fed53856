/* What preflight found, under the words that cause it: the remedy in a word, and the fix where there is one. */
import { forEachDiagnostic, setDiagnostics } from "@codemirror/lint";

const SEVERITY = { mistake: "error", stop: "error", ask: "warning", advise: "info" };

/* Mark the findings of a preview's answer in the text it was asked for; lines count from 1, columns too. One that comes late marks nothing:
   the marks that there are move with the text, and the next answer is on its way. */
export function mark(view, findings, sent) {
  const { doc } = view.state;
  if (sent !== undefined && sent.replace(/\r\n?/g, "\n") !== doc.toString()) { return; }
  const placed = findings.filter((each) => each.line > 0 && each.line <= doc.lines).map((each) => placedIn(doc, each));
  view.dispatch(setDiagnostics(view.state, placed));
}

function placedIn(doc, finding) {
  const line = doc.line(finding.line);
  const from = Math.min(line.from + Math.max(finding.from - 1, 0), line.to), to = Math.min(line.from + finding.to - 1, line.to);
  const actions = finding.fix && line.text.includes(finding.fix.old) ? [{ name: finding.fix.new.trim() ? `Change to ${shown(finding.fix.new)}` : "Take it out", apply: (view, at) => mend(view, finding.fix, at) }] : [];
  return {
    from, to: Math.max(to, from), severity: SEVERITY[finding.severity], source: finding.rule, actions,
    renderMessage: () => message(finding), message: finding.what,
  };
}

function shown(words) { return words.length > 40 ? `${words.slice(0, 40)}…` : words; }

function message(finding) {
  const box = document.createElement("div");
  const what = document.createElement("p"), remedy = document.createElement("p");
  what.textContent = `${finding.what[0].toUpperCase()}${finding.what.slice(1)}.`;
  remedy.textContent = finding.remedy ? `${finding.remedy[0].toUpperCase()}${finding.remedy.slice(1)}${/[.?!]$/.test(finding.remedy) ? "" : "."}` : "";
  remedy.className = "remedy";
  box.append(what, remedy);
  return box;
}

/* Where the mark stands by now: lines above it may have come or gone since it was found. */
function mend(view, fix, place) {
  const line = view.state.doc.lineAt(place), at = line.text.indexOf(fix.old);
  if (at < 0) { return false; }
  view.dispatch({ changes: { from: line.from + at, to: line.from + at + fix.old.length, insert: fix.new }, userEvent: "input.fix" });
  return true;
}

/* Do the first fix of what is marked on the line of the caret. */
export function mendHere(view) {
  const { number } = view.state.doc.lineAt(view.state.selection.main.head);
  let first = null;
  forEachDiagnostic(view.state, (each, from, to) => {
    if (!first && each.actions && each.actions.length && view.state.doc.lineAt(from).number === number) { first = () => each.actions[0].apply(view, from, to); }
  });
  if (first) { first(); }
  return Boolean(first);
}
