// The list of versions: DataTables, for sorting, filtering, columns and selection.

import { columns, columnByKey, versions } from "./data.js";
import { byId, element } from "./dom.js";
import { listed } from "./chart_rows.js";
import {
  columnsButton,
  csvListButton,
  keyAt,
  listColumn,
  orderedColumns,
  places,
  selectColumn,
  shownColumns,
} from "./list_columns.js";
import { nameControls } from "./list_names.js";
import { onChange, saveAddress, state, update } from "./state.js";

// Show the list; `onListed` is called when it shows other versions than before.
export function showList(onListed) {
  const list = new window.DataTable(byId("versions-table"), settings());
  selectRows(list, state.selected);
  const filter = showFilterBuilder(list);
  listed.versions = shownVersions(list);
  hear(list, filter, onListed);
  nameControls(list, list.button(".customise").node()[0]);
  byId("intervals").checked = state.intervals;
  byId("intervals").onchange = (event) => {
    update({ intervals: event.target.checked });
    list.rows().invalidate().draw(false);
  };
  onChange(["selected"], () => selectRows(list, state.selected));
  onChange(["comparison"], () => list.rows().invalidate().draw(false));
}

function settings() {
  return {
    data: versions.map((version) => ({ DT_RowId: `version-${version}`, version })),
    columns: [selectColumn(), ...columns.map(listColumn)],
    order: state.sort.map(([key, direction]) => [1 + columns.indexOf(columnByKey.get(key)), direction]),
    search: { search: state.search },
    colReorder: {
      columns: ":gt(1)",
      order: [0, ...state.order.map((key) => 1 + columns.indexOf(columnByKey.get(key)))],
    },
    pageLength: 25,
    lengthMenu: [10, 25, 50, 100, { label: "all", value: -1 }],
    scrollX: true,
    autoWidth: false,
    deferRender: true,
    fixedColumns: { start: 2 },
    select: { style: "multi", selector: "td:first-child", headerCheckbox: true },
    layout: {
      topStart: { buttons: [columnsButton(), csvListButton()] },
      topEnd: "search",
      bottomStart: ["info", "pageLength"],
    },
    language: {
      search: "Filter",
      lengthMenu: "_MENU_ a page",
      info: "_START_ to _END_ of _TOTAL_ versions",
      infoFiltered: "(of _MAX_)",
      infoEmpty: "no version",
      zeroRecords: "No version fits the filter.",
      entries: { _: "versions", 1: "version" },
      select: { aria: { headerCheckbox: "Select all versions of the list" } },
    },
  };
}

function showFilterBuilder(list) {
  const builder = new window.DataTable.SearchBuilder(list, { columns: columns.map((_, place) => place + 1) });
  byId("filter-builder").append(element("div", {}, builder.getNode()[0]));
  if (!state.filter) return builder;
  try {
    builder.rebuild(state.filter);
  } catch {
    builder.rebuild({});
  }
  // What the builder made of a filter that anybody may have written into a link.
  state.filter = builtFilter(builder);
  byId("filter-builder").open = state.filter !== null;
  return builder;
}

function builtFilter(builder) {
  const details = builder.getDetails(true);
  return details.criteria?.length ? details : null;
}

function selectRows(list, selected) {
  const wanted = new Set(selected);
  const selectedNow = new Set(selectedVersions(list));
  if (wanted.size === selectedNow.size && selected.every((version) => selectedNow.has(version))) return;
  list.rows().deselect();
  list.rows(selected.map((version) => `#version-${version}`)).select();
}

const selectedVersions = (list) =>
  list
    .rows({ selected: true })
    .data()
    .toArray()
    .map((row) => row.version);
const shownVersions = (list) =>
  list
    .rows({ search: "applied" })
    .data()
    .toArray()
    .map((row) => row.version);

function hear(list, filter, onListed) {
  list.on("select deselect", () => setTimeout(() => takeSelection(list)));
  list.on("column-visibility", () => update({ shown: shownColumns(list) }));
  list.on("columns-reordered", () => update({ order: orderedColumns(list), shown: shownColumns(list) }));
  list.on("order search", () => {
    const sort = list.order().map(([place, direction]) => [keyAt(list, place), direction]);
    Object.assign(state, {
      sort: sort.filter(([key]) => key),
      search: list.search(),
      filter: builtFilter(filter),
    });
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

// In one go: our own changes of the selection raise an event for each row.
function takeSelection(list) {
  const now = selectedVersions(list);
  if (now.length === state.selected.length && now.every((version) => state.selected.includes(version))) return;
  update({
    selected: [
      ...state.selected.filter((version) => now.includes(version)),
      ...now.filter((version) => !state.selected.includes(version)),
    ],
  });
}

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
  const moved = list.column(to).header();
  (moved.querySelector("[tabindex]") ?? moved).focus();
}
