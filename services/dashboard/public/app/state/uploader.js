// @ts-check
/** Sends files, a few at a time, until each is stored: what fails for the moment is tried again, and what a page leaves, the next one goes on with. */
import { ApiError } from "../api/client.js";
import { t } from "../text/index.js";
import { afterSeconds, backoffSeconds } from "./backoff.js";
import { Observable } from "./observable.js";
import * as uploads from "./uploads.js";
/** @typedef {Pick<typeof import("../api/upload.js"), "send"|"end">} Transport */
/** @typedef {Pick<import("./kept_uploads.js").KeptUploads, "add"|"change"|"remove"|"of"|"isSame">} Keep */

/** More would only share the same line, and starve the page's own requests of the browser's six connections. */
const AT_ONCE = 3;
/** What trying again helps against. 410: the upload has expired, and is begun anew. */
const PASSING = new Set([0, 408, 410, 429]);

/** Dispatches `stored` (detail: the medium's id), `unauthorized` and, from its list, `change`. */
export class Uploader extends EventTarget {
  /** @type {Observable<uploads.Uploads>} */ list = new Observable(/** @type {uploads.Uploads} */ ([]));
  /** @type {Map<string, AbortController>} */ #running = new Map();
  /** @type {Map<string, () => void>} what ends the wait for the next try */ #waits = new Map();
  /** @type {string|null} */ #owner = null;

  /**
   * @param {Transport} transport
   * @param {Keep} keep
   * @param {{now?: () => number, newKey?: () => string, later?: (seconds: number, run: () => void) => () => void}} [world]
   */
  constructor(transport, keep, { now = () => performance.now(), newKey = randomKey, later = afterSeconds } = {}) {
    super();
    this.transport = transport;
    this.keep = keep;
    this.now = now;
    this.newKey = newKey;
    this.later = later;
  }

  /** An account has signed in: its uploads go on, also those of an earlier page. @param {string} owner @param {() => Promise<Set<string>>} [elsewhere] the keys of other windows' uploads */
  async enter(owner, elsewhere = async () => new Set()) {
    if (this.#owner !== null && this.#owner !== owner) this.#letGo();
    this.#owner = owner;
    for (const { key, phase } of this.list.value) if (phase === "lost") this.resume(key);
    const left = await this.keep.of(owner);
    if (left.length === 0) return;
    const known = new Set([...(await elsewhere()), ...this.list.value.map(({ key }) => key)]);
    this.list.value = [...this.list.value, ...left.filter(({ key }) => !known.has(key)).map(uploads.restored)];
    this.#fill();
  }

  /** The account signs out: nothing of its uploads stays in the browser. */
  async forget() {
    const left = await this.keep.of(this.#owner ?? "");
    await Promise.all(left.map(({ key }) => this.keep.remove(key)));
    for (const { key } of this.list.value) this.#change(key, { kept: false });
  }

  /** @param {Iterable<File>} files @param {string|null} [replaces] */
  add(files, replaces = null) {
    const fresh = [...files].filter((file) => !this.#offerToMissing(file));
    this.#addNew(fresh, replaces);
  }

  /** @param {File[]} files @param {string|null} replaces */
  #addNew(files, replaces) {
    const fresh = files.map((file) => uploads.newUpload(this.newKey(), file, replaces));
    this.list.value = [...fresh, ...this.list.value];
    for (const { key, file } of fresh) void this.#kept(key, /** @type {File} */ (file), replaces);
    this.#fill();
  }

  /** @param {string} key @param {File} file @param {string|null} replaces */
  async #kept(key, file, replaces) {
    const kept = await this.keep.add({ key, file, replaces, owner: this.#owner ?? "" });
    this.#change(key, { kept });
  }

  /** True where an upload waits for a file of that name and size, which then gets it. @param {File} file */
  #offerToMissing(file) {
    const wanting = this.list.value.find(
      ({ phase, file: { name, size } }) => phase === "missing" && name === file.name && size === file.size,
    );
    if (wanting) void this.offer(wanting.key, file).then((same) => same || this.#addNew([file], wanting.replaces));
    return wanting !== undefined;
  }

  /** Goes on with an upload whose file had to be chosen again; false for another file. @param {string} key @param {File} file */
  async offer(key, file) {
    const same = await this.keep.isSame(key, file);
    if (same) this.#change(key, { file });
    if (same) this.resume(key);
    else this.list.value = uploads.stopped(this.list.value, key, "missing", t("upload.otherFile"));
    return same;
  }

  /** @param {string} key */
  pause(key) {
    this.list.value = uploads.paused(this.list.value, key);
    void this.keep.change(key, { paused: true });
    this.#stop(key);
  }

  /** Also at once what would be tried again later. @param {string} key */
  resume(key) {
    this.#stopWaiting(key);
    this.list.value = uploads.queuedAgain(this.list.value, key);
    void this.keep.change(key, { paused: false });
    this.#fill();
  }

  /** The network is there again, perhaps another one. */
  resumeRetrying() {
    for (const { key, phase } of this.list.value) if (phase === "retrying") this.resume(key);
  }

  /** @param {string} key */
  cancel(key) {
    this.list.value = uploads.cancelled(this.list.value, key);
    this.#stop(key);
    this.#giveUp(key);
  }

  /** @param {string} key */
  dismiss(key) {
    this.#giveUp(key);
    this.list.value = uploads.dismissed(this.list.value, key);
  }

  dismissFinished() {
    this.list.value = this.list.value.filter(uploads.isOpen);
  }

  /** @param {string} key */
  #giveUp(key) {
    const { url, phase } = this.#find(key);
    if (url && phase !== "stored") this.transport.end(url);
    void this.keep.remove(key);
  }

  #letGo() {
    for (const { key } of this.list.value) this.#stop(key);
    this.list.value = [];
  }

  /** @param {string} key */
  #stop(key) {
    this.#stopWaiting(key);
    this.#running.get(key)?.abort();
    this.#running.delete(key);
    this.#fill();
  }

