// @ts-check
/**
 * Every word the page says, in the language of whoever reads it. `t("key", {n: 3})` fills `{n}` in; where a text has
 * plural forms, `n` chooses. What the server says (filenames, problem details) is shown as it comes.
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

/** The best of the languages there are. @param {readonly string[]} wanted in order of preference */
export function bestLanguage(wanted) {
  const bases = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
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

/** @param {number} n @returns {"one"|"other"} */
const chosenForm = (n) => (formatter(Intl.PluralRules, current).select(n) === "one" ? "one" : "other");

/** @param {string|number|undefined} value */
function shown(value) {
  return typeof value === "number" ? formatter(Intl.NumberFormat, current).format(value) : String(value ?? "");
}
