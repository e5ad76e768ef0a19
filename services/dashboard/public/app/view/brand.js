// @ts-check
/** The mark and the name. */
import { h, svg } from "./dom.js";

export function brand() {
  const mark = svg(
    "svg",
    { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true", focusable: "false" },
    svg("rect", { class: "mark-ground", width: 32, height: 32, rx: 8 }),
    svg("rect", { class: "mark-line", x: 6, y: 8, width: 20, height: 13, rx: 2.5 }),
    svg("path", { class: "mark-line", d: "M11.5 25.5h9" }),
    svg("path", { class: "mark-fill", d: "M14 11.6v5.8l5-2.9z" }),
  );
  return h("span", { class: "brand" }, mark, h("span", null, "Infoscreen"));
}
