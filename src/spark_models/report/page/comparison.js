// The comparison that is looked at, and of it the versions that are selected.

import { comparisons, rowsOf } from "./data.js";
import { byId, element, labelledSelect } from "./dom.js";
import { formatPercent, formatTime } from "./numbers.js";
import { state, update } from "./state.js";

const rowsById = new Map();

export const comparison = () => comparisons.find((one) => one.comparison_id === state.comparison) ?? null;

// Its metric rows as objects.
export function metricRows(source) {
  const chosen = comparison();
  if (!chosen) return [];
  if (!rowsById.has(chosen.comparison_id)) rowsById.set(chosen.comparison_id, rowsOf(chosen.metrics));
  return rowsById.get(chosen.comparison_id).filter((row) => row.source === source);
}

// Its candidates that are selected; all of them where none is, so that it never looks empty.
export function candidates() {
  const all = comparison()?.candidates ?? [];
  const selected = all.filter((version) => state.selected.includes(version));
  return selected.length ? selected : all;
}

export const isOfCandidate = (row) => candidates().includes(row.candidate_version);

export const levelName = () =>
  comparison()?.confidence ? `${formatPercent(comparison().confidence)} confidence intervals` : "";

export const unique = (values) => [...new Set(values)];

export function showComparison() {
  const place = byId("comparison-choice");
  const chosen = comparison();
  if (!chosen) {
    place.replaceChildren(element("p", { className: "quiet" }, "No comparison of this model is stored yet."));
    return;
  }
  const name = (one) =>
    `${one.candidates.map((version) => `v${version}`).join(", ")} against v${one.baseline_version}, ${formatTime(one.compared_at)}`;
  const choice = labelledSelect(
    "Comparison",
    comparisons.map((one) => [one.comparison_id, name(one)]),
    chosen.comparison_id,
    choose,
  );
  const read = (table, version) => (version === null ? table : `${table} at version ${version}`);
  place.replaceChildren(
    choice,
    element(
      "p",
      { className: "quiet" },
      `${chosen.task}; labels: ${read(chosen.label_table, chosen.label_version)}; `,
      `predictions: ${read(chosen.predictions_table, chosen.predictions_version)}; `,
      `comparison ${chosen.comparison_id}${levelName() ? `; ${levelName()}` : ""}`,
    ),
  );
}

// Its versions are what one wants to see of it.
function choose(id) {
  const chosen = comparisons.find((one) => one.comparison_id === id);
  update({
    comparison: id,
    selected: [chosen.baseline_version, ...chosen.candidates],
    baseline: chosen.baseline_version,
    sliceMetric: null,
  });
}
