// The ranges of parallel coordinates: dragged on the chart, or typed.

import { button, element } from "./dom.js";
import { rangesOfBrush, scalesOf, versionsInRanges } from "./chart_parallel.js";
import { versionsOf } from "./chart_rows.js";
import { formatNumber } from "./numbers.js";
import { ascending } from "./palette.js";
import { update } from "./state.js";

// The controls; `changed` redraws the chart and saves.
export function rangeControls(chart, changed) {
  const found = versionsInRanges(chart);
  const all = versionsOf(chart).length;
  const isRanged = Object.keys(chart.ranges).length > 0;
  const told = isRanged
    ? `${found.length} of ${all} versions in range`
    : "Drag along an axis, or type a range, to find versions.";
  return element(
    "fieldset",
    { className: "ranges noprint" },
    element("legend", {}, "Ranges"),
    ...scalesOf(chart).map((scale) => rangeField(chart, scale, changed)),
    element("span", { role: "status", className: "quiet" }, told),
    button("Select these", () => update({ selected: ascending(found) }), { disabled: !isRanged || !found.length }),
    button("Clear ranges", () => changed({}), { disabled: !isRanged }),
  );
}

// An axis without values has no ends.
const endOf = ({ low, high }, place) => (low <= high ? formatNumber(place ? high : low) : "");

function rangeField(chart, scale, changed) {
  const range = chart.ranges[scale.key] ?? [null, null];
  const inputs = ["from", "to"].map((end, place) =>
    element("input", {
      type: "number",
      step: "any",
      value: range[place] ?? "",
      placeholder: endOf(scale, place),
      "aria-label": `${scale.name} ${end}`,
      onchange: () =>
        changed(
          withRange(
            chart.ranges,
            scale.key,
            inputs.map((input) => (input.value === "" ? null : Number(input.value))),
          ),
        ),
    }),
  );
  return element("div", { className: "range" }, element("span", {}, scale.name), inputs[0], "–", inputs[1]);
}

function withRange(ranges, key, range) {
  const { [key]: _, ...others } = ranges;
  return range.every((end) => end === null) ? others : { ...others, [key]: range };
}

// What is to be done when the reader lets go of a brush.
let release = null;

addEventListener("pointerup", () =>
  // Vega takes the last movement after this event.
  setTimeout(() => {
    release?.();
    release = null;
  }),
);

// Ranges of several axes add up.
export function hearBrush(view, chart, changed) {
  view.addSignalListener("brush", (_, brush) => {
    const found = brush.place && brush.metric ? rangesOfBrush(chart, brush) : {};
    release = Object.keys(found).length ? () => changed({ ...chart.ranges, ...found }) : null;
  });
}
