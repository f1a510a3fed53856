/* Buttons for what Markdown makes hard; each has a word, and a key where there is one. */
import { addImages } from "./images.js";
import { linked, wrapped } from "./marks.js";
import { kindAt } from "./pasting.js";
import { shelf } from "./shelf.js";

const ITEMS = {
  links: '### [](https://) {source=""}\n\n', papers: '### [](https://arxiv.org/abs/) {category= authors=""}\n\n',
  repositories: "### [owner/name](https://github.com/owner/name) {language=}\n\n", text: "### \n\n",
  tables: "### \n\n| # | Name | Score |\n|--:|:-----|------:|\n| 1 |      |       |\n",
};
const TABLE = "| Name | Score |\n|:-----|------:|\n|      |       |\n";

export function toolbar(view, says) {
  const box = document.getElementById("tools");
  const chooser = Object.assign(document.createElement("input"), { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", multiple: true, hidden: true });
  chooser.addEventListener("change", () => { addImages(view, [...chooser.files], says); chooser.value = ""; });
  const acts = [
    ["Bold", "Ctrl+B", () => wrapped("**")(view)], ["Italic", "Ctrl+I", () => wrapped("*")(view)], ["Link", "Ctrl+Shift+K", () => linked(view)],
    ["Table", "", () => block(view, TABLE, 2)], ["Item", "", () => item(view)], ["Image", "", () => chooser.click()],
    ["Comment", "Ctrl+Shift+M", () => says.comment(view)],
  ];
  for (const [name, key, act] of acts) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: name, title: key });
    if (key) { button.setAttribute("aria-keyshortcuts", key.replace("Ctrl", "Control")); }
    button.addEventListener("click", () => { act(); if (name !== "Image" && name !== "Comment") { view.focus(); } });
    box.append(button);
  }
  box.append(chooser);
  shelf(view, box, says);
  box.hidden = false;
}

/* Put a block on lines of its own below the line of the caret; the caret stands `at` letters into it. */
export function block(view, words, at) {
  const line = view.state.doc.lineAt(view.state.selection.main.to), empty = !line.text.trim();
  const head = empty ? "" : "\n\n", from = empty ? line.from : line.to;
  view.dispatch({ changes: { from, insert: head + words }, selection: { anchor: from + head.length + at }, userEvent: "input.block", scrollIntoView: true });
}

function item(view) {
  const { doc, selection } = view.state, at = doc.lineAt(selection.main.to).number;
  const lines = doc.toString().split("\n");
  let last = at;
  while (last < lines.length && !/^ {0,3}#{2,3}(\s|$)/.test(lines[last])) { last += 1; }
  while (last > 1 && !lines[last - 1].trim()) { last -= 1; }
  const words = ITEMS[kindAt(view) || "tables"] || ITEMS.text, from = doc.line(last).to;
  view.dispatch({ changes: { from, insert: `\n\n${words.trimEnd()}\n` }, selection: { anchor: from + 6 + (words[4] === "[" ? 1 : 0) }, userEvent: "input.item", scrollIntoView: true });
}
