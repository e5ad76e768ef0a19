// @ts-check
/** Short messages at the edge of the page, each for some seconds; those with something to do stay a little longer. */
import { Observable } from "./observable.js";

/** @typedef {{key: number, text: string, tone: "plain"|"good"|"bad", action: {label: string, run: () => void}|null}} Notice */

const PLAIN_SECONDS = 5;

export class Notices {
  /** @type {Observable<readonly Notice[]>} */ list = new Observable(/** @type {readonly Notice[]} */ ([]));
  #key = 0;

  /** @param {string} text @param {{tone?: Notice["tone"], action?: Notice["action"], seconds?: number}} [options] */
  say(text, { tone = "plain", action = null, seconds = PLAIN_SECONDS } = {}) {
    const key = (this.#key += 1);
    this.list.value = [...this.list.value, { key, text, tone, action }];
    window.setTimeout(() => this.dismiss(key), seconds * 1000);
  }

  /** @param {string} text */
  trouble(text) {
    this.say(text, { tone: "bad", seconds: 10 });
  }

  /** @param {number} key */
  dismiss(key) {
    this.list.value = this.list.value.filter((notice) => notice.key !== key);
  }
}
