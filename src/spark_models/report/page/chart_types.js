// The chart types that a reader can choose, as Vega-Lite.

import { columnByKey } from "./data.js";
import {
  chartFrame,
  emptyFrame,
  errorBars,
  metricTooltip,
  nominal,
  pale,
  paleElsewhere,
  picked,
  quantitative,
  valueTooltip,
} from "./chart_marks.js";
import { parallelSpec } from "./chart_parallel.js";
import { chartRows, isDrawable, metricName, versionsOf } from "./chart_rows.js";
import { ascending, colourByMetric, colourIfSelected } from "./palette.js";

const types = {
  interval: { name: "interval", draw: intervalSpec },
  bar: { name: "bar", draw: barSpec },
  line: { name: "line", draw: lineSpec },
  scatter: { name: "scatter", draw: scatterSpec },
  parallel: { name: "parallel coordinates", draw: parallelSpec },
  box: { name: "box", draw: boxSpec },
  heatmap: { name: "heatmap", draw: heatmapSpec },
};

export const chartTypes = Object.entries(types).map(([key, type]) => [key, type.name]);
export const isChartType = (key) => Object.hasOwn(types, key);

export function chartSpec(chart) {
  const all = chartRows(chart);
  // Nothing is the best of values over different rows.
  const rows = chart.type === "heatmap" ? all.filter((row) => !row.isElsewhere) : all;
  const isShown = ["line", "scatter"].includes(chart.type) ? isPlaced(chart) : isDrawable;
  const isEmpty = chart.type !== "parallel" && !rows.some(isShown);
  const spec = isEmpty ? emptyFrame(chart.title) : types[chart.type].draw(chart, rows);
  return all.some((row) => row.isElsewhere) ? withNote(spec, chart) : spec;
}

function withNote(spec, chart) {
  const how = { heatmap: "left out", parallel: "dashed" }[chart.type] ?? "pale";
  const subtitle = `${how}: of other comparisons than the chosen one, over other rows`;
  return { ...spec, title: { ...spec.title, subtitle, subtitleFontSize: 11 } };
}

const isMany = (chart) => chart.y.length > 1;
const yTitle = (chart) => (isMany(chart) ? "value" : chart.y.map(metricName).join());
const xColumn = (chart) => columnByKey.get(chart.x);
const colour = (chart) => (isMany(chart) ? colourByMetric() : colourIfSelected());
const y = (chart, zero = chart.zero) =>
  quantitative("value", { title: yTitle(chart), scale: { zero, nice: true }, stack: null });

// Values of x side by side, versions in their order.
function category(chart) {
  const isVersionAxis = chart.x === "property:version";
  const domain = isVersionAxis ? { scale: { domain: ascending(versionsOf(chart)) } } : {};
  return {
    field: "x",
    type: "ordinal",
    title: xColumn(chart).name,
    axis: { labelAngle: 0, labelOverlap: true },
    ...domain,
  };
}

// x as a scale of numbers or times where it is one.
function scaled(chart) {
  const { name, scale } = xColumn(chart);
  if (!scale) return category(chart);
  const more = scale === "temporal" ? { type: "utc" } : { zero: false };
  return { field: "at", type: scale, title: name, scale: { nice: true, ...more } };
}

const isPlaced = (chart) => (row) => isDrawable(row) && (!xColumn(chart).scale || row.at !== null);

const offset = (chart) =>
  isMany(chart) || chart.x !== "property:version"
    ? { xOffset: { field: isMany(chart) ? "metric" : "version", sort: null } }
    : {};

function intervalSpec(chart, rows) {
  const x = category(chart);
  return chartFrame(chart.title, {
    data: { values: rows.filter(isDrawable) },
    encoding: {
      color: colour(chart),
      ...offset(chart),
      ...paleElsewhere(),
      tooltip: metricTooltip(xColumn(chart).name),
    },
    layer: [
      ...errorBars(rows, x),
      { mark: { type: "point", filled: true, size: 80, opacity: 1 }, encoding: { x, y: y(chart) } },
    ],
  });
}

