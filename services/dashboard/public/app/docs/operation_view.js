// @ts-check
/** Shows one operation: who may, what it takes, what it answers, and a command to try it with. */
import { h } from "../view/dom.js";
import { example } from "./document.js";
import { fieldTable, typeOf } from "./shape_view.js";

/** @typedef {import("./document.js").Operation} Operation */
/** @typedef {import("./document.js").Content} Content */

const JSON_TYPE = "application/json";
const FIRST_ERROR = 400;

/** @param {string} api @param {string} id */
export const anchor = (api, id) => `${api}-${id}`;

/** @param {string} api @param {Operation} operation */
export function operationView(api, operation) {
  const { id, method, path, described, roles } = operation;
  const parameters = (described.parameters ?? []).map((one) => ({
    ...one,
    where: one.in,
    required: one.required ?? false,
  }));
  return h(
    "article",
    { class: "docs-operation", id: anchor(api, id), "aria-labelledby": `${anchor(api, id)}-title` },
    h("h3", { id: `${anchor(api, id)}-title` }, h("span", { class: "docs-method" }, method), h("code", null, path)),
    h("p", null, described.description),
    h("p", { class: "docs-roles" }, "Who may: ", roles.length ? roles.join(", ") : "every caller, without a token"),
    parameters.length > 0 && fieldTable(api, `Parameters of ${method} ${path}`, parameters),
    described.requestBody && h("p", null, "Body: ", bodies(api, described.requestBody.content)),
    h("ul", { class: "docs-answers", "aria-label": "Answers" }, answers(api, operation)),
    h("pre", { tabindex: 0, "aria-label": `Example of ${method} ${path}` }, h("code", null, curl(operation))),
  );
}

/** @param {string} api @param {Content} content */
const bodies = (api, content) =>
  Object.entries(content).map(([type, { schema }], index) => [
    index > 0 && ", or ",
    type === JSON_TYPE ? typeOf(api, schema) : h("code", null, type),
  ]);

/** @param {string} api @param {Operation} operation */
function answers(api, { described }) {
  const all = Object.entries(described.responses).sort(([one], [other]) => Number(one) - Number(other));
  const good = all.filter(([status]) => Number(status) < FIRST_ERROR);
  const errors = all.filter(([status]) => Number(status) >= FIRST_ERROR).map(([status]) => status);
  return [
    good.map(([status, { description, content }]) =>
      h("li", null, h("b", null, status), " ", meaning(description), content && [" ", bodies(api, content)]),
    ),
    errors.length > 0 && h("li", null, h("b", null, errors.join(", ")), " a problem that says what to do"),
  ];
}

/** What FastAPI says where a route says nothing. @param {string} description */
const meaning = (description) => (description === "Successful Response" ? "" : description);

/** @param {Operation} operation */
export function curl({ api, method, path, described, roles }) {
  const given = (described.parameters ?? []).filter((one) => one.required);
  const query = given
    .filter((one) => one.in === "query")
    .map((one) => `${one.name}=${encodeURIComponent(String(example(api, one.schema, one.name)))}`);
  const address = path.replace(/\{(\w+)\}/g, (_, name) => String(name).toUpperCase());
  const headers = given
    .filter((one) => one.in === "header")
    .map((one) => `-H "${one.name}: ${example(api, one.schema, one.name)}"`);
  const lines = [
    `curl${method === "GET" ? "" : method === "HEAD" ? " --head" : ` -X ${method}`}`,
    roles.length > 0 && '-H "Authorization: Bearer $TOKEN"',
    ...headers,
    described.requestBody && sent(api, described.requestBody.content),
    `"$EDGE${address}${query.length ? `?${query.join("&")}` : ""}"`,
  ];
  return lines.filter(Boolean).join(" \\\n  ");
}

/** The options that send a body. @param {import("./document.js").OpenApi} api @param {Content} content */
function sent(api, content) {
  if (content[JSON_TYPE]) {
    const body = JSON.stringify(example(api, content[JSON_TYPE].schema ?? {}));
    return `--json '${body.replaceAll("'", "'\\''")}'`;
  }
  if (content["multipart/form-data"]) return "-F file=@FILE";
  return `-H "Content-Type: ${Object.keys(content)[0]}" --data-binary @FILE`;
}
