// @ts-check
/** Asks how the PDF of a medium shall be made, and has it made so. */
import { arePages, tidyPages, toPdfOptions } from "../api/pdf_options.js";
import { t } from "../text/index.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */

class PdfOptionsDialogElement extends InfoElement {
  /** @type {Medium} */ medium = /** @type {any} */ (null);
  #said = h("p", { class: "form-error", role: "alert" });

  connected() {
    const dialog = openDialog({ title: t("pdf.options") }, this.#form(), this.#said);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
  }

  disconnected() {
    this.dialog?.close();
  }

  #form() {
    const now = toPdfOptions(this.medium.profile);
    const pages = h("input", {
      id: "pdf-pages",
      type: "text",
      value: now.pages,
      maxlength: "100",
      autocomplete: "off",
      autofocus: true,
      "aria-describedby": "pdf-pages-hint",
    });
    const quality = h("input", {
      id: "pdf-quality",
      type: "number",
      min: "1",
      max: "100",
      value: now.imageQuality ?? "",
      "aria-describedby": "pdf-quality-hint",
    });
    const archival = h("input", { id: "pdf-archival", type: "checkbox", checked: now.archival });
    const chosen = () => ({
      pages: tidyPages(pages.value),
      imageQuality: quality.value ? quality.valueAsNumber : null,
      archival: archival.checked,
    });
    return h(
      "form",
      { class: "dialog-form", onsubmit: (/** @type {Event} */ event) => this.#submit(event, chosen()) },
      h("label", { for: "pdf-pages" }, t("pdf.pages")),
      pages,
      h("p", { class: "soft", id: "pdf-pages-hint" }, t("pdf.pagesHint")),
      h("label", { for: "pdf-quality" }, t("pdf.quality")),
      quality,
      h("p", { class: "soft", id: "pdf-quality-hint" }, t("pdf.qualityHint")),
      h("label", { class: "choice" }, archival, t("pdf.archival")),
      formButtons(t("pdf.make"), () => this.dialog?.close()),
    );
  }

  /** @param {Event} event @param {import("../api/pdf_options.js").PdfOptions} options */
  async #submit(event, options) {
    event.preventDefault();
    this.#said.textContent = arePages(options.pages) ? "" : t("pdf.pagesWrong");
    if (this.#said.textContent) return;
    const { id } = this.medium;
    const queued = await this.app.attempt(
      () => this.app.media.convert(id, options),
      (words) => (this.#said.textContent = words),
    );
    if (!queued) return;
    this.app.refresher.refresh(id);
    this.dialog?.close();
  }
}

customElements.define("info-pdf-options-dialog", PdfOptionsDialogElement);
