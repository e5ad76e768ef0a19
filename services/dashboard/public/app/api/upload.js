// @ts-check
/**
 * One file on its way. XMLHttpRequest, because fetch tells no upload progress; the body is the File itself, which the
 * browser reads from disk as it sends, so that memory stays flat however large it is.
 */
import { errorOf } from "./client.js";

/** @typedef {{mediaId: string, parked: boolean}} Stored */
/**
 * @typedef {object} Sending
 * @property {Promise<Stored>} done rejects with an ApiError, or an AbortError where it was cancelled
 * @property {() => void} cancel
 */

/**
 * @param {File} file
 * @param {{replaces: string|null, idempotencyKey: string, onProgress: (sentBytes: number) => void}} options
 * @param {() => XMLHttpRequest} [newRequest]
 * @returns {Sending}
 */
export function send(file, { replaces, idempotencyKey, onProgress }, newRequest = () => new XMLHttpRequest()) {
  const request = newRequest();
  const path = replaces ? `/api/media/${encodeURIComponent(replaces)}` : "/api/media";
  request.open(replaces ? "PUT" : "POST", `${path}?${new URLSearchParams({ filename: file.name })}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Idempotency-Key", idempotencyKey);
  request.upload.onprogress = (event) => onProgress(event.loaded);
  const done = new Promise((resolve, reject) => {
    request.onload = () => {
      if (request.status < 200 || request.status > 299) return reject(errorOf(request.status, request.responseText));
      const { media_id: mediaId } = JSON.parse(request.responseText);
      return resolve({ mediaId, parked: request.status === 202 });
    };
    request.onerror = () => reject(errorOf(0, ""));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
  });
  request.send(file);
  return { done, cancel: () => request.abort() };
}
