// @ts-check
/**
 * Turns events about media into fresh data: many events about one medium become one request, a flood of them (another
 * person uploads two hundred files) never more than a few at once, and never two about the same medium, whose answers
 * could overtake each other.
 */
import { ApiError } from "../api/client.js";

const AT_ONCE = 4;

export class Refresher {
  /** @type {Set<string>} */ #wanted = new Set();
  /** @type {Set<string>} */ #asked = new Set();

  /**
   * @param {(id: string) => Promise<import("../api/shapes.js").Medium>} load
   * @param {import("./media_store.js").MediaStore} store
   */
  constructor(load, store) {
    this.load = load;
    this.store = store;
  }

  /** @param {string} id */
  refresh(id) {
    this.#wanted.add(id);
    this.#next();
  }

  #next() {
    for (const id of this.#wanted) {
      if (this.#asked.size >= AT_ONCE) return;
      if (!this.#asked.has(id)) void this.#run(id);
    }
  }

  /** @param {string} id */
  async #run(id) {
    this.#wanted.delete(id);
    this.#asked.add(id);
    const question = this.store.ask();
    try {
      this.store.put(await this.load(id), question);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) this.store.remove(id);
    } finally {
      this.#asked.delete(id);
      this.#next();
    }
  }
}
