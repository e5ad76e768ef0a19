// @ts-check
/** What the PDF lost of the document, the worst first, and what to do about it. */
import { ApiError } from "../api/client.js";
import { hasText, t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatPages } from "../view/format.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */
/** @typedef {import("../api/shapes.js").Finding} Finding */
/** @typedef {import("../api/shapes.js").Report} Report */

/** Findings beyond this number are shown when they are asked for. */
const FEW = 6;

class MediumReportElement extends InfoElement {
  #asked = "";

  /** @param {Medium} medium */
  show(medium) {
    if (medium.findings === null) return fill(this);
    const wanted = `${medium.id} ${medium.generation} ${medium.findings}`;
    if (wanted !== this.#asked) void this.#load(medium.id, wanted);
    this.#asked = wanted;
    return undefined;
  }

  /** @param {string} id @param {string} wanted */
  async #load(id, wanted) {
    try {
      const report = await this.app.media.report(id);
      if (wanted === this.#asked) this.#fill(report, FEW);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fill(this, panel(h("p", { class: "soft" }, error.message)));
    }
  }

  /** @param {Report} report @param {number} most */
  #fill(report, most) {
    const { findings, sameWidths } = report;
    const more = findings.length - most;
    fill(
      this,
      panel(
        findings.length === 0 && h("p", { class: "soft" }, t("report.nothing")),
        h(
          "ol",
          { class: "report" },
          findings.slice(0, most).map((one) => this.#finding(one)),
        ),
        more > 0 &&
          h(
            "button",
            { class: "button small", type: "button", onclick: () => this.#fill(report, findings.length) },
            t("report.more", { n: more }),
          ),
        sameWidths.length > 0 &&
          h("p", { class: "soft report-note" }, t("report.sameWidths", { fonts: pairs(sameWidths) })),
      ),
    );
  }

  /** @param {Finding} finding */
  #finding(finding) {
    const { kind, pages, detail, replacement, advice } = finding;
    const title = `finding.${kind}`;
    const words = `advice.${kind}`;
    return h(
      "li",
      { class: kind },
      h("strong", null, hasText(title) ? t(title) : kind),
      pages.length > 0 && this.#pages(pages),
      detail && h("bdi", { class: "report-detail" }, replacement ? `${detail} → ${replacement}` : detail),
      h("p", { class: "soft" }, hasText(words) ? t(words, { font: detail, replacement }) : advice),
    );
  }

  /** The pages in words; where the browser shows the PDF, they lead to the first of them. @param {number[]} pages */
  #pages(pages) {
    const words = t("report.pages", { n: pages.length, pages: formatPages(pages) });
    if (!navigator.pdfViewerEnabled) return h("span", { class: "soft" }, words);
    const turn = () =>
      /** @type {any} */ (this.closest("info-medium-page")?.querySelector("info-medium-preview"))?.turnTo(pages[0]);
    return h("button", { class: "report-page", type: "button", onclick: turn }, words);
  }
}

/** @param {...import("../view/dom.js").Child} content */
const panel = (...content) =>
  h(
    "section",
    { class: "panel", "aria-labelledby": "report-title" },
    h("h2", { id: "report-title" }, t("report.title")),
    content,
  );

/** @param {{font: string, by: string}[]} fonts */
const pairs = (fonts) => fonts.map(({ font, by }) => `${font} → ${by}`).join(", ");

customElements.define("info-medium-report", MediumReportElement);
