// The bar on top: where to go, the theme, the link, printing.

import { generatedAt, model, versions } from "./data.js";
import { byId } from "./dom.js";
import { printPage, shareLink } from "./export.js";
import { formatTime } from "./numbers.js";
import { hearPaper } from "./paper.js";
import { onChange, state, toAddress, update } from "./state.js";

export function showToolbar() {
  byId("model").textContent = model;
  byId("subtitle").textContent =
    `${versions.length} version${versions.length === 1 ? "" : "s"}, as of ${formatTime(generatedAt)} UTC`;
  byId("theme").onclick = () => update({ dark: !state.dark });
  byId("print").onclick = printPage;
  byId("link").onclick = () => shareLink(toAddress(), () => (byId("selection").textContent = "Link copied"));
  for (const link of document.querySelectorAll("nav a")) link.onclick = (event) => goTo(event, link.hash.slice(1));
  onChange(["dark"], showTheme);
  hearPaper();
  showTheme();
}

export function showSelection() {
  byId("selection").textContent = `${state.selected.length} selected`;
  for (const link of document.querySelectorAll("nav a")) link.hidden = byId(link.hash.slice(1)).hidden;
}

function showTheme() {
  document.documentElement.classList.toggle("dark", state.dark);
  byId("theme").setAttribute("aria-pressed", state.dark);
}

// By hand: the address behind '#' is the reader's view.
function goTo(event, id) {
  event.preventDefault();
  byId(id).scrollIntoView();
  byId(id).focus({ preventScroll: true });
}
