// One metric by slice, as a table and as a chart; small slices are marked, and those that are worse are flagged.

import { byId, checkbox, element, labelledSelect, refill } from "./dom.js";
import { chartFrame, nominal, quantitative, tooltip } from "./chart_marks.js";
import { draw } from "./chart_view.js";
import { candidates, comparison, isOfCandidate, levelName, metricRows, unique } from "./comparison.js";
import { asRows, csvButton } from "./export.js";
import { formatNumber, isNumber } from "./numbers.js";
import { colourByVersion } from "./palette.js";
import { onChange, state, update } from "./state.js";
import { cell, changeCell, extentOf, heading, judgementCell, rowHeading, table, valueCell } from "./tables.js";

// More would be no chart to read; the table has all of them.
const mostDrawn = 40;

export function hearSlices() {
  onChange(["sliceMetric", "sliceShows", "onlyFlagged"], showSlices);
}

export function showSlices() {
  const all = metricRows("computed").filter((row) => row.slice_column && isOfCandidate(row));
  byId("slices").hidden = !all.length;
  if (!all.length) return Promise.resolve();
  const metrics = unique(all.map((row) => row.metric));
  const metric = metrics.includes(state.sliceMetric) ? state.sliceMetric : metrics[0];
  const ofMetric = all.filter((row) => row.metric === metric);
  const flagged = new Set(ofMetric.filter(isFlagged).map(sliceName));
  const rows = state.onlyFlagged ? ofMetric.filter((row) => flagged.has(sliceName(row))) : ofMetric;
  refill(byId("slice-tools"), ...tools(metrics, metric, flagged.size, all));
  refill(byId("slice-table"), rows.length ? sliceTable(metric, rows) : element("p", {}, "No slice is flagged as worse."));
  byId("slice-chart").parentElement.hidden = !rows.length;
  return rows.length ? draw(byId("slice-chart"), sliceSpec(metric, rows)) : Promise.resolve();
}

const isFlagged = (row) => row.evidence === "worse";
const sliceName = (row) => `${row.slice_column} = ${row.slice_value ?? "NULL"}`;

function tools(metrics, metric, flagged, all) {
  const shows = [["change", "change from the baseline"], ["value", "values"]];
  return [
    labelledSelect("Metric", metrics.map((name) => [name]), metric, (sliceMetric) => update({ sliceMetric })),
    labelledSelect("Chart of", shows, state.sliceShows, (sliceShows) => update({ sliceShows })),
    checkbox(`Only flagged as worse (${flagged})`, state.onlyFlagged, (onlyFlagged) => update({ onlyFlagged })),
    csvButton("slices", () => asRows(all)),
  ];
}

function sliceTable(metric, rows) {
  const shown = candidates();
  const head = [
    [heading("Slice", { rowSpan: 2 }), heading("Rows", { rowSpan: 2 }), heading(`v${comparison().baseline_version} (baseline)`, { rowSpan: 2 }), ...shown.map((version) => heading(`v${version}`, { colSpan: 3, scope: "colgroup" }))],
    shown.flatMap(() => [heading("value"), heading("change"), heading("evidence")]),
  ];
  const extent = extentOf(rows);
  const body = unique(rows.map(sliceName)).map((name) => sliceCells(rows.filter((row) => sliceName(row) === name), shown, extent));
  return table(`${metric} by slice`, head, body);
}

function sliceCells(rows, shown, extent) {
  const [first] = rows;
  const small = first.small ? element("span", { className: "badge small", title: "Too few rows to say much." }, "small") : "";
  const cells = shown.flatMap((version) => {
    const row = rows.find((one) => one.candidate_version === version);
    if (!row) return [cell(""), cell(""), cell("")];
    return [valueCell(row.candidate_value, row.candidate_low, row.candidate_high), changeCell(row, extent), judgementCell(row)];
  });
  const count = element("td", { className: "number" }, formatNumber(rowCount(first)), " ", small);
  return [rowHeading(sliceName(first)), count, valueCell(first.baseline_value, first.baseline_low, first.baseline_high), ...cells];
}

// Older comparisons have the count as a row of its own.
function rowCount(row) {
  if (isNumber(row.rows)) return row.rows;
  const counted = metricRows("rows").find((one) => one.metric === "rows_compared" && one.candidate_version === row.candidate_version && one.slice_column === row.slice_column && one.slice_value === row.slice_value);
  return counted?.candidate_value ?? null;
}

function sliceSpec(metric, rows) {
  const isChange = state.sliceShows === "change";
  const drawn = isChange ? rows.map(changePoint) : [...rows.map(valuePoint), ...baselinePoints(rows)];
  const names = unique(drawn.map((point) => point.slice)).slice(0, mostDrawn);
  const kept = drawn.filter((point) => names.includes(point.slice) && isNumber(point.value));
  const all = unique(drawn.map((point) => point.slice)).length;
  const title = `${metric}${isChange ? ": change" : ""} by slice${levelName() ? `, ${levelName()}` : ""}${all > mostDrawn ? ` (${mostDrawn} of ${all} slices)` : ""}`;
  const shown = isChange ? candidates() : [comparison().baseline_version, ...candidates()];
  const x = { title: isChange ? `change of ${metric}` : metric, scale: { zero: isChange } };
  const zero = { data: { values: [{ zero: 0 }] }, mark: { type: "rule", strokeDash: [4, 3], color: "#8a8f95" }, encoding: { x: quantitative("zero") } };
  const each = { y: nominal("label", { title: null, axis: { labelLimit: 230 } }), yOffset: { field: "version", sort: null }, color: colourByVersion(shown), tooltip: tooltip({ slice: "slice", version: "version", value: "value", low: "from", high: "to", rows: "rows", evidence: "evidence" }) };
  const layers = [
    ...(isChange ? [zero] : []),
    { data: { values: kept }, mark: { type: "rule", strokeWidth: 1.8 }, encoding: { ...each, x: quantitative("low", x), x2: { field: "high" }, opacity: faded } },
    { data: { values: kept }, mark: { type: "point", filled: true, size: 60 }, encoding: { ...each, x: quantitative("value", x), opacity: faded, shape: flagShape } },
  ];
  return chartFrame(title, { layer: layers }, Math.max(160, names.length * (12 + 9 * shown.length)));
}

// Small slices are pale, flagged ones have a mark of their own.
const faded = { condition: { test: "datum.small", value: 0.45 }, value: 1 };
const flagShape = { condition: { test: "datum.evidence === 'worse'", value: "triangle-down" }, value: "circle" };

function point(row, version, value, low, high, more = {}) {
  const size = `${row.small ? "small, " : ""}${formatNumber(rowCount(row))} rows`;
  return { slice: sliceName(row), label: `${sliceName(row)} (${size})`, version: String(version), value, low, high, rows: rowCount(row), small: Boolean(row.small), ...more };
}

const changePoint = (row) => point(row, row.candidate_version, row.change, row.change_low, row.change_high, { evidence: row.evidence });
const valuePoint = (row) => point(row, row.candidate_version, row.candidate_value, row.candidate_low, row.candidate_high, { evidence: row.evidence });

function baselinePoints(rows) {
  const once = new Map(rows.map((row) => [sliceName(row), row]));
  return [...once.values()].map((row) => point(row, row.baseline_version ?? comparison().baseline_version, row.baseline_value, row.baseline_low, row.baseline_high));
}

