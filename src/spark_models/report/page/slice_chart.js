// The chart of one metric by slice: values or changes, with their intervals.

import { chartFrame, emptyFrame, nominal, quantitative, tooltip } from "./chart_marks.js";
import { candidates, comparison, levelName, metricRows, unique } from "./comparison.js";
import { formatNumber, isNumber } from "./numbers.js";
import { colourByVersion } from "./palette.js";
import { state } from "./state.js";

// More would be no chart to read; the table has all of them.
const mostDrawn = 40;

export const sliceName = (row) => `${row.slice_column} = ${valueName(row.slice_value ?? null)}`;

// As core.slices.slice_name has it: different slices have different names.
function valueName(value) {
  if (value === null) return "NULL";
  const isPlain = !["", "NULL"].includes(value) && !value.startsWith("'") && !` ${value} `.includes(" = ");
  return isPlain ? value : `'${value.replaceAll("'", "''")}'`;
}

// Older comparisons have the count as a row of its own.
export function rowCount(row) {
  if (isNumber(row.rows)) return row.rows;
  const counted = metricRows("rows").find(
    (one) =>
      one.metric === "rows_compared" &&
      one.candidate_version === row.candidate_version &&
      one.slice_column === row.slice_column &&
      one.slice_value === row.slice_value,
  );
  return counted?.candidate_value ?? null;
}

export function sliceSpec(metric, rows) {
  const isChange = state.sliceShows === "change";
  const drawn = isChange ? rows.map(changePoint) : [...rows.map(valuePoint), ...baselinePoints(rows)];
  const names = unique(drawn.map((point) => point.slice)).slice(0, mostDrawn);
  const kept = drawn.filter((point) => names.includes(point.slice) && isNumber(point.value));
  const all = unique(drawn.map((point) => point.slice)).length;
  const title = `${metric}${isChange ? ": change" : ""} by slice${levelName() ? `, ${levelName()}` : ""}${all > mostDrawn ? ` (${mostDrawn} of ${all} slices)` : ""}`;
  if (!kept.length) return emptyFrame(title);
  const shown = isChange ? candidates() : [comparison().baseline_version, ...candidates()];
  const x = { title: isChange ? `change of ${metric}` : metric, scale: { zero: isChange } };
  const zero = {
    data: { values: [{ zero: 0 }] },
    mark: { type: "rule", strokeDash: [4, 3], color: "#8a8f95" },
    encoding: { x: quantitative("zero") },
  };
  const each = {
    y: nominal("label", { title: null, axis: { labelLimit: 230 } }),
    yOffset: { field: "version", sort: null },
    color: colourByVersion(shown),
    tooltip: tooltip({
      slice: "slice",
      version: "version",
      value: "value",
      low: "from",
      high: "to",
      rows: "rows",
      evidence: "evidence",
    }),
  };
  const ranged = kept.filter((point) => isNumber(point.low) && isNumber(point.high));
  const intervals = {
    data: { values: ranged },
    mark: { type: "rule", strokeWidth: 1.8 },
    encoding: { ...each, x: quantitative("low", x), x2: { field: "high" }, opacity: faded },
  };
  const layers = [
    ...(isChange ? [zero] : []),
    ...(ranged.length ? [intervals] : []),
    {
      data: { values: kept },
      mark: { type: "point", filled: true, size: 60 },
      encoding: { ...each, x: quantitative("value", x), opacity: faded, shape: flagShape },
    },
  ];
  return chartFrame(title, { layer: layers }, Math.max(160, names.length * (12 + 9 * shown.length)));
}

// Small slices are pale, flagged ones have a mark of their own.
const faded = { condition: { test: "datum.small", value: 0.45 }, value: 1 };
const flagShape = { condition: { test: "datum.evidence === 'worse'", value: "triangle-down" }, value: "circle" };

function point(row, version, value, low, high, more = {}) {
  const unit = comparison().task === "ranking" ? "groups" : "rows";
  const size = `${row.small ? "small, " : ""}${formatNumber(rowCount(row))} ${unit}`;
  return {
    slice: sliceName(row),
    label: `${sliceName(row)} (${size})`,
    version: String(version),
    value,
    low,
    high,
    rows: rowCount(row),
    small: Boolean(row.small),
    ...more,
  };
}

const changePoint = (row) =>
  point(row, row.candidate_version, row.change, row.change_low, row.change_high, { evidence: row.evidence });
const valuePoint = (row) =>
  point(row, row.candidate_version, row.candidate_value, row.candidate_low, row.candidate_high, {
    evidence: row.evidence,
  });

function baselinePoints(rows) {
  const once = new Map(rows.map((row) => [sliceName(row), row]));
  return [...once.values()].map((row) =>
    point(row, comparison().baseline_version, row.baseline_value, row.baseline_low, row.baseline_high),
  );
}
