// @ts-check
/** Reads an OpenAPI document: its operations in order, what a schema is called, and an example of it. */

/**
 * @typedef {{$ref?: string, type?: string, format?: string, enum?: unknown[], const?: unknown, anyOf?: Schema[],
 *   items?: Schema, properties?: Record<string, Schema>, required?: string[], additionalProperties?: boolean|Schema,
 *   description?: string, default?: unknown, minimum?: number, maximum?: number, minLength?: number, maxLength?: number,
 *   minItems?: number, maxItems?: number, pattern?: string}} Schema
 * @typedef {{name: string, in: string, required?: boolean, description?: string, schema: Schema}} Parameter
 * @typedef {Record<string, {schema?: Schema}>} Content
 * @typedef {{description: string, content?: Content}} Answer
 * @typedef {{operationId: string, description: string, parameters?: Parameter[], responses: Record<string, Answer>,
 *   requestBody?: {required?: boolean, content: Content}, security?: unknown[], "x-roles"?: string[]}} Described
 * @typedef {{info: {title: string}, paths: Record<string, Record<string, Described>>,
 *   components: {schemas: Record<string, Schema>}}} OpenApi
 * @typedef {{api: OpenApi, id: string, method: string, path: string, described: Described, roles: string[]}} Operation
 */

/** @param {OpenApi} api @returns {Operation[]} */
export const operationsOf = (api) =>
  Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      api,
      id: described.operationId,
      method: method.toUpperCase(),
      path,
      described,
      roles: described["x-roles"] ?? [],
    })),
  );

/** @param {string} reference */
export const shapeName = (reference) => reference.slice(reference.lastIndexOf("/") + 1);

/** @param {number|undefined} from @param {number|undefined} to */
function bounds(from, to) {
  if (from === undefined) return `up to ${to}`;
  return to === undefined ? `at least ${from}` : `${from} to ${to}`;
}

/** The limits of a value, in words. @param {Schema} schema */
export function limits(schema) {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern, format } = schema;
  const range = (
    /** @type {number|undefined} */ from,
    /** @type {number|undefined} */ to,
    /** @type {string} */ unit,
  ) => (from === undefined && to === undefined ? "" : bounds(from, to) + unit);
  const found = [format, range(minimum, maximum, ""), range(minLength, maxLength, " characters")];
  return [...found, range(minItems, maxItems, " items"), pattern].filter(Boolean).join(", ");
}

const FORMATS = /** @type {Record<string, string>} */ ({
  uuid: "019365b0-7d6c-7c4e-9a51-3f1f2a6f9c10",
  "date-time": "2026-11-27T08:00:00Z",
  date: "2026-11-27",
  time: "08:00:00",
  uri: "address",
});

/**
 * A value of a schema, to show what one looks like.
 * @param {OpenApi} api @param {Schema} schema @param {string} [name] what it is called where it is used @returns {unknown}
 */
export function example(api, schema, name = "text") {
  if (schema.$ref) return example(api, api.components.schemas[shapeName(schema.$ref)], name);
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return example(api, schema.anyOf.find((one) => one.type !== "null") ?? {}, name);
  if (schema.type === "array") return [example(api, schema.items ?? {}, name)];
  if (schema.type === "object") return exampleObject(api, schema);
  if (schema.type === "boolean") return true;
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 1;
  return FORMATS[schema.format ?? ""] ?? name.toUpperCase();
}

/** Only what must be given. @param {OpenApi} api @param {Schema} schema */
function exampleObject(api, schema) {
  const names = schema.required ?? Object.keys(schema.properties ?? {}).slice(0, 1);
  return Object.fromEntries(names.map((name) => [name, example(api, schema.properties?.[name] ?? {}, name)]));
}
