// @ts-check
/** What a medium is, in numbers. */
import { toPdfOptions } from "../api/pdf_options.js";
import { hasPages, isDocument } from "../api/shapes.js";
import { libraryAddress } from "../state/library.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatBytes, formatDate, formatDuration } from "../view/format.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */
/** @typedef {import("../view/dom.js").Child} Child */

class MediumFactsElement extends InfoElement {
  /** @param {Medium} medium */
  show(medium) {
    const facts = factsOf(medium, this.app.names).filter(([, value]) => value);
    fill(
      this,
      h(
        "section",
        { class: "panel", "aria-labelledby": "facts-title" },
        h("h2", { id: "facts-title" }, t("media.facts")),
        h(
          "dl",
          { class: "facts" },
          facts.map(([name, value]) => h("div", null, h("dt", null, t(name)), h("dd", null, h("bdi", null, value)))),
        ),
      ),
    );
  }
}

/** @param {Medium} medium @param {import("../state/names.js").Names} names @returns {[string, Child][]} */
function factsOf(medium, names) {
  return [
    ["media.type", medium.extension.toUpperCase()],
    ["media.pageCount", hasPages(medium) ? String(medium.pages) : ""],
    ["media.length", medium.lengthSeconds === null ? "" : formatDuration(medium.lengthSeconds)],
    ["media.size", formatBytes(medium.sizeBytes)],
    ["media.pdfSize", medium.pdfSizeBytes && isDocument(medium) ? formatBytes(medium.pdfSizeBytes) : ""],
    ["pdf.madeWith", madeWith(medium)],
    ["media.uploaded", medium.uploadedAt ? formatDate(medium.uploadedAt) : ""],
    ["media.uploadedBy", h("a", { href: libraryAddress({ by: medium.uploadedBy }) }, names.of(medium.uploadedBy))],
    ["media.owner", medium.owner === null ? t("media.noOwner") : names.of(medium.owner)],
    ["media.conversion", medium.durationSeconds === null ? "" : formatDuration(medium.durationSeconds)],
    ["media.attempts", medium.attempts > 1 ? String(medium.attempts) : ""],
    ["media.checksum", medium.sha256 ? `${medium.sha256.slice(0, 16)}…` : ""],
  ];
}

/** What is unusual about its PDF. @param {Medium} medium */
function madeWith(medium) {
  const { pages, imageQuality, archival } = toPdfOptions(medium.profile);
  const unusual = [
    pages && t("pdf.thesePages", { pages }),
    imageQuality !== null && t("pdf.thisQuality", { quality: imageQuality }),
    archival && "PDF/A-2b",
  ];
  return unusual.filter(Boolean).join(" · ");
}

customElements.define("info-medium-facts", MediumFactsElement);
