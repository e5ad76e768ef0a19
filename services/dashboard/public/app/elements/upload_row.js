// @ts-check
/** One upload: bytes at first, then the conversion, until there is something to show. */
import { mediumAddress } from "../router.js";
import { secondsLeft, speed } from "../state/rate.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatBytes, formatRemaining, formatSpeed } from "../view/format.js";
import { pickFiles } from "../view/file_picker.js";
import { icon } from "../view/icons.js";
import { statusChip, statusSentence } from "../view/status.js";
/** @typedef {import("../state/uploads.js").Upload} Upload */

export class UploadRowElement extends InfoElement {
  /** @type {Upload|null} */ upload = null;
  #shape = "";
  #progress = h("progress", { max: "1" });
  #words = h("p", { class: "upload-words" });

  /** @param {Upload} upload */
  show(upload) {
    this.upload = upload;
    const medium = upload.mediaId ? this.app.store.get(upload.mediaId) : undefined;
    const shape = `${upload.phase} ${medium?.status ?? ""} ${medium?.filename ?? ""}`;
    if (shape !== this.#shape) this.#build(upload, medium);
    this.#shape = shape;
    this.#words.textContent = wordsOf(upload, medium);
    this.#progress.value = upload.file.size ? upload.sentBytes / upload.file.size : 1;
  }

  /** @param {Upload} upload @param {import("../api/shapes.js").Medium} [medium] */
  #build(upload, medium) {
    this.setAttribute("role", "listitem");
    this.className = upload.phase;
    const name = h("bdi", { class: "upload-name", title: upload.file.name }, upload.file.name);
    this.#progress.setAttribute("aria-label", t("upload.progressOf", { name: upload.file.name }));
    fill(
      this,
      h(
        "div",
        { class: "upload-head" },
        medium ? h("a", { href: mediumAddress(medium.id) }, name) : name,
        medium && statusChip(medium.status),
        this.#buttons(upload),
      ),
      WITH_PROGRESS.has(upload.phase) && this.#progress,
      this.#words,
    );
  }

  /** @param {Upload} upload */
  #buttons({ key, phase, file: { name } }) {
    const { uploader } = this.app;
    const on = {
      pause: () => button("pause", t("upload.pause", { name }), () => uploader.pause(key)),
      resume: () => button("play", t("upload.resume", { name }), () => uploader.resume(key)),
      retry: () => button("repeat", t("upload.retry", { name }), () => uploader.resume(key)),
      choose: () => button("upload", t("upload.chooseAgain", { name }), () => this.#choose(key)),
      cancel: () => button("close", t("upload.cancel", { name }), () => uploader.cancel(key)),
      dismiss: () => button("close", t("upload.dismiss", { name }), () => uploader.dismiss(key)),
    };
    return BUTTONS[phase].map((which) => on[which]());
  }

  /** @param {string} key */
  async #choose(key) {
    const [file] = await pickFiles({ multiple: false });
    if (file) await this.app.uploader.offer(key, file);
  }
}

/** @type {Record<Upload["phase"], Array<"pause"|"resume"|"retry"|"choose"|"cancel"|"dismiss">>} */
const BUTTONS = {
  waiting: ["cancel"],
  sending: ["pause", "cancel"],
  retrying: ["retry", "pause", "cancel"],
  paused: ["resume", "cancel"],
  lost: ["retry", "dismiss"],
  missing: ["choose", "cancel"],
  stored: ["dismiss"],
  refused: ["dismiss"],
  cancelled: ["dismiss"],
};

/** @type {ReadonlySet<Upload["phase"]>} */
const WITH_PROGRESS = new Set(["sending", "retrying", "paused"]);

/** @param {import("../view/icons.js").IconName} name @param {string} label @param {() => void} run */
const button = (name, label, run) =>
  h("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick: run }, icon(name));

/** @param {Upload} upload @param {import("../api/shapes.js").Medium} [medium] */
function wordsOf(upload, medium) {
  const size = formatBytes(upload.file.size);
  const progress = t("tray.progress", { sent: formatBytes(upload.sentBytes), size });
  if (upload.phase === "refused" || upload.phase === "lost") return upload.error;
  if (upload.phase === "retrying") return `${upload.error} ${t("upload.retrying", { progress })}`.trim();
  if (upload.phase === "paused") return t("upload.paused", { progress });
  if (upload.phase === "missing") return upload.error || t("upload.missing", { size });
  if (upload.phase === "waiting") return `${size} · ${t("upload.waiting")}`;
  if (upload.phase === "cancelled") return t("upload.cancelled");
  if (upload.phase === "stored")
    return medium ? statusSentence(medium) : t(upload.parked ? "upload.parked" : "upload.stored");
  const rate = upload.rate ? speed(upload.rate) : null;
  const left = upload.rate ? secondsLeft(upload.rate, upload.file.size) : null;
  const parts = [progress];
  if (rate !== null) parts.push(formatSpeed(rate));
  if (left !== null) parts.push(formatRemaining(left));
  return parts.join(" · ");
}

customElements.define("info-upload-row", UploadRowElement);
