// What all charts share: frame, axes, tooltips and error bars.

export function chartFrame(title, parts, height = 290) {
  return {
    title: { text: title, anchor: "start", fontSize: 13, offset: 10 },
    description: title,
    width: "container",
    height,
    autosize: { type: "fit", contains: "padding" },
    background: null,
    config: {
      view: { stroke: null },
      axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal", labelLimit: 160 },
      legend: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal" },
      font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
    },
    ...parts,
  };
}

// Of axes without values nobody could tell why there is nothing.
export const emptyFrame = (title) =>
  chartFrame(title, {
    data: { values: [{}] },
    mark: { type: "text", fontSize: 12, color: "#8a8f95" },
    encoding: { text: { value: "There are no values to draw." } },
  });

export const quantitative = (field, more = {}) => ({ field, type: "quantitative", ...more });
export const nominal = (field, more = {}) => ({ field, type: "nominal", sort: null, ...more });

export const tooltip = (fields) =>
  Object.entries(fields).map(([field, title]) => ({ field, title, type: field === "version" ? "nominal" : undefined }));

export const valueTooltip = (more = {}) =>
  tooltip({ version: "version", ...more, metric: "metric", value: "value", low: "from", high: "to", source: "source" });

export const metricTooltip = (xTitle) => valueTooltip({ x: xTitle });

// Values of other comparisons than the chosen one are pale.
export const pale = 0.35;
export const paleElsewhere = (usual = 1) => ({
  opacity: { condition: { test: "datum.isElsewhere", value: pale }, value: usual },
});

// A line from the lower to the upper end of each interval, as a layer; no layer where there are none.
export function errorBars(rows, x, more = {}) {
  if (!rows.some((row) => row.low !== null)) return [];
  return [
    {
      transform: [{ filter: "isValid(datum.low) && isValid(datum.high)" }],
      mark: { type: "rule", strokeWidth: 1.6 },
      encoding: { x, y: quantitative("low"), y2: { field: "high" }, ...more },
    },
  ];
}

// A version's marks alone stay bright when its entry in the legend is clicked.
export const picked = {
  params: [{ name: "picked", select: { type: "point", fields: ["version"] }, bind: "legend" }],
  opacity: {
    condition: [
      { test: { and: [{ param: "picked" }, "datum.isElsewhere"] }, value: pale },
      { param: "picked", value: 1 },
    ],
    value: 0.12,
  },
};
