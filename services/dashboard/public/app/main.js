// @ts-check
/** The page's entry: language and theme first, then the application, then the elements that show it. */
import { Application } from "./application.js";
import { AppElement } from "./elements/app.js";
import { applyTheme, preferredLanguage, preferredTheme } from "./preferences.js";
import { setLanguage } from "./text/index.js";

setLanguage(preferredLanguage());
applyTheme(preferredTheme());
const app = new Application();
const element = /** @type {AppElement} */ (document.querySelector("info-app"));
element.begin(app);
