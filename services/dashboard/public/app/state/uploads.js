// @ts-check
/** The upload tray's contents. Pure: every function returns a new list; `uploader.js` does the work. */
import { sampled, startRate } from "./rate.js";

/** @typedef {"waiting"|"sending"|"stored"|"refused"|"lost"|"cancelled"} Phase `lost`: the network failed, trying again helps */
/**
 * @typedef {object} Upload
 * @property {string} key
 * @property {File} file
 * @property {string|null} replaces
 * @property {Phase} phase
 * @property {number} sentBytes
 * @property {import("./rate.js").Rate|null} rate
 * @property {string|null} mediaId
 * @property {boolean} parked stored, but the conversion has to wait for the event stream
 * @property {string} error
 */
/** @typedef {ReadonlyArray<Upload>} Uploads */

/** @param {string} key @param {File} file @param {string|null} replaces @returns {Upload} */
export const newUpload = (key, file, replaces) => ({
  key,
  file,
  replaces,
  phase: "waiting",
  sentBytes: 0,
  rate: null,
  mediaId: null,
  parked: false,
  error: "",
});

/** @param {Uploads} uploads @param {string} key @param {Partial<Upload>} change @returns {Uploads} */
const changed = (uploads, key, change) =>
  uploads.map((upload) => (upload.key === key ? { ...upload, ...change } : upload));

/** @param {Uploads} uploads @param {string} key @param {number} now @returns {Uploads} */
export const sending = (uploads, key, now) =>
  changed(uploads, key, { phase: "sending", sentBytes: 0, rate: startRate(now), error: "" });

/** @param {Uploads} uploads @param {string} key @param {number} now @param {number} sentBytes @returns {Uploads} */
export function progressed(uploads, key, now, sentBytes) {
  return uploads.map((upload) => {
    if (upload.key !== key || upload.phase !== "sending" || !upload.rate) return upload;
    return { ...upload, sentBytes: Math.min(sentBytes, upload.file.size), rate: sampled(upload.rate, now, sentBytes) };
  });
}

/** @param {Uploads} uploads @param {string} key @param {{mediaId: string, parked: boolean}} stored @returns {Uploads} */
export const stored = (uploads, key, { mediaId, parked }) =>
  changed(uploads, key, { phase: "stored", mediaId, parked, rate: null });

/** @param {Uploads} uploads @param {string} key @param {string} error @param {boolean} worthRetrying @returns {Uploads} */
export const refused = (uploads, key, error, worthRetrying) =>
  changed(uploads, key, { phase: worthRetrying ? "lost" : "refused", error, rate: null });

/** @param {Uploads} uploads @param {string} key @returns {Uploads} */
export const cancelled = (uploads, key) => changed(uploads, key, { phase: "cancelled", rate: null });

/** @param {Uploads} uploads @param {string} key @returns {Uploads} */
export const queuedAgain = (uploads, key) => changed(uploads, key, { phase: "waiting", sentBytes: 0, error: "" });

/** @param {Uploads} uploads @param {string} key @returns {Uploads} */
export const dismissed = (uploads, key) => uploads.filter((upload) => upload.key !== key);

/** @param {Upload} upload */
export const isUnderWay = (upload) => upload.phase === "waiting" || upload.phase === "sending";

/** @type {Phase[]} */
const PROMINENCE = ["refused", "lost", "sending", "waiting", "stored", "cancelled"];

/** Uploads that need attention come first, finished ones last. @param {Uploads} uploads */
export const byProminence = (uploads) =>
  [...uploads].sort((a, b) => PROMINENCE.indexOf(a.phase) - PROMINENCE.indexOf(b.phase));

/** @param {Uploads} uploads */
export const finishedDismissed = (uploads) => uploads.filter(isUnderWay);

/** Which uploads may start now. @param {Uploads} uploads @param {number} atOnce */
export function startable(uploads, atOnce) {
  const free = atOnce - uploads.filter((upload) => upload.phase === "sending").length;
  return uploads.filter((upload) => upload.phase === "waiting").slice(0, Math.max(0, free));
}

/** The tray's title: what matters most, and how often. @param {Uploads} uploads @returns {[key: string, n: number]} */
export function headline(uploads) {
  const { underWay, failed, stored, cancelled } = totals(uploads);
  if (underWay) return ["tray.uploading", underWay];
  if (failed) return ["tray.failed", failed];
  return stored ? ["tray.done", stored] : ["tray.cancelled", cancelled];
}

/** @param {Uploads} uploads */
export function totals(uploads) {
  const active = uploads.filter((upload) => isUnderWay(upload) || upload.phase === "stored");
  return {
    underWay: uploads.filter(isUnderWay).length,
    failed: uploads.filter((upload) => upload.phase === "refused" || upload.phase === "lost").length,
    stored: uploads.filter((upload) => upload.phase === "stored").length,
    cancelled: uploads.filter((upload) => upload.phase === "cancelled").length,
    sizeBytes: active.reduce((sum, upload) => sum + upload.file.size, 0),
    sentBytes: active.reduce(
      (sum, upload) => sum + (upload.phase === "stored" ? upload.file.size : upload.sentBytes),
      0,
    ),
  };
}
