// @ts-check
/** Who changed what, newest first. */

/** @typedef {{[field: string]: unknown}} Content */
/** @typedef {{id: string, at: Date, actor: string, what: string, subject: string, name: string|null, before: Content|null, after: Content|null}} AuditEntry */
/** Empty where it does not matter. @typedef {{actor: string, subject: string}} AuditFilter */
/** @typedef {{items: AuditEntry[], cursor: string|null}} AuditPage */
/** @typedef {{field: string, before: unknown, after: unknown}} Difference */

const PATH = "/api/audit";

export class AuditApi {
  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @param {AuditFilter} filter @param {string|null} cursor of the page before @returns {Promise<AuditPage>} */
  async page(filter, cursor) {
    const parameters = parametersOf(filter);
    if (cursor) parameters.set("cursor", cursor);
    const { items, next_cursor: next } = await this.client.get(`${PATH}?${parameters}`);
    return { items: items.map(toEntry), cursor: next ?? null };
  }
}

/** Where the whole of it is as a file. @param {AuditFilter} filter */
export const csvAddress = (filter) => `${PATH}.csv?${parametersOf(filter)}`;

/** The part of the filter that is set. @param {AuditFilter} filter */
export const parametersOf = (filter) => new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ""));

/** What an entry changed, field by field. @param {AuditEntry} entry @returns {Difference[]} */
export function differencesOf({ before, after }) {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return fields
    .map((field) => ({ field, before: before?.[field] ?? null, after: after?.[field] ?? null }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

/** @param {any} json @returns {AuditEntry} */
const toEntry = (json) => ({
  id: json.entry_id,
  at: new Date(json.at),
  actor: json.actor,
  what: json.what,
  subject: json.subject,
  name: json.subject_name ?? null,
  before: json.before ?? null,
  after: json.after ?? null,
});
