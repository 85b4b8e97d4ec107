// The cards of the selected versions: everything known of each.

import { cardOf } from "./data.js";
import { byId, element } from "./dom.js";
import { datasetsOf, fieldsOf, fileText, hasCard } from "./facts.js";
import { formatNumber, formatTime } from "./numbers.js";
import { ascending } from "./palette.js";
import { state } from "./state.js";

const WITHOUT_CARD =
  "No card of it is stored beside these comparisons: its signature, requirements and files are not known here.";

export function showCards() {
  const cards = ascending(state.selected)
    .map((version) => cardOf(version))
    .filter(Boolean);
  byId("card-list").replaceChildren(...cards.map(cardArticle));
  byId("cards").hidden = !cards.length;
}

function cardArticle(card) {
  const name = `Version ${card.model_version}`;
  const aliases = card.aliases.map((alias) => element("span", { className: "badge alias" }, `@${alias}`));
  return element(
    "article",
    { className: "card", "aria-label": name },
    element("h3", {}, `${name} `, ...aliases),
    card.description ? element("p", {}, card.description) : null,
    hasCard(card) ? null : element("p", { className: "quiet" }, WITHOUT_CARD),
    element("dl", {}, ...shortFacts(card)),
    part("Hyperparameters", pairs(card.hyperparameters)),
    part("Metrics", pairs(card.metrics, formatNumber)),
    part(
      "Signature",
      fieldsOf(card).map(([group, field, type]) => [`${group} ${field}`, type]),
    ),
    part(
      "Logged files",
      card.logged_files.map((file) => [file.path, fileText(file)]),
    ),
    part(
      "Requirements",
      card.requirements.map((line) => [line, ""]),
    ),
    part(
      "Datasets",
      datasetsOf(card).map(([, dataset, digest]) => [dataset, digest]),
    ),
    part("Tags", pairs(card.tags)),
  );
}

const pairs = (values, format = String) => Object.entries(values).map(([name, value]) => [name, format(value)]);

function shortFacts(card) {
  const facts = {
    "Time created": formatTime(card.created_at),
    "Run name": card.run_name,
    "Run id": card.run_id,
    Flavor: card.flavor,
    Digest: card.digest,
  };
  return Object.entries(facts)
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [
      element("dt", {}, name),
      element("dd", { className: name === "Digest" ? "digest" : "" }, value),
    ]);
}

// Long lists are folded.
function part(name, rows) {
  if (!rows.length) return null;
  const lines = rows.map(([key, value]) =>
    element("tr", {}, element("th", { scope: "row" }, key), element("td", {}, value)),
  );
  return element(
    "details",
    { open: rows.length <= 12 },
    element("summary", {}, `${name} (${rows.length})`),
    element(
      "table",
      { className: "pairs" },
      element("caption", { className: "hidden" }, name),
      element("tbody", {}, ...lines),
    ),
  );
}
