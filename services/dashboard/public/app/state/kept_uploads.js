// @ts-check
/**
 * What is kept of uploads in the browser, so that they go on after a reload: small files whole, and of larger ones how
 * to know the same file again. IndexedDB, which pages over plain HTTP have as well. A browser that keeps nothing (some
 * do so in private windows, or when the disk is full) is no trouble: uploads then last as long as the page.
 */

/** Larger files are not copied into the browser's storage. */
const WHOLE_BYTES = 16 * 1024 ** 2;
/** How much of each end of a larger file is kept and compared. */
const END_BYTES = 1024 ** 2;
/** What was given up without a word goes after this. */
const KEPT_MS = 7 * 24 * 3600 * 1000;
const STORE = "uploads";

/**
 * @typedef {object} Kept
 * @property {string} key
 * @property {string} owner the account that began it
 * @property {string} name
 * @property {number} size
 * @property {string|null} replaces
 * @property {string|null} url
 * @property {boolean} paused
 * @property {number} at when it was added
 * @property {File|null} file null where it is too large to be kept
 * @property {Blob[]} ends the first and last bytes of a file that is not kept
 */

export class KeptUploads {
  /** @type {Promise<IDBDatabase>|null} */ #opened = null;

  /** Keeps an upload; true where its file is kept whole. @param {{key: string, file: File, replaces: string|null, owner: string}} upload */
  async add({ key, file, replaces, owner }) {
    const whole = file.size <= WHOLE_BYTES;
    /** @type {Kept} */ const kept = {
      ...{ key, owner, replaces, name: file.name, size: file.size, url: null, paused: false, at: Date.now() },
      file: whole ? file : null,
      ends: whole ? [] : endsOf(file),
    };
    return (await this.#attempt(async (store) => store.put(kept))) !== undefined && whole;
  }

  /** @param {string} key @param {{url?: string, paused?: boolean}} change */
  async change(key, change) {
    await this.#attempt(async (store) => {
      const kept = await resultOf(store.get(key));
      return kept && store.put({ ...kept, ...change });
    });
  }

  /** @param {string} key */
  async remove(key) {
    await this.#attempt(async (store) => store.delete(key));
  }

  /** What an account has left here, oldest first. @param {string} owner @returns {Promise<Kept[]>} */
  async of(owner) {
    /** @type {Kept[]} */ const all = (await this.#attempt(async (store) => store.getAll())) ?? [];
    for (const { key, at } of all) if (at < Date.now() - KEPT_MS) void this.remove(key);
    return all
      .filter((kept) => kept.owner === owner && kept.at >= Date.now() - KEPT_MS)
      .sort((one, other) => one.at - other.at);
  }

  /** Whether a file is the one that an upload was begun with. @param {string} key @param {File} file */
  async isSame(key, file) {
    /** @type {Kept|undefined} */ const kept = await this.#attempt(async (store) => store.get(key));
    if (!kept || kept.size !== file.size) return false;
    const ends = kept.file ? endsOf(kept.file) : kept.ends;
    const pairs = await Promise.all(endsOf(file).map((end, index) => sameBytes(end, ends[index])));
    return pairs.every(Boolean);
  }

  /** Undefined where the browser refuses. @template T @param {(store: IDBObjectStore) => Promise<IDBRequest<T>|undefined>} run @returns {Promise<T|undefined>} */
  async #attempt(run) {
    try {
      this.#opened ??= open();
      const transaction = (await this.#opened).transaction(STORE, "readwrite");
      const [request] = await Promise.all([run(transaction.objectStore(STORE)), finished(transaction)]);
      return request?.result;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return undefined;
    }
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  if (!globalThis.indexedDB) return Promise.reject(new DOMException("no storage", "NotSupportedError"));
  const request = indexedDB.open("infoscreen", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
  return resultOf(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const resultOf = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @param {IDBTransaction} transaction @returns {Promise<void>} */
const finished = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException("refused", "AbortError"));
  });

/** @param {Blob} file */
const endsOf = (file) => [file.slice(0, END_BYTES), file.slice(-END_BYTES)];

/** @param {Blob} one @param {Blob} other */
async function sameBytes(one, other) {
  const [left, right] = (await Promise.all([one.arrayBuffer(), other.arrayBuffer()])).map((b) => new Uint8Array(b));
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
