// How far the candidates' predictions agree with the baseline's, with or without labels.

import { byId, element } from "./dom.js";
import { drawWithPictures } from "./chart_view.js";
import { candidates, comparison, isOfCandidate, metricRows, unique } from "./comparison.js";
import { curveSpec } from "./curves.js";
import { asRows, csvButton } from "./export.js";
import { cell, heading, rowHeading, table, valueCell } from "./tables.js";

export function showAgreement() {
  const rows = metricRows("agreement").filter((row) => isOfCandidate(row) && !row.slice_column);
  const curves = (comparison()?.curves ?? []).filter(
    (curve) => curve.curve === "difference_histogram" && candidates().includes(curve.version),
  );
  byId("agreement").hidden = !rows.length && !curves.length;
  byId("agreement-table").replaceChildren(
    ...(rows.length ? [csvButton("agreement", () => asRows(rows)), agreementTable(rows)] : []),
  );
  const place = byId("agreement-chart");
  place.parentElement.hidden = !curves.length;
  if (!curves.length) return Promise.resolve();
  return drawWithPictures(place, curveSpec("difference_histogram", curves, candidates()), "differences of predictions");
}

function agreementTable(rows) {
  const shown = candidates();
  const head = [[heading(`With v${comparison().baseline_version}`), ...shown.map((version) => heading(`v${version}`))]];
  const body = unique(rows.map((row) => row.metric)).map((metric) => [
    rowHeading(metric.replaceAll("_", " ")),
    ...shown.map((version) => {
      const row = rows.find((one) => one.metric === metric && one.candidate_version === version);
      return row ? valueCell(row.candidate_value, row.candidate_low, row.candidate_high) : cell("");
    }),
  ]);
  return element("div", {}, table("Agreement with the baseline", head, body));
}
