// Files and links out of the page. A framed page may not download: there everything is offered in a dialog.

import { button, byId, element } from "./dom.js";
import { model } from "./data.js";

// Sandboxed frames refuse downloads and the clipboard, and nothing tells beforehand which do.
const isFramed = self !== top;

export function saveText(name, type, text, picture = "") {
  if (isFramed) showDialog(`Copy this text into a file, such as ${fileName(name)}.`, text, picture);
  else download(name, URL.createObjectURL(new Blob([text], { type })));
}

export function savePicture(name, url) {
  if (isFramed) showDialog(`Save the picture by its context menu, as ${fileName(name)}.`, "", url);
  else download(name, url);
}

function download(name, url) {
  const link = element("a", { href: url, download: fileName(name) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

const fileName = (name) => `${model} ${name}`.replace(/[^\p{L}\p{N}._-]+/gu, "_");

export function printPage() {
  if (isFramed) showDialog("A framed page cannot be printed: open the file itself, by itself, and print it there.", "");
  else window.print();
}

export async function shareLink(address, onCopied) {
  const link = location.href.split("#")[0] + address;
  try {
    if (isFramed) throw new Error("a frame's address is not the page's");
    await navigator.clipboard.writeText(link);
    onCopied();
  } catch {
    const advice = isFramed ? "Add what follows # to the address of the file." : "Copy this link.";
    showDialog(`This view, as a link. ${advice}`, isFramed ? address || "#" : link);
  }
}

export function showDialog(message, text, picture = "") {
  const dialog = byId("export");
  const area = element("textarea", { readOnly: true, value: text, hidden: !text, "aria-label": "Text to copy" });
  dialog.replaceChildren(
    element("p", {}, message),
    area,
    element("p", {}, picture ? element("img", { src: picture, alt: "The chart that is exported" }) : ""),
    button("Close", () => dialog.close()),
  );
  dialog.showModal();
  if (text) area.select();
}

// Rows of values as CSV; what spreadsheets would take for a formula stays a text.
export function asCsv(rows) {
  const quoted = (value) => `"${harmless(value).replaceAll('"', '""')}"`;
  return `\uFEFF${rows.map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
}

function harmless(value) {
  const text = value === null || value === undefined ? "" : String(value);
  return /^[=+@\t\r-]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
}

export function csvButton(name, rows) {
  return button("CSV", () => saveText(`${name}.csv`, "text/csv", asCsv(rows())), { "aria-label": `CSV of ${name}` });
}

// Objects as a heading and a row of values each.
export function asRows(objects) {
  const names = Object.keys(objects[0] ?? {});
  return [names, ...objects.map((object) => names.map((name) => object[name]))];
}
