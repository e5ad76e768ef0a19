// @ts-check
/** The page at /docs: every API, made of the OpenAPI documents that the edge serves beside it. */
import { brand } from "../view/brand.js";
import { fill, h } from "../view/dom.js";
import { operationsOf } from "./document.js";
import { anchor, operationView } from "./operation_view.js";
import { shapeView } from "./shape_view.js";

/** @typedef {import("./document.js").OpenApi} OpenApi */

/** The names of the documents. */
export const APIS = ["ingest", "catalog", "player-gateway"];

/** @param {string} name @returns {Promise<OpenApi>} */
async function read(name) {
  const answer = await fetch(`/docs/${name}.openapi.json`);
  if (!answer.ok) throw new Error(`${name}.openapi.json: ${answer.status}`);
  return answer.json();
}

/** @param {string} name @param {OpenApi} api */
function section(name, api) {
  const shapes = Object.entries(api.components.schemas).map(([shape, schema]) => shapeView(name, shape, schema));
  return h(
    "section",
    { class: "docs-api", "aria-labelledby": name },
    h("h2", { id: name }, api.info.title.replace(/^Infoscreen /, "")),
    h("p", null, h("a", { href: `/docs/${name}.openapi.json` }, "OpenAPI document")),
    operationsOf(api).map((operation) => operationView(name, operation)),
    h("details", { class: "docs-shapes" }, h("summary", null, `Objects of ${name}`), shapes),
  );
}

/** @param {string} name @param {OpenApi} api */
const contents = (name, api) => [
  h("p", null, h("a", { href: `#${name}` }, api.info.title.replace(/^Infoscreen /, ""))),
  h(
    "ul",
    null,
    operationsOf(api).map(({ method, path, id }) =>
      h("li", null, h("a", { href: `#${anchor(name, id)}` }, h("b", null, method), ` ${path.replace(/^\/api/, "")}`)),
    ),
  ),
];

/** An object of a closed list is opened when a link leads to it. */
function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  target?.closest("details")?.setAttribute("open", "");
  target?.scrollIntoView();
}

async function show() {
  const main = /** @type {HTMLElement} */ (document.querySelector("main"));
  const state = /** @type {HTMLElement} */ (document.querySelector(".docs-state"));
  fill(/** @type {HTMLElement} */ (document.querySelector(".home")), brand());
  try {
    const apis = await Promise.all(APIS.map(read));
    const nav = /** @type {HTMLElement} */ (document.querySelector(".docs-contents"));
    fill(
      nav,
      APIS.map((name, index) => contents(name, apis[index])),
    );
    main.append(...APIS.map((name, index) => section(name, apis[index])));
    state.remove();
    openTarget();
  } catch (error) {
    state.textContent = `The documents cannot be read (${error instanceof Error ? error.message : error}). Reload the page in a moment.`;
  }
}

addEventListener("hashchange", openTarget);
show();
