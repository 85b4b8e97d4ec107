// Colours of versions: told apart by readers who are colour-blind, on light and on dark grounds.

import { versions } from "./data.js";
import { state } from "./state.js";

const colours = [
  "#2a7de1",
  "#e0700d",
  "#1a9a62",
  "#b03fc4",
  "#c79200",
  "#d93649",
  "#0f9bb0",
  "#7a6ff0",
  "#8b6b4f",
  "#7c8a99",
];

// A version keeps its colour while it stays selected: colours go by the order of selection.
export function versionColour(version) {
  const place = state.selected.indexOf(version);
  return place < 0 ? grey : colours[place % colours.length];
}

export const ascending = (list) =>
  [...list].sort((first, second) => versions.indexOf(first) - versions.indexOf(second));

// A Vega-Lite channel: colour by version, with a legend of those that are selected.
export function colourByVersion(shown = ascending(state.selected)) {
  return {
    field: "version",
    type: "nominal",
    title: "version",
    sort: null,
    scale: { domain: shown.map(String), range: shown.map(versionColour) },
    // More entries would push the chart aside; its tooltips tell versions, too.
    legend: shown.length > 20 ? null : solid,
  };
}

// The same for rows that may be of versions that are not selected: those are grey, and not in the legend.
export const colourIfSelected = () => ({ condition: { test: "datum.isSelected", ...colourByVersion() }, value: grey });

export const colourByMetric = (legend = solid) => ({
  field: "metric",
  type: "nominal",
  sort: null,
  scale: { range: colours },
  legend,
});

const grey = "#9aa1a9";
// Marks may be pale, their entries in a legend not.
const solid = { symbolLimit: 20, symbolType: "circle", symbolOpacity: 1 };