// A bar's length is its value: its axis begins at zero.
function barSpec(chart, rows) {
  const x = category(chart);
  return chartFrame(chart.title, {
    data: { values: rows.filter(isDrawable) },
    encoding: { ...offset(chart), ...paleElsewhere(), tooltip: metricTooltip(xColumn(chart).name) },
    layer: [
      { mark: { type: "bar", cornerRadiusEnd: 2 }, encoding: { x, y: y(chart, true), color: colour(chart) } },
      ...errorBars(rows, x, { color: { value: "#55585c" } }),
    ],
  });
}

function lineSpec(chart, rows) {
  const x = scaled(chart);
  return chartFrame(chart.title, {
    data: { values: rows.filter(isPlaced(chart)) },
    encoding: {
      color: isMany(chart) ? colourByMetric() : colourByMetric(null),
      tooltip: metricTooltip(xColumn(chart).name),
    },
    layer: [
      ...errorBars(rows, x, { opacity: { value: 0.6 } }),
      ...lineLayers(rows, { x, y: y(chart) }),
      { mark: { type: "point", filled: true, size: 50 }, encoding: { x, y: y(chart), ...paleElsewhere() } },
    ],
  });
}

// A pale line through all values, and a full one through those of the chosen comparison.
function lineLayers(rows, encoding) {
  if (!rows.some((row) => row.isElsewhere)) return [{ mark: "line", encoding }];
  return [
    { mark: { type: "line", opacity: pale }, encoding },
    { transform: [{ filter: "!datum.isElsewhere" }], mark: "line", encoding },
  ];
}

function scatterSpec(chart, rows) {
  const x = scaled(chart);
  const shape = isMany(chart) ? { shape: nominal("metric") } : {};
  return chartFrame(chart.title, {
    data: { values: rows.filter(isPlaced(chart)) },
    encoding: { color: colourIfSelected(), tooltip: metricTooltip(xColumn(chart).name) },
    layer: [
      ...errorBars(rows, x, { opacity: { value: 0.5 } }),
      {
        params: picked.params,
        mark: { type: "point", filled: true, size: 90 },
        encoding: { x, y: y(chart), ...shape, opacity: picked.opacity },
      },
    ],
  });
}

// How the versions' values spread: by x, or by metric where x would tell each version alone.
function boxSpec(chart, rows) {
  const isAlone = chart.x === "property:version";
  const x = isAlone ? nominal("metric", { title: null, axis: { labelAngle: 0 } }) : category(chart);
  const byMetric = isAlone || !isMany(chart) ? colourByMetric(null) : colourByMetric();
  return chartFrame(chart.title, {
    data: { values: rows.filter(isDrawable) },
    encoding: { x, y: y(chart), ...(isAlone || !isMany(chart) ? {} : offset(chart)), color: byMetric },
    layer: [
      { mark: { type: "boxplot", extent: "min-max", size: 30, opacity: 0.55 } },
      {
        mark: { type: "point", size: 22 },
        encoding: { ...paleElsewhere(0.8), tooltip: metricTooltip(xColumn(chart).name) },
      },
    ],
  });
}

// Each metric scaled to its own range, dark where it is best.
function heatmapSpec(chart, rows) {
  const drawn = chart.y.flatMap((key) =>
    scaledToBest(
      rows.filter((row) => row.key === key && isDrawable(row)),
      columnByKey.get(key),
    ),
  );
  return chartFrame(chart.title, {
    data: { values: drawn },
    mark: { type: "rect", cornerRadius: 2 },
    encoding: {
      x: { field: "version", type: "ordinal", sort: null, axis: { labelAngle: 0, labelOverlap: true } },
      y: nominal("metric", { title: null }),
      color: quantitative("share", { title: "best = 1", scale: { scheme: "blues", domain: [0, 1] } }),
      tooltip: valueTooltip(),
    },
  });
}

function scaledToBest(rows, column) {
  const size = column.direction === "zero" ? Math.abs : Number;
  const values = rows.map((row) => size(row.value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isLess = ["lower", "zero"].includes(column.direction);
  return rows.map((row, at) => {
    const share = high > low ? (values[at] - low) / (high - low) : 1;
    return { ...row, share: isLess && high > low ? 1 - share : share };
  });
}
