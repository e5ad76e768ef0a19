// @ts-check
/** What can be asked about media, and what can be done to them; uploads are in `upload.js`. */
import { toQuery } from "./pdf_options.js";
import { toMediaPage, toMediumDetail, toPlace, toReport, toTrash, toVersions } from "./shapes.js";
/** @typedef {import("./client.js").Client} Client */
/**
 * `kind` is "", "document", "pdf", "image" or "video"; `by` is who uploaded it.
 * @typedef {{search: string, status: string, sort: string, kind: string, tag: string, by: string, onScreen: boolean, findings: boolean}} Query
 */

/** Whether this can be a medium's id at all; addresses are mistyped and cut. @param {string} text */
export const isMediaId = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** Addresses of a medium that the browser itself follows, with the cookie. @param {string} id */
export const displayPath = (id) => `/api/media/${encodeURIComponent(id)}/display`;
/** @param {string} id */
export const originalPath = (id) => `/api/media/${encodeURIComponent(id)}/original`;
/** The generation makes a replaced medium's picture a new address. @param {{id: string, generation: number}} medium */
export const thumbnailPath = (medium) =>
  `/api/media/${encodeURIComponent(medium.id)}/thumbnail?generation=${medium.generation}`;

/** A picture of up to 24 pages. @param {{id: string, generation: number}} medium @param {number} number from 0 */
export const sheetPath = (medium, number) =>
  `/api/media/${encodeURIComponent(medium.id)}/sheets/${number}?generation=${medium.generation}`;

export class MediaApi {
  /** @param {Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @param {Query} query @param {string|null} cursor @param {number} limit @param {AbortSignal} [signal] */
  async list(query, cursor, limit, signal) {
    const parameters = new URLSearchParams({ limit: String(limit) });
    if (query.sort !== "newest") parameters.set("sort", query.sort);
    if (query.search) parameters.set("q", query.search);
    if (query.status) parameters.set("status", query.status);
    if (query.status === "ready") parameters.append("status", "not_needed"); // shown as it is
    if (query.kind) parameters.set("type", query.kind);
    if (query.tag) parameters.set("tag", query.tag);
    if (query.by) parameters.set("uploaded_by", query.by);
    if (query.onScreen) parameters.set("on_screen", "true");
    if (query.findings) parameters.set("with_findings", "true");
    if (cursor) parameters.set("cursor", cursor);
    return toMediaPage(await this.client.get(`/api/media?${parameters}`, signal));
  }

  /** @param {string} id */
  async detail(id) {
    return toMediumDetail(await this.client.get(`/api/media/${encodeURIComponent(id)}`));
  }

  /** What its PDF lost of the document. @param {string} id */
  async report(id) {
    return toReport(await this.client.get(`/api/media/${encodeURIComponent(id)}/report`));
  }

  /** Queue position and ETA, which change without an event. @param {string} id */
  async queue(id) {
    return toPlace(await this.client.get(`/api/conversions/${encodeURIComponent(id)}/status`));
  }

  /** Without options: as it was asked for before. @param {string} id @param {import("./pdf_options.js").PdfOptions} [options] */
  convert(id, options) {
    const query = options ? `?${toQuery(options)}` : "";
    return this.client.post(`/api/conversions/${encodeURIComponent(id)}/pdf${query}`);
  }

  /** `leaving`: the page is being closed, and the request has to outlive it. @param {string} id @param {boolean} leaving */
  delete(id, leaving = false) {
    return this.client.request("DELETE", `/api/media/${encodeURIComponent(id)}`, { keepalive: leaving });
  }

  /** What it is called, and whose it is; what is left out stays. @param {string} id @param {{title?: string, tags?: string[], owner?: string}} change */
  change(id, change) {
    return this.client.request("PATCH", `/api/media/${encodeURIComponent(id)}`, { body: change });
  }

  /**
   * The same with many, with an answer for each: `detail` says why it was refused.
   * @param {string} action @param {string[]} ids @param {object} [more]
   * @returns {Promise<{id: string, detail: string|null}[]>}
   */
  async act(action, ids, more = {}) {
    const { results } = await this.client.post("/api/media/actions", { action, media_ids: ids, ...more });
    return results.map((/** @type {any} */ { media_id: id, detail }) => ({ id, detail }));
  }

  /** What is in the trash. @param {string|null} cursor */
  async trash(cursor) {
    const parameters = new URLSearchParams({ limit: "50", ...(cursor && { cursor }) });
    return toTrash(await this.client.get(`/api/trash?${parameters}`));
  }

  /** Out of the trash. @param {string} id */
  restore(id) {
    return this.client.post(`/api/media/${encodeURIComponent(id)}/restore`);
  }

  /** @param {string} id */
  async versions(id) {
    return toVersions(await this.client.get(`/api/media/${encodeURIComponent(id)}/versions`));
  }

  /** Shows an earlier version again. @param {string} id @param {number} generation */
  showVersion(id, generation) {
    return this.client.post(`/api/media/${encodeURIComponent(id)}/versions/${generation}/show`);
  }

  /** A link that works without signing in, for some minutes. @param {string} id @returns {Promise<string>} */
  async temporaryLink(id) {
    const { url } = await this.client.get(displayPath(id));
    return new URL(url, location.href).href;
  }
}
