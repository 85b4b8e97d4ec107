// Metrics over all rows: each candidate beside the baseline, with intervals and what the evidence says.

import { byId, refill } from "./dom.js";
import { candidates, comparison, isOfCandidate, metricRows, unique } from "./comparison.js";
import { asRows, csvButton } from "./export.js";
import { element } from "./dom.js";
import { formatNumber } from "./numbers.js";
import { cell, changeCell, extentOf, heading, judgementCell, rowHeading, table, valueCell } from "./tables.js";

const arrows = {
  higher: "↑ higher is better",
  lower: "↓ lower is better",
  zero: "→ nearer to zero is better",
  none: "",
};

export function showMetrics() {
  const computed = overall("computed");
  const logged = overall("logged");
  refill(
    byId("metric-tables"),
    computed.length ? metricTable("Metrics computed on the same rows", computed) : null,
    logged.length ? element("h3", {}, "Logged by the versions’ own runs") : null,
    logged.length ? metricTable("Metrics logged by the versions’ own runs", logged) : null,
  );
  const all = () => asRows([...metricRows("computed"), ...metricRows("logged")].filter(isOfCandidate));
  byId("metrics-tools").replaceChildren(computed.length + logged.length ? csvButton("metrics", all) : "");
}

const overall = (source) => metricRows(source).filter((row) => isOfCandidate(row) && !row.slice_column);

export function metricTable(label, rows) {
  const shown = candidates();
  const head = [
    [
      heading("Metric", { rowSpan: 2 }),
      heading(`v${comparison().baseline_version} (baseline)`, { rowSpan: 2 }),
      ...shown.map((version) => heading(`v${version}`, { colSpan: 3, scope: "colgroup" })),
    ],
    shown.flatMap(() => [heading("value"), heading("change"), heading("evidence")]),
  ];
  return table(
    label,
    head,
    unique(rows.map((row) => row.metric)).map((metric) =>
      metricCells(
        rows.filter((row) => row.metric === metric),
        shown,
      ),
    ),
  );
}

function metricCells(rows, shown) {
  const [first] = rows;
  const threshold =
    first.threshold === null || first.threshold === undefined ? "" : `, at ${formatNumber(first.threshold)}`;
  const note = element("span", { className: "interval" }, `${arrows[first.direction] ?? ""}${threshold}`);
  const extent = extentOf(rows);
  const cells = shown.flatMap((version) => {
    const row = rows.find((one) => one.candidate_version === version);
    if (!row) return [cell(""), cell(""), cell("")];
    return [
      valueCell(row.candidate_value, row.candidate_low, row.candidate_high),
      changeCell(row, extent),
      judgementCell(row),
    ];
  });
  return [
    rowHeading(first.metric, note),
    valueCell(first.baseline_value, first.baseline_low, first.baseline_high),
    ...cells,
  ];
}