  /** @param {string} key */
  #stopWaiting(key) {
    this.#waits.get(key)?.();
    this.#waits.delete(key);
  }

  #fill() {
    for (const upload of uploads.startable(this.list.value, AT_ONCE).reverse()) void this.#run(upload);
  }

  /** @param {uploads.Upload} upload */
  async #run({ key, file, replaces, url }) {
    const control = new AbortController();
    this.#running.set(key, control);
    this.list.value = uploads.sending(this.list.value, key, this.now());
    try {
      const result = await this.transport.send(/** @type {File} */ (file), {
        ...{ key, replaces, url, signal: control.signal },
        onProgress: (sentBytes) => {
          this.list.value = uploads.progressed(this.list.value, key, this.now(), sentBytes);
        },
        onPlace: (place) => this.#placed(key, place),
      });
      this.list.value = uploads.stored(this.list.value, key, result);
      void this.keep.remove(key);
      this.dispatchEvent(new CustomEvent("stored", { detail: result.mediaId }));
    } catch (error) {
      if (error instanceof ApiError) await this.#failed(key, error, /** @type {File} */ (file));
      else if (!control.signal.aborted) throw error;
    } finally {
      if (this.#running.get(key) === control) this.#running.delete(key);
      this.#fill();
    }
  }

  /** @param {string} key @param {import("../api/upload.js").Place} place */
  #placed(key, place) {
    if (this.#find(key).url !== place.url) void this.keep.change(key, { url: place.url });
    this.list.value = uploads.placed(this.list.value, key, this.now(), place);
  }

  /** @param {string} key @param {ApiError} error @param {File} file */
  async #failed(key, error, file) {
    const { status, code, message, retryAfterSeconds } = error;
    const unreadable = status === 0 && !(await isReadable(file));
    if (this.#find(key)?.phase !== "sending") return; // paused or cancelled by now
    if (unreadable) this.#refused(key, t("upload.changed"));
    else if (status === 401 || code === "overtaken")
      this.list.value = uploads.stopped(this.list.value, key, "lost", message);
    else if (PASSING.has(status) || status >= 500 || code === "wrong_offset")
      this.#tryLater(key, status > 0 && status < 500 ? message : "", retryAfterSeconds);
    else this.#refused(key, message);
    if (status === 401) this.dispatchEvent(new Event("unauthorized"));
  }

  /** @param {string} key @param {string} message */
  #refused(key, message) {
    this.list.value = uploads.stopped(this.list.value, key, "refused", message);
    void this.keep.remove(key);
  }

  /** @param {string} key @param {string} message what is more than an interruption @param {number|null} retryAfterSeconds */
  #tryLater(key, message, retryAfterSeconds) {
    this.list.value = uploads.retrying(this.list.value, key, message);
    const seconds = backoffSeconds(this.#find(key).tries, retryAfterSeconds);
    this.#waits.set(
      key,
      this.later(seconds, () => this.resume(key)),
    );
  }

  /** @param {string} key */
  #find(key) {
    return /** @type {uploads.Upload} */ (this.list.value.find((upload) => upload.key === key));
  }

  /** @param {string} key @param {Partial<uploads.Upload>} change */
  #change(key, change) {
    this.list.value = uploads.changed(this.list.value, key, change);
  }
}

/** A file that was changed or removed since it was chosen cannot be read. @param {File} file */
const isReadable = (file) =>
  file
    .slice(0, 1)
    .arrayBuffer()
    .then(
      () => true,
      () => false,
    );

/** `crypto.randomUUID` exists only in secure contexts, and the page may be served over plain HTTP on a local network. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
