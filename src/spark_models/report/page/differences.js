// Selected versions side by side: what differs between them, or everything.

import { rowsOf } from "./data.js";
import { byId, checkbox, element, labelledSelect, refill } from "./dom.js";
import { comparison } from "./comparison.js";
import { csvButton } from "./export.js";
import { always, factsOf } from "./facts.js";
import { formatChange, isNumber } from "./numbers.js";
import { ascending } from "./palette.js";
import { onChange, state, update } from "./state.js";
import { heading, rowHeading, table } from "./tables.js";

export function hearDifferences() {
  onChange(["onlyDifferences", "baseline"], showDifferences);
}

export function showDifferences() {
  const shown = ascending(state.selected);
  const baseline = shown.includes(state.baseline) ? state.baseline : shown[0];
  const known = factsOf(shown);
  const isDiffering = (fact) => new Set(shown.filter(fact.isKnown).map((version) => JSON.stringify(fact.raw(version)))).size > 1;
  const facts = [...known, ...storedFacts(shown, known.filter(isDiffering))];
  const differing = facts.filter(isDiffering);
  const rows = state.onlyDifferences ? differing : facts;
  const csv = () => [
    ["group", "name", ...shown.map((version) => `v${version}`)],
    ...rows.map((fact) => [fact.group, fact.name, ...shown.map((version) => toldOf(fact, version))]),
  ];
  refill(
    byId("difference-tools"),
    checkbox("Only differences", state.onlyDifferences, (onlyDifferences) => update({ onlyDifferences })),
    shown.length
      ? labelledSelect(
          "Baseline",
          shown.map((version) => [version, `v${version}`]),
          baseline,
          (version) => update({ baseline: Number(version) }),
        )
      : null,
    element("span", { className: "quiet", role: "status" }, `${differing.length} of ${facts.length} differ`),
    csvButton("differences", csv),
  );
  byId("difference-table").replaceChildren(
    rows.length ? differenceTable(rows, shown, baseline) : element("p", {}, "The selected versions do not differ."),
  );
}

const toldOf = (fact, version) => (fact.isKnown(version) ? fact.text(version) : "not known");

function differenceTable(rows, shown, baseline) {
  const head = [
    [
      heading("Group"),
      heading("Name"),
      ...shown.map((version) => heading(`v${version}${version === baseline ? " (baseline)" : ""}`)),
    ],
  ];
  const body = rows.map((fact) => {
    const best = bestOf(fact, shown);
    return [
      element("td", { className: "quiet" }, fact.group),
      rowHeading(fact.name),
      ...shown.map((version) => factCell(fact, version, baseline, best)),
    ];
  });
  return table("Versions side by side", head, body);
}

function factCell(fact, version, baseline, best) {
  if (!fact.isKnown(version)) return element("td", { className: "quiet" }, toldOf(fact, version));
  const [value, base] = [fact.raw(version), fact.raw(baseline)];
  const isOther = fact.isKnown(baseline) && JSON.stringify(value) !== JSON.stringify(base);
  const isMeasured = ["computed", "logged"].includes(fact.column?.group);
  const isNumeric = fact.column?.kind === "number";
  const change =
    isMeasured && isOther && isNumber(value) && isNumber(base)
      ? element("span", { className: "interval" }, formatChange(value - base))
      : null;
  const classes = [isOther && "differs", best !== null && value === best && "best", isNumeric && "number"]
    .filter(Boolean)
    .join(" ");
  const mark = best !== null && value === best ? element("span", { className: "hidden" }, " (best)") : null;
  return element("td", { className: classes }, fact.text(version) || (isOther ? "—" : ""), change, mark);
}

// The best value of a metric that has a direction, where it is not everybody's.
function bestOf(fact, shown) {
  const direction = fact.column?.direction ?? "none";
  const values = shown.map(fact.raw).filter(Number.isFinite);
  if (direction === "none" || new Set(values).size < 2) return null;
  if (direction === "higher") return Math.max(...values);
  return direction === "lower"
    ? Math.min(...values)
    : values.reduce((best, value) => (Math.abs(value) < Math.abs(best) ? value : best));
}

// What the comparison found that cards do not tell: cards of old have no digests of files.
function storedFacts(shown, differing) {
  const chosen = comparison();
  if (!chosen) return [];
  const ofCards = new Set(["parameter", "tag", "input", "output", "inference parameter", "requirement", "flavor", "dataset"]);
  const known = new Set(differing.map((fact) => `${fact.group}\n${fact.name}`));
  const isNew = (row) => !ofCards.has(row.kind) && !known.has(`${row.kind}\n${row.name}`);
  const found = rowsOf(chosen.differences).filter((row) => isNew(row) && shown.includes(row.candidate_version));
  return [...grouped(found).values()].map((rows) => {
    const told = new Map(rows.map((row) => [row.candidate_version, row.candidate_value]));
    told.set(chosen.baseline_version, rows[0].baseline_value);
    const isLikeBaseline = (version) => !told.has(version) && chosen.candidates.includes(version);
    const text = (version) => (isLikeBaseline(version) ? rows[0].baseline_value : told.get(version)) ?? "";
    return { group: `${rows[0].kind} (comparison)`, name: rows[0].name, isKnown: always, text, raw: text };
  });
}

function grouped(rows) {
  const groups = new Map();
  for (const row of rows) {
    const name = `${row.kind}\n${row.name}`;
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  return groups;
}
