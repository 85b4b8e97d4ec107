// How many rows were compared, and why the others were not.

import { counts, leftOut } from "./data.js";
import { byId } from "./dom.js";
import { candidates, comparison, isOfCandidate, metricRows } from "./comparison.js";
import { heading, numberCell, rowHeading, table } from "./tables.js";

const names = {
  rows: "rows with the labels",
  rows_compared: "rows compared",
  rows_not_labelled: "scored, but not among the labelled rows",
  groups: "groups of them",
  groups_without_relevant_item: "groups without a relevant item, which count in no metric",
};

export function showRows() {
  const rows = metricRows("rows").filter((row) => isOfCandidate(row) && !row.slice_column);
  byId("rows").hidden = !rows.length;
  if (!rows.length) return;
  const shown = candidates();
  const head = [
    [
      heading("Rows"),
      heading(`v${comparison().baseline_version} (baseline)`),
      ...shown.map((version) => heading(`v${version}`)),
    ],
  ];
  const present = counts.filter((name) => rows.some((row) => row.metric === name));
  const body = present.map((name) => {
    const ofName = rows.filter((row) => row.metric === name);
    const values = shown.map(
      (version) => ofName.find((row) => row.candidate_version === version)?.candidate_value ?? null,
    );
    const told = name in leftOut ? `left out: ${leftOut[name]}` : names[name];
    return [rowHeading(told), numberCell(ofName[0].baseline_value), ...values.map(numberCell)];
  });
  byId("rows-table").replaceChildren(table("Rows compared and left out", head, body));
}
