// All that is known of each version, as facts that can be held side by side.

import { cardOf, columns, groupName, valueOf } from "./data.js";
import { formatBytes, formatValue } from "./numbers.js";

// Each fact: its group, its name, and its text by version; `raw` is what decides whether two are alike.
export function factsOf(versions) {
  return [
    ...columnFacts(),
    ...cardFacts(versions, fieldsOf),
    ...cardFacts(versions, requirementsOf),
    ...cardFacts(versions, datasetsOf),
    ...cardFacts(versions, filesOf),
  ];
}

function columnFacts() {
  return columns
    .filter((column) => column.key !== "property:version")
    .map((column) => ({
      group: groupName(column.group),
      name: column.name,
      column,
      text: (version) => formatValue(valueOf(column, version), column.kind, column.group),
      raw: (version) => valueOf(column, version),
    }));
}

// Facts that cards hold as lists of [group, name, text, raw]; without the last the text decides.
function cardFacts(versions, list) {
  const byVersion = new Map(
    versions.map((version) => [
      version,
      new Map(list(cardOf(version)).map((fact) => [`${fact[0]}\n${fact[1]}`, fact])),
    ]),
  );
  const keys = [...new Set([...byVersion.values()].flatMap((facts) => [...facts.keys()]))];
  return keys.map((key) => {
    const [group, name] = key.split("\n");
    const text = (version) => byVersion.get(version)?.get(key)?.[2] ?? "";
    const raw = (version) => byVersion.get(version)?.get(key)?.[3] ?? text(version);
    return { group, name, text, raw };
  });
}

const signatureParts = { inputs: "input", outputs: "output", params: "inference parameter" };

export function fieldsOf(card) {
  return Object.entries(signatureParts).flatMap(([part, group]) =>
    (card?.signature?.[part] ?? []).map((field, place) => [group, field.name ?? `number ${place}`, fieldType(field)]),
  );
}

function fieldType(field) {
  const tensor = field["tensor-spec"];
  const type = tensor
    ? `${tensor.dtype} (${tensor.shape.join(", ")})`
    : typeof field.type === "string"
      ? field.type
      : JSON.stringify(field);
  return field.required === false ? `${type}, optional` : type;
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
