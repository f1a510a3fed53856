/* Charts are drawn from the tables beside them: without this script, or with a reader of screens, the tables say the same. */
"use strict";

const COLOURS = ["--accent", "--doubt", "--muted", "--mistake"];

function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

/* The columns of a table, oldest row first: seconds of its days, and numbers. */
function columnsOf(table, wanted) {
  const rows = Array.from(table.tBodies[0].rows).reverse();
  const days = rows.map((row) => Date.parse(row.querySelector("time").dateTime) / 1000);
  return [days, ...wanted.map((place) => rows.map((row) => Number(row.cells[place].textContent.replaceAll(",", ""))))];
}

function seriesOf(table, wanted, bars) {
  const heads = table.tHead.rows[0].cells;
  const paths = bars ? uPlot.paths.bars({ size: [0.7, 24] }) : undefined;
  return wanted.map((place, number) => ({
    label: heads[place].textContent,
    stroke: colour(COLOURS[number]),
    width: 2,
    dash: number % 2 && !bars ? [6, 4] : undefined,
    fill: bars && number === 0 ? colour(COLOURS[0]) : undefined,
    paths: number === 0 ? paths : undefined,
    points: { show: !bars || number > 0, size: 5 },
  }));
}

/* Half a day beside the first and the last; uPlot's own range of a single day is three years long. */
function daysOf(days) {
  const [first, last] = [Math.min(...days), Math.max(...days)];
  return () => [first - 43200, last + 43200];
}

/* Shares are drawn on the whole of a hundred, numbers from nought. */
function rangeOf(table, wanted) {
  if (table.tHead.rows[0].cells[wanted[0]].textContent.includes("%")) { return [0, 100]; }
  return (chart, low, high) => [0, Math.max(high * 1.1, 1)];
}

function draw(figure) {
  const table = document.getElementById(figure.dataset.table);
  const wanted = figure.dataset.series.split(",").map(Number);
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { stroke: colour("--rule") } };
  figure.replaceChildren();
  figure.setAttribute("role", "img");
  figure.setAttribute("aria-label", `Chart of the table below: ${wanted.map((place) => table.tHead.rows[0].cells[place].textContent).join(", ")}`);
  const width = figure.parentElement.clientWidth;
  const columns = columnsOf(table, wanted);
  const options = {
    width, height: 240, tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"), cursor: { drag: { x: false, y: false } },
    scales: { x: { range: daysOf(columns[0]) }, y: { range: rangeOf(table, wanted) } },
    axes: [{ ...axis, incrs: [1, 2, 7, 14, 30, 91, 365].map((days) => days * 86400) }, { ...axis, size: 64 }],
    series: [{ label: "Day", value: "{YYYY}-{MM}-{DD}" }, ...seriesOf(table, wanted, figure.dataset.kind === "bars")],
  };
  new uPlot(options, columns, figure);
}

function drawAll() { document.querySelectorAll(".chart[data-table]").forEach(draw); }

let drawing = 0;
addEventListener("resize", () => { clearTimeout(drawing); drawing = setTimeout(drawAll, 150); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
