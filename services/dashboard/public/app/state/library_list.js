// @ts-check
/** Keeps the library's list true: loads its pages, follows what changes, and drops answers to questions no longer asked. */
import { ApiError } from "../api/client.js";
import * as library from "./library.js";
import { Observable } from "./observable.js";

const FIRST_PAGE = 60;
const NEXT_PAGE = 120;

export class LibraryList {
  /** @type {Observable<library.Library>} */ state = new Observable(library.opened(library.EVERYTHING));
  #request = new AbortController();

  /** @param {import("../api/media.js").MediaApi} api @param {import("./media_store.js").MediaStore} store */
  constructor(api, store) {
    this.api = api;
    this.store = store;
    store.addEventListener("medium", (event) => this.#change(library.changed, /** @type {CustomEvent} */ (event).detail));
    store.addEventListener("gone", (event) => this.#change(library.removed, /** @type {CustomEvent} */ (event).detail));
  }

  /** @param {library.Library["query"]} query */
  open(query) {
    this.state.value = library.opened(query, this.state.value.hidden);
    return this.#load(null, FIRST_PAGE, library.started);
  }

  /** The same query from its beginning, keeping what is on the page until the answer is here. */
  reload() {
    const size = Math.min(Math.max(this.state.value.order.length, FIRST_PAGE), 200);
    return this.#load(null, size, library.started);
  }

  more() {
    const { cursor, phase } = this.state.value;
    return cursor && phase === "idle" ? this.#load(cursor, NEXT_PAGE, library.continued) : Promise.resolve();
  }

  /** @param {string} id */
  hide(id) {
    this.#change(library.hidden, id);
  }

  /** @param {string} id */
  restore(id) {
    this.#change(library.restored, id);
  }

  /** @param {string|null} cursor @param {number} limit @param {typeof library.started} apply */
  async #load(cursor, limit, apply) {
    this.#request.abort();
    const request = (this.#request = new AbortController());
    this.state.value = library.loading(this.state.value);
    try {
      const page = await this.api.list(this.state.value.query, cursor, limit, request.signal);
      if (request.signal.aborted) return;
      for (const medium of page.items) this.store.put(medium);
      this.state.value = apply(this.state.value, page);
    } catch (error) {
      if (request.signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.state.value = library.failed(this.state.value, error.message);
    }
  }

  /** @template T @param {(state: library.Library, value: T) => library.Library} reducer @param {T} value */
  #change(reducer, value) {
    this.state.value = reducer(this.state.value, value);
  }
}
