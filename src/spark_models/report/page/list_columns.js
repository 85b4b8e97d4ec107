// The columns of the version list, as DataTables is told of them.

import { columns, columnByKey, columnName, groupName, groups } from "./data.js";
import { listed } from "./chart_rows.js";
import { element } from "./dom.js";
import { asCsv, saveText } from "./export.js";
import { formatInterval, formatValue } from "./numbers.js";
import { defaults, state } from "./state.js";
import { heading, table } from "./tables.js";
import { intervalOf, isElsewhere, sourceOf, valueOf } from "./values.js";

const { DataTable } = window;

// DataTables' selectors would take a key's ':' for their own.
const nameOf = new Map(columns.map((column, place) => [column.key, `c${place}`]));
const keyOf = new Map([...nameOf].map(([key, name]) => [name, key]));
// Numbers, those that are missing last whichever way they are sorted.
const missingLast = (sign) => (first, second) => {
  if (first === null || second === null) return (first === null) - (second === null);
  return sign * (first - second);
};
DataTable.ext.type.order["measure-asc"] = missingLast(1);
DataTable.ext.type.order["measure-desc"] = missingLast(-1);

const escape = DataTable.render.text().display;

export function selectColumn() {
  return {
    data: null,
    defaultContent: "",
    orderable: false,
    title: '<span class="hidden">selected</span>',
    name: "select",
    width: "1em",
    render: DataTable.render.select(),
    className: "fixed",
  };
}

const titleOf = (column) => (column.group === "logged" ? `${column.name} (logged)` : columnName(column));

export function listColumn(column) {
  return {
    data: null,
    name: nameOf.get(column.key),
    // Titles are HTML for DataTables; the filter builder tells columns by them.
    title: escape(titleOf(column)),
    className: `${column.group} ${column.key === "property:version" ? "fixed" : ""} ${column.kind === "number" ? "dt-right" : ""}`,
    visible: state.shown.includes(column.key),
    type: column.kind === "number" ? "measure" : "string",
    orderSequence: ["asc", "desc"],
    searchBuilderType: column.kind === "number" ? "num" : "string",
    // The builder's titles are texts, of which it takes away what looks like a tag; the values it offers are HTML.
    searchBuilderTitle: titleOf(column).replaceAll("<", "‹").replaceAll(">", "›"),
    searchBuilder: { orthogonal: { display: "filter", search: "value" } },
    render: (_, use, row) => rendered(column, row.version, use),
  };
}

// For the screen escaped HTML; for sorting, the filter builder and CSV the value itself.
function rendered(column, version, use) {
  const value = valueOf(column, version);
  // DataTables looks for entities in what it filters by making HTML of it.
  if (use === "filter" && column.kind === "text") return escape(value ?? "");
  if (use === "export" && isElsewhere(column, version)) return `${value} (${sourceOf(column, version)})`;
  if (use !== "display")
    return column.kind === "time" ? formatValue(value, "time") : (value ?? (column.kind === "number" ? null : ""));
  const interval = state.intervals ? intervalOf(column, version) : null;
  const shown = escape(formatValue(value, column.kind, column.group)) + elsewhereMark(column, version);
  return interval ? `${shown}<span class="interval">${escape(formatInterval(...interval))}</span>` : shown;
}

function elsewhereMark(column, version) {
  if (!isElsewhere(column, version)) return "";
  return `<span title="${escape(sourceOf(column, version))}, over other rows">\u2009†</span>`;
}

export function columnsButton() {
  const group = (name) => [
    { extend: "spacer", style: "bar", text: `${groupName(name)}` },
    { extend: "columnsToggle", columns: `.${name}:not(.fixed)` },
  ];
  const shown = groups.filter((name) =>
    columns.some((column) => column.group === name && column.key !== "property:version"),
  );
  return {
    extend: "collection",
    text: "Customise columns",
    background: false,
    fade: 0,
    className: "customise",
    buttons: [
      ...shown.flatMap(group),
      { extend: "spacer", style: "bar", text: "" },
      { text: "Reset", action: (_event, list) => resetColumns(list) },
    ],
  };
}

// As the page has them by itself, whatever a link said.
function resetColumns(list) {
  list.colReorder.order([0, ...defaults.order.map((key) => 1 + columns.indexOf(columnByKey.get(key)))], true);
  for (const place of places()) list.column(place).visible(defaults.shown.includes(keyAt(list, place)), false);
  list.columns.adjust().draw(false);
}

export function csvListButton() {
  const asIs = { stripHtml: false, stripNewlines: false, decodeEntities: false, trim: false };
  const options = { columns: ":visible:not(:first-child)", modifier: { selected: null }, orthogonal: "export", ...asIs };
  const action = (_event, list) => {
    const { body } = list.buttons.exportData(options);
    const header = shownColumns(list).map((key) => titleOf(columnByKey.get(key)));
    saveText("versions.csv", "text/csv", asCsv([header, ...body]));
  };
  return { text: "CSV", action, attr: { "aria-label": "CSV of the version list" } };
}

// Places in the list as it is now; the first is the column of checkboxes.
export const keyAt = (list, place) => keyOf.get(list.column(place).name());
export const places = () => Array.from({ length: columns.length }, (_, place) => place + 1);
export const orderedColumns = (list) => places().map((place) => keyAt(list, place));
export const shownColumns = (list) =>
  places()
    .filter((place) => list.column(place).visible())
    .map((place) => keyAt(list, place));

// On paper nothing scrolls: the list as a plain table, of the columns that are shown.
export function printedList() {
  const shown = state.order.filter((key) => state.shown.includes(key)).map((key) => columnByKey.get(key));
  const head = [heading("version"), ...shown.filter(isNotVersion).map((column) => heading(titleOf(column)))];
  const body = listed.versions.map((version) => {
    const texts = shown.filter(isNotVersion).map((column) => printedCell(column, version));
    return [element("th", { scope: "row" }, `${state.selected.includes(version) ? "☑" : "☐"} ${version}`), ...texts];
  });
  return table("Versions", [head], body);
}

function printedCell(column, version) {
  const interval = state.intervals ? intervalOf(column, version) : null;
  const ends = interval ? element("span", { className: "interval" }, formatInterval(...interval)) : "";
  const mark = isElsewhere(column, version) ? "\u2009†" : "";
  return element("td", {}, formatValue(valueOf(column, version), column.kind, column.group), mark, ends);
}

const isNotVersion = (column) => column.key !== "property:version";
