// @ts-check
/** Tables on narrow pages: one scrolls sideways, also by keyboard; or each of its rows becomes a block of named values. */
import { h } from "./dom.js";
/** @typedef {import("./dom.js").Child} Child */

/** @param {string} label @param {string[]} head @param {Child[][]} rows */
export const scrollable = (label, head, rows) =>
  h("div", { class: "table-box", tabindex: "0", role: "group", "aria-label": label }, table("", head, rows));

/** @param {string} label @param {string[]} head @param {Child[][]} rows */
export const stackable = (label, head, rows) =>
  h("div", { class: "table-box", role: "group", "aria-label": label }, table("stackable", head, rows));

/** Roles are named because a browser forgets them where the style makes blocks of rows. @param {string} kind @param {string[]} head @param {Child[][]} rows */
const table = (kind, head, rows) =>
  h(
    "table",
    { class: kind, role: "table" },
    h(
      "thead",
      { role: "rowgroup" },
      h(
        "tr",
        { role: "row" },
        head.map((name) => h("th", { scope: "col", role: "columnheader" }, name)),
      ),
    ),
    h(
      "tbody",
      { role: "rowgroup" },
      rows.map((cells) =>
        h(
          "tr",
          { role: "row" },
          cells.map((cell, column) => h("td", { role: "cell", "data-head": head[column] }, cell)),
        ),
      ),
    ),
  );
