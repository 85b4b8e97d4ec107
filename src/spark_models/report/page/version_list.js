// The list of versions: DataTables, for sorting, filtering, columns and selection.

import { columns, columnByKey, groupName, groups, intervalOf, valueOf, versions } from "./data.js";
import { byId, element } from "./dom.js";
import { listed } from "./chart_rows.js";
import { asCsv, saveText } from "./export.js";
import { formatInterval, formatValue } from "./numbers.js";
import { heading, cell, table } from "./tables.js";
import { onChange, saveAddress, state, update } from "./state.js";

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

// Show the list; `onListed` is called when it shows other versions than before.
export function showList(onListed) {
  const list = new DataTable(byId("versions-table"), settings());
  selectRows(list, state.selected);
  const filter = showFilterBuilder(list);
  listed.versions = shownVersions(list);
  hear(list, filter, onListed);
  byId("intervals").checked = state.intervals;
  byId("intervals").onchange = (event) => {
    update({ intervals: event.target.checked });
    list.rows().invalidate().draw(false);
  };
  onChange(["selected"], () => selectRows(list, state.selected));
}

function settings() {
  return {
    data: versions.map((version) => ({ DT_RowId: `version-${version}`, version })),
    columns: [selectColumn(), ...columns.map(listColumn)],
    order: state.sort.map(([key, direction]) => [1 + columns.indexOf(columnByKey.get(key)), direction]),
    search: { search: state.search },
    colReorder: { columns: ":gt(1)", order: [0, ...state.order.map((key) => 1 + columns.indexOf(columnByKey.get(key)))] },
    pageLength: 25,
    lengthMenu: [10, 25, 50, 100, { label: "all", value: -1 }],
    scrollX: true,
    autoWidth: false,
    deferRender: true,
    fixedColumns: { start: 2 },
    select: { style: "multi", selector: "td:first-child", headerCheckbox: true },
    layout: { topStart: { buttons: [columnsButton(), csvListButton()] }, topEnd: "search", bottomStart: ["info", "pageLength"] },
    language: { search: "Filter", lengthMenu: "_MENU_ a page", info: "_START_ to _END_ of _TOTAL_ versions", infoFiltered: "(of _MAX_)", infoEmpty: "no version", zeroRecords: "No version fits the filter.", entries: { _: "versions", 1: "version" } },
  };
}

function selectColumn() {
  return { data: null, defaultContent: "", orderable: false, title: '<span class="hidden">selected</span>', name: "select", width: "1em", render: DataTable.render.select(), className: "fixed" };
}

function listColumn(column) {
  return {
    data: null,
    name: nameOf.get(column.key),
    // Titles are HTML for DataTables; the filter builder tells columns by them.
    title: escape(column.group === "logged" ? `${column.name} (logged)` : column.name),
    className: `${column.group} ${column.key === "property:version" ? "fixed" : ""} ${column.kind === "number" ? "dt-right" : ""}`,
    visible: state.shown.includes(column.key),
    type: column.kind === "number" ? "measure" : "string",
    orderSequence: ["asc", "desc"],
    searchBuilderType: column.kind === "number" ? "num" : "string",
    render: (_, use, row) => rendered(column, row.version, use),
  };
}

// For the screen escaped HTML; for sorting, filters and CSV the value itself.
function rendered(column, version, use) {
  const value = valueOf(column, version);
  if (use !== "display") return column.kind === "time" ? formatValue(value, "time") : (value ?? (column.kind === "number" ? null : ""));
  const interval = state.intervals ? intervalOf(column, version) : null;
  const shown = escape(formatValue(value, column.kind, column.group));
  return interval ? `${shown}<span class="interval">${escape(formatInterval(...interval))}</span>` : shown;
}

function columnsButton() {
  const group = (name) => [{ extend: "spacer", style: "bar", text: `${groupName(name)}` }, { extend: "columnsToggle", columns: `.${name}:not(.fixed)` }];
  const shown = groups.filter((name) => columns.some((column) => column.group === name && column.key !== "property:version"));
  return { extend: "collection", text: "Customise columns", background: false, className: "customise", buttons: [...shown.flatMap(group), { extend: "spacer", style: "bar", text: "" }, { extend: "colvisRestore", text: "Reset" }] };
}

