// @ts-check
/** Sends files, a few at a time, and keeps the tray's state true to what happens to each. */
import { ApiError } from "../api/client.js";
import { Observable } from "./observable.js";
import * as uploads from "./uploads.js";
/** @typedef {typeof import("../api/upload.js").send} Send */

/** More would only share the same line, and starve the page's own requests of the browser's six connections. */
const AT_ONCE = 3;

/** Dispatches `stored` (detail: the medium's id) and, from its list, `change`. */
export class Uploader extends EventTarget {
  /** @type {Observable<uploads.Uploads>} */ list = new Observable(/** @type {uploads.Uploads} */ ([]));
  /** @type {Map<string, () => void>} */ #cancels = new Map();

  /** @param {Send} send @param {{now?: () => number, newKey?: () => string}} [world] */
  constructor(send, { now = () => performance.now(), newKey = randomKey } = {}) {
    super();
    this.send = send;
    this.now = now;
    this.newKey = newKey;
  }

  /** @param {Iterable<File>} files @param {string|null} [replaces] */
  add(files, replaces = null) {
    const fresh = [...files].map((file) => uploads.newUpload(this.newKey(), file, replaces));
    this.list.value = [...fresh, ...this.list.value];
    this.#fill();
  }

  /** @param {string} key */
  cancel(key) {
    this.list.value = uploads.cancelled(this.list.value, key);
    this.#cancels.get(key)?.();
    this.#fill();
  }

  /** The same key again: what the server had stored already is not stored twice. @param {string} key */
  retry(key) {
    this.list.value = uploads.queuedAgain(this.list.value, key);
    this.#fill();
  }

  /** @param {string} key */
  dismiss(key) {
    this.list.value = uploads.dismissed(this.list.value, key);
  }

  dismissFinished() {
    this.list.value = uploads.finishedDismissed(this.list.value);
  }

  #fill() {
    for (const upload of uploads.startable(this.list.value, AT_ONCE).reverse()) void this.#run(upload);
  }

  /** @param {uploads.Upload} upload */
  async #run({ key, file, replaces }) {
    this.list.value = uploads.sending(this.list.value, key, this.now());
    const onProgress = (/** @type {number} */ sentBytes) => {
      this.list.value = uploads.progressed(this.list.value, key, this.now(), sentBytes);
    };
    const sending = this.send(file, { replaces, idempotencyKey: key, onProgress });
    this.#cancels.set(key, sending.cancel);
    try {
      const result = await sending.done;
      this.list.value = uploads.stored(this.list.value, key, result);
      this.dispatchEvent(new CustomEvent("stored", { detail: result.mediaId }));
    } catch (error) {
      if (error instanceof ApiError) this.#refused(key, error);
      else if (!(error instanceof DOMException)) throw error;
    } finally {
      this.#cancels.delete(key);
      this.#fill();
    }
  }

  /** @param {string} key @param {ApiError} error */
  #refused(key, error) {
    const worthRetrying =
      error.status === 0 || error.status === 401 || error.status === 408 || error.status === 429 || error.status >= 500;
    this.list.value = uploads.refused(this.list.value, key, error.message, worthRetrying);
    if (error.status === 401) this.dispatchEvent(new Event("unauthorized"));
  }
}

/** `crypto.randomUUID` exists only in secure contexts, and the page may be served over plain HTTP on a local network. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
