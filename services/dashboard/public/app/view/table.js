// @ts-check
/** A table that scrolls sideways where the page is narrow, also by keyboard. */
import { h } from "./dom.js";
/** @typedef {import("./dom.js").Child} Child */

/** @param {string} label @param {string[]} head @param {Child[][]} rows */
export function scrollable(label, head, rows) {
  return h(
    "div",
    { class: "table-box", tabindex: "0", role: "group", "aria-label": label },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          head.map((name) => h("th", { scope: "col" }, name)),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((cells) =>
          h(
            "tr",
            null,
            cells.map((cell) => h("td", null, cell)),
          ),
        ),
      ),
    ),
  );
}
