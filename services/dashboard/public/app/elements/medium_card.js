// @ts-check
/** One medium in the library. */
import { thumbnailPath } from "../api/media.js";
import { hasPages } from "../api/shapes.js";
import { mediumAddress } from "../router.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { breakable } from "../view/filename.js";
import { formatAgo, formatBytes, formatDuration } from "../view/format.js";
import { icon } from "../view/icons.js";
import { turnsPages } from "../view/page_turner.js";
import { statusChip, statusSentence } from "../view/status.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */

export class MediumCardElement extends InfoElement {
  /** @type {Medium|null} */ #medium = null;
  #box = h("input", {
    type: "checkbox",
    class: "card-select",
    onclick: (/** @type {MouseEvent} */ event) => this.#choose(event.shiftKey),
  });

  /** @param {Medium} medium */
  show(medium) {
    if (medium === this.#medium) return;
    this.#medium = medium;
    this.setAttribute("role", "listitem");
    this.dataset.status = medium.status;
    const sentence = statusSentence(medium);
    this.#box.hidden = !this.app.mayChange(medium);
    const picture = thumbnail(medium);
    turnsPages(picture, medium);
    this.#box.setAttribute("aria-label", t("selection.choose", { name: medium.title }));
    fill(
      this,
      this.#box,
      h(
        "a",
        { class: "card", href: mediumAddress(medium.id) },
        picture,
        h("bdi", { class: "card-name", title: medium.filename }, breakable(medium.title)),
        h(
          "span",
          { class: "card-meta" },
          statusChip(medium.status),
          findingsMark(medium),
          h("span", { class: "soft" }, metaOf(medium)),
        ),
        medium.tags.length > 0 && h("span", { class: "card-note" }, medium.tags.map((tag) => `#${tag}`).join(" ")),
        sentence && h("span", { class: "card-note" }, sentence),
      ),
    );
  }

  /** @param {boolean} chosen */
  mark(chosen) {
    this.#box.checked = chosen;
    this.toggleAttribute("data-chosen", chosen);
  }

  /** @param {boolean} reach with the shift key */
  #choose(reach) {
    const detail = { id: this.#medium?.id, chosen: this.#box.checked, reach };
    this.dispatchEvent(new CustomEvent("choose", { detail, bubbles: true }));
  }
}

/** @param {Medium} medium */
export function thumbnail(medium) {
  const type = h("span", { class: "thumb-type" }, medium.extension.toUpperCase());
  const box = h("span", { class: "thumb", "aria-hidden": "true" }, type);
  if (!medium.hasThumbnail) return box;
  const image = h("img", { src: thumbnailPath(medium), alt: "", loading: "lazy", decoding: "async" });
  // A picture that is not there leaves the type's name in its place.
  image.addEventListener("load", () => box.classList.add("loaded"));
  image.addEventListener("error", () => image.remove());
  box.append(image);
  return box;
}

/** How much of the document its PDF lost; nothing where that is nothing, or not known. @param {Medium} medium */
function findingsMark({ findings }) {
  if (!findings) return null;
  const words = t("report.marked", { n: findings });
  return h(
    "span",
    { class: "chip findings", title: words },
    icon("alert"),
    h("span", { "aria-hidden": "true" }, findings),
    h("span", { class: "visually-hidden" }, words),
  );
}

/** @param {Medium} medium */
function metaOf(medium) {
  const pages = hasPages(medium) ? t("media.pages", { n: medium.pages ?? 0 }) : "";
  const length = medium.lengthSeconds === null ? "" : formatDuration(medium.lengthSeconds);
  const parts = [pages || length || formatBytes(medium.sizeBytes)];
  if (medium.uploadedAt) parts.push(formatAgo(medium.uploadedAt));
  return parts.join(" · ");
}

customElements.define("info-medium-card", MediumCardElement);
