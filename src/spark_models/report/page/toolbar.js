// The bar on top: where to go, the theme, the link, printing; and what is printed instead of it.

import { generatedAt, model, versions } from "./data.js";
import { byId, element } from "./dom.js";
import { comparison } from "./comparison.js";
import { printPage, shareLink } from "./export.js";
import { formatTime } from "./numbers.js";
import { ascending } from "./palette.js";
import { onChange, state, toAddress, update } from "./state.js";
import { printedList } from "./list_columns.js";

export function showToolbar() {
  byId("model").textContent = model;
  byId("subtitle").textContent =
    `${versions.length} version${versions.length === 1 ? "" : "s"}, as of ${formatTime(generatedAt)} UTC`;
  byId("theme").onclick = () => update({ dark: !state.dark });
  byId("print").onclick = printPage;
  byId("link").onclick = () => shareLink(toAddress(), () => (byId("selection").textContent = "Link copied"));
  for (const link of document.querySelectorAll("nav a")) link.onclick = (event) => goTo(event, link.hash.slice(1));
  onChange(["dark"], showTheme);
  matchMedia("print").addEventListener("change", (event) => showPaper(event.matches));
  addEventListener("beforeprint", () => showPaper(true));
  addEventListener("afterprint", () => showPaper(false));
  showTheme();
}

export function showSelection() {
  byId("selection").textContent = `${state.selected.length} selected`;
  for (const link of document.querySelectorAll("nav a")) link.hidden = byId(link.hash.slice(1)).hidden;
}

function showTheme() {
  document.documentElement.classList.toggle("dark", state.dark);
  byId("theme").setAttribute("aria-pressed", state.dark);
}

// By hand: the address behind '#' is the reader's view.
function goTo(event, id) {
  event.preventDefault();
  byId(id).scrollIntoView();
  byId(id).focus({ preventScroll: true });
}

// Paper is light, and says what the screen shows by other means.
function showPaper(isPaper) {
  document.documentElement.classList.toggle("dark", state.dark && !isPaper);
  if (!isPaper) return;
  showPrintHeader();
  byId("print-list").replaceChildren(printedList());
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
