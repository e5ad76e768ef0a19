// @ts-check
/** Brings a screen in: a name, then a code to type in there. With `player`, a new code for one that is set up anew. */
import { t } from "../text/index.js";
import { copyText } from "../view/clipboard.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDate } from "../view/format.js";
import { icon } from "../view/icons.js";
/** @typedef {import("../api/players.js").Code} Code */

class EnrolDialogElement extends InfoElement {
  /** @type {import("../api/players.js").Player|null} */ player = null;
  #content = h("div");
  #said = h("p", { class: "form-error", role: "alert" });

  connected() {
    const title = this.player ? t("enrol.again", { name: this.player.name }) : t("screens.add");
    fill(this.#content, this.player ? this.#renewal(this.player.id) : this.#form());
    const dialog = openDialog({ title }, this.#content, this.#said);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
  }

  disconnected() {
    this.dialog?.close();
  }

  #form() {
    const input = h("input", {
      id: "screen-name",
      type: "text",
      required: true,
      maxlength: "100",
      autocomplete: "off",
      autofocus: true,
    });
    return h(
      "form",
      {
        class: "dialog-form",
        onsubmit: (/** @type {Event} */ event) => this.#submit(event, () => this.app.players.enrol(input.value.trim())),
      },
      h("label", { for: "screen-name" }, t("enrol.name")),
      input,
      h("p", { class: "soft" }, t("enrol.nameHint")),
      formButtons(t("enrol.getCode"), () => this.dialog?.close()),
    );
  }

  /** @param {string} id */
  #renewal(id) {
    return h(
      "form",
      {
        class: "dialog-form",
        onsubmit: (/** @type {Event} */ event) => this.#submit(event, () => this.app.players.renewCode(id)),
      },
      h("p", { class: "soft" }, t("enrol.againHint")),
      formButtons(t("enrol.getCode"), () => this.dialog?.close()),
    );
  }

  /** @param {Event} event @param {() => Promise<Code>} ask */
  async #submit(event, ask) {
    event.preventDefault();
    this.#said.textContent = "";
    const code = await this.app.attempt(ask, (words) => (this.#said.textContent = words));
    if (!code) return;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    this.#showCode(code);
  }

  /** @param {Code} code */
  #showCode({ code, expiresAt }) {
    const words = h("p", { class: "soft", role: "status" }, t("enrol.typeIn"));
    const shown = h("code", null, code);
    const copy = async () => {
      const copied = await copyText(code);
      words.textContent = t(copied ? "enrol.copied" : "enrol.notCopied");
      if (!copied) getSelection()?.selectAllChildren(shown);
    };
    const done = h(
      "button",
      { class: "button primary", type: "button", onclick: () => this.dialog?.close() },
      t("action.done"),
    );
    fill(
      this.#content,
      words,
      h(
        "p",
        { class: "code" },
        shown,
        h(
          "button",
          { class: "icon-button", type: "button", "aria-label": t("enrol.copy"), onclick: copy },
          icon("copy"),
        ),
      ),
      h("pre", { class: "command" }, `sudo infoscreen-player enrol ${location.origin}`),
      expiresAt && h("p", { class: "soft" }, t("enrol.expires", { date: formatDate(expiresAt) })),
      h("div", { class: "dialog-buttons" }, done),
    );
    done.focus();
  }
}

customElements.define("info-enrol-dialog", EnrolDialogElement);
