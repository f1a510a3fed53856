/* Text and preview scroll together: headings are the marks, and between two of them as far in one as in the other. */
import { outline } from "./headings.js";

const bare = (words) => words.normalize("NFKC").replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();

export function scrollTogether(view, frame, says) {
  let leads = "text", marks = [];

  /* Pairs of a line and a height in the preview, in their order: the headings that stand in both. */
  function pair() {
    const inside = frame.contentDocument;
    marks = [];
    if (!inside || !inside.scrollingElement) { return; }
    const shown = [...inside.querySelectorAll("h1, h2, h3")].map((element) => ({ words: bare(element.textContent), top: element.getBoundingClientRect().top + inside.scrollingElement.scrollTop, element }));
    let next = 0;
    for (const part of outline(view.state.doc.toString()).flatMap((each) => [each, ...each.items])) {
      const words = bare(part.title), at = words ? shown.findIndex((each, number) => number >= next && each.words.startsWith(words)) : -1;
      if (at >= 0) { marks.push({ line: part.line, ...shown[at] }); next = at + 1; }
    }
    marks = [{ line: 1, top: 0 }, ...marks, { line: view.state.doc.lines + 1, top: inside.scrollingElement.scrollHeight }];
  }

  function between(value, from, to) {
    const at = Math.max(marks.findLastIndex((each) => each[from] <= value), 0), one = marks[at], other = marks[at + 1] || one;
    const share = other[from] > one[from] ? Math.min(Math.max((value - one[from]) / (other[from] - one[from]), 0), 1) : 0;
    return one[to] + share * (other[to] - one[to]);
  }

  function topLine() {
    const block = view.lineBlockAtHeight(view.scrollDOM.scrollTop), { number } = view.state.doc.lineAt(block.from);
    return number + Math.min(Math.max((view.scrollDOM.scrollTop - block.top) / Math.max(block.height, 1), 0), 1);
  }

  function follow() {
    if (leads !== "text" || marks.length < 2 || !frame.contentDocument) { return; } // a frame that could not be loaded may not be read
    frame.contentDocument.scrollingElement.scrollTop = between(topLine(), "line", "top");
  }

  function followed() {
    if (leads !== "frame" || marks.length < 2 || !frame.contentDocument) { return; }
    const line = between(frame.contentDocument.scrollingElement.scrollTop, "top", "line"), whole = Math.min(Math.floor(line), view.state.doc.lines);
    const block = view.lineBlockAt(view.state.doc.line(whole).from);
    view.scrollDOM.scrollTop = block.top + (line - whole) * block.height;
  }

  /* What is pressed in the preview is shown in the text. */
  function pressed(event) {
    const { top } = { top: event.clientY + frame.contentDocument.scrollingElement.scrollTop };
    if (event.target.closest && event.target.closest("a")) { return; }
    const mark = marks.filter((each) => each.top <= top + 8 && each.element).pop();
    if (mark) { leads = "text"; says.jump(mark.line, 1); }
  }

  const held = new WeakSet();
  function hold() {
    const inside = frame.contentDocument;
    if (inside && !held.has(inside)) {
      held.add(inside);
      inside.addEventListener("scroll", followed, { passive: true });
      for (const kind of ["wheel", "pointerdown", "touchstart", "keydown"]) { inside.addEventListener(kind, () => { leads = "frame"; }, { passive: true }); }
      inside.addEventListener("click", pressed);
    }
    pair();
  }

  frame.addEventListener("pointerenter", () => { leads = "frame"; });
  view.dom.addEventListener("pointerenter", () => { leads = "text"; });
  view.dom.addEventListener("keydown", () => { leads = "text"; });
  view.scrollDOM.addEventListener("scroll", follow, { passive: true });
  frame.addEventListener("load", () => setTimeout(hold, 0));
  document.addEventListener("looked", () => { hold(); follow(); });
  document.addEventListener("caret", ({ detail }) => {
    const mark = marks.filter((each) => each.line <= detail.line && each.element).pop();
    if (leads === "text" && mark && view.scrollDOM.scrollHeight <= view.scrollDOM.clientHeight + 1) { mark.element.scrollIntoView({ block: "nearest" }); }
  });
  hold();
}

