// Elements, made so that whatever is shown in them is text.

// element("td", { className: "number", title: "…" }, "text", otherElement, …)
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key in made && !key.includes("-")) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function svgElement(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export const byId = (id) => document.getElementById(id);

export function button(text, onclick, properties = {}) {
  return element("button", { type: "button", className: "button", onclick, ...properties }, text);
}

// Fill a select with [value, text] pairs; `chosen` is a value, or a list of them.
export function fillSelect(select, pairs, chosen) {
  const isChosen = (value) => [chosen].flat().includes(value);
  select.replaceChildren(
    ...pairs.map(([value, text]) => {
      const option = new Option(text ?? value, value);
      option.selected = isChosen(value);
      return option;
    }),
  );
}

let fields = 0;

// A control below its label.
export function labelled(text, control, className = "field") {
  control.id = `field-${(fields += 1)}`;
  return element("div", { className }, element("label", { htmlFor: control.id }, text), control);
}

export function labelledSelect(text, pairs, chosen, onchange) {
  const select = element("select", { onchange: () => onchange(select.value) });
  fillSelect(select, pairs, chosen);
  return labelled(text, select);
}

export function checkbox(text, checked, onchange) {
  const box = element("input", { type: "checkbox", checked, onchange: () => onchange(box.checked) });
  return element("label", { className: "check" }, box, text);
}

// Replace what is in a part of the page, and keep the keyboard's place where a control is made anew.
export function refill(container, ...children) {
  const place = focusables(container).indexOf(document.activeElement);
  container.replaceChildren(...children.filter(Boolean));
  if (place >= 0) focusables(container)[place]?.focus({ preventScroll: true });
}

const focusables = (container) => [...container.querySelectorAll("button, input, select, summary, [tabindex]")];
