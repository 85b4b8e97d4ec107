// What paper is shown instead of the screen: light, with a header, the list in full, and nothing folded or cut off.

import { generatedAt, model } from "./data.js";
import { byId, element } from "./dom.js";
import { comparison } from "./comparison.js";
import { printedList } from "./list_columns.js";
import { formatTime } from "./numbers.js";
import { ascending } from "./palette.js";
import { showSheets } from "./sheets.js";
import { state } from "./state.js";

// Browsers tell of it in one way, or in both.
export function hearPaper() {
  matchMedia("print").addEventListener("change", (event) => showPaper(event.matches));
  addEventListener("beforeprint", () => showPaper(true));
  addEventListener("afterprint", () => showPaper(false));
}

function showPaper(isPaper) {
  document.documentElement.classList.toggle("dark", state.dark && !isPaper);
  unfold(isPaper);
  if (isPaper) {
    showPrintHeader();
    byId("print-list").replaceChildren(printedList());
  }
  showSheets(isPaper);
}

// What is folded cannot be opened on paper.
function unfold(isPaper) {
  const wanted = isPaper ? "details:not([open])" : "details[data-folded]";
  for (const part of byId("card-list").querySelectorAll(wanted)) {
    part.open = isPaper;
    part.toggleAttribute("data-folded", isPaper);
  }
}

// On paper nobody can look up what was selected and filtered.
function showPrintHeader() {
  const chosen = comparison();
  const lines = [
    `Versions selected: ${
      ascending(state.selected)
        .map((version) => `v${version}`)
        .join(", ") || "none"
    }`,
    chosen
      ? `Comparison ${chosen.comparison_id} of ${formatTime(chosen.compared_at)} UTC, baseline v${chosen.baseline_version}`
      : "",
    state.search ? `List filtered by: ${state.search}` : "",
    state.filter && filterText(state.filter) ? `Filter: ${filterText(state.filter)}` : "",
    `Report of ${formatTime(generatedAt)} UTC`,
  ];
  byId("print-header").replaceChildren(
    element("h1", {}, `${model}: versions compared`),
    ...lines.filter(Boolean).map((line) => element("p", {}, line)),
  );
}

function filterText(filter) {
  const one = (criterion) =>
    criterion.criteria
      ? filterText(criterion).replace(/.+/, "($&)")
      : criterion.condition && [criterion.data, criterion.condition, ...(criterion.value ?? [])].join(" ");
  const complete = filter.criteria.map(one).filter(Boolean);
  return complete.join(filter.logic === "OR" ? " or " : " and ");
}
