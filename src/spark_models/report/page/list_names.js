// What DataTables' own controls do not tell a screen reader: their names, and which columns are shown.

import { byId } from "./dom.js";

const { jQuery } = window;

export function nameControls(list, customise) {
  const builder = byId("filter-builder");
  new MutationObserver(() => nameConditions(builder)).observe(builder, { childList: true, subtree: true });
  nameConditions(builder);
  jQuery(document.body).on("buttons-popover.dt", namePane);
  jQuery(document.body).on("buttons-popover-hide.dt", () => giveFocusBack(customise));
  list.on("column-visibility columns-reordered", tellShown);
  list.on("draw", () => nameBoxes(list));
  nameBoxes(list);
}

function nameBoxes(list) {
  list.rows({ page: "current" }).every(function nameBox() {
    this.node().querySelector("input")?.setAttribute("aria-label", `Select version ${this.data().version}`);
  });
}

const pane = () => document.querySelector(".dt-button-collection");

// A menu has menu items alone, and these are buttons that stay pressed.
function namePane() {
  pane().setAttribute("aria-label", "Columns");
  pane().querySelector("[role=menu]")?.removeAttribute("role");
  tellShown();
}

function tellShown() {
  for (const toggle of pane()?.querySelectorAll(".buttons-columnVisibility") ?? []) {
    toggle.setAttribute("aria-pressed", toggle.classList.contains("dt-button-active"));
    // Without the tick, which the style sheet adds.
    toggle.setAttribute("aria-label", toggle.textContent);
  }
}

function giveFocusBack(customise) {
  const { activeElement } = document;
  if (activeElement === document.body || pane()?.contains(activeElement)) customise.focus({ preventScroll: true });
}

const conditionParts = { "dtsb-data": "Column", "dtsb-condition": "Comparison", "dtsb-value": "Value" };

function nameConditions(builder) {
  for (const [place, criterion] of [...builder.querySelectorAll(".dtsb-criteria")].entries()) {
    const name = (control, what) => control.setAttribute("aria-label", `${what} of condition ${place + 1}`);
    for (const [className, what] of Object.entries(conditionParts))
      for (const control of criterion.querySelectorAll(`.${className}`)) name(control, what);
    for (const control of criterion.querySelectorAll("button[title]")) name(control, control.title);
    // The library's own, to keep browsers from filling it in, is no value that there is.
    for (const control of criterion.querySelectorAll("[autocomplete]")) control.removeAttribute("autocomplete");
  }
}
