// The rows that a chart draws: one a version and metric. Vega's field names are fixed, since it would take a name with
// dots or brackets for a path.

import { columnByKey, columnName, versions } from "./data.js";
import { formatValue, timeOf } from "./numbers.js";
import { state } from "./state.js";
import { intervalOf, isElsewhere, sourceOf, valueOf } from "./values.js";

// What the version list shows now, filtered; the list sets it.
export const listed = { versions };

export const versionsOf = (chart) => (chart.of === "listed" ? listed.versions : state.selected);

export function chartRows(chart) {
  const x = columnByKey.get(chart.x);
  const isSelected = (version) => state.selected.includes(version);
  // Those that are selected last, so that they are drawn above the others.
  const shown = [...versionsOf(chart)].sort(
    (first, second) => isSelected(first) - isSelected(second) || first - second,
  );
  return shown.flatMap((version) =>
    chart.y.map((key) => {
      const column = columnByKey.get(key);
      const [low, high] = intervalOf(column, version) ?? [null, null];
      const row = {
        version: String(version),
        isSelected: isSelected(version),
        x: xValue(x, version),
        at: placeOnScale(x, version),
        key,
        metric: metricName(key),
        isElsewhere: isElsewhere(column, version),
        source: sourceOf(column, version),
      };
      return { ...row, value: valueOf(column, version), low, high };
    }),
  );
}

const xValue = (x, version) => (x.kind === "number" ? valueOf(x, version) : formatValue(valueOf(x, version), x.kind));

// What a scale of numbers or times places; null where x has none, or is of names.
function placeOnScale(x, version) {
  const value = valueOf(x, version);
  if (x.scale === "temporal") return timeOf(value);
  return x.scale ? value : null;
}

export const metricName = (key) => columnName(columnByKey.get(key));

export const isDrawable = (row) => Number.isFinite(row.value);
