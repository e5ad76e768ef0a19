// @ts-check
/** What can be done with the media that are chosen: shown, downloaded, given a tag, put into the trash. */
import { originalPath } from "../api/media.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";
import "./show_on_dialog.js";

/** @typedef {import("../api/shapes.js").Medium} Medium */

class SelectionBarElement extends InfoElement {
  #count = h("strong", { role: "status" });
  #tag = h("input", {
    type: "text",
    id: "selection-tag",
    maxlength: "50",
    autocomplete: "off",
    placeholder: t("labels.addTag"),
    "aria-label": t("labels.addTag"),
  });

  connected() {
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", t("selection.label"));
    const add = (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#addTag(this.#tag.value.trim());
    };
    fill(
      this,
      this.#count,
      h("form", { onsubmit: add }, this.#tag),
      this.app.mayPlan &&
        h(
          "button",
          { class: "button", type: "button", onclick: () => this.#showOn() },
          icon("screen"),
          t("showOn.open"),
        ),
      h(
        "button",
        { class: "button", type: "button", onclick: () => this.#download() },
        icon("download"),
        t("selection.download"),
      ),
      h(
        "button",
        { class: "button danger", type: "button", onclick: () => this.#trash() },
        icon("trash"),
        t("media.delete"),
      ),
      h("button", { class: "button", type: "button", onclick: () => this.app.selection.clear() }, t("selection.clear")),
    );
    this.listen(this.app.selection.ids, "change", () => this.#show());
    this.listen(this.app.store, "gone", ({ detail }) => this.app.selection.drop([detail]));
    this.#show();
  }

  #show() {
    const { size } = this.app.selection.ids.value;
    this.hidden = size === 0;
    this.#count.textContent = size ? t("selection.count", { n: size }) : "";
  }

  /** @param {string} tag */
  async #addTag(tag) {
    const ids = [...this.app.selection.ids.value];
    if (!tag || !(await this.#act("tag", ids, { add: [tag] }))) return;
    this.#tag.value = "";
    for (const id of ids) this.app.refresher.refresh(id);
  }

  #showOn() {
    this.append(h("info-show-on-dialog", { app: this.app, media: this.#media }));
  }

  /** The originals; the browser asks once whether a page may save several files. */
  #download() {
    for (const { id, filename } of this.#media) h("a", { href: originalPath(id), download: filename }).click();
  }

  /** @returns {Medium[]} */
  get #media() {
    return [...this.app.selection.ids.value].flatMap((id) => this.app.store.get(id) ?? []);
  }

  async #trash() {
    const done = await this.#act("trash", [...this.app.selection.ids.value]);
    if (!done?.length) return;
    for (const id of done) this.app.store.remove(id);
    const undo = { label: t("action.undo"), run: () => void this.#restore(done) };
    this.app.notices.say(t("selection.trashed", { n: done.length }), { action: undo, seconds: 10 });
  }

  /** @param {string[]} ids */
  async #restore(ids) {
    for (const id of (await this.#act("restore", ids)) ?? []) this.app.refresher.refresh(id);
  }

  /** @param {string} action @param {string[]} ids @param {object} [more] @returns {Promise<string[]|undefined>} those for which it was done */
  async #act(action, ids, more) {
    const results = await this.app.attempt(() => this.app.media.act(action, ids, more));
    const refused = results?.filter(({ detail }) => detail) ?? [];
    if (refused.length)
      this.app.notices.trouble(t("selection.refused", { n: refused.length, detail: refused[0].detail ?? "" }));
    return results?.filter(({ detail }) => !detail).map(({ id }) => id);
  }
}

customElements.define("info-selection-bar", SelectionBarElement);
