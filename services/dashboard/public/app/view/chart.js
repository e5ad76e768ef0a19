// @ts-check
/** Charts of a few lines each: time goes to the right, what is read off them is also said in words. */
import { h, svg } from "./dom.js";

const WIDTH = 600;
const HEIGHT = 150;
const GAP = 2;

/** @typedef {{at: Date, value: number|null}} Point */
/** @typedef {{name: string, kind: string, points: Point[]}} Series */

/**
 * @param {{label: string, from: Date, until: Date, series: Series[], format: (value: number) => string, edges: [string, string]}} chart
 * @param {(series: Series[], scale: Scale) => SVGElement[]} draw `bars` or `lines`
 */
export function chart({ label, from, until, series, format, edges }, draw) {
  const top = niceMaximum(highest(series, draw === bars));
  const x = (/** @type {Date} */ at) => ((at.getTime() - from.getTime()) / (until.getTime() - from.getTime())) * WIDTH;
  const y = (/** @type {number} */ value) => HEIGHT - (value / top) * HEIGHT;
  const grid = [0, 0.5, 1].map((part) =>
    svg("line", { class: "chart-grid", x1: 0, x2: WIDTH, y1: HEIGHT * part, y2: HEIGHT * part }),
  );
  const drawing = svg(
    "svg",
    {
      class: "chart",
      viewBox: `0 -1 ${WIDTH} ${HEIGHT + 2}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    ...grid,
    ...draw(series, { x, y }),
  );
  return h(
    "figure",
    { class: "chart-box" },
    h(
      "div",
      { class: "chart-axis", "aria-hidden": "true" },
      h("span", null, format(top)),
      h("span", null, format(top / 2)),
      h("span", null, format(0)),
    ),
    drawing,
    h(
      "div",
      { class: "chart-edges", "aria-hidden": "true" },
      edges.map((edge) => h("span", null, edge)),
    ),
    h(
      "figcaption",
      null,
      series.map(({ name, kind }) => h("span", { class: `legend ${kind}` }, name)),
    ),
  );
}

/** @typedef {{x: (at: Date) => number, y: (value: number) => number}} Scale */

/** Stacked bars, one a minute. @param {Series[]} series @param {Scale} scale */
export function bars(series, { x, y }) {
  /** @type {Map<number, number>} */ const below = new Map();
  return series.flatMap(({ kind, points }) =>
    points.flatMap(({ at, value }) => {
      if (!value) return [];
      const base = below.get(at.getTime()) ?? 0;
      below.set(at.getTime(), base + value);
      const left = x(at);
      const width = Math.max(1, x(new Date(at.getTime() + 60_000)) - left - GAP);
      return [
        svg("rect", {
          class: `chart-fill ${kind}`,
          x: left,
          width,
          y: y(base + value),
          height: y(base) - y(base + value),
          rx: 1,
        }),
      ];
    }),
  );
}

/** Lines with a dot for each minute that has something to tell. @param {Series[]} series @param {Scale} scale */
export function lines(series, { x, y }) {
  return series.flatMap(({ kind, points }) => {
    const places = points.flatMap(({ at, value }) =>
      value === null ? [] : [`${x(at).toFixed(1)} ${y(value).toFixed(1)}`],
    );
    if (places.length === 0) return [];
    // A dot is a line of no length with a round cap: circles would be stretched with the drawing.
    const dots = places.map((place) => `M${place}h0.01`).join("");
    return [path(`chart-line ${kind}`, `M${places.join("L")}`), path(`chart-dots ${kind}`, dots)];
  });
}

/** @param {string} className @param {string} d */
const path = (className, d) => svg("path", { class: className, d, "vector-effect": "non-scaling-stroke" });

/** @param {Series[]} series @param {boolean} stacked */
function highest(series, stacked) {
  /** @type {Map<number, number>} */ const sums = new Map();
  for (const [index, { points }] of series.entries()) {
    for (const { at, value } of points) {
      const key = stacked ? at.getTime() : at.getTime() * series.length + index;
      sums.set(key, (sums.get(key) ?? 0) + (value ?? 0));
    }
  }
  return Math.max(0, ...sums.values());
}

/** The next of 1, 2, 5, 10, 20, 50 … @param {number} value */
export function niceMaximum(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
