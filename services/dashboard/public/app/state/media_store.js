// @ts-check
/**
 * What the page knows of every medium, once: lists, the upload tray and the detail page all read it here, so that they
 * never contradict each other. Dispatches `medium` (detail: the medium) and `gone` (detail: its id).
 */
/** @typedef {import("../api/shapes.js").Medium} Medium */

export class MediaStore extends EventTarget {
  /** @type {Map<string, Medium>} */ #media = new Map();
  #questions = 0;
  /** Per medium, the latest question whose answer counted. @type {Map<string, number>} */ #answered = new Map();

  /** @param {string} id */
  get(id) {
    return this.#media.get(id);
  }

  /** Numbers a question to the server when it is asked, so that `put` can drop an answer that was overtaken. */
  ask() {
    this.#questions += 1;
    return this.#questions;
  }

  /**
   * Keeps an answer, unless an answer to a later question, or a deletion, came before it.
   * @param {Medium} medium @param {number} [question] what `ask` gave when it was asked
   */
  put(medium, question = this.ask()) {
    if (question < (this.#answered.get(medium.id) ?? 0)) return;
    this.#answered.set(medium.id, question);
    this.#keep(medium);
  }

  /** @param {string} id @param {Partial<Medium>} change */
  patch(id, change) {
    const known = this.#media.get(id);
    if (known) this.#keep({ ...known, ...change });
  }

  /** @param {string} id */
  remove(id) {
    this.#answered.set(id, this.ask());
    this.#media.delete(id);
    this.dispatchEvent(new CustomEvent("gone", { detail: id }));
  }

  /** @param {Medium} medium */
  #keep(medium) {
    const known = this.#media.get(medium.id);
    if (known && known.generation > medium.generation) return; // a replica that lags behind
    this.#media.set(medium.id, medium);
    this.dispatchEvent(new CustomEvent("medium", { detail: medium }));
  }
}
