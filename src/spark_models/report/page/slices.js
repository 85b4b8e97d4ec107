// One metric by slice, as a table and as a chart; small slices are marked, and those that are worse are flagged.

import { byId, checkbox, element, labelledSelect, refill } from "./dom.js";
import { drawWithPictures } from "./chart_view.js";
import { candidates, comparison, isOfCandidate, metricRows, unique } from "./comparison.js";
import { asRows, csvButton } from "./export.js";
import { formatNumber } from "./numbers.js";
import { rowCount, sliceName, sliceSpec } from "./slice_chart.js";
import { onChange, state, update } from "./state.js";
import { cell, changeCell, extentOf, heading, judgementCell, rowHeading, table, valueCell } from "./tables.js";

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
  const flagged = new Set(ofMetric.filter((row) => row.evidence === "worse").map(sliceName));
  const rows = state.onlyFlagged ? ofMetric.filter((row) => flagged.has(sliceName(row))) : ofMetric;
  refill(byId("slice-tools"), ...tools(metrics, metric, flagged.size, all));
  refill(
    byId("slice-table"),
    rows.length ? sliceTable(metric, rows) : element("p", {}, "No slice is flagged as worse."),
  );
  byId("slice-chart").parentElement.hidden = !rows.length;
  if (!rows.length) return Promise.resolve();
  return drawWithPictures(byId("slice-chart"), sliceSpec(metric, rows), `${metric} by slice`);
}

function tools(metrics, metric, flagged, all) {
  const shows = [
    ["change", "change from the baseline"],
    ["value", "values"],
  ];
  return [
    labelledSelect(
      "Metric",
      metrics.map((name) => [name]),
      metric,
      (sliceMetric) => update({ sliceMetric }),
    ),
    labelledSelect("Chart of", shows, state.sliceShows, (sliceShows) => update({ sliceShows })),
    checkbox(`Only flagged as worse (${flagged})`, state.onlyFlagged, (onlyFlagged) => update({ onlyFlagged })),
    csvButton("slices", () => asRows(all)),
  ];
}

function sliceTable(metric, rows) {
  const shown = candidates();
  const head = [
    [
      heading("Slice", { rowSpan: 2 }),
      heading(comparison().task === "ranking" ? "Groups" : "Rows", { rowSpan: 2 }),
      heading(`v${comparison().baseline_version} (baseline)`, { rowSpan: 2 }),
      ...shown.map((version) => heading(`v${version}`, { colSpan: 3, scope: "colgroup" })),
    ],
    shown.flatMap(() => [heading("value"), heading("change"), heading("evidence")]),
  ];
  const extent = extentOf(rows);
  const body = unique(rows.map(sliceName)).map((name) =>
    sliceCells(
      rows.filter((row) => sliceName(row) === name),
      shown,
      extent,
    ),
  );
  return table(`${metric} by slice`, head, body);
}

function sliceCells(rows, shown, extent) {
  const [first] = rows;
  const small = first.small
    ? element("span", { className: "badge small", title: "Too few rows to say much." }, "small")
    : "";
  const cells = shown.flatMap((version) => {
    const row = rows.find((one) => one.candidate_version === version);
    if (!row) return [cell(""), cell(""), cell("")];
    return [
      valueCell(row.candidate_value, row.candidate_low, row.candidate_high),
      changeCell(row, extent),
      judgementCell(row),
    ];
  });
  const count = element("td", { className: "number" }, formatNumber(rowCount(first)), " ", small);
  return [
    rowHeading(sliceName(first)),
    count,
    valueCell(first.baseline_value, first.baseline_low, first.baseline_high),
    ...cells,
  ];
}
