// @ts-check
/**
 * The one place that knows the API's JSON. Everything else works with these types, so that a field that is added or
 * renamed is met here alone, and a field that is missing never breaks a page.
 */

/** @typedef {"pending"|"processing"|"ready"|"failed"|"original"|"obsolete"} Status `original`: shown as it is */
/**
 * @typedef {object} Medium
 * @property {string} id
 * @property {string} filename
 * @property {string} title what people call it: the filename until it has a title
 * @property {string[]} tags
 * @property {string} mediaType
 * @property {string} extension
 * @property {number} sizeBytes
 * @property {string} sha256
 * @property {string} uploadedBy
 * @property {string|null} owner who may change it beside editors; null for what is older than owners
 * @property {Date|null} uploadedAt
 * @property {number} generation
 * @property {Status} status
 * @property {string|null} reason
 * @property {string|null} message
 * @property {number|null} pages
 * @property {number|null} lengthSeconds of a film
 * @property {string} shownMediaType of what screens show
 * @property {boolean} hasThumbnail an image is its own
 * @property {number|null} pdfSizeBytes
 * @property {string|null} profile how the PDF is made, see `pdf_options.js`; told of a medium alone
 * @property {number} attempts
 * @property {number|null} durationSeconds
 * @property {number|null} queuePosition
 * @property {number|null} etaSeconds
 * @property {number|null} pagesDone of a slow conversion that is under way
 * @property {number|null} pagesExpected of the same
 * @property {number|null} findings how many its report has; null where there is no report
 */
/** @typedef {{type: string, at: Date|null, attempt: number|null, worker: string|null, reason: string|null, message: string|null}} HistoryEntry */
/** @typedef {Medium & {history: HistoryEntry[]}} MediumDetail */
/** @typedef {{items: Medium[], cursor: string|null, total: number|null}} MediaPage */
/** `email` and `account_id` where an account is signed in, and no token. @typedef {{name: string, role: "viewer"|"uploader"|"editor"|"operator"|"player", email?: string, account_id?: string}} Session */

/** Whether a PDF is made of it, with options. @param {{mediaType: string}} medium */
export const isDocument = ({ mediaType }) => !/^(image|video)\/|^application\/pdf$/.test(mediaType);

/** Whether its conversion waits or is under way. @param {Medium|undefined} medium */
export const isUnfinished = (medium) => medium?.status === "pending" || medium?.status === "processing";

/** Whether its pages are told: a picture and a film have one. @param {Medium} medium */
export const hasPages = ({ pages, shownMediaType }) => pages !== null && shownMediaType === "application/pdf";

/** @param {any} value @returns {Date|null} */
export const toDate = (value) => (value ? new Date(value) : null);

/** @param {any} value @returns {number|null} */
const toNumber = (value) => (typeof value === "number" ? value : null);

/** @param {any} json @returns {Medium} */
export function toMedium(json) {
  const conversion =
    json.conversions?.find((/** @type {any} */ one) => one.target_format === "pdf" && one.status !== "obsolete") ?? {};
  const of = (/** @type {string} */ name) => json[name] ?? conversion[name] ?? null;
  const status = json.conversion_status ?? json.status ?? "pending";
  return {
    id: json.media_id,
    filename: json.filename,
    title: json.title ?? json.filename,
    tags: json.tags ?? [],
    mediaType: json.media_type ?? "",
    extension: json.extension ?? "",
    sizeBytes: json.size_bytes ?? 0,
    sha256: json.sha256 ?? "",
    uploadedBy: json.uploaded_by ?? "",
    owner: json.owner ?? null,
    uploadedAt: toDate(json.uploaded_at),
    generation: json.generation ?? 0,
    status: status === "not_needed" ? "original" : status,
    reason: of("reason"),
    message: of("message"),
    hasThumbnail:
      Boolean(json.has_thumbnail) || (status === "not_needed" && (json.media_type ?? "").startsWith("image/")),
    pages: toNumber(of("pages")),
    lengthSeconds: toNumber(json.length_seconds),
    shownMediaType: json.shown_media_type ?? (status === "not_needed" ? (json.media_type ?? "") : "application/pdf"),
    pdfSizeBytes: toNumber(of("pdf_size_bytes")),
    profile: of("profile"),
    attempts: of("attempts") ?? 0,
    durationSeconds: toNumber(of("duration_seconds")),
    queuePosition: null,
    etaSeconds: null,
    pagesDone: null,
    pagesExpected: null,
    findings: toNumber(json.findings),
  };
}

/** @typedef {Medium & {trashedBy: string, trashedAt: Date|null, daysLeft: number}} Trashed */
/** @typedef {{generation: number, uploadedAt: Date|null, uploadedBy: string, filename: string, sizeBytes: number, current: boolean}} Version */

/** @param {any} json @returns {Trashed} */
const toTrashed = (json) => ({
  ...toMedium(json),
  trashedBy: json.trashed_by ?? "",
  trashedAt: toDate(json.trashed_at),
  daysLeft: json.days_left ?? 0,
});

/** @param {any} json @returns {{items: Trashed[], cursor: string|null}} */
export const toTrash = (json) => ({ items: json.items.map(toTrashed), cursor: json.next_cursor ?? null });

/** @param {any} json @returns {Version[]} */
export const toVersions = (json) =>
  json.versions.map((/** @type {any} */ version) => ({
    generation: version.generation,
    uploadedAt: toDate(version.uploaded_at),
    uploadedBy: version.uploaded_by ?? "",
    filename: version.filename ?? "",
    sizeBytes: version.size_bytes ?? 0,
    current: version.current ?? false,
  }));

/** @typedef {{kind: string, pages: number[], detail: string, replacement: string, count: number, advice: string}} Finding */
/** @typedef {{findings: Finding[], sameWidths: {font: string, by: string}[]}} Report */

/** @param {any} json @returns {Report} */
export function toReport(json) {
  const fonts = /** @type {any[]} */ (json.replaced_fonts ?? []);
  return {
    findings: (json.findings ?? []).map(toFinding),
    sameWidths: fonts.filter((one) => one.same_widths).map(({ font, by }) => ({ font, by })),
  };
}

/** @param {any} json @returns {Finding} */
const toFinding = (json) => ({
  kind: json.kind ?? "",
  pages: json.pages ?? [],
  detail: json.detail ?? "",
  replacement: json.replacement ?? "",
  count: toNumber(json.count) ?? 1,
  advice: json.advice ?? "",
});

/** @typedef {{queuePosition: number|null, etaSeconds: number|null, pagesDone: number|null, pagesExpected: number|null}} Place */
/** @param {any} json the state of a conversion @returns {Place} */
export const toPlace = (json) => ({
  queuePosition: toNumber(json.queue_position),
  etaSeconds: toNumber(json.eta_seconds),
  pagesDone: toNumber(json.pages_done),
  pagesExpected: toNumber(json.pages_expected),
});

/** @param {any} json @returns {MediumDetail} */
export function toMediumDetail(json) {
  return { ...toMedium(json), history: (json.history ?? []).map(toHistoryEntry) };
}

/** @param {any} json @returns {HistoryEntry} */
function toHistoryEntry(json) {
  return {
    type: json.type ?? "",
    at: toDate(json.at),
    attempt: toNumber(json.attempt),
    worker: json.worker ?? null,
    reason: json.reason ?? null,
    message: json.message ?? null,
  };
}

/** @param {any} json @returns {MediaPage} */
export function toMediaPage(json) {
  return { items: (json.items ?? []).map(toMedium), cursor: json.next_cursor ?? null, total: toNumber(json.total) };
}
