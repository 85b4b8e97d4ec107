// The reader's own charts: each with its settings, added and removed.

import { columns, groupName } from "./data.js";
import { button, byId, checkbox, element, fillSelect, labelled, labelledSelect } from "./dom.js";
import { chartSpec, chartTypes, isChartType } from "./chart_types.js";
import { draw, erase, pictureButtons } from "./chart_view.js";
import { hearBrush, rangeControls } from "./ranges.js";
import { newChart, onChange, saveAddress, state, update } from "./state.js";

const named = (list) => list.map((column) => [column.key, `${column.name} (${groupName(column.group)})`]);
const xChoices = named(columns);
const yChoices = named(
  columns.filter((column) => column.kind === "number" && ["computed", "logged", "parameter"].includes(column.group)),
);

const cards = new Map();

export function showCharts() {
  state.charts.forEach(addCard);
  byId("add-chart").onclick = () => {
    const chart = newChart({ title: `New chart ${state.charts.length + 1}` });
    update({ charts: [...state.charts, chart] });
    const card = addCard(chart);
    card.redraw();
    card.node.querySelector("input").focus();
  };
  onChange(["selected"], drawCharts);
}

export const drawCharts = () => Promise.all([...cards.values()].map((card) => card.redraw()));

// Charts of what the list shows, after the list was filtered.
export const drawListedCharts = () =>
  Promise.all([...cards.entries()].filter(([chart]) => chart.of === "listed").map(([, card]) => card.redraw()));

function addCard(chart) {
  // A link may say anything.
  if (!isChartType(chart.type)) chart.type = "bar";
  const plot = element("div", { className: "plot" });
  const ranges = element("div");
  const card = { node: null, redraw };
  card.node = element(
    "article",
    { className: "card" },
    editor(chart, card, () => view),
    plot,
    ranges,
  );
  byId("charts").append(card.node);
  cards.set(chart, card);
  let view = null;

  async function redraw() {
    nameParts(card.node, chart.title);
    view = await draw(plot, chartSpec(chart));
    const isParallel = chart.type === "parallel";
    ranges.replaceChildren(...(isParallel ? [rangeControls(chart, setRanges)] : []));
    if (isParallel) hearBrush(view, chart, setRanges);
  }

  function setRanges(found) {
    chart.ranges = found;
    saveAddress();
    const place = [...ranges.querySelectorAll("input, button")].indexOf(document.activeElement);
    return redraw().then(() => ranges.querySelectorAll("input, button")[place]?.focus());
  }
  return card;
}

// Each chart has the same buttons.
function nameParts(node, title) {
  node.setAttribute("aria-label", `Chart ${title}`);
  for (const action of node.querySelectorAll(".actions button"))
    action.setAttribute("aria-label", `${action.textContent}: ${title}`);
}

function editor(chart, card, view) {
  const change = (changes) => {
    Object.assign(chart, changes);
    saveAddress();
    card.redraw();
  };
  const title = element("input", { value: chart.title, oninput: () => change({ title: title.value }) });
  return element(
    "details",
    { className: "editor noprint", open: true },
    element("summary", {}, "Edit chart"),
    element(
      "div",
      { className: "settings" },
      labelled("Title", title, "field wide"),
      labelledSelect("Type", chartTypes, chart.type, (type) => change({ type })),
      labelledSelect("X axis", xChoices, chart.x, (x) => change({ x })),
      yField(chart, change),
      labelledSelect(
        "Versions",
        [
          ["selected", "selected"],
          ["listed", "all in the list"],
        ],
        chart.of,
        (of) => change({ of }),
      ),
      checkbox("Y from zero", chart.zero, (zero) => change({ zero })),
      actions(chart, card, view),
    ),
  );
}

function yField(chart, change) {
  const select = element("select", {
    multiple: true,
    size: 4,
    onchange: () => change({ y: [...select.selectedOptions].map((option) => option.value) }),
  });
  fillSelect(select, yChoices, chart.y);
  return labelled("Y axis (one or more)", select, "field wide");
}

function actions(chart, card, view) {
  const remove = () => {
    erase(card.node.querySelector(".plot"));
    card.node.remove();
    cards.delete(chart);
    update({ charts: state.charts.filter((other) => other !== chart) });
    byId("add-chart").focus();
  };
  return element(
    "div",
    { className: "actions" },
    ...pictureButtons(() => chart.title || "chart", view),
    button("Remove", remove),
  );
}
