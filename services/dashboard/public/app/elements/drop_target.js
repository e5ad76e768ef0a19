// @ts-check
/** Files that are dropped or pasted anywhere on the page are uploaded. */
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { filesOf } from "../view/dropped_files.js";
import { icon } from "../view/icons.js";

class DropTargetElement extends InfoElement {
  /** Entering a child comes before leaving its parent, so that only the count tells when the page is left. */
  #depth = 0;

  connected() {
    this.listen(window, "dragenter", (event) => this.#entered(event));
    this.listen(window, "dragleave", (event) => carriesFiles(event) && this.#left());
    this.listen(window, "dragover", (event) => carriesFiles(event) && event.preventDefault());
    this.listen(window, "drop", (event) => this.#dropped(event));
    this.listen(window, "paste", (event) => this.#pasted(event));
  }

  /** @param {DragEvent} event */
  #entered(event) {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    this.#depth += 1;
    if (this.#depth > 1) return;
    const words = h("div", null, icon("upload"), h("p", null, t("upload.dropNow")));
    fill(this, h("div", { class: "drop-overlay", "aria-hidden": "true" }, words)); // decorative: a person who drags sees it
  }

  #left() {
    this.#depth -= 1;
    if (this.#depth <= 0) this.#close();
  }

  #close() {
    this.#depth = 0;
    fill(this);
  }

  /** @param {DragEvent} event */
  async #dropped(event) {
    if (!carriesFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    this.#close();
    this.app.uploader.add(await filesOf(event.dataTransfer));
  }

  /** @param {ClipboardEvent} event */
  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.app.uploader.add(files);
  }
}

/** @param {DragEvent} event */
const carriesFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

customElements.define("info-drop-target", DropTargetElement);
