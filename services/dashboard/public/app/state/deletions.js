// @ts-check
/**
 * Deletions that can be undone: for some seconds a medium is only hidden here, then the server is asked to delete it.
 * Closing the page does not undo a deletion: those that are due are sent on the way out.
 */
import { ApiError } from "../api/client.js";

export const UNDO_SECONDS = 7;

export class Deletions {
  /** @type {Map<string, number>} */ #due = new Map();

  /**
   * @param {import("../api/media.js").MediaApi} api
   * @param {import("./media_store.js").MediaStore} store
   * @param {import("./library_list.js").LibraryList} list
   * @param {(message: string) => void} onFailure
   */
  constructor(api, store, list, onFailure) {
    this.api = api;
    this.store = store;
    this.list = list;
    this.onFailure = onFailure;
  }

  /** @param {string} id */
  request(id) {
    this.list.hide(id);
    this.#due.set(
      id,
      window.setTimeout(() => void this.#commit(id, false), UNDO_SECONDS * 1000),
    );
  }

  /** @param {string} id */
  undo(id) {
    window.clearTimeout(this.#due.get(id));
    this.#due.delete(id);
    this.list.restore(id);
  }

  /** Send what is due: the page is being closed. */
  flush() {
    for (const id of [...this.#due.keys()]) void this.#commit(id, true);
  }

  /** @param {string} id @param {boolean} leaving */
  async #commit(id, leaving) {
    window.clearTimeout(this.#due.get(id));
    this.#due.delete(id);
    try {
      await this.api.delete(id, leaving);
      this.store.remove(id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) return this.store.remove(id);
      this.list.restore(id);
      this.onFailure(error.message);
    }
  }
}
