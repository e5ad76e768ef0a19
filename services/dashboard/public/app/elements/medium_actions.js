// @ts-check
/** What can be done with a medium: open, download, share, convert again or otherwise, replace, delete. */
import { displayPath, originalPath } from "../api/media.js";
import { UNDO_SECONDS } from "../state/deletions.js";
import { t } from "../text/index.js";
import { copyText, showLink } from "../view/clipboard.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { pickFiles } from "../view/file_picker.js";
import { icon } from "../view/icons.js";
import { isDocument } from "../api/shapes.js";
import "./hand_over_dialog.js";
import "./pdf_options_dialog.js";
import "./show_on_dialog.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */
/** @typedef {import("../view/icons.js").IconName} IconName */

class MediumActionsElement extends InfoElement {
  #shape = "";

  /** @param {Medium} medium */
  show(medium) {
    const mayChange = this.app.mayChange(medium);
    const shape = `${medium.status} ${medium.generation} ${medium.profile} ${this.#whose(medium)}`;
    if (shape === this.#shape) return; // keeps the focus where it is
    this.#shape = shape;
    const shown = medium.status === "ready" || medium.status === "original";
    fill(
      this,
      h(
        "div",
        { class: "actions", role: "group", "aria-label": t("media.actions") },
        this.app.mayPlan &&
          medium.status !== "failed" &&
          button(
            "screen",
            t("showOn.open"),
            () => this.append(h("info-show-on-dialog", { app: this.app, media: [medium] })),
            "primary",
          ),
        shown &&
          anchor("external", t("media.open"), { href: displayPath(medium.id), target: "_blank", rel: "noopener" }),
        medium.status === "ready" &&
          medium.shownMediaType === "application/pdf" &&
          anchor("download", t("media.downloadPdf"), {
            href: displayPath(medium.id),
            download: pdfName(medium.filename),
          }),
        anchor("download", t("media.downloadOriginal"), {
          href: originalPath(medium.id),
          download: medium.filename,
        }),
        button("link", t("media.copyLink"), () => this.#copy(location.href, t("media.linkCopied"))),
        shown &&
          button("clock", t("media.copyTemporary"), () =>
            this.#copy(this.app.media.temporaryLink(medium.id), t("media.temporaryCopied")),
          ),
        mayChange &&
          medium.status === "failed" &&
          button("repeat", t("media.convertAgain"), () => this.#convert(medium)),
        mayChange &&
          (medium.status === "ready" || medium.status === "failed") &&
          isDocument(medium) &&
          button("sliders", t("pdf.options"), () =>
            this.append(h("info-pdf-options-dialog", { app: this.app, medium })),
          ),
        mayChange && button("swap", t("media.replace"), () => this.#replace(medium)),
        this.app.mayPlan &&
          button("people", t("handOver.open"), () =>
            this.append(h("info-hand-over-dialog", { app: this.app, medium })),
          ),
        mayChange && button("trash", t("media.delete"), () => this.#delete(medium), "danger"),
      ),
      this.app.mayUpload && !mayChange && h("p", { class: "soft" }, this.#whose(medium)),
    );
  }

  /** Why it cannot be changed. @param {Medium} medium */
  #whose({ owner }) {
    return owner === null ? t("media.ownerless") : t("media.ofOther", { name: this.app.names.of(owner) });
  }

  /** @param {string|Promise<string>} link @param {string} words what is said when it is copied */
  async #copy(link, words) {
    const copied = await this.app.attempt(() => copyText(link));
    if (copied) this.app.notices.say(words, { tone: "good" });
    else if (copied === false) showLink(await link);
  }

  /** @param {Medium} medium */
  async #convert(medium) {
    await this.app.attempt(() => this.app.media.convert(medium.id));
    this.app.refresher.refresh(medium.id);
  }

  /** @param {Medium} medium */
  async #replace(medium) {
    this.app.uploader.add(await pickFiles({ multiple: false }), medium.id);
  }

  /** @param {Medium} medium */
  #delete(medium) {
    this.app.deletions.request(medium.id);
    this.app.router.go(this.app.libraryAddress);
    const undo = { label: t("action.undo"), run: () => this.app.deletions.undo(medium.id) };
    this.app.notices.say(t("media.deleted", { name: medium.title }), { action: undo, seconds: UNDO_SECONDS });
  }
}

/** @param {string} filename */
const pdfName = (filename) => `${filename.replace(/\.[^.]*$/, "")}.pdf`;

/** @param {IconName} name @param {string} label @param {() => void} run @param {string} [tone] */
const button = (name, label, run, tone = "") =>
  h("button", { class: `button ${tone}`, type: "button", onclick: run }, icon(name), label);

/** @param {IconName} name @param {string} label @param {Record<string, string>} attributes */
const anchor = (name, label, attributes) => h("a", { class: "button", ...attributes }, icon(name), label);

customElements.define("info-medium-actions", MediumActionsElement);
