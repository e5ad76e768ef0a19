// @ts-check
/** What was deleted, for how long it is kept, and the way back. */
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { breakable } from "../view/filename.js";
import { formatAgo } from "../view/format.js";
import { icon } from "../view/icons.js";
/** @typedef {import("../api/shapes.js").Trashed} Trashed */

class TrashElement extends InfoElement {
  /** @type {Trashed[]} */ #items = [];
  /** @type {string|null} */ #cursor = null;
  #content = h("div", { class: "trash" });

  connected() {
    document.title = t("app.titled", { page: t("trash.title") });
    fill(
      this,
      h("a", { class: "back-link", href: this.app.libraryAddress }, icon("back"), t("library.title")),
      h("header", { class: "page-head" }, h("h1", null, t("trash.title"))),
      h("p", { class: "soft" }, t("trash.hint")),
      this.#content,
    );
    this.listen(this.app.names, "change", () => this.#items.length > 0 && this.#show());
    this.listen(this.app.live, "change", ({ detail }) => {
      if (["media.trashed", "media.restored", "media.deleted"].includes(detail.type)) void this.#load(null);
    });
    void this.#load(null);
  }

  /** @param {string|null} cursor where to go on; null: from the beginning */
  async #load(cursor) {
    const tell = (/** @type {string} */ words) => this.#failed(words);
    const page = await this.app.attempt(() => this.app.media.trash(cursor), tell);
    if (!page) return;
    this.#items = cursor ? [...this.#items, ...page.items] : page.items;
    this.#cursor = page.cursor;
    this.#show();
  }

  #show() {
    const more = h("button", { class: "button", type: "button", onclick: () => this.#load(this.#cursor) });
    more.append(t("library.more"));
    if (!this.#items.length)
      fill(this.#content, h("div", { class: "empty" }, icon("trash"), h("h2", null, t("trash.empty"))));
    else
      fill(
        this.#content,
        h(
          "ul",
          { class: "trash-list" },
          this.#items.map((medium) => this.#row(medium)),
        ),
        this.#cursor && more,
      );
  }

  /** @param {Trashed} medium */
  #row(medium) {
    const deleted = t("trash.by", {
      name: this.app.names.of(medium.trashedBy),
      ago: medium.trashedAt ? formatAgo(medium.trashedAt) : "",
    });
    return h(
      "li",
      { class: "panel" },
      h(
        "div",
        null,
        h("strong", null, h("bdi", null, breakable(medium.title))),
        h("span", { class: "soft" }, deleted),
        h("span", { class: "soft" }, t("trash.daysLeft", { n: medium.daysLeft })),
      ),
      this.app.mayChange(medium) &&
        h(
          "button",
          {
            class: "button",
            type: "button",
            "aria-label": t("trash.restoreOf", { name: medium.title }),
            onclick: () => this.#restore(medium),
          },
          icon("repeat"),
          t("trash.restore"),
        ),
    );
  }

  /** @param {Trashed} medium */
  async #restore(medium) {
    const restored = await this.app.attempt(() => this.app.media.restore(medium.id));
    if (restored) {
      this.#items = this.#items.filter(({ id }) => id !== medium.id);
      this.#show();
      this.app.refresher.refresh(medium.id);
      this.app.notices.say(t("trash.restored", { name: medium.title }), { tone: "good" });
      this.querySelector("h1")?.scrollIntoView({ block: "nearest" });
    } else void this.#load(null);
  }

  /** @param {string} words */
  #failed(words) {
    const again = h("button", { class: "button", type: "button", onclick: () => this.#load(null) }, t("action.retry"));
    fill(
      this.#content,
      h("div", { class: "empty", role: "alert" }, icon("alert"), h("h2", null, t("trash.failed")), words, again),
    );
  }
}

customElements.define("info-trash", TrashElement);
