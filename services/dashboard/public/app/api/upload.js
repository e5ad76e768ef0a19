// @ts-check
/**
 * One file on its way: a small one in one request, under a key that makes repeating it harmless; a larger one by tus 1.0,
 * which goes on at the last byte that the server has.
 */
import { ApiError } from "./client.js";
import { exchange } from "./exchange.js";

/** The largest file that is sent in one request: going on with it would save little. */
export const WHOLE_BYTES = 5 * 1024 ** 2;
/** What the server needs to refuse a file of a wrong type. It goes alone, for browsers lose an answer that comes while they send. */
const FIRST_BYTES = 64 * 1024;
const TUS = { "Tus-Resumable": "1.0.0" };
const STREAM = { ...TUS, "Content-Type": "application/offset+octet-stream" };

/** @typedef {{mediaId: string, parked: boolean}} Stored */
/** @typedef {{url: string, offset: number}} Place where the server goes on */
/**
 * @typedef {object} Options
 * @property {string} key unique to the upload
 * @property {string|null} replaces the id of a medium
 * @property {string|null} url of an upload that was begun
 * @property {AbortSignal} signal
 * @property {(sentBytes: number) => void} onProgress
 * @property {(place: Place) => void} onPlace the server said how much it has
 */

/**
 * @param {File} file @param {Options} options @param {typeof exchange} [ask]
 * @returns {Promise<Stored>}
 * @throws {ApiError} an AbortError once the signal says so
 */
export const send = (file, options, ask = exchange) =>
  file.size > WHOLE_BYTES ? sendInPieces(file, options, ask) : sendWhole(file, options, ask);

/** @param {File} file @param {Options} options @param {typeof exchange} ask @returns {Promise<Stored>} */
async function sendWhole(file, { key, replaces, signal, onProgress }, ask) {
  const path = replaces ? `/api/media/${encodeURIComponent(replaces)}` : "/api/media";
  const headers = { "Content-Type": "application/octet-stream", "Idempotency-Key": key };
  const query = new URLSearchParams({ filename: file.name });
  const options = { headers, body: file, signal, onProgress };
  const { status, body } = await ask(replaces ? "PUT" : "POST", `${path}?${query}`, options);
  return { mediaId: JSON.parse(body).media_id, parked: status === 202 };
}

/** @param {File} file @param {Options} options @param {typeof exchange} ask @returns {Promise<Stored>} */
async function sendInPieces(file, options, ask) {
  const { url, signal, onProgress, onPlace } = options;
  let answer = (url && (await lookedUp(url, signal, ask))) || (await begun(file, options, ask));
  const place = { url: answer.header("Location") ?? String(url), offset: offsetOf(answer) };
  onPlace({ ...place });
  while (place.offset < file.size) {
    const { offset } = place;
    answer = await ask("PATCH", place.url, {
      headers: { ...STREAM, "Upload-Offset": String(offset) },
      body: file.slice(offset),
      signal,
      onProgress: (sentBytes) => onProgress(offset + sentBytes),
    });
    place.offset = offsetOf(answer);
    onPlace({ ...place });
  }
  return { mediaId: String(answer.header("Infoscreen-Media-Id")), parked: false };
}

/** An upload that was begun; null where it is gone, so that it has to be begun anew. @param {string} url @param {AbortSignal} signal @param {typeof exchange} ask */
async function lookedUp(url, signal, ask) {
  try {
    return await ask("HEAD", url, { headers: TUS, signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 410) return null;
    throw error;
  }
}

/** @param {File} file @param {Options} options @param {typeof exchange} ask */
function begun(file, { replaces, signal, onProgress }, ask) {
  const values = { filename: file.name, ...(replaces ? { replaces } : {}) };
  const described = Object.entries(values).map(([name, value]) => `${name} ${inBase64(value)}`);
  const headers = { ...STREAM, "Upload-Length": String(file.size), "Upload-Metadata": described.join(",") };
  return ask("POST", "/api/uploads", { headers, body: file.slice(0, FIRST_BYTES), signal, onProgress });
}

/** Ends an upload that was given up, as far as that is possible; what is left of it, the server removes in a day. @param {string} url */
export function end(url) {
  exchange("DELETE", url, { headers: TUS }).catch(() => undefined);
}

/** @param {import("./exchange.js").Answer} answer */
const offsetOf = (answer) => Number(answer.header("Upload-Offset"));

/** @param {string} text */
const inBase64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
