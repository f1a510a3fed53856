/* Cells of a sheet as a Markdown table: tabs from a spreadsheet, or lines of CSV (RFC 4180). */

/* Rows of cells, or null where the text is none. */
export function cells(text) {
  const body = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  if (body.length > 500_000 || !body.includes("\n")) { return null; }
  if (body.includes("\t")) { return even(split(body, "\t"), 2, 2); }
  if (/, /.test(body.replace(/"[^"]*"/g, ""))) { return null; } // a comma and a space: somebody's sentences
  const sign = body.includes(";") && !body.includes(",") ? ";" : ",";
  const rows = split(body, sign);
  return even(rows, 3, 2) || even(rows, 2, 3);
}

function even(rows, columns, least) {
  const width = rows[0].length;
  return width >= columns && rows.length >= least && rows.every((row) => row.length === width) ? rows : null;
}

function split(body, sign) {
  const rows = [[]];
  let cell = "", quoted = false;
  for (let at = 0; at < body.length; at += 1) {
    const letter = body[at];
    if (quoted) {
      if (letter !== '"') { cell += letter; }
      else if (body[at + 1] === '"') { cell += '"'; at += 1; }
      else { quoted = false; }
    }
    else if (letter === '"' && !cell) { quoted = true; }
    else if (letter === sign) { rows[rows.length - 1].push(cell); cell = ""; }
    else if (letter === "\n") { rows[rows.length - 1].push(cell); cell = ""; rows.push([]); }
    else { cell += letter; }
  }
  rows[rows.length - 1].push(cell);
  return rows;
}

/* The first row is the head; a column of figures is set to the right. */
export function table(rows) {
  const written = rows.map((row) => row.map((cell) => cell.replace(/\s+/g, " ").trim().replaceAll("|", "\\|")));
  const [head, ...body] = written;
  const dashes = head.map((_, column) => {
    const shown = body.map((row) => row[column]).filter(Boolean);
    return shown.length && shown.every((cell) => /^[-+−$€£]?[\d.,]+ ?[%a-zA-Z]{0,3}$/.test(cell)) ? "--:" : ":--";
  });
  return [head, dashes, ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
