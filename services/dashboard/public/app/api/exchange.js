// @ts-check
/**
 * One request that carries a file, or a piece of it. XMLHttpRequest, because fetch tells no upload progress; the body is
 * read from disk as it is sent, so that memory stays flat however large it is.
 */
import { errorOf } from "./client.js";

/** A connection on which nothing moves for so long is dead, whatever the browser says of it. */
const STALLED_SECONDS = 45;
/** The server reads a whole file once more before it answers its end. */
const ANSWER_SECONDS = 180;

/** @typedef {{body: string, status: number, header: (name: string) => string|null}} Answer */
/**
 * @param {string} method
 * @param {string} path
 * @param {{headers?: Record<string, string>, body?: Blob|null, signal?: AbortSignal, onProgress?: (sentBytes: number) => void}} [options]
 * @param {() => XMLHttpRequest} [newRequest]
 * @returns {Promise<Answer>}
 * @throws {import("./client.js").ApiError} refused, or cut off (status 0); an AbortError once `signal` says so
 */
export async function exchange(
  method,
  path,
  { headers = {}, body = null, signal, onProgress = () => undefined } = {},
  newRequest = () => new XMLHttpRequest(),
) {
  signal?.throwIfAborted();
  const request = newRequest();
  request.open(method, path);
  for (const [name, value] of Object.entries({ Accept: "application/json", ...headers }))
    request.setRequestHeader(name, value);
  let timer = 0;
  /** @param {number} seconds */
  const expectWithin = (seconds) => {
    clearTimeout(timer);
    timer = Number(setTimeout(() => request.abort(), seconds * 1000));
  };
  request.upload.onprogress = ({ loaded }) => {
    expectWithin(STALLED_SECONDS);
    onProgress(loaded);
  };
  request.upload.onload = () => expectWithin(ANSWER_SECONDS);
  const abort = () => request.abort();
  signal?.addEventListener("abort", abort);
  return new Promise((resolve, reject) => {
    request.onload = () => {
      const { status, responseText } = request;
      if (status >= 200 && status < 300)
        return resolve({
          status,
          body: responseText,
          header: (/** @type {string} */ name) => request.getResponseHeader(name),
        });
      return reject(errorOf(status, responseText, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => reject(errorOf(0, ""));
    request.onabort = () => reject(signal?.aborted ? new DOMException("aborted", "AbortError") : errorOf(0, ""));
    expectWithin(body ? STALLED_SECONDS : ANSWER_SECONDS);
    request.send(body);
  }).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  });
}
