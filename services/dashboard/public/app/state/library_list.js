// @ts-check
/** Keeps the library's list true: loads its pages, follows what changes, and drops answers to questions no longer asked. */
import { ApiError } from "../api/client.js";
import * as library from "./library.js";
import { Observable } from "./observable.js";

const FIRST_PAGE = 60;
const NEXT_PAGE = 120;
/** What the API gives at once. */
const LARGEST_PAGE = 200;

export class LibraryList {
  /** @type {Observable<library.Library>} */ state = new Observable(library.unasked());
  #request = new AbortController();
  #keeping = false;

  /** @param {import("../api/media.js").MediaApi} api @param {import("./media_store.js").MediaStore} store */
  constructor(api, store) {
    this.api = api;
    this.store = store;
    store.addEventListener("medium", (event) => this.#follow(/** @type {CustomEvent} */ (event).detail));
    store.addEventListener("gone", (event) => this.#change(library.removed, /** @type {CustomEvent} */ (event).detail));
  }

  /** @param {library.Library["query"]} query */
  open(query) {
    this.state.value = library.opened(query, this.state.value.hidden);
    return this.#load(null, FIRST_PAGE, library.started);
  }

  /** The same query from its beginning, as far as it was shown; what is on the page stays until all of it is here. */
  reload() {
    return this.#load(null, Math.max(this.state.value.order.length, FIRST_PAGE), library.started);
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

  /** @param {string|null} cursor @param {number} wanted @param {typeof library.started} apply */
  async #load(cursor, wanted, apply) {
    this.#request.abort();
    const question = this.store.ask();
    const { signal } = (this.#request = new AbortController());
    this.state.value = library.loading(this.state.value);
    try {
      const page = await this.#fetch(cursor, wanted, signal);
      if (signal.aborted) return;
      this.#keep(page.items, question);
      const items = page.items.filter(({ id }) => this.store.get(id)); // not what was deleted since
      this.state.value = apply(this.state.value, { ...page, items });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) throw error;
      this.state.value = library.failed(this.state.value, error.message);
    }
  }

  /** As many pages as it takes. @param {string|null} cursor @param {number} wanted @param {AbortSignal} signal */
  async #fetch(cursor, wanted, signal) {
    const { query } = this.state.value;
    const page = await this.api.list(query, cursor, Math.min(wanted, LARGEST_PAGE), signal);
    while (page.cursor && page.items.length < wanted) {
      const next = await this.api.list(query, page.cursor, LARGEST_PAGE, signal);
      page.items.push(...next.items);
      page.cursor = next.cursor;
    }
    return page;
  }

  /** A page's media go to the store without being taken for news. @param {library.Medium[]} media @param {number} question */
  #keep(media, question) {
    this.#keeping = true;
    for (const medium of media) this.store.put(medium, question);
    this.#keeping = false;
  }

  /** @param {library.Medium} medium */
  #follow(medium) {
    this.#change((state) => library.changed(state, medium, (id) => this.store.get(id)), medium);
  }

  /** @template T @param {(state: library.Library, value: T) => library.Library} reducer @param {T} value */
  #change(reducer, value) {
    if (this.#keeping) return;
    this.state.value = reducer(this.state.value, value);
  }
}
