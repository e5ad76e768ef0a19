// @ts-check
/** Language and theme: what was chosen in this browser, else what the system says. */
import { bestLanguage } from "./text/index.js";

const PREFIX = "infoscreen.";

/** @typedef {"system"|"light"|"dark"} Theme */

/** @param {string} name */
function stored(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage may be forbidden; the page works without
  }
}

/** @param {string} name @param {string} value */
function store(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // As above: the choice then lasts as long as the page.
  }
}

export const preferredLanguage = () => stored("language") ?? bestLanguage(navigator.languages);

/** @param {string} code */
export const keepLanguage = (code) => store("language", code);

/** @returns {Theme} */
export function preferredTheme() {
  const theme = stored("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** @param {Theme} theme */
export function applyTheme(theme) {
  store("theme", theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
