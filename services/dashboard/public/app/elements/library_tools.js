// @ts-check
/** Search, filter and sort. Dispatches `query` with what is now asked for. */
import { FILTERS, SORTS, tidySearch } from "../state/library.js";
import { t } from "../text/index.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";
import "./library_filters.js";

/** Long enough that a word being typed is one question. */
const TYPING_MS = 200;

class LibraryToolsElement extends InfoElement {
  #typing = 0;
  #search = h("input", {
    type: "search",
    id: "search",
    placeholder: t("library.search"),
    "aria-label": t("library.search"),
    autocomplete: "off",
    spellcheck: "false",
  });
  #sort = h(
    "select",
    { id: "sort", "aria-label": t("library.sort") },
    SORTS.map((sort) => h("option", { value: sort }, t(`sort.${sort}`))),
  );

  #further = h("info-library-filters", { onchoose: () => this.#ask() });

  connected() {
    this.#further.app = this.app;
    this.setAttribute("role", "search");
    const filters = FILTERS.map((status) =>
      h(
        "label",
        null,
        h("input", { type: "radio", name: "status", value: status, onchange: () => this.#ask() }),
        h("span", null, t(`filter.${status || "all"}`)),
      ),
    );
    this.append(
      h("div", { class: "search-field" }, icon("search"), this.#search),
      h(
        "fieldset",
        { class: "segments filters" },
        h("legend", { class: "visually-hidden" }, t("library.filter")),
        h("div", null, filters),
      ),
      h("div", { class: "select-field" }, icon("sort"), this.#sort, icon("chevron")),
      this.#further,
    );
    this.#search.addEventListener("input", () => this.#typed());
    this.#sort.addEventListener("change", () => this.#ask());
    this.listen(document, "keydown", (event) => this.#shortcut(event));
    this.listen(this.app.library.state, "change", () => this.#show());
    this.#show();
  }

  /** A question that was being typed is none for the page that comes next. */
  disconnected() {
    window.clearTimeout(this.#typing);
  }

  #show() {
    const { search, status, sort } = this.app.library.state.value.query;
    if (document.activeElement !== this.#search) this.#search.value = search;
    this.#sort.value = sort;
    for (const radio of this.querySelectorAll("input[name=status]")) {
      const input = /** @type {HTMLInputElement} */ (radio);
      input.checked = input.value === status;
    }
  }

  #typed() {
    window.clearTimeout(this.#typing);
    this.#typing = window.setTimeout(() => this.#ask(), TYPING_MS);
  }

  #ask() {
    window.clearTimeout(this.#typing);
    const checked = /** @type {HTMLInputElement|null} */ (this.querySelector("input[name=status]:checked"));
    const detail = {
      ...this.#further.chosen,
      search: tidySearch(this.#search.value),
      status: checked?.value ?? "",
      sort: this.#sort.value,
    };
    this.dispatchEvent(new CustomEvent("query", { detail }));
  }

  /** `/` goes to the search, as in many tools. @param {KeyboardEvent} event */
  #shortcut(event) {
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#search.focus();
  }
}

customElements.define("info-library-tools", LibraryToolsElement);
