// @ts-check
/** The upload tray's contents. Pure: every function returns a new list; `uploader.js` does the work. */
import { sampled, startRate } from "./rate.js";

/**
 * `retrying`: goes on by itself; `lost`: it could not, and a person can; `missing`: its file has to be chosen again;
 * `refused`: trying again is of no use.
 * @typedef {"waiting"|"sending"|"retrying"|"paused"|"lost"|"missing"|"stored"|"refused"|"cancelled"} Phase
 */
/** A file, or what is known of one that has to be chosen again. @typedef {File|{name: string, size: number}} FileOrFacts */
/**
 * @typedef {object} Upload
 * @property {string} key
 * @property {FileOrFacts} file
 * @property {string|null} replaces
 * @property {Phase} phase
 * @property {number} sentBytes
 * @property {string|null} url of an upload that the server knows
 * @property {number} placeBytes what the server said that it has
 * @property {number} tries since it last came further
 * @property {boolean} kept it goes on by itself after a reload
 * @property {import("./rate.js").Rate|null} rate
 * @property {string|null} mediaId
 * @property {boolean} parked stored, but the conversion has to wait for the event stream
 * @property {string} error
 */
/** @typedef {ReadonlyArray<Upload>} Uploads */

/** @param {string} key @param {FileOrFacts} file @param {string|null} replaces @returns {Upload} */
export const newUpload = (key, file, replaces) => ({
  key,
  file,
  replaces,
  phase: "waiting",
  sentBytes: 0,
  url: null,
  placeBytes: 0,
  tries: 0,
  kept: false,
  rate: null,
  mediaId: null,
  parked: false,
  error: "",
});

/** An upload that an earlier page left. @param {import("./kept_uploads.js").Kept} kept @returns {Upload} */
export const restored = ({ key, file, name, size, replaces, url, paused }) => ({
  ...newUpload(key, file ?? { name, size }, replaces),
  phase: file ? (paused ? "paused" : "waiting") : "missing",
  kept: file !== null,
  url,
});

/** @param {Uploads} uploads @param {string} key @param {Partial<Upload>} change @returns {Uploads} */
export const changed = (uploads, key, change) =>
  uploads.map((upload) => (upload.key === key ? { ...upload, ...change } : upload));

/** @param {Uploads} uploads @param {string} key @param {number} now @returns {Uploads} */
export const sending = (uploads, key, now) =>
  changed(uploads, key, { phase: "sending", rate: startRate(now), error: "" });

/** @param {Uploads} uploads @param {string} key @param {number} now @param {number} sentBytes @returns {Uploads} */
export function progressed(uploads, key, now, sentBytes) {
  return uploads.map((upload) => {
    if (upload.key !== key || upload.phase !== "sending" || !upload.rate) return upload;
    return { ...upload, sentBytes: Math.min(sentBytes, upload.file.size), rate: sampled(upload.rate, now, sentBytes) };
  });
}

/** The server said how much it has: the rate is counted from there. @param {Uploads} uploads @param {string} key @param {number} now @param {import("../api/upload.js").Place} place @returns {Uploads} */
export const placed = (uploads, key, now, { url, offset }) =>
  uploads.map((upload) => {
    if (upload.key !== key) return upload;
    const tries = offset > upload.placeBytes ? 0 : upload.tries;
    return { ...upload, url, tries, placeBytes: offset, sentBytes: offset, rate: startRate(now, offset) };
  });

/** @param {Uploads} uploads @param {string} key @param {{mediaId: string, parked: boolean}} stored @returns {Uploads} */
export const stored = (uploads, key, { mediaId, parked }) =>
  changed(uploads, key, { phase: "stored", mediaId, parked, rate: null });

/** @param {Uploads} uploads @param {string} key @param {"refused"|"lost"|"missing"} phase @param {string} error @returns {Uploads} */
export const stopped = (uploads, key, phase, error) => changed(uploads, key, { phase, error, rate: null });

/** @param {Uploads} uploads @param {string} key @param {string} error @returns {Uploads} */
export const retrying = (uploads, key, error) =>
  uploads.map((upload) =>
    upload.key === key ? { ...upload, phase: "retrying", error, rate: null, tries: upload.tries + 1 } : upload,
  );

/** @param {Uploads} uploads @param {string} key @returns {Uploads} */
export const paused = (uploads, key) => changed(uploads, key, { phase: "paused", rate: null });

/** @param {Uploads} uploads @param {string} key @returns {Uploads} */
export const cancelled = (uploads, key) => changed(uploads, key, { phase: "cancelled", rate: null });

/** @param {Uploads} uploads @param {string} key @returns {Uploads} */
export const queuedAgain = (uploads, key) => changed(uploads, key, { phase: "waiting", error: "" });

/** @param {Uploads} uploads @param {string} key @returns {Uploads} */
export const dismissed = (uploads, key) => uploads.filter((upload) => upload.key !== key);

/** @type {ReadonlySet<Phase>} */
const UNDER_WAY = new Set(["waiting", "sending", "retrying"]);
/** @type {ReadonlySet<Phase>} */
const STOPPED = new Set(["paused", "lost", "missing"]);

/** @param {Upload} upload */
export const isUnderWay = (upload) => UNDER_WAY.has(upload.phase);

/** It may still become a medium. @param {Upload} upload */
export const isOpen = (upload) => isUnderWay(upload) || STOPPED.has(upload.phase);

/** @type {Phase[]} */
const PROMINENCE = ["refused", "lost", "missing", "sending", "retrying", "waiting", "paused", "stored", "cancelled"];

/** Uploads that need attention come first, finished ones last. @param {Uploads} uploads */
export const byProminence = (uploads) =>
  [...uploads].sort((a, b) => PROMINENCE.indexOf(a.phase) - PROMINENCE.indexOf(b.phase));

/** Which uploads may start now: one that tries again keeps its turn, for what hinders it hinders all. @param {Uploads} uploads @param {number} atOnce */
export function startable(uploads, atOnce) {
  const free = atOnce - uploads.filter(({ phase }) => phase === "sending" || phase === "retrying").length;
  return uploads.filter((upload) => upload.phase === "waiting").slice(0, Math.max(0, free));
}

/** The tray's title: what matters most, and how often. @param {Uploads} uploads @returns {[key: string, n: number]} */
export function headline(uploads) {
  const { underWay, failed, stopped, stored, cancelled } = totals(uploads);
  if (underWay) return ["tray.uploading", underWay];
  if (failed) return ["tray.failed", failed];
  if (stopped) return ["tray.stopped", stopped];
  return stored ? ["tray.done", stored] : ["tray.cancelled", cancelled];
}

/** @param {Uploads} uploads */
export function totals(uploads) {
  const active = uploads.filter((upload) => isUnderWay(upload) || upload.phase === "stored");
  return {
    underWay: uploads.filter(isUnderWay).length,
    failed: uploads.filter((upload) => upload.phase === "refused" || upload.phase === "lost").length,
    stopped: uploads.filter((upload) => upload.phase === "paused" || upload.phase === "missing").length,
    stored: uploads.filter((upload) => upload.phase === "stored").length,
    cancelled: uploads.filter((upload) => upload.phase === "cancelled").length,
    sizeBytes: active.reduce((sum, upload) => sum + upload.file.size, 0),
    sentBytes: active.reduce(
      (sum, upload) => sum + (upload.phase === "stored" ? upload.file.size : upload.sentBytes),
      0,
    ),
  };
}
