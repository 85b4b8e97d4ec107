// Tables that are made as a whole; the version list is DataTables'.

import { element, svgElement } from "./dom.js";
import { formatChange, formatInterval, formatMeasure, formatNumber, isNumber } from "./numbers.js";

// `head` and `rows` are lists of rows of cells.
export function table(label, head, rows) {
  const made = element(
    "table",
    { className: "facts" },
    element("caption", { className: "hidden" }, label),
    element("thead", {}, ...head.map((cells) => element("tr", {}, ...cells))),
    element("tbody", {}, ...rows.map((cells) => element("tr", {}, ...cells))),
  );
  // Reached by the keyboard, since it scrolls.
  return element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": label }, made);
}

export const heading = (text, properties = {}) => element("th", { scope: "col", ...properties }, text);
export const rowHeading = (text, ...more) => element("th", { scope: "row" }, text, ...more);
export const cell = (text, className = "") => element("td", { className }, text);
export const numberCell = (value) => cell(formatNumber(value), "number");

// A value with its confidence interval below.
export function valueCell(value, low, high) {
  const interval = formatInterval(low, high);
  const below = interval ? element("span", { className: "interval" }, interval) : null;
  return element("td", { className: "number" }, formatMeasure(value), below);
}

// A change with its interval, drawn and written; `extent` is the largest absolute end among its neighbours.
export function changeCell(row, extent) {
  const interval = formatInterval(row.change_low, row.change_high, formatChange);
  const written = element(
    "span",
    {},
    formatChange(row.change),
    interval ? element("span", { className: "interval" }, interval) : null,
  );
  return element("td", { className: "number change" }, written, intervalMark(row, extent));
}

// Small slices have intervals so wide that nothing else could be seen beside them: theirs are cut.
export function extentOf(rows) {
  const large = rows.filter((row) => !row.small);
  const ends = (large.length ? large : rows).flatMap((row) => [row.change, row.change_low, row.change_high]);
  return Math.max(0, ...ends.filter(isNumber).map(Math.abs));
}

function intervalMark(row, extent) {
  if (!extent || ![row.change, row.change_low, row.change_high].every(isNumber)) return null;
  const [width, height] = [96, 16];
  const x = (value) => ((width - 8) * (Math.max(-1, Math.min(1, value / extent)) + 1)) / 2 + 4;
  const parts = [
    svgElement("line", { x1: x(0), x2: x(0), y1: 0, y2: height, class: "zero" }),
    svgElement("line", {
      x1: x(row.change_low),
      x2: x(row.change_high),
      y1: height / 2,
      y2: height / 2,
      class: "ends",
    }),
    svgElement("circle", { cx: x(row.change), cy: height / 2, r: 3.5 }),
  ];
  const attributes = {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    class: `mark ${judgement(row)}`,
    "aria-hidden": "true",
  };
  return svgElement("svg", attributes, ...parts);
}

// What the evidence says; where there is none, the verdict on the values alone.
export const judgement = (row) => row.evidence ?? (row.verdict === "none" ? "" : row.verdict);

const signs = { better: "▲", worse: "▼", unclear: "≈", equal: "=" };

export function judgementCell(row) {
  const judged = judgement(row);
  if (!judged) return cell("");
  const words = row.evidence ? judged : `${judged}, by value`;
  const p = row.adjusted_p_value ?? row.p_value;
  const title = isNumber(p)
    ? `p = ${Number(p).toPrecision(2)}${row.slice_column ? ", adjusted for the number of slices" : ""}`
    : null;
  const sign = element("span", { "aria-hidden": "true" }, `${signs[judged]} `);
  return element(
    "td",
    {},
    element("span", { className: `badge ${row.evidence ? judged : "byvalue"}`, title }, sign, words),
  );
}
