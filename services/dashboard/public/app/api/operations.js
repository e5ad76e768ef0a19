// @ts-check
/** What operators watch: lanes, converters, durations, dead letters. */
import { toDate } from "./shapes.js";

/** @typedef {{lane: string, pending: number, processing: number}} Lane */
/**
 * @typedef {object} Statistics
 * @property {number} pending
 * @property {number} processing
 * @property {number} ready
 * @property {number} failed
 * @property {number|null} average
 * @property {number|null} p50
 * @property {number|null} p95
 * @property {number|null} oldestPendingSeconds
 * @property {Lane[]} lanes
 * @property {number} appliedSequence the stream sequence that these figures are of
 */
/** @typedef {{mediaId: string, filename: string, since: Date|null}} Job */
/** @typedef {{name: string, lastSeen: Date|null, succeeded: number, failed: number, jobs: Job[]}} Converter */
/** @typedef {{id: string, reason: string, detail: string, subject: string, deliveries: number, at: Date|null}} DeadLetter */

export class OperationsApi {
  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @returns {Promise<Statistics>} */
  async statistics() {
    return toStatistics(await this.client.get("/api/admin/conversions/status"));
  }

  /** @returns {Promise<Converter[]>} */
  async converters() {
    const { items } = await this.client.get("/api/admin/converters");
    return items.map(toConverter);
  }

  /** @returns {Promise<DeadLetter[]>} */
  async deadLetters() {
    const { items } = await this.client.get("/api/admin/dead-letters");
    return items.map(toDeadLetter);
  }

  /** @param {string} id */
  retry(id) {
    return this.client.post(`/api/admin/dead-letters/${encodeURIComponent(id)}/retry`);
  }

  /** @param {string} id */
  drop(id) {
    return this.client.request("DELETE", `/api/admin/dead-letters/${encodeURIComponent(id)}`);
  }
}

/** @param {any} json @returns {Statistics} */
export function toStatistics(json) {
  return {
    pending: json.pending ?? 0,
    processing: json.processing ?? 0,
    ready: json.ready ?? 0,
    failed: json.failed ?? 0,
    average: json.avg_duration_seconds ?? null,
    p50: json.p50_duration_seconds ?? null,
    p95: json.p95_duration_seconds ?? null,
    oldestPendingSeconds: json.oldest_pending_seconds ?? null,
    lanes: toLanes(json.lanes ?? {}),
    appliedSequence: json.applied_sequence ?? 0,
  };
}

/** @param {any} lanes @returns {Lane[]} */
function toLanes(lanes) {
  return Object.entries(lanes).map(([lane, depth]) => {
    if (typeof depth === "number") return { lane, pending: depth, processing: 0 };
    return { lane, pending: depth.pending ?? 0, processing: depth.processing ?? 0 };
  });
}

/** @param {any} json @returns {Converter} */
function toConverter(json) {
  return {
    name: json.name,
    lastSeen: toDate(json.last_seen_at),
    succeeded: json.succeeded ?? 0,
    failed: json.failed ?? 0,
    jobs: (json.jobs ?? []).map((/** @type {any} */ job) => ({
      mediaId: job.media_id,
      filename: job.filename ?? "",
      since: toDate(job.started_at),
    })),
  };
}

/** @param {any} json @returns {DeadLetter} */
function toDeadLetter(json) {
  return {
    id: String(json.sequence),
    reason: json.reason ?? "",
    detail: json.detail ?? "",
    subject: json.subject ?? "",
    deliveries: json.deliveries ?? 0,
    at: toDate(json.died_at),
  };
}
