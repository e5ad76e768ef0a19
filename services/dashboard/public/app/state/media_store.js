// @ts-check
/**
 * What the page knows of every medium, once: lists, the upload tray and the detail page all read it here, so that they
 * never contradict each other. Dispatches `medium` (detail: the medium) and `gone` (detail: its id).
 */
/** @typedef {import("../api/shapes.js").Medium} Medium */

export class MediaStore extends EventTarget {
  /** @type {Map<string, Medium>} */ #media = new Map();

  /** @param {string} id */
  get(id) {
    return this.#media.get(id);
  }

  /** @param {Medium} medium */
  put(medium) {
    const known = this.#media.get(medium.id);
    if (known && known.generation > medium.generation) return; // an answer that was overtaken
    this.#media.set(medium.id, medium);
    this.dispatchEvent(new CustomEvent("medium", { detail: medium }));
  }

  /** @param {string} id @param {Partial<Medium>} change */
  patch(id, change) {
    const known = this.#media.get(id);
    if (known) this.put({ ...known, ...change });
  }

  /** @param {string} id */
  remove(id) {
    this.#media.delete(id);
    this.dispatchEvent(new CustomEvent("gone", { detail: id }));
  }
}
