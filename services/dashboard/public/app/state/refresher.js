// @ts-check
/**
 * Turns events about media into fresh data: many events about one medium become one request, and a flood of them (two
 * hundred uploads by somebody else) never more than a few requests at once.
 */
import { ApiError } from "../api/client.js";

const AT_ONCE = 4;

export class Refresher {
  /** @type {Set<string>} */ #wanted = new Set();
  #running = 0;

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
    this.#wanted.delete(id);
    this.#wanted.add(id);
    this.#next();
  }

  #next() {
    while (this.#running < AT_ONCE && this.#wanted.size) {
      const [id] = this.#wanted;
      this.#wanted.delete(id);
      this.#running += 1;
      void this.#run(id);
    }
  }

  /** @param {string} id */
  async #run(id) {
    try {
      this.store.put(await this.load(id));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) this.store.remove(id);
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }
}
