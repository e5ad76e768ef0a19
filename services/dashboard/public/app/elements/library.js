// @ts-check
/** Every medium: found by name and state, in the chosen order, loaded page after page as the view scrolls. */
import * as library from "../state/library.js";
import { t } from "../text/index.js";
import { arrange, fill, h, nodesOf } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";
import { pickFiles } from "../view/file_picker.js";
import { MediumCardElement } from "./medium_card.js";
import "./library_tools.js";
import "./selection_bar.js";

/** Divisible by every number of columns from one to six, so that only the last batch can end in a gap. */
const BATCH = 60;

class LibraryElement extends InfoElement {
  /** @type {Map<string, MediumCardElement>} */ #cards = new Map();
  /** @type {HTMLElement[]} */ #batches = [];
  #count = h("span", { class: "count", role: "status" });
  #list = h("div", { class: "batches", role: "list", "aria-label": t("library.title") });
  #end = h("div", { class: "list-end" });

  connected() {
    this.#cards.clear();
    document.title = t("app.titled", { page: t("library.title") });
    const upload = h(
      "button",
      { class: "button primary", type: "button", onclick: () => this.#pick() },
      icon("upload"),
      t("upload.choose"),
    );
    this.append(
      h(
        "header",
        { class: "page-head" },
        h("div", { class: "page-title" }, h("h1", null, t("library.title")), this.#count),
        h("a", { class: "button", href: "#/trash" }, icon("trash"), t("trash.title")),
        this.app.mayUpload && upload,
      ),
      h("info-library-tools", {
        app: this.app,
        onquery: (/** @type {CustomEvent} */ event) => this.#ask(event.detail),
      }),
      this.#list,
      this.#end,
      h("info-selection-bar", { app: this.app }),
    );
    this.toggleAttribute("data-may-choose", this.app.mayUpload);
    this.listen(this, "choose", ({ detail }) => this.#choose(detail));
    this.listen(this.app.selection.ids, "change", () => this.#mark());
    const { state } = this.app.library;
    this.listen(state, "change", () => this.#show());
    this.listen(this.app.store, "medium", ({ detail }) => this.#cards.get(detail.id)?.show(detail));
    this.listen(this.app.router.route, "change", () => this.#follow());
    this.#watchEnd();
    this.#follow();
    this.#mark();
  }

  disconnected() {
    this.replaceChildren();
  }

  /** The address was changed by a link or the back button. */
  #follow() {
    const query = library.fromParameters(this.app.router.route.value.parameters);
    const { state } = this.app.library;
    const same = library.toParameters(query) === library.toParameters(state.value.query);
    // Where it was left it is still true: it follows every change, also while another page is shown.
    if (same && (state.value.phase === "idle" || state.value.phase === "loading")) this.#show();
    else void this.app.library.open(query);
  }

  /** @param {library.Library["query"]} query */
  #ask(query) {
    const parameters = library.toParameters(query);
    this.app.router.note(parameters ? `#/library?${parameters}` : "#/library");
  }

  #show() {
    const state = this.app.library.state.value;
    const ids = library.visible(state);
    this.#arrange(nodesOf(this.#cards, ids, (id) => this.#card(id)));
    const nothing = state.phase === "idle" && ids.length === 0 && !library.toParameters(state.query);
    this.#count.textContent = nothing ? "" : countOf(state, ids.length);
    this.toggleAttribute("aria-busy", state.phase === "loading");
    fill(this.#end, this.#ending(state, ids.length));
    // Where there is nothing yet, there is nothing to search.
    this.querySelector("info-library-tools")?.toggleAttribute("hidden", nothing);
  }

  /**
   * Cards stand in batches, of which the browser lays out only those that are near the view: a grid of thousands would
   * be laid out as a whole at every turn of the wheel.
   * @param {MediumCardElement[]} cards
   */
  #arrange(cards) {
    const count = Math.ceil(cards.length / BATCH);
    while (this.#batches.length < count) this.#batches.push(h("div", { class: "media-grid", role: "none" }));
    this.#batches.length = count;
    arrange(this.#list, this.#batches);
    for (const [index, batch] of this.#batches.entries())
      arrange(batch, cards.slice(index * BATCH, (index + 1) * BATCH));
  }

  /** @param {string} id */
  #mayChange(id) {
    const medium = this.app.store.get(id);
    return medium !== undefined && this.app.mayChange(medium);
  }

  /** With the shift key, everything from the last one up to this one. @param {{id: string, chosen: boolean, reach: boolean}} choice */
  #choose({ id, chosen, reach }) {
    const { selection, library: list } = this.app;
    if (reach)
      selection.reach(
        id,
        chosen,
        library.visible(list.state.value).filter((one) => this.#mayChange(one)),
      );
    else selection.set(id, chosen);
  }

  #mark() {
    const chosen = this.app.selection.ids.value;
    this.toggleAttribute("data-choosing", chosen.size > 0);
    for (const [id, card] of this.#cards) card.mark(chosen.has(id));
  }

  /** @param {string} id */
  #card(id) {
    const card = /** @type {MediumCardElement} */ (h("info-medium-card", { app: this.app }));
    const medium = this.app.store.get(id);
    if (medium) card.show(medium);
    card.mark(this.app.selection.ids.value.has(id));
    return card;
  }

  /** @param {library.Library} state @param {number} shown */
  #ending(state, shown) {
    if (state.phase === "failed") return trouble(state.error, () => void this.app.library.reload());
    if (state.phase === "loading") return shown ? h("p", { class: "soft" }, t("library.loading")) : skeleton();
    if (shown)
      return state.cursor
        ? h("button", { class: "button", type: "button", onclick: () => this.app.library.more() }, t("library.more"))
        : null;
    if (library.toParameters({ ...state.query, sort: "newest" })) return this.#nothingFound();
    if (!this.app.mayUpload) return h("p", { class: "soft" }, t("library.empty"));
    return welcome(() => this.#pick());
  }

  #nothingFound() {
    const everything = () => this.#ask(library.EVERYTHING);
    return h(
      "div",
      { class: "empty" },
      icon("search"),
      h("h2", null, t("library.nothingFound")),
      h("button", { class: "button", type: "button", onclick: everything }, t("library.showAll")),
    );
  }

  async #pick() {
    this.app.uploader.add(await pickFiles({ multiple: true }));
  }

  /** The next page is asked for well before the end is seen. */
  #watchEnd() {
    const observer = new IntersectionObserver(
      (entries) => entries.some((e) => e.isIntersecting) && void this.app.library.more(),
      { rootMargin: "1500px" },
    );
    observer.observe(this.#end);
    // An end that stays in view after a page was added is not reported again.
    this.listen(this.app.library.state, "change", () => {
      observer.unobserve(this.#end);
      observer.observe(this.#end);
    });
    this.signal.addEventListener("abort", () => observer.disconnect());
  }
}

/** @param {library.Library} state @param {number} shown */
function countOf(state, shown) {
  if (state.phase !== "idle" && shown === 0) return "";
  if (state.total !== null) return t("library.count", { n: Math.max(state.total - state.hidden.size, shown) });
  return state.cursor ? t("library.countMore", { n: shown }) : t("library.count", { n: shown });
}

/** @param {string} error @param {() => void} again */
const trouble = (error, again) =>
  h(
    "div",
    { class: "empty", role: "alert" },
    icon("alert"),
    h("h2", null, t("library.failed")),
    h("p", { class: "soft" }, error),
    h("button", { class: "button", type: "button", onclick: again }, t("action.retry")),
  );

/** @param {() => void} pick */
const welcome = (pick) =>
  h(
    "button",
    { class: "empty welcome", type: "button", onclick: pick },
    icon("upload"),
    h("strong", null, t("library.welcome")),
    h("span", { class: "soft" }, t("library.welcomeHint")),
  );

const skeleton = () =>
  h(
    "div",
    { class: "media-grid skeleton", "aria-hidden": "true" },
    Array.from({ length: 8 }, () => h("div", null)),
  );

customElements.define("info-library", LibraryElement);