function csvListButton() {
  const options = { columns: ":visible:not(:first-child)", modifier: { selected: null }, orthogonal: "export" };
  const action = (_event, list) => {
    const { header, body } = list.buttons.exportData(options);
    saveText("versions.csv", "text/csv", asCsv([header, ...body]));
  };
  return { text: "CSV", action, attr: { "aria-label": "CSV of the version list" } };
}

function showFilterBuilder(list) {
  const builder = new DataTable.SearchBuilder(list, { columns: columns.map((_, place) => place + 1) });
  byId("filter-builder").append(element("div", {}, builder.getNode()[0]));
  if (!state.filter) return builder;
  try {
    builder.rebuild(state.filter);
    byId("filter-builder").open = true;
  } catch {
    builder.rebuild({});
  }
  return builder;
}

function selectRows(list, selected) {
  const wanted = new Set(selected);
  const selectedNow = new Set(selectedVersions(list));
  if (wanted.size === selectedNow.size && selected.every((version) => selectedNow.has(version))) return;
  list.rows().deselect();
  list.rows(selected.map((version) => `#version-${version}`)).select();
}

const selectedVersions = (list) => list.rows({ selected: true }).data().toArray().map((row) => row.version);
const shownVersions = (list) => list.rows({ search: "applied" }).data().toArray().map((row) => row.version);

function hear(list, filter, onListed) {
  list.on("select deselect", () => setTimeout(() => takeSelection(list)));
  list.on("column-visibility", () => update({ shown: shownColumns(list) }));
  list.on("columns-reordered", () => update({ order: orderedColumns(list), shown: shownColumns(list) }));
  list.on("order search", () => {
    const sort = list.order().map(([place, direction]) => [keyAt(list, place), direction]);
    const details = filter.getDetails(true);
    Object.assign(state, { sort: sort.filter(([key]) => key), search: list.search(), filter: details.criteria?.length ? details : null });
    saveAddress();
  });
  list.on("draw", () => {
    const now = shownVersions(list);
    if (String([...now].sort()) === String([...listed.versions].sort())) return;
    listed.versions = now;
    onListed();
  });
  byId("versions").addEventListener("keydown", (event) => moveByKey(list, event));
}

// On paper nothing scrolls: the list as a plain table, of the columns that are shown.
export function printedList() {
  const shown = state.order.filter((key) => state.shown.includes(key)).map((key) => columnByKey.get(key));
  const head = [heading("version"), ...shown.filter(isNotVersion).map((column) => heading(column.name))];
  const body = listed.versions.map((version) => {
    const texts = shown.filter(isNotVersion).map((column) => cell(formatValue(valueOf(column, version), column.kind, column.group)));
    return [element("th", { scope: "row" }, `${state.selected.includes(version) ? "☑" : "☐"} ${version}`), ...texts];
  });
  return table("Versions", [head], body);
}

const isNotVersion = (column) => column.key !== "property:version";

// In one go: our own changes of the selection raise an event for each row.
function takeSelection(list) {
  const now = selectedVersions(list);
  if (now.length === state.selected.length && now.every((version) => state.selected.includes(version))) return;
  update({ selected: [...state.selected.filter((version) => now.includes(version)), ...now.filter((version) => !state.selected.includes(version))] });
}

const keyAt = (list, place) => keyOf.get(list.column(place).name());
const places = () => Array.from({ length: columns.length }, (_, place) => place + 1);
const orderedColumns = (list) => places().map((place) => keyAt(list, place));
const shownColumns = (list) => places().filter((place) => list.column(place).visible()).map((place) => keyAt(list, place));

// Alt and an arrow move the column whose heading has the focus.
function moveByKey(list, event) {
  const head = event.target.closest("thead th");
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!head || !step || !event.altKey) return;
  event.preventDefault();
  const visible = places().filter((place) => list.column(place).visible());
  const from = list.column(head).index();
  const to = visible[visible.indexOf(from) + step];
  // The version stays first.
  if (!to || to === 1 || from === 1) return;
  list.colReorder.move(from, to);
  list.column(to).header().querySelector("[tabindex]")?.focus() ?? list.column(to).header().focus();
}
