// @ts-check
/** Finds media of the library by name. Dispatches `pick` (detail: the medium), as often as a person likes. */
import { EVERYTHING, tidySearch } from "../state/library.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { breakable } from "../view/filename.js";
import { icon } from "../view/icons.js";
import { thumbnail } from "./medium_card.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */

const RESULTS = 40;
const TYPING_MS = 200;

class MediaFinderElement extends InfoElement {
  #typing = 0;
  #results = h("ul", { class: "pick-list", "aria-label": t("library.title") });
  #search = h("input", {
    type: "search",
    placeholder: t("library.search"),
    "aria-label": t("library.search"),
    autocomplete: "off",
  });

  connected() {
    this.#search.addEventListener("input", () => this.#typed());
    this.#search.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    fill(this, h("div", { class: "search-field" }, icon("search"), this.#search), this.#results);
    void this.#find();
  }

  #typed() {
    window.clearTimeout(this.#typing);
    this.#typing = window.setTimeout(() => void this.#find(), TYPING_MS);
  }

  async #find() {
    const search = tidySearch(this.#search.value);
    const question = this.app.store.ask();
    const page = await this.app.attempt(() => this.app.media.list({ ...EVERYTHING, search }, null, RESULTS));
    if (!page || search !== tidySearch(this.#search.value)) return;
    for (const medium of page.items) this.app.store.put(medium, question);
    const rows = page.items.map((medium) => this.#row(medium));
    fill(this.#results, rows.length ? rows : h("li", { class: "soft" }, t("library.nothingFound")));
  }

  /** @param {Medium} medium */
  #row(medium) {
    const pick = () => this.dispatchEvent(new CustomEvent("pick", { detail: medium }));
    return h(
      "li",
      null,
      thumbnail(medium),
      h("bdi", { title: medium.filename }, breakable(medium.filename)),
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": t("playlists.addItem", { name: medium.filename }),
          onclick: pick,
        },
        icon("plus"),
      ),
    );
  }
}

customElements.define("info-media-finder", MediaFinderElement);
