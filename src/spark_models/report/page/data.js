// What the page was written with: read once, never changed.

import { timeOf } from "./numbers.js";

const told = JSON.parse(document.getElementById("data").textContent);

export const model = told.model;
export const generatedAt = told.generated_at;
export const versions = told.versions;
export const comparisons = told.comparisons;
export const leftOut = told.left_out;
export const counts = told.counts;

const placeOf = new Map(versions.map((version, place) => [version, place]));
const numeric = (values) => values?.map((value) => (value === null ? null : Number(value)));

// JSON has no NaN and no infinities: in a column of numbers they are texts.
export const columns = told.columns.map((column) => ({
  ...column,
  values: column.kind === "number" ? numeric(column.values) : column.values,
  low: numeric(column.low),
  high: numeric(column.high),
  scale: scaleOf(column),
}));
export const columnByKey = new Map(columns.map((column) => [column.key, column]));

// The kind of axis that places its values by their size; none of names, which versions are, too.
function scaleOf(column) {
  if (column.key === "property:version") return null;
  if (column.kind === "number") return "quantitative";
  const texts = column.values.filter((value) => value !== null);
  return texts.length && texts.every((text) => timeOf(text) !== null) ? "temporal" : null;
}

const groupNames = {
  property: "property",
  computed: "computed metric",
  logged: "logged metric",
  parameter: "hyperparameter",
  tag: "tag",
};

export const groups = Object.keys(groupNames);
export const groupName = (group) => groupNames[group];

// A column's name; one that a column before it has already comes with its group.
export function columnName(column) {
  const isFirst = columns.find((other) => other.name === column.name) === column;
  const group = column.group === "logged" ? "logged" : groupName(column.group);
  return isFirst ? column.name : `${column.name} (${group})`;
}

export const isVersion = (version) => placeOf.has(version);
export const cardOf = (version) => told.cards[placeOf.get(version)];

// A column's value with its interval, and of a computed one the comparison, as the list has it from the newest that has one.
export function newestOf(column, version) {
  const place = placeOf.get(version);
  return {
    value: column.values[place] ?? null,
    low: column.low?.[place],
    high: column.high?.[place],
    comparison: comparisons[column.comparison?.[place]] ?? null,
  };
}

// The rows of columns of equal length, as objects; a column that is not there is null everywhere.
export function rowsOf(columnar) {
  const names = Object.keys(columnar);
  const length = names.length ? columnar[names[0]].length : 0;
  return Array.from({ length }, (_, place) => Object.fromEntries(names.map((name) => [name, columnar[name][place]])));
}
