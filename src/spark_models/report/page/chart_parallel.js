// Parallel coordinates: a line a version, an axis a metric, each scaled to its own least and greatest value.
// Dragging along an axis sets a range; lines outside of any range fade.

import { columnByKey } from "./data.js";
import { chartFrame, nominal, quantitative, valueTooltip } from "./chart_marks.js";
import { isDrawable, metricName, versionsOf } from "./chart_rows.js";
import { formatNumber } from "./numbers.js";
import { colourIfSelected } from "./palette.js";
import { valueOf } from "./values.js";

export function scalesOf(chart) {
  return chart.y.map((key) => {
    const column = columnByKey.get(key);
    const values = versionsOf(chart)
      .map((version) => valueOf(column, version))
      .filter(Number.isFinite);
    return { key, name: metricName(key), low: Math.min(...values), high: Math.max(...values) };
  });
}

// The versions whose values lie in every range that is set.
export function versionsInRanges(chart) {
  const ranges = Object.entries(chart.ranges).filter(([key]) => chart.y.includes(key));
  return versionsOf(chart).filter((version) =>
    ranges.every(([key, [low, high]]) => {
      const value = valueOf(columnByKey.get(key), version);
      return Number.isFinite(value) && value >= (low ?? -Infinity) && value <= (high ?? Infinity);
    }),
  );
}

export function parallelSpec(chart, rows) {
  const scales = new Map(scalesOf(chart).map((scale) => [scale.key, scale]));
  const inRange = new Set(versionsInRanges(chart).map(String));
  const isRanged = Object.keys(chart.ranges).length > 0;
  const drawn = rows.filter(isDrawable).map((row) => {
    const { low, high } = scales.get(row.key);
    const place = high > low ? (row.value - low) / (high - low) : 0.5;
    const strength = isRanged ? (inRange.has(row.version) ? 1 : 0.08) : row.isSelected ? 1 : 0.3;
    return { ...row, place, strength };
  });
  return chartFrame(chart.title, {
    data: { values: drawn },
    encoding: {
      x: nominal("metric", {
        title: null,
        scale: { padding: 0.3 },
        axis: { grid: true, labelAngle: 0, labelPadding: 8, ticks: false, domain: false, labelLimit: 110 },
      }),
    },
    layer: [linesLayer(), pointsLayer(), endsLayer(scales, "high"), endsLayer(scales, "low")],
  });
}

// Room beyond the axes' ends, for a drag to begin and end in.
const place = quantitative("place", { axis: null, scale: { domain: [-0.07, 1.07], nice: false } });
const strength = quantitative("strength", { scale: null, legend: null });

function linesLayer() {
  return {
    mark: { type: "line", strokeWidth: 1.8 },
    encoding: {
      y: place,
      detail: { field: "version" },
      strokeDash: { field: "isElsewhere", scale: { domain: [false, true], range: [[1, 0], [5, 4]] }, legend: null },
      order: { field: "x" },
      color: colourIfSelected(),
      opacity: strength,
    },
  };
}

function pointsLayer() {
  return {
    params: [
      { name: "brush", select: { type: "interval", mark: { fill: "#2a7de1", fillOpacity: 0.15, stroke: "#2a7de1" } } },
    ],
    mark: { type: "point", filled: true, size: 42 },
    encoding: { y: place, color: colourIfSelected(), opacity: strength, tooltip: valueTooltip() },
  };
}

// The value at an axis's upper or lower end.
function endsLayer(scales, end) {
  const values = [...scales.values()]
    .filter((scale) => Number.isFinite(scale[end]))
    .map((scale) => ({ metric: scale.name, text: formatNumber(scale[end]) }));
  const isHigh = end === "high";
  return {
    data: { values },
    mark: { type: "text", dy: isHigh ? -7 : 7, baseline: isHigh ? "bottom" : "top", fontSize: 10 },
    encoding: {
      x: nominal("metric"),
      y: { datum: isHigh ? 1 : 0, type: "quantitative" },
      text: { field: "text", type: "nominal" },
    },
  };
}

// What the brush covers, as ranges of the axes' own values.
export function rangesOfBrush(chart, brush) {
  const [from, to] = [Math.min(...brush.place), Math.max(...brush.place)];
  const covered = scalesOf(chart).filter((scale) => brush.metric.includes(scale.name) && scale.high > scale.low);
  // Beyond an axis's end a range is open.
  const valueAt = ({ low, high }, share) =>
    share <= 0 || share >= 1 ? null : Number((low + share * (high - low)).toPrecision(6));
  return Object.fromEntries(covered.map((scale) => [scale.key, [valueAt(scale, from), valueAt(scale, to)]]));
}
