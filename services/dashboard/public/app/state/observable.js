// @ts-check
/** A value that says when it changes. @template T */
export class Observable extends EventTarget {
  /** @type {T} */ #value;

  /** @param {T} value */
  constructor(value) {
    super();
    this.#value = value;
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.dispatchEvent(new Event("change"));
  }
}
