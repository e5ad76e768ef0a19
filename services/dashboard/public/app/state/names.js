// @ts-check
/** What people are called: media and the audit name an account by its id, and a token of the token file by its name. */
import { ApiError } from "../api/client.js";
import { isMediaId as isId } from "../api/media.js";
import { t } from "../text/index.js";
/** @typedef {import("../api/people.js").Named} Named */

/** `change` is dispatched when they were read. */
export class Names extends EventTarget {
  /** @type {Map<string, Named>} */ #known = new Map();

  /** @param {Pick<import("../api/people.js").PeopleApi, "names">} api */
  constructor(api) {
    super();
    this.api = api;
  }

  /** Reads them; where they cannot be told, those that were known stay. */
  async load() {
    try {
      this.#known = new Map((await this.api.names()).map((one) => [one.id, one]));
      this.dispatchEvent(new Event("change"));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** @param {string} principal */
  of(principal) {
    return this.#known.get(principal)?.name ?? (isId(principal) ? t("people.unknown") : principal);
  }

  /** Those to whom media can be handed over, by name. */
  get owners() {
    return [...this.#known.values()].filter(({ mayOwn }) => mayOwn);
  }
}
