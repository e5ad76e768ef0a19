// @ts-check
/** What a screen would show, in the browser's own viewer; before there is one, what is going on. */
import { displayPath } from "../api/media.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";
import { thumbnail } from "./medium_card.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */

class MediumPreviewElement extends InfoElement {
  /** @type {Medium} */ medium = /** @type {any} */ (null);

  connected() {
    fill(this, h("div", { class: "preview" }, this.#content()));
  }

  /** Show this page, where the browser has a viewer. @param {number} page */
  turnTo(page) {
    // A new frame: a viewer that is there does not follow when its address changes.
    const frame = this.querySelector("iframe");
    frame?.replaceWith(this.#frame(page));
  }

  #content() {
    const { status, shownMediaType, filename, id } = this.medium;
    if (status === "failed") return h("div", { class: "empty" }, icon("alert"), h("p", null, t("media.noPreview")));
    if (status === "pending" || status === "processing")
      return h("div", { class: "empty waiting" }, icon("clock"), h("p", null, t("media.previewSoon")));
    if (shownMediaType.startsWith("image/")) return h("img", { src: displayPath(id), alt: filename });
    if (shownMediaType.startsWith("video/"))
      return h("video", { src: displayPath(id), controls: true, preload: "metadata" });
    // Phones have no viewer to embed: there, the first page and a button that opens the rest.
    if (!navigator.pdfViewerEnabled)
      return h(
        "a",
        { class: "preview-link", href: displayPath(id), target: "_blank", rel: "noopener" },
        thumbnail(this.medium),
        h("span", { class: "button primary" }, t("media.open")),
      );
    return this.#frame(1);
  }

  /** @param {number} page */
  #frame(page) {
    const { id, filename } = this.medium;
    return h("iframe", {
      src: `${displayPath(id)}#page=${page}&toolbar=0&navpanes=0&view=FitH`,
      title: t("media.previewOf", { name: filename }),
    });
  }
}

customElements.define("info-medium-preview", MediumPreviewElement);
