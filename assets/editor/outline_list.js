/* The outline beside the text: a dot for each finding; Alt and an arrow, or dragging, move a section or an item with its text. */
import { moved, outline } from "./headings.js";

export function outlineList(view, box, says) {
  const shown = { text: null, findings: [], weights: {}, dragged: null };

  function show() {
    const text = view.state.doc.toString();
    if (shown.dragged && box.contains(shown.dragged.row)) { return; } // what is dragged must stay where it is until it is let go
    const held = box.contains(document.activeElement) ? Number(document.activeElement.dataset.at) : 0;
    shown.text = text;
    const list = document.createElement("ol");
    for (const section of outline(text)) {
      const row = rowOf(section, null);
      const items = document.createElement("ol");
      items.append(...section.items.map((item) => rowOf(item, section)));
      if (section.items.length) { row.append(items); }
      list.append(row);
    }
    box.replaceChildren(list);
    box.hidden = !list.children.length;
    if (held) { focus(held); }
    atCaret();
  }

  function rowOf(part, section) {
    const row = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.draggable = true;
    button.dataset.at = part.line;
    button.textContent = part.title || "Without a title";
    button.append(...dots(part, section));
    button.addEventListener("click", () => says.jump(part.line, 1));
    button.addEventListener("dragstart", (event) => { shown.dragged = { part, section, row: button, text: shown.text }; event.dataTransfer.setData("text/plain", part.title); event.dataTransfer.effectAllowed = "move"; });
    button.addEventListener("dragend", () => { shown.dragged = null; show(); });
    button.addEventListener("dragover", (event) => { if (target(part, section)) { event.preventDefault(); button.classList.add("over"); } });
    button.addEventListener("dragleave", () => button.classList.remove("over"));
    button.addEventListener("drop", (event) => { event.preventDefault(); drop(part, section); });
    row.append(button);
    return row;
  }

  /* An item counts its own findings; a section those that none of its items has, and what it weighs in the mail. */
  function dots(part, section) {
    const last = section || !part.items.length ? part.end : part.items[0].line;
    const found = shown.findings.filter((each) => each.line >= part.line && each.line < last);
    const made = found.slice(0, 5).map((each) => Object.assign(document.createElement("i"), { className: `dot is-${each.severity}` }));
    if (found.length) {
      const told = document.createElement("span");
      told.className = "aside";
      told.textContent = ` (${found.length} to look at)`;
      made.push(told);
    }
    const slug = (/#([a-z0-9-]+)/.exec(part.attributes) || [])[1];
    if (!section && slug && shown.weights[slug]) {
      made.push(Object.assign(document.createElement("small"), { textContent: ` ${(shown.weights[slug] / 1000).toFixed(1)} kB` }));
    }
    return made;
  }

  function target(part, section) {
    if (!shown.dragged || shown.dragged.part.line === part.line) { return 0; }
    if (shown.dragged.section) { return section ? part.line : part.items.length ? part.items[0].line : part.end; }
    return section ? 0 : part.line;
  }

  function drop(part, section) {
    const line = target(part, section), { dragged } = shown;
    shown.dragged = null;
    if (!line || !dragged || dragged.text !== view.state.doc.toString()) { show(); return; } // the text went on: its lines are others by now
    const below = dragged.part.line < part.line && section === dragged.section; // dragged downwards, it comes behind what it is let go on
    put(dragged.part, below || (!dragged.section && dragged.part.line < part.line) ? part.end : line);
  }

  function put(part, before) {
    const done = moved(view.state.doc.toString(), part, before);
    if (!done) { return false; }
    says.replace(done.text, "move.line");
    show();
    says.reveal(done.line);
    return done.line;
  }

  /* Move the part that begins on a line up or down among its like; an item goes on into the next section. */
  function move(line, by) {
    const sections = outline(view.state.doc.toString());
    const at = sections.findIndex((each) => each.line === line);
    if (at >= 0) {
      const other = sections[at + by];
      return other ? put(sections[at], by < 0 ? other.line : other.end) : false;
    }
    for (const [number, section] of sections.entries()) {
      const place = section.items.findIndex((each) => each.line === line);
      if (place < 0) { continue; }
      const other = section.items[place + by];
      if (other) { return put(section.items[place], by < 0 ? other.line : other.end); }
      const next = sections[number + by];
      return next ? put(section.items[place], by < 0 || !next.items.length ? next.end : next.items[0].line) : false;
    }
    return false;
  }

  function focus(line) {
    const button = [...box.querySelectorAll("button")].filter((each) => Number(each.dataset.at) <= line).pop();
    if (button) { button.focus(); }
  }

  function atCaret() {
    const line = view.state.doc.lineAt(view.state.selection.main.head).number;
    const buttons = [...box.querySelectorAll("button")];
    const here = buttons.filter((each) => Number(each.dataset.at) <= line).pop();
    for (const each of buttons) { if (each === here) { each.setAttribute("aria-current", "true"); } else { each.removeAttribute("aria-current"); } }
  }

  box.addEventListener("keydown", (event) => {
    const button = event.target.closest("button"), by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!button || !by) { return; }
    event.preventDefault();
    if (event.altKey) {
      const line = move(Number(button.dataset.at), by);
      if (line) { focus(line); }
      return;
    }
    const buttons = [...box.querySelectorAll("button")], next = buttons[buttons.indexOf(button) + by];
    if (next) { next.focus(); }
  });

  return { show, move, atCaret, found: (findings, weights) => { Object.assign(shown, { findings, weights: weights || shown.weights }); show(); } };
}
