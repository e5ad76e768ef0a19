// @ts-check
/** A named amount with a bar that shows its share. */
import { h, svg } from "./dom.js";

/** @param {string} name @param {string} amount @param {number} share 0 to 1 @param {string} kind */
export function meterRow(name, amount, share, kind) {
  const bar = svg(
    "svg",
    { class: "meter", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "meter-ground", width: 100, height: 6 }),
    svg("rect", { class: `chart-fill ${kind}`, width: share * 100, height: 6 }),
  );
  return h("li", null, h("span", null, name), h("span", { class: "soft" }, amount), bar);
}
