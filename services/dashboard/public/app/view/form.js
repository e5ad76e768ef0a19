// @ts-check
/** What the forms of dialogs are made of. */
import { t } from "../text/index.js";
import { h } from "./dom.js";
import { formatWeekday } from "./format.js";

/** A labelled control. @param {string} label @param {HTMLElement} control with an id @param {string} [hint] */
export function field(label, control, hint = "") {
  const id = `${control.id}-hint`;
  if (hint) control.setAttribute("aria-describedby", id);
  return h(
    "div",
    { class: "field" },
    h("label", { for: control.id }, label),
    control,
    hint && h("p", { class: "soft", id }, hint),
  );
}

/** @param {string} id @param {readonly (readonly [string, string])[]} options values and words @param {string} [chosen] */
export const select = (id, options, chosen = "") =>
  h(
    "select",
    { id },
    options.map(([value, words]) => h("option", { value, selected: value === chosen }, words)),
  );

/** Boxes for the days of the week; `weekdaysOf` reads them. @param {readonly number[]} chosen 1 is Monday */
export function weekdayBoxes(chosen) {
  const boxes = [1, 2, 3, 4, 5, 6, 7].map((day) =>
    h(
      "label",
      null,
      h("input", { type: "checkbox", value: day, checked: chosen.includes(day) }),
      h("span", null, formatWeekday(day)),
    ),
  );
  return h(
    "fieldset",
    { class: "segments weekdays" },
    h("legend", null, t("schedule.weekdays")),
    h("div", null, boxes),
  );
}

/** @param {HTMLElement} boxes */
export const weekdaysOf = (boxes) =>
  [.../** @type {NodeListOf<HTMLInputElement>} */ (boxes.querySelectorAll("input:checked"))].map(({ value }) =>
    Number(value),
  );

/** @param {string} id @param {"date"|"time"} type @param {string|null} value */
export const moment = (id, type, value) => h("input", { id, type, value: value ?? "" });
