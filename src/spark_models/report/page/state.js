// What the reader has set. It lives in the address behind '#', so that a view can be shared by its link.

import { columnByKey, columns, comparisons, isVersion, versions } from "./data.js";

const newest = comparisons[0];
const metricKeys = columns.filter((column) => column.group === "computed").map((column) => column.key);
const loggedKeys = columns.filter((column) => column.group === "logged").map((column) => column.key);
const firstMetrics = (metricKeys.length ? metricKeys : loggedKeys).filter(
  (key) => columnByKey.get(key).direction !== "none",
);

export const defaults = {
  selected: newest ? [newest.baseline_version, ...newest.candidates] : versions.slice(-3),
  comparison: newest?.comparison_id ?? null,
  shown: columns.filter((column) => column.shown).map((column) => column.key),
  order: columns.map((column) => column.key),
  sort: [["property:version", "desc"]],
  search: "",
  filter: null,
  intervals: true,
  charts: firstMetrics.length ? [firstChart(), tradeOffs()] : [],
  onlyDifferences: true,
  baseline: newest?.baseline_version ?? null,
  sliceMetric: null,
  sliceShows: "change",
  onlyFlagged: false,
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
};

function firstChart() {
  return newChart({
    title: `${columnByKey.get(firstMetrics[0]).name} by version`,
    type: "interval",
    y: [firstMetrics[0]],
  });
}

function tradeOffs() {
  return newChart({ title: "Trade-offs", type: "parallel", y: firstMetrics.slice(0, 5), of: "listed" });
}

export function newChart(changes = {}) {
  const y = firstMetrics.slice(0, 1);
  return {
    title: "New chart",
    type: "bar",
    x: "property:version",
    y,
    of: "selected",
    zero: false,
    ranges: {},
    ...changes,
  };
}

// Charts are changed in place: the defaults must not change with them.
export const state = { ...structuredClone(defaults), ...fromAddress() };

// Only what differs from the defaults, so that a link stays short.
export function toAddress() {
  const changed = Object.entries(state).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  return changed.length ? `#${encodeURIComponent(JSON.stringify(Object.fromEntries(changed)))}` : "";
}

function fromAddress() {
  try {
    return checked(JSON.parse(decodeURIComponent(location.hash.slice(1))) ?? {});
  } catch {
    return {};
  }
}

// A link may come from a page of another day, with other versions and columns, or from anybody.
function checked(given) {
  const kept = {};
  for (const [key, value] of Object.entries(given)) {
    const usual = defaults[key];
    const isOfItsKind =
      usual === null || (typeof value === typeof usual && Array.isArray(value) === Array.isArray(usual));
    if (Object.hasOwn(defaults, key) && isOfItsKind) kept[key] = value;
  }
  if (kept.selected) kept.selected = [...new Set(kept.selected)].filter(isVersion);
  if (kept.shown) kept.shown = kept.shown.filter((key) => columnByKey.has(key));
  if (kept.order) kept.order = [...new Set([...kept.order.filter((key) => columnByKey.has(key)), ...defaults.order])];
  if (kept.sort) kept.sort = kept.sort.filter((entry) => columnByKey.has(entry?.[0]) && ["asc", "desc"].includes(entry[1]));
  if (kept.charts) kept.charts = kept.charts.map(checkedChart);
  if (!comparisons.some((one) => one.comparison_id === kept.comparison)) delete kept.comparison;
  return kept;
}

function checkedChart(given) {
  const chart = newChart({ ...given });
  chart.title = typeof chart.title === "string" ? chart.title : "Chart";
  chart.of = chart.of === "listed" ? "listed" : "selected";
  chart.zero = chart.zero === true;
  const ranges = Object.entries(chart.ranges ?? {}).filter(([, range]) => Array.isArray(range));
  chart.ranges = Object.fromEntries(ranges.map(([key, [low, high]]) => [key, [rangeEnd(low), rangeEnd(high)]]));
  chart.y = [...new Set([chart.y].flat())].filter((key) => columnByKey.has(key));
  if (!columnByKey.has(chart.x)) chart.x = "property:version";
  return chart;
}

function rangeEnd(end) {
  return Number.isFinite(end) ? end : null;
}

const listeners = [];

// Call `listener` whenever one of these keys was set.
export function onChange(keys, listener) {
  listeners.push({ keys, listener });
}

export function update(changes) {
  Object.assign(state, changes);
  saveAddress();
  const changed = Object.keys(changes);
  for (const { keys, listener } of listeners) if (keys.some((key) => changed.includes(key))) listener();
}

export function saveAddress() {
  try {
    history.replaceState(null, "", toAddress() || "#");
  } catch {
    // Some frames have no address of their own.
  }
}

// Back, forward and links within a page that is open already.
if (self === top) addEventListener("hashchange", () => location.reload());
