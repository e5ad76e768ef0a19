// @ts-check
/** Shows schemas: the type of a value in a few words, and the fields of an object. */
import { h } from "../view/dom.js";
import { limits, shapeName } from "./document.js";

/** @typedef {import("./document.js").Schema} Schema */
/** @typedef {import("../view/dom.js").Child} Child */

/** @param {string} api @param {string} name */
const shapeAnchor = (api, name) => `${api}-object-${name}`;

/** The type of a value; objects with a name are links. @param {string} api @param {Schema} [schema] @returns {Child} */
export function typeOf(api, schema) {
  if (!schema || Object.keys(schema).length === 0) return "any";
  if (schema.$ref) {
    const name = shapeName(schema.$ref);
    return h("a", { href: `#${shapeAnchor(api, name)}` }, name);
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf) return schema.anyOf.map((one, index) => [index > 0 && " | ", typeOf(api, one)]);
  const details = limits(schema);
  if (schema.type === "array") return ["list of ", typeOf(api, schema.items), details && ` (${details})`];
  if (typeof schema.additionalProperties === "object") return ["map to ", typeOf(api, schema.additionalProperties)];
  return [schema.type, details && ` (${details})`];
}

/**
 * A table of fields or parameters.
 * @param {string} api @param {string} title
 * @param {{name: string, where?: string, required: boolean, schema: Schema, description?: string}[]} rows
 */
export function fieldTable(api, title, rows) {
  const lines = rows.map(({ name, where, required, schema, description }) =>
    h(
      "tr",
      null,
      h("th", { scope: "row" }, h("code", null, name), where && h("span", { class: "soft" }, ` ${where}`)),
      h("td", null, typeOf(api, schema), h("span", { class: "soft" }, required ? " required" : "")),
      h("td", null, description, schema.default != null && ` (default ${JSON.stringify(schema.default)})`),
    ),
  );
  const head = ["Name", "Type", "Meaning"].map((text) => h("th", { scope: "col" }, text));
  const table = h(
    "table",
    null,
    h("caption", null, title),
    h("thead", null, h("tr", null, head)),
    h("tbody", null, lines),
  );
  return h("div", { class: "docs-table", tabindex: 0, role: "region", "aria-label": title }, table);
}

/** An object with its fields, or the values of an enumeration. @param {string} api @param {string} name @param {Schema} schema */
export function shapeView(api, name, schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([field, value]) => ({
    name: field,
    required: schema.required?.includes(field) ?? false,
    schema: value,
    description: value.description,
  }));
  return h(
    "section",
    { class: "docs-shape", id: shapeAnchor(api, name) },
    h("h3", null, name),
    schema.description && h("p", null, schema.description),
    rows.length ? fieldTable(api, `Fields of ${name}`, rows) : h("p", null, typeOf(api, schema)),
  );
}
