// Tables that are wider than a sheet of paper, as several of some columns each; each has the row headings.

import { element } from "./dom.js";

// In letters: what a sheet in portrait holds, what a column has beside its text, and what a text is broken to.
const sheet = 112;
const margin = 3;
const longest = 28;

export function showSheets(isPaper) {
  for (const sheets of document.querySelectorAll(".sheets")) sheets.remove();
  if (!isPaper) return;
  for (const table of document.querySelectorAll(".scroll > table.facts")) {
    const blocks = blocksOf(table);
    if (blocks.length > 1) table.parentElement.after(element("div", { className: "sheets" }, ...blocks));
  }
}

function blocksOf(table) {
  const rows = [...table.rows].map((row) => ({ row, cells: [] }));
  placeCells(rows);
  const heading = rows.findLast(({ row }) => row.parentElement.localName === "tbody");
  const kept = 1 + (heading?.cells ?? []).findIndex(({ cell }) => cell.localName === "th");
  const units = rows[0].cells.filter(({ from }) => from >= kept);
  const widths = widthsOf(rows);
  const room = sheet - sum(widths.slice(0, kept));
  return packed(units, widths, room).map(({ from, to }) =>
    sheetOf(table, rows, (cell) => cell.from < kept || (cell.from >= from && cell.to <= to)),
  );
}

// The columns that each cell covers; a cell of several rows takes its place in those below.
function placeCells(rows) {
  const taken = rows.map(() => new Set());
  for (const [place, { row, cells }] of rows.entries()) {
    let from = 0;
    for (const cell of row.cells) {
      while (taken[place].has(from)) from += 1;
      for (let below = 1; below < cell.rowSpan; below += 1) taken[place + below]?.add(from);
      cells.push({ cell, from, to: from + cell.colSpan });
      from += cell.colSpan;
    }
  }
}

// By the longest line of each column; a cell's parts lie below or beside one another.
function widthsOf(rows) {
  const widths = [];
  for (const { cells } of rows)
    for (const { cell, from, to } of cells) {
      const length = Math.max(0, ...[...cell.childNodes].map((node) => node.textContent.length));
      if (to === from + 1) widths[from] = Math.max(widths[from] ?? 0, Math.min(length, longest) + margin);
    }
  return widths;
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

// As many columns a block as fit; those below one heading stay together.
function packed(units, widths, room) {
  const blocks = [];
  let left = 0;
  for (const { from, to } of units) {
    const width = sum(widths.slice(from, to));
    if (blocks.length && width <= left) blocks.at(-1).to = to;
    else blocks.push({ from, to });
    left = blocks.at(-1).from === from ? room - width : left - width;
  }
  return blocks;
}

function sheetOf(table, rows, isShown) {
  const made = table.cloneNode(false);
  for (const group of [table.caption, table.tHead, ...table.tBodies].filter(Boolean)) {
    const lines = rows.filter(({ row }) => row.parentElement === group);
    const copied = lines.map(({ row, cells }) => {
      const copy = row.cloneNode(false);
      copy.append(...cells.filter(isShown).map(({ cell }) => cell.cloneNode(true)));
      return copy;
    });
    const copy = group.cloneNode(!lines.length);
    copy.append(...copied);
    made.append(copy);
  }
  return made;
}
