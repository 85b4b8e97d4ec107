// Drawing by Vega-Lite, and charts as pictures.

import { button, element } from "./dom.js";
import { savePicture, saveText } from "./export.js";

// Expressions are interpreted (`ast`): the content security policy allows no eval.
const options = { renderer: "svg", ast: true, actions: false, tooltip: { theme: "custom", formatTooltip } };

// Vega's own makes a heading and a picture of fields that are called title and image.
function formatTooltip(values, sanitize) {
  const rows = Object.entries(values).map(
    ([name, value]) => `<tr><td class="key">${sanitize(name)}</td><td class="value">${sanitize(value)}</td></tr>`,
  );
  return `<table><tbody>${rows.join("")}</tbody></table>`;
}

const drawn = new Map();

export async function draw(place, spec) {
  drawn.get(place)?.finalize();
  drawn.delete(place);
  const result = await window.vegaEmbed(place, spec, options);
  drawn.set(place, result);
  const picture = place.querySelector("svg");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", spec.description);
  // Vega's brush says that it is a graphic, and not which.
  for (const mark of picture.querySelectorAll("[role]:not([aria-label])")) mark.setAttribute("aria-hidden", "true");
  return result.view;
}

export function erase(place) {
  drawn.get(place)?.finalize();
  drawn.delete(place);
}

// A chart that is no reader's own, with what saves it below.
export async function drawWithPictures(place, spec, name) {
  const view = await draw(place, spec);
  place.parentElement.querySelector(":scope > .actions")?.remove();
  place.after(element("div", { className: "actions noprint" }, ...pictureButtons(() => name, () => view, ` of ${name}`)));
}

// What saves a chart; both are asked for when that is wanted.
export function pictureButtons(name, view, whose = "") {
  const png = async () => savePicture(`${name()}.png`, await asPng(view()));
  const svg = async () => {
    const text = await asSvg(view());
    saveText(`${name()}.svg`, "image/svg+xml", text, svgUrl(text));
  };
  return [button("PNG", png, { "aria-label": `PNG${whose}` }), button("SVG", svg, { "aria-label": `SVG${whose}` })];
}

// A picture is for a document: dark on white, whatever the page is.
const asPng = (view) => onWhite(view, () => view.toImageURL("png", 2));
const asSvg = (view) => onWhite(view, () => view.toSVG());

async function onWhite(view, take) {
  const before = view.background();
  view.background("white");
  const picture = await take();
  view.background(before);
  return picture;
}

const svgUrl = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
