// @ts-check
/** All pages of a deck in a row, with a counter: to look through it at a glance, and on a phone page by page. */
import { displayPath } from "../api/media.js";
import { hasPages } from "../api/shapes.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { loadSheet, sheetOf, showPage } from "../view/page_pictures.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */

/** Sheets are drawn just after the PDF: one that is not there yet is asked for again so often. */
const AGAIN_SECONDS = [2, 6, 18];

class PageStripElement extends InfoElement {
  /** @type {Medium} */ medium = /** @type {any} */ (null);
  /** @type {Map<number, Promise<HTMLImageElement|null>>} */ #sheets = new Map();
  #row = h("ol", { class: "page-strip", tabindex: "0" });
  #counter = h("p", { class: "soft page-counter" });

  connected() {
    this.hidden = true;
    if (hasPages(this.medium) && (this.medium.pages ?? 0) > 1) void this.#build();
  }

  /** @param {number} [tries] */
  async #build(tries = 0) {
    const sheet = await loadSheet(this.medium, 0);
    if (!this.isConnected) return;
    if (sheet) this.#show(sheet);
    else if (tries < AGAIN_SECONDS.length) {
      const timer = setTimeout(() => void this.#build(tries + 1), AGAIN_SECONDS[tries] * 1000);
      this.signal.addEventListener("abort", () => clearTimeout(timer));
    }
  }

  /** @param {HTMLImageElement} sheet the first */
  #show(sheet) {
    const pages = this.medium.pages ?? 0;
    this.#sheets.set(0, Promise.resolve(sheet));
    const cells = Array.from({ length: pages }, (_, page) => this.#cell(page, sheet));
    this.#row.setAttribute("aria-label", t("pages.all"));
    fill(this.#row, cells);
    fill(this, this.#row, this.#counter);
    this.hidden = false;
    this.#count(0);
    this.#drawWhatIsNear(cells);
    this.listen(this.#row, "scroll", () => this.#count(Math.round(this.#row.scrollLeft / this.#step(cells))));
  }

  /** @param {number} page @param {HTMLImageElement} first */
  #cell(page, first) {
    const { id, pages } = this.medium;
    const link = h("a", {
      class: "page-picture",
      href: `${displayPath(id)}#page=${page + 1}`,
      target: "_blank",
      rel: "noopener",
      "aria-label": t("pages.page", { n: page + 1, of: pages ?? 0 }),
      onclick: (/** @type {MouseEvent} */ event) => this.#turnTo(event, page),
    });
    showPage(link, first, 0, pages ?? 0); // for the shape
    link.style.backgroundImage = "none";
    return h("li", null, link);
  }

  /** Sheets are asked for as their pages come near. @param {HTMLElement[]} cells */
  #drawWhatIsNear(cells) {
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries)
          if (isIntersecting) void this.#draw(cells.indexOf(/** @type {HTMLElement} */ (target)), observer, target);
      },
      { root: this.#row, rootMargin: "0px 600px" },
    );
    for (const cell of cells) observer.observe(cell);
    this.signal.addEventListener("abort", () => observer.disconnect());
  }

  /** @param {number} page @param {IntersectionObserver} observer @param {Element} cell */
  async #draw(page, observer, cell) {
    observer.unobserve(cell);
    const number = sheetOf(page);
    if (!this.#sheets.has(number)) this.#sheets.set(number, loadSheet(this.medium, number));
    const sheet = await this.#sheets.get(number);
    if (sheet) showPage(/** @type {HTMLElement} */ (cell.firstElementChild), sheet, page, this.medium.pages ?? 0);
  }

  /** The width of a page with the gap after it. @param {HTMLElement[]} cells */
  #step([one, other]) {
    return Math.max(1, other.offsetLeft - one.offsetLeft);
  }

  /** @param {number} page */
  #count(page) {
    this.#counter.textContent = t("pages.page", { n: page + 1, of: this.medium.pages ?? 0 });
  }

  /** In the preview, where the browser has a viewer; else the link opens the page. @param {MouseEvent} event @param {number} page */
  #turnTo(event, page) {
    if (!navigator.pdfViewerEnabled) return;
    event.preventDefault();
    /** @type {any} */ (this.closest("info-medium-page")?.querySelector("info-medium-preview"))?.turnTo(page + 1);
    this.#count(page);
  }
}

customElements.define("info-page-strip", PageStripElement);
