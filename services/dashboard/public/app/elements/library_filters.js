// @ts-check
/** The filters beside the status: type, tag, uploader, on a screen, with findings. Dispatches `choose`. */
import { EVERYTHING, furtherFilters, KINDS } from "../state/library.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";
/** @typedef {import("../api/media.js").Query} Query */
/** @typedef {Pick<Query, "kind"|"tag"|"by"|"onScreen"|"findings">} Further */

class LibraryFiltersElement extends InfoElement {
  /** What is chosen. @type {Further} */ chosen = EVERYTHING;
  #title = h("span");
  #fold = h("details", { class: "further-filters" });
  #kind = h(
    "select",
    { id: "kind", "aria-label": t("filter.kind"), onchange: () => this.#choose({ kind: this.#kind.value }) },
    KINDS.map((kind) => h("option", { value: kind }, t(`kind.${kind || "any"}`))),
  );
  #onScreen = this.#box((onScreen) => ({ onScreen }));
  #findings = this.#box((findings) => ({ findings }));
  #mine = this.#box((mine) => ({ by: mine ? this.#me : "" }));
  #named = h("div", { class: "tags" });

  connected() {
    fill(
      this.#fold,
      h("summary", null, icon("sliders"), this.#title),
      h(
        "div",
        null,
        h("div", { class: "select-field" }, this.#kind, icon("chevron")),
        h("label", null, this.#onScreen, t("filter.onScreen")),
        h("label", null, this.#findings, t("filter.findings")),
        this.app.mayUpload && h("label", null, this.#mine, t("filter.mine")),
        this.#named,
      ),
    );
    fill(this, this.#fold);
    this.listen(this.app.library.state, "change", () => this.#show());
    this.#show();
    this.#fold.open = furtherFilters(this.app.library.state.value.query) > 0;
  }

  get #me() {
    return this.app.session.value?.name ?? "";
  }

  /** @param {(checked: boolean) => Partial<Further>} change */
  #box(change) {
    const box = h("input", { type: "checkbox", onchange: () => this.#choose(change(box.checked)) });
    return box;
  }

  #show() {
    const { query } = this.app.library.state.value;
    const { kind, tag, by, onScreen, findings } = (this.chosen = query);
    const n = furtherFilters(query);
    this.#title.textContent = n ? t("filter.furtherSet", { n }) : t("filter.further");
    this.#kind.value = kind;
    this.#onScreen.checked = onScreen;
    this.#findings.checked = findings;
    this.#mine.checked = by !== "" && by === this.#me;
    fill(
      this.#named,
      tag && this.#removable(`#${tag}`, { tag: "" }),
      by && by !== this.#me && this.#removable(t("filter.by", { name: by }), { by: "" }),
    );
    if (n) this.#fold.open = true;
  }

  /** @param {string} words @param {Partial<Further>} change */
  #removable(words, change) {
    const name = t("filter.remove", { name: words });
    const remove = { type: "button", class: "tag-remove", "aria-label": name, title: name };
    return h(
      "span",
      { class: "chip" },
      h("bdi", null, words),
      h("button", { ...remove, onclick: () => this.#choose(change) }, icon("close")),
    );
  }

  /** @param {Partial<Further>} change */
  #choose(change) {
    const { kind, tag, by, onScreen, findings } = { ...this.chosen, ...change };
    this.chosen = { kind, tag, by, onScreen, findings };
    this.dispatchEvent(new Event("choose"));
  }
}

customElements.define("info-library-filters", LibraryFiltersElement);
