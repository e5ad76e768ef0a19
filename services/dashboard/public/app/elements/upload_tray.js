// @ts-check
/** The tray at the corner of the page: every upload of this visit, from its first byte until it can be shown. */
import { isUnfinished } from "../api/shapes.js";
import { t } from "../text/index.js";
import { h, reconcile } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatBytes } from "../view/format.js";
import { icon } from "../view/icons.js";
import { byProminence, headline, isOpen, isUnderWay, totals } from "../state/uploads.js";
import { UploadRowElement } from "./upload_row.js";

/** How often queue positions are asked for, and for how many uploads. */
const QUEUE_SECONDS = 3;
const QUEUE_ROWS = 8;

class UploadTrayElement extends InfoElement {
  /** @type {Map<string, UploadRowElement>} */ #rows = new Map();
  #frame = 0;

  #title = h("h2", { id: "tray-title" });
  #detail = h("p", { class: "tray-detail" });
  #list = h("ul", { class: "tray-list", id: "tray-list" });
  #fold = iconButton("chevron", () => this.#setFolded(!this.classList.contains("folded")));
  #clear = iconButton("close", () => this.app.uploader.dismissFinished());

  connected() {
    this.#rows.clear();
    this.#fold.classList.add("fold");
    this.#fold.setAttribute("aria-controls", "tray-list");
    this.#clear.setAttribute("aria-label", t("tray.clear"));
    const head = h(
      "header",
      null,
      h("div", null, h("div", { role: "status" }, this.#title), this.#detail),
      this.#fold,
      this.#clear,
    );
    this.append(h("section", { class: "tray", "aria-labelledby": "tray-title" }, head, this.#list));
    this.#setFolded(false);
    this.listen(this.app.uploader.list, "change", () => this.#schedule());
    this.listen(this.app.store, "medium", ({ detail }) => this.#mediumChanged(detail));
    this.listen(window, "beforeunload", (event) => this.#mayLeave(event));
    this.every(QUEUE_SECONDS, () => this.#askForPlaces());
    this.#show();
  }

  disconnected() {
    cancelAnimationFrame(this.#frame);
    this.replaceChildren();
  }

  /** Progress comes in faster than a screen is drawn: one drawing a frame is enough. */
  #schedule() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#show());
  }

  #show() {
    const uploads = byProminence(this.app.uploader.list.value);
    this.hidden = uploads.length === 0;
    const byKey = new Map(uploads.map((upload) => [upload.key, upload]));
    reconcile(
      this.#list,
      this.#rows,
      [...byKey.keys()],
      () => /** @type {UploadRowElement} */ (h("info-upload-row", { app: this.app })),
    );
    for (const [key, row] of this.#rows) row.show(/** @type {any} */ (byKey.get(key)));
    this.#summarise();
  }

  #summarise() {
    const uploads = this.app.uploader.list.value;
    if (uploads.length === 0) return; // it is hidden
    const sum = totals(uploads);
    const [key, n] = headline(uploads);
    this.#title.textContent = t(key, { n });
    this.#detail.textContent = sum.underWay
      ? t("tray.progress", { sent: formatBytes(sum.sentBytes), size: formatBytes(sum.sizeBytes) })
      : "";
    this.#clear.hidden = uploads.every(isOpen);
  }

  /** @param {boolean} folded */
  #setFolded(folded) {
    this.classList.toggle("folded", folded);
    this.#fold.setAttribute("aria-expanded", String(!folded));
    this.#fold.setAttribute("aria-label", t(folded ? "tray.unfold" : "tray.fold"));
  }

  /** @param {import("../api/shapes.js").Medium} medium */
  #mediumChanged(medium) {
    for (const row of this.#rows.values()) if (row.upload?.mediaId === medium.id) row.show(row.upload);
  }

  #askForPlaces() {
    const waiting = this.app.uploader.list.value
      .map((upload) => this.app.store.get(upload.mediaId ?? ""))
      .filter(isUnfinished)
      .slice(-QUEUE_ROWS);
    for (const medium of waiting) if (medium) void this.app.followQueue(medium.id);
  }

  /** What is kept goes on by itself when the page is there again. @param {BeforeUnloadEvent} event */
  #mayLeave(event) {
    if (this.app.uploader.list.value.some((upload) => isUnderWay(upload) && !upload.kept)) event.preventDefault();
  }
}

/** @param {import("../view/icons.js").IconName} name @param {() => void} run */
const iconButton = (name, run) => h("button", { class: "icon-button", type: "button", onclick: run }, icon(name));

customElements.define("info-upload-tray", UploadTrayElement);
