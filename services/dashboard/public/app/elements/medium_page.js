// @ts-check
/** One medium in full: how it looks, what it is, what happened to it, and what can be done with it. */
import { ApiError } from "../api/client.js";
import { isMediaId } from "../api/media.js";
import { isUnfinished } from "../api/shapes.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";
import { statusChip, statusSentence } from "../view/status.js";
import "./medium_actions.js";
import "./medium_facts.js";
import "./medium_history.js";
import "./medium_labels.js";
import "./medium_preview.js";
import "./medium_receipt.js";
import "./medium_report.js";
import "./medium_versions.js";
import "./page_strip.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */
/** @typedef {import("../view/dom.js").Child} Child */

const QUEUE_SECONDS = 3;

class MediumPageElement extends InfoElement {
  #id = "";
  #shape = "";
  #seen = false;
  #chip = h("span", { class: "chip-place" });
  #sentence = h("p", { class: "status-sentence", role: "status" });

  connected() {
    this.#id = (this.dataset.id ?? "").toLowerCase();
    if (!isMediaId(this.#id)) return this.#unknown();
    this.listen(this.app.store, "medium", ({ detail }) => detail.id === this.#id && this.#show(detail));
    this.listen(this.app.names, "change", () => this.#fill(this.app.store.get(this.#id)));
    this.listen(this.app.store, "gone", ({ detail }) => detail === this.#id && this.#gone());
    const known = this.app.store.get(this.#id);
    if (known) this.#show(known);
    void this.#load();
    this.every(QUEUE_SECONDS, () => {
      if (isUnfinished(this.app.store.get(this.#id))) void this.app.followQueue(this.#id);
    });
    return undefined;
  }

  async #load() {
    if (!this.#shape) fill(this, this.#back(), h("p", { class: "soft", role: "status" }, t("library.loading")));
    const question = this.app.store.ask();
    try {
      this.app.store.put(await this.app.media.detail(this.#id), question);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404 && this.#seen) this.#gone();
      else if (error.status === 404) this.#unknown();
      else if (this.#shape) this.app.notices.trouble(error.message);
      else this.#failed(error.message);
    }
  }

  /** @param {Medium} medium */
  #show(medium) {
    this.#seen = true;
    // Rebuilt only when there is something else to see: a preview that reloads at every event would be in the way.
    const shape = `${medium.generation} ${medium.status === "processing" ? "pending" : medium.status}`;
    if (shape !== this.#shape) this.#build(medium);
    this.#shape = shape;
    document.title = t("app.titled", { page: medium.title });
    fill(this.#chip, statusChip(medium.status));
    this.#sentence.textContent = statusSentence(medium);
    this.#fill(medium);
  }

  /** @param {Medium|undefined} medium */
  #fill(medium) {
    if (!medium) return;
    for (const part of this.querySelectorAll(
      "info-medium-labels, info-medium-report, info-medium-facts, info-medium-history, info-medium-actions",
    )) {
      /** @type {any} */ (part).show(medium);
    }
  }

  /** @param {Medium} medium */
  #build(medium) {
    const { app } = this;
    fill(
      this,
      this.#back(),
      h("header", { class: "page-head medium-head" }, h("info-medium-labels", { app }), this.#chip),
      this.#sentence,
      h("info-medium-actions", { app, onchanged: () => this.#receipt() }),
      h(
        "div",
        { class: "medium-columns" },
        h(
          "div",
          { class: "medium-main" },
          h("info-medium-preview", { app, medium }),
          h("info-page-strip", { app, medium }),
        ),
        h(
          "div",
          { class: "medium-side" },
          h("info-medium-receipt", { app, "data-id": medium.id, "data-generation": medium.generation }),
          h("info-medium-report", { app }),
          h("info-medium-facts", { app }),
          h("info-medium-versions", { app, "data-id": medium.id }),
          h("info-medium-history", { app }),
        ),
      ),
    );
    this.#sentence.classList.toggle("bad", medium.status === "failed");
  }

  #receipt() {
    void (/** @type {any} */ (this.querySelector("info-medium-receipt")).load());
  }

  #back() {
    return h("a", { class: "back-link", href: this.app.libraryAddress }, icon("back"), t("library.title"));
  }

  /** Somewhere it was deleted while it was looked at. */
  #gone() {
    this.#absent(t("media.gone"), t("media.goneHint"));
  }

  #unknown() {
    this.#absent(t("media.unknown"), t("media.unknownHint"));
  }

  /** @param {string} title @param {string} hint */
  #absent(title, hint) {
    const library = h("a", { class: "button primary", href: this.app.libraryAddress }, t("media.toLibrary"));
    this.#nothing(icon("file"), h("h1", null, title), h("p", { class: "soft" }, hint), library);
  }

  /** @param {string} error */
  #failed(error) {
    const again = h("button", { class: "button", type: "button", onclick: () => this.#load() }, t("action.retry"));
    this.#nothing(icon("alert"), h("h1", null, t("media.failed")), h("p", { class: "soft" }, error), again);
  }

  /** @param {...Child} content */
  #nothing(...content) {
    this.#shape = "";
    document.title = t("app.name");
    fill(this, this.#back(), h("div", { class: "empty", role: "alert" }, content));
  }
}

customElements.define("info-medium-page", MediumPageElement);
