/* Sections and items of an issue file, and moving them: plain text in, plain text out. Follows newsletter/issues/headings.py. */

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
const HEADING = /^ {0,3}(#{2,3})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const ATTRIBUTES = /(?:^|\s)\{([^{}]*)\}$/;

/* The line on which the front matter ends, from 1; 0 where there is none. */
export function frontEnd(lines) {
  if (lines.length === 0 || lines[0].trim() !== "---") { return 0; }
  for (let at = 1; at < lines.length; at += 1) { if (lines[at].trim() === "---") { return at + 1; } }
  return 0;
}

/* The headings of sections (2) and items (3): level, line from 1, title, and what stands in braces. Those in code and comments are content. */
export function headings(text) {
  const lines = text.split("\n"), found = [];
  let fence = "", comment = false;
  for (let at = frontEnd(lines); at < lines.length; at += 1) {
    const line = lines[at];
    if (comment) { comment = !line.includes("-->"); continue; }
    const fenced = FENCE.exec(line);
    if (fence) {
      if (fenced && fenced[1][0] === fence[0] && fenced[1].length >= fence.length && !fenced[2].trim()) { fence = ""; }
      continue;
    }
    if (fenced && !(fenced[1][0] === "`" && fenced[2].includes("`"))) { fence = fenced[1]; continue; }
    if (/^ {0,3}<!--/.test(line)) { comment = !line.includes("-->"); continue; }
    const heading = HEADING.exec(line);
    if (heading) { found.push({ level: heading[1].length, line: at + 1, ...parts(heading[2] || "") }); }
  }
  return found;
}

function parts(words) {
  const braces = ATTRIBUTES.exec(words);
  const title = (braces ? words.slice(0, braces.index) : words).trim();
  const linked = /^\[(.*)\]\(.*\)$/.exec(title);
  return { title: linked ? linked[1] : title, attributes: braces ? braces[1] : "" };
}

/* Sections with their items, each with its lines [line, end): what lies between a heading and the next that is not within it. */
export function outline(text) {
  const last = text.split("\n").length + 1, sections = [];
  for (const heading of headings(text)) {
    const part = { ...heading, end: last, items: [] };
    if (heading.level === 2) {
      close(sections, part.line);
      sections.push(part);
    } else if (sections.length) {
      const { items } = sections[sections.length - 1];
      if (items.length) { items[items.length - 1].end = part.line; }
      items.push(part);
    }
  }
  return sections;
}

function close(sections, line) {
  const before = sections[sections.length - 1];
  if (!before) { return; }
  before.end = line;
  if (before.items.length) { before.items[before.items.length - 1].end = line; }
}

/* The lines of a part put before line `before`: what to delete, what to insert, and where it then begins. Lines count from 1. */
export function moved(text, part, before) {
  const lines = text.split("\n");
  if (before >= part.line && before <= part.end) { return null; }
  const taken = trimmed(lines.slice(part.line - 1, part.end - 1));
  const rest = [...lines.slice(0, part.line - 1), ...lines.slice(part.end - 1)];
  const at = before > part.line ? before - (part.end - part.line) : before;
  const above = trimmed(rest.slice(0, at - 1)), below = rest.slice(at - 1);
  while (below.length && !below[0].trim()) { below.shift(); }
  const head = above.length ? [...above, ""] : [];
  const tail = below.length ? ["", ...below] : [""];
  return { text: [...head, ...taken, ...tail].join("\n"), line: head.length + 1 };
}

function trimmed(lines) {
  const kept = [...lines];
  while (kept.length && !kept[kept.length - 1].trim()) { kept.pop(); }
  return kept;
}
