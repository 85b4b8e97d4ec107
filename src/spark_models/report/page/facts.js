// All that is known of each version, as facts that can be held side by side.

import { cardOf, columns, groupName } from "./data.js";
import { formatBytes, formatValue } from "./numbers.js";
import { isElsewhere, valueOf } from "./values.js";

// Each fact: its group, its name, and its text by version; `raw` is what decides whether two are alike, of those versions
// for which it `isKnown`.
export function factsOf(versions) {
  return [
    ...columnFacts(),
    ...cardFacts(versions, fieldsOf, isStored),
    ...cardFacts(versions, requirementsOf, isStored),
    ...cardFacts(versions, datasetsOf, always),
    ...cardFacts(versions, filesOf, isStored),
  ];
}

// Of a version that MLflow registered by itself there is no card: nobody has looked at its files.
export const hasCard = (card) => Boolean(card?.flavor);

const isStored = (version) => hasCard(cardOf(version));
export const always = () => true;
// A tag may tell the digest.
const isTold = (version) => Boolean(cardOf(version)?.digest);
const KNOWN_BY = {
  "property:flavor": isStored,
  "property:files": isStored,
  "property:bytes": isStored,
  "property:digest": isTold,
};

// Only values over the same rows are held side by side.
const comparableValueOf = (column, version) => (isElsewhere(column, version) ? null : valueOf(column, version));

function columnFacts() {
  return columns
    .filter((column) => column.key !== "property:version")
    .map((column) => ({
      group: groupName(column.group),
      name: column.name,
      column,
      isKnown: KNOWN_BY[column.key] ?? always,
      text: (version) => formatValue(comparableValueOf(column, version), column.kind, column.group),
      raw: (version) => comparableValueOf(column, version),
    }));
}

// Facts that cards hold as lists of [group, name, text, raw]; without the last the text decides.
function cardFacts(versions, list, isKnown) {
  const byVersion = new Map(
    versions.map((version) => [
      version,
      byName(list(cardOf(version))),
    ]),
  );
  const keys = [...new Set([...byVersion.values()].flatMap((facts) => [...facts.keys()]))];
  return keys.map((key) => {
    const [group, name] = key.split("\n");
    const told = (part) => (version) => together(byVersion.get(version).get(key) ?? [], part);
    return { group, name, isKnown, text: told("text"), raw: told("raw") };
  });
}

// A card may have several facts of one name: a package's lines for several systems, data logged twice.
function byName(facts) {
  const found = new Map();
  for (const [group, name, text, raw = text] of facts) {
    const key = `${group}\n${name}`;
    found.set(key, [...(found.get(key) ?? []), { text, raw }]);
  }
  return found;
}

const together = (facts, part) =>
  facts
    .map((fact) => fact[part])
    .sort()
    .join(" and ");

const signatureParts = { inputs: "input", outputs: "output", params: "inference parameter" };

export function fieldsOf(card) {
  return Object.entries(signatureParts).flatMap(([part, group]) =>
    (card?.signature?.[part] ?? []).map((field, place) => [group, field.name ?? `number ${place}`, fieldType(field)]),
  );
}

function fieldType(field) {
  const usual = "default" in field ? ` = ${JSON.stringify(field.default)}` : "";
  return `${typeOf(field)}${usual}${field.required === false ? ", optional" : ""}`;
}

// With all that stands in arrays, maps and objects, since two that differ there are not alike.
function typeOf(field) {
  const tensor = field["tensor-spec"];
  if (tensor) return `${tensor.dtype} (${tensor.shape.join(", ")})`;
  if (field.items) return `array<${typeOf(field.items)}>`;
  if (field.values) return `map<${typeOf(field.values)}>`;
  if (field.properties) {
    const inner = Object.keys(field.properties).sort();
    return `object<${inner.map((name) => `${name}: ${fieldType(field.properties[name])}`).join(", ")}>`;
  }
  return field.shape?.length ? `${field.type} (${field.shape.join(", ")})` : String(field.type);
}

function requirementsOf(card) {
  return (card?.requirements ?? []).map((line) => {
    const [name] = /^[\w.-]+(\[[^\]]*\])?/.exec(line) ?? [line];
    return ["requirement", name, line.slice(name.length).trim() || "any"];
  });
}

// The beginning of a digest is enough to see that two are not alike.
export const fileText = (file) => [formatBytes(file.size), ...(file.digest ? [file.digest.slice(0, 12)] : [])].join(", ");

export const datasetsOf = (card) =>
  (card?.datasets ?? []).map((dataset) => [
    "dataset",
    dataset.context ? `${dataset.name} (${dataset.context})` : dataset.name,
    dataset.digest,
  ]);

const filesOf = (card) => (card?.logged_files ?? []).map((file) => ["file", file.path, fileText(file), `${file.size} ${file.digest}`]);
