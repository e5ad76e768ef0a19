// @ts-check
/**
 * Every word the page says, in the reader's language. `t("key", {n: 3})` fills `{n}` in; where a text has
 * plural forms, `n` chooses. The server's problem details are English: they are shown as they come where that is the
 * page's language or their code has no `problem.` text here.
 */
import { de } from "./de.js";
import { en } from "./en.js";
import { formatter } from "./formatters.js";

/** @typedef {string|{one: string, other: string}} Text */
/** @typedef {Record<string, Text>} Texts */

/** @type {Record<string, Texts>} */
export const LANGUAGES = { en, de };

let current = "en";

export const language = () => current;

/** How numbers and dates are written: as the browser's owner does, if they speak the page's language. */
export const locale = () => globalThis.navigator?.languages?.find((tag) => baseOf(tag) === current) ?? current;

/** @param {string} tag */
const baseOf = (tag) => tag.toLowerCase().split("-")[0];

/** The best of the languages there are. @param {readonly string[]} wanted in order of preference */
export function bestLanguage(wanted) {
  const bases = wanted.map(baseOf);
  return bases.find((base) => Object.hasOwn(LANGUAGES, base)) ?? "en";
}

/** @param {string} code */
export function setLanguage(code) {
  current = Object.hasOwn(LANGUAGES, code) ? code : "en";
}

/** @param {string} key @param {Record<string, string|number>} [values] @returns {string} */
export function t(key, values = {}) {
  const text = LANGUAGES[current][key] ?? en[key];
  if (text === undefined) return key;
  const form = typeof text === "string" ? text : text[chosenForm(Number(values.n))];
  return form.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}

/** True where there is a text of that name: for what the server may add to before this page does. @param {string} key */
export const hasText = (key) => Object.hasOwn(en, key);

/** What the code of a problem says in the page's language, if it has words of its own for it. @param {string} code */
export const problemText = (code) =>
  Object.hasOwn(LANGUAGES[current], `problem.${code}`) ? t(`problem.${code}`) : null;

/** @param {number} n @returns {"one"|"other"} */
const chosenForm = (n) => (formatter(Intl.PluralRules, current).select(n) === "one" ? "one" : "other");

/** @param {string|number|undefined} value */
function shown(value) {
  return typeof value === "number" ? formatter(Intl.NumberFormat, locale()).format(value) : String(value ?? "");
}
