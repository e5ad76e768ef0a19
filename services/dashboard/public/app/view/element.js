// @ts-check
/**
 * What the page's elements have in common: the application is handed to them as a property before they are connected,
 * and whatever they listen to is let go of when they leave the page.
 */
export class InfoElement extends HTMLElement {
  /** @type {import("../application.js").Application} */ app = /** @type {any} */ (null);
  #connection = new AbortController();

  connectedCallback() {
    this.#connection = new AbortController();
    this.connected();
  }

  disconnectedCallback() {
    this.#connection.abort();
    this.disconnected();
  }

  /** Build what is shown. */
  connected() {}

  disconnected() {}

  /** Aborted when the element leaves the page; for requests. */
  get signal() {
    return this.#connection.signal;
  }

  /** @param {EventTarget} target @param {string} type @param {(event: any) => void} listener */
  listen(target, type, listener) {
    target.addEventListener(type, listener, { signal: this.signal });
  }

  /**
   * Runs when people, also at other pages, changed one of these nouns of the programme, or may have.
   * @param {("playlist"|"group"|"entry"|"override"|"player")[]} nouns @param {() => void} run
   */
  whenEdited(nouns, run) {
    this.listen(this.app.live, "programme", ({ detail }) => nouns.some((noun) => detail.includes(noun)) && run());
    this.listen(this.app.live, "reconnected", run);
  }

  /** Runs at once and then at this interval, while the element is connected and the page is visible. @param {() => void} run @param {number} seconds */
  every(seconds, run) {
    run();
    const timer = setInterval(() => document.hidden || run(), seconds * 1000);
    this.signal.addEventListener("abort", () => clearInterval(timer));
    this.listen(document, "visibilitychange", () => document.hidden || run());
  }
}
