// @ts-check
/** Numbers as people read them, in the page's language. */
import { formatter } from "../text/formatters.js";
import { locale, t } from "../text/index.js";

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** @param {number} bytes */
export function formatBytes(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const format = {
    style: "unit",
    unit: BYTE_UNITS[unit],
    unitDisplay: unit ? "short" : "long",
    maximumFractionDigits: digits,
  };
  return formatter(Intl.NumberFormat, locale(), format).format(value);
}

/** @param {number} bytesPerSecond */
export const formatSpeed = (bytesPerSecond) => `${formatBytes(bytesPerSecond)}/s`;

/** @param {number} value */
export const formatNumber = (value) => formatter(Intl.NumberFormat, locale()).format(value);

/** "0.8 s", "42 s", "3 min 5 s", "2 h 10 min". @param {number} seconds */
export function formatDuration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) {
    const digits = seconds < 1 ? 2 : seconds < 10 ? 1 : 0;
    return `${formatter(Intl.NumberFormat, locale(), { maximumFractionDigits: digits }).format(seconds)} s`;
  }
  if (whole < 3600) return joined(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  return joined(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

/** How long something has been going on, in its largest unit. @param {Date} since @param {Date} [now] */
export function formatElapsed(since, now = new Date()) {
  const seconds = Math.max(0, (now.getTime() - since.getTime()) / 1000);
  if (seconds < 3600) return formatDuration(seconds < 60 ? Math.floor(seconds) : Math.floor(seconds / 60) * 60);
  if (seconds < 172_800) return formatDuration(Math.floor(seconds / 3600) * 3600);
  return t("time.days", { n: Math.floor(seconds / 86_400) });
}

/** @param {number} large @param {string} largeUnit @param {number} small @param {string} smallUnit */
function joined(large, largeUnit, small, smallUnit) {
  return small ? `${large} ${largeUnit} ${small} ${smallUnit}` : `${large} ${largeUnit}`;
}

/** A rounded estimate of what lies ahead: "4 min 37 s left" would claim more than is known. @param {number} seconds */
export function formatRemaining(seconds) {
  if (seconds < 1) return t("time.almostDone");
  if (seconds < 60) return t("time.secondsLeft", { n: Math.ceil(seconds) });
  if (seconds < 5400) return t("time.minutesLeft", { n: Math.round(seconds / 60) });
  return t("time.hoursLeft", { n: Math.round(seconds / 3600) });
}

const STEPS = /** @type {const} */ ([
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 30],
  ["month", 12],
  ["year", Infinity],
]);

/** "5 min. ago". @param {Date} date @param {Date} [now] */
export function formatAgo(date, now = new Date()) {
  let value = (date.getTime() - now.getTime()) / 1000;
  if (Math.abs(value) < 60) return t("time.now");
  for (const [unit, size] of STEPS) {
    if (Math.abs(value) < size)
      return formatter(Intl.RelativeTimeFormat, locale(), { numeric: "auto", style: "short" }).format(
        Math.trunc(value),
        unit,
      );
    value /= size;
  }
  return "";
}

/** @param {Date} date */
export const formatDate = (date) =>
  formatter(Intl.DateTimeFormat, locale(), { dateStyle: "medium", timeStyle: "short" }).format(date);

/** Pages as people write them: 1, 3–5, 9. @param {readonly number[]} pages in order */
export function formatPages(pages) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last && page === last[1] + 1) last[1] = page;
    else runs.push([page, page]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(", ");
}

/** A day of no zone, such as "2026-11-26", as "Thu, 26 Nov". @param {string} day */
export const formatDay = (day) =>
  formatter(Intl.DateTimeFormat, locale(), {
    weekday: "short",
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  }).format(new Date(`${day}T00:00:00Z`));

/** @param {number} weekday 1 is Monday */
export const formatWeekday = (weekday) =>
  formatter(Intl.DateTimeFormat, locale(), { weekday: "short", timeZone: "UTC" }).format(
    new Date(Date.UTC(2024, 0, weekday)), // the first was a Monday
  );
