// @ts-check
/** The media that are chosen in the library, for what is done with many at once. */
import { Observable } from "./observable.js";

/** As many as the API takes at once. */
export const MOST_CHOSEN = 200;

export class Selection {
  /** @type {Observable<ReadonlySet<string>>} */ ids = new Observable(/** @type {ReadonlySet<string>} */ (new Set()));
  #last = "";

  /** @param {string} id @param {boolean} chosen */
  set(id, chosen) {
    this.#last = id;
    this.#change([id], chosen);
  }

  /** From the one that was chosen or left out last up to this one. @param {string} id @param {boolean} chosen @param {readonly string[]} order what is shown */
  reach(id, chosen, order) {
    const ends = [order.indexOf(this.#last), order.indexOf(id)];
    if (ends[0] < 0) return this.set(id, chosen);
    this.#last = id;
    return this.#change(order.slice(Math.min(...ends), Math.max(...ends) + 1), chosen);
  }

  /** @param {Iterable<string>} ids */
  drop(ids) {
    this.#change([...ids], false);
  }

  clear() {
    this.ids.value = new Set();
  }

  /** @param {readonly string[]} ids @param {boolean} chosen */
  #change(ids, chosen) {
    const after = new Set(this.ids.value);
    for (const id of ids) {
      if (!chosen) after.delete(id);
      else if (after.size < MOST_CHOSEN) after.add(id);
    }
    this.ids.value = after;
  }
}
