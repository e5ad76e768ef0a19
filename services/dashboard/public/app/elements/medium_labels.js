// @ts-check
/** What a medium is called: its title, changed in place, and its tags, added by typing. */
import { libraryAddress } from "../state/library.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { breakable } from "../view/filename.js";
import { icon } from "../view/icons.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */

class MediumLabelsElement extends InfoElement {
  /** @type {Medium|null} */ #medium = null;
  #shape = "";

  /** @param {Medium} medium */
  show(medium) {
    this.#medium = medium;
    const shape = shapeOf(medium);
    if (shape === this.#shape || this.contains(document.activeElement?.closest("form") ?? null)) return;
    this.#shape = shape;
    this.#build(medium);
  }

  /** @param {Medium} medium */
  #build(medium) {
    const rename =
      this.app.mayChange(medium) &&
      h(
        "button",
        { class: "button small", type: "button", onclick: () => this.#rename(medium) },
        icon("pencil"),
        t("labels.rename"),
      );
    fill(
      this,
      h("div", { class: "medium-title" }, h("h1", null, h("bdi", null, breakable(medium.title))), rename),
      this.#tags(medium),
    );
  }

  /** @param {Medium} medium */
  #rename(medium) {
    const title = h("input", {
      type: "text",
      id: "medium-title",
      value: medium.title,
      required: true,
      maxlength: "255",
      autocomplete: "off",
      "aria-label": t("labels.title"),
    });
    const back = () => {
      this.#build(this.#medium ?? medium);
      this.querySelector("button")?.focus();
    };
    const save = (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#save({ title: title.value });
    };
    const form = h(
      "form",
      {
        class: "medium-title",
        onsubmit: save,
        onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && back(),
      },
      title,
      h("button", { class: "button small primary", type: "submit" }, t("action.save")),
      h("button", { class: "button small", type: "button", onclick: back }, t("action.cancel")),
    );
    fill(this, form, this.#tags(medium));
    title.select();
  }

  /** @param {Medium} medium */
  #tags(medium) {
    const tag = h("input", {
      type: "text",
      id: "medium-tag",
      maxlength: "50",
      autocomplete: "off",
      placeholder: t("labels.addTag"),
      "aria-label": t("labels.addTag"),
    });
    const add = (/** @type {Event} */ event) => {
      event.preventDefault();
      const wanted = tag.value.trim();
      if (wanted) void this.#save({ tags: [...new Set([...(this.#medium ?? medium).tags, wanted])] }, true);
    };
    return h(
      "div",
      { class: "tags" },
      h(
        "ul",
        { "aria-label": t("labels.tags") },
        medium.tags.map((name) =>
          h(
            "li",
            { class: "chip" },
            h("a", { href: libraryAddress({ tag: name }) }, h("bdi", null, name)),
            this.app.mayChange(medium) && this.#remover(medium, name),
          ),
        ),
      ),
      this.app.mayChange(medium) && h("form", { onsubmit: add }, tag),
    );
  }

  /** @param {Medium} medium @param {string} name */
  #remover(medium, name) {
    const others = () => (this.#medium ?? medium).tags.filter((other) => other !== name);
    return h(
      "button",
      {
        class: "tag-remove",
        type: "button",
        "aria-label": t("labels.removeTag", { name }),
        onclick: () => this.#save({ tags: others() }),
      },
      icon("close"),
    );
  }

  /** @param {{title?: string, tags?: string[]}} labels @param {boolean} [typing] whether another tag may follow */
  async #save(labels, typing = false) {
    const medium = /** @type {Medium} */ (this.#medium);
    const saved = await this.app.attempt(() => this.app.media.change(medium.id, labels));
    if (!saved) return;
    this.#medium = { ...medium, title: saved.title, tags: saved.tags };
    this.#shape = shapeOf(this.#medium);
    this.#build(this.#medium);
    this.app.store.patch(medium.id, { title: saved.title, tags: saved.tags });
    /** @type {HTMLElement|null} */ (this.querySelector(typing ? "#medium-tag" : "button"))?.focus();
  }
}

/** @param {Medium} medium */
const shapeOf = ({ title, tags, owner }) => JSON.stringify([title, tags, owner]);

customElements.define("info-medium-labels", MediumLabelsElement);
