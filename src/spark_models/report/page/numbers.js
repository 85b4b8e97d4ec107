// Numbers, intervals and times as a person reads them.

export function formatNumber(value) {
  if (value === null || value === undefined) return "";
  const number = Number(value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞";
  const size = Math.abs(number);
  if (Number.isInteger(number) && size < 1e12) return withMinus(number.toLocaleString("en"));
  if (size >= 1e6 || size < 1e-4) return withMinus(number.toExponential(2));
  return withMinus(size >= 1000 ? number.toLocaleString("en", { maximumFractionDigits: 1 }) : fixed(number, size));
}

// Four decimals from 0.1 to 10, more before and fewer after: four digits that say something.
function fixed(number, size) {
  return String(Number(number.toFixed(size < 0.1 ? 5 : size < 10 ? 4 : 2)));
}

const withMinus = (text) => text.replace("-", "−");

// A measured value: with the decimals that its neighbours have, 0.7800 below 0.7982.
export function formatMeasure(value) {
  const size = Math.abs(value);
  const hasFour = isNumber(value) && !Number.isInteger(Number(value)) && size >= 0.001 && size < 10;
  return hasFour ? withMinus(Number(value).toFixed(4)) : formatNumber(value);
}

export function formatChange(value) {
  if (value === null || value === undefined) return "";
  return value > 0 ? `+${formatMeasure(value)}` : formatMeasure(value);
}

export function formatInterval(low, high, format = formatMeasure) {
  return isNumber(low) && isNumber(high) ? `[${format(low)}, ${format(high)}]` : "";
}

export const isNumber = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));

export const formatPercent = (share) => `${Number((100 * share).toFixed(1))}%`;

// As 2026-03-01 09:30, in UTC, whatever zone the reader is in: two readers of one page speak of one time.
export const formatTime = (text) => (text ? new Date(text).toISOString().slice(0, 16).replace("T", " ") : "");

const isTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

// Milliseconds of a date or time as ISO 8601 has it, of one without a zone in UTC; null of any other text.
export function timeOf(text) {
  if (!isTime.test(text)) return null;
  const [day, time = "00:00Z"] = text.split(/[T ]/);
  const found = Date.parse(`${day}T${time}${/Z|[+-]/.test(time) ? "" : "Z"}`);
  return Number.isNaN(found) ? null : found;
}

export function formatBytes(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [size, unit] = [bytes, 0];
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${unit ? size.toFixed(size < 10 ? 1 : 0) : size} ${units[unit]}`;
}

// The value of a column of the version list.
export function formatValue(value, kind, group = "") {
  if (kind === "number") return ["computed", "logged"].includes(group) ? formatMeasure(value) : formatNumber(value);
  return kind === "time" ? formatTime(value) : (value ?? "");
}
