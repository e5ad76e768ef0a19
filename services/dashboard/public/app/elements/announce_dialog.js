// @ts-check
/** The red button: a text or a deck takes every screen, or those of a group, at once and until a time. */
import { EVERYTHING } from "../state/library.js";
import { t } from "../text/index.js";
import { openDialog } from "../view/dialog.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field, select } from "../view/form.js";

const MINUTES = [15, 60, 240, 1440];
const NEWEST = 200;

class AnnounceDialogElement extends InfoElement {
  #said = h("p", { class: "form-error", role: "alert" });
  #text = h("textarea", { id: "announce-text", rows: "3", maxlength: "500", autofocus: true });
  #deck = select("announce-deck", [["", t("announce.noDeck")]]);
  #where = select("announce-where", [["", t("announce.everywhere")]]);
  #until = select(
    "announce-until",
    MINUTES.map((n) => [String(n), n < 60 ? t("announce.minutes", { n }) : t("announce.hours", { n: n / 60 })]),
    "60",
  );

  connected() {
    const form = h(
      "form",
      { class: "dialog-form", onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      field(t("announce.text"), this.#text),
      field(t("announce.deck"), this.#deck, t("announce.deckHint")),
      h("div", { class: "fields" }, field(t("announce.where"), this.#where), field(t("announce.until"), this.#until)),
      this.#said,
      h(
        "div",
        { class: "dialog-buttons" },
        h("button", { class: "button", type: "button", onclick: () => this.dialog?.close() }, t("action.cancel")),
        h("button", { class: "button alarm", type: "submit" }, t("announce.show")),
      ),
    );
    const dialog = openDialog({ title: t("announce.title") }, form);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
    void this.#load();
  }

  disconnected() {
    this.dialog?.close();
  }

  /** The text can be sent before what else could be chosen is here. */
  async #load() {
    const tell = (/** @type {string} */ words) => (this.#said.textContent = words);
    const [groups, page] = await Promise.all([
      this.app.attempt(() => this.app.programme.groups(), tell),
      this.app.attempt(() => this.app.media.list({ ...EVERYTHING, status: "ready" }, null, NEWEST), tell),
    ]);
    this.#where.append(...(groups ?? []).map(({ id, name }) => h("option", { value: id }, name)));
    this.#deck.append(...(page?.items ?? []).map(({ id, filename }) => h("option", { value: id }, filename)));
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const text = this.#text.value.trim() || null;
    const mediaId = this.#deck.value || null;
    if (!text && !mediaId) {
      this.#said.textContent = t("announce.needsSomething");
      this.#text.focus();
      return;
    }
    const until = new Date(Date.now() + Number(this.#until.value) * 60_000);
    const done = await this.app.attempt(
      () => this.app.programme.override({ group: this.#where.value || null, mediaId, text, until }),
      (words) => (this.#said.textContent = words),
    );
    if (done === undefined) return;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    this.dialog?.close();
  }
}

customElements.define("info-announce-dialog", AnnounceDialogElement);
