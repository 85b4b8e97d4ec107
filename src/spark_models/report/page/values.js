// The values of the list's columns. A computed metric is that of the chosen comparison, where the version is in it, else
// that of the newest one that has it: over other rows, so that the two say nothing about which version is better.

import { columns, newestOf, versions } from "./data.js";
import { comparison, metricRows } from "./comparison.js";
import { byId } from "./dom.js";
import { formatTime } from "./numbers.js";

const byComparison = new Map();
const nameIn = (metric, version) => `${version} ${metric}`;

function chosenMeasures() {
  const chosen = comparison();
  if (!byComparison.has(chosen)) {
    const rows = metricRows("computed").filter((row) => !row.slice_column);
    byComparison.set(chosen, new Map(rows.flatMap((row) => sidesOf(row, chosen))));
  }
  return byComparison.get(chosen);
}

const sidesOf = (row, chosen) =>
  [
    ["candidate", row.candidate_version],
    ["baseline", chosen.baseline_version],
  ].map(([side, version]) => [
    nameIn(row.metric, version),
    {
      value: numberOf(row[`${side}_value`]),
      low: numberOf(row[`${side}_low`]),
      high: numberOf(row[`${side}_high`]),
      comparison: chosen,
    },
  ]);

// NaN and infinities are texts.
const numberOf = (value) => (value === null || value === undefined ? null : Number(value));

const measureOf = (column, version) =>
  (column.group === "computed" ? chosenMeasures().get(nameIn(column.name, version)) : null) ?? newestOf(column, version);

export const valueOf = (column, version) => measureOf(column, version).value;

// The ends of a value's confidence interval, or null.
export function intervalOf(column, version) {
  const { low, high } = measureOf(column, version);
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}

// Whether a value is of another comparison than the chosen one.
export function isElsewhere(column, version) {
  const measure = measureOf(column, version);
  return measure.value !== null && measure.comparison !== null && measure.comparison !== comparison();
}

// Where a value comes from, in words.
export function sourceOf(column, version) {
  const { comparison: found } = measureOf(column, version);
  if (!found) return column.group === "logged" ? "the version’s run" : column.group;
  return `comparison ${found.comparison_id} of ${formatTime(found.compared_at)}`;
}

// Whether the mark of such values is to be explained.
export function showElsewhere() {
  byId("elsewhere").hidden = !columns.some((column) => versions.some((version) => isElsewhere(column, version)));
}
