// @ts-check
/** A screen's name, and what it can be told to do once. */
import { t } from "../text/index.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field } from "../view/form.js";

const COMMANDS = /** @type {const} */ (["identify", "restart", "reload"]);

class ScreenDialogElement extends InfoElement {
  /** @type {import("../api/players.js").Player} */ player = /** @type {any} */ (null);
  #said = h("p", { class: "form-error", role: "alert" });
  #sent = h("p", { class: "soft", role: "status" });

  connected() {
    const { name } = this.player;
    const input = h("input", { id: "screen-rename", type: "text", required: true, maxlength: "100", value: name });
    input.autocomplete = "off";
    const form = h(
      "form",
      { class: "dialog-form", onsubmit: (/** @type {Event} */ event) => this.#rename(event, input.value.trim()) },
      field(t("enrol.name"), input),
      h(
        "fieldset",
        { class: "commands" },
        h("legend", null, t("command.title")),
        COMMANDS.map((kind) => this.#command(kind)),
        this.#sent,
      ),
      this.#said,
      formButtons(t("action.save"), () => this.dialog?.close()),
    );
    const dialog = openDialog({ title: t("screens.settingsOf", { name }) }, form);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
  }

  disconnected() {
    this.dialog?.close();
  }

  /** @param {typeof COMMANDS[number]} kind */
  #command(kind) {
    const send = async () => {
      this.#sent.textContent = "";
      const sent = await this.#attempt(() => this.app.players.command(this.player.id, kind));
      if (sent) this.#sent.textContent = t("command.sent", { command: t(`command.${kind}`) });
    };
    return h("button", { class: "button small", type: "button", onclick: send }, t(`command.${kind}`));
  }

  /** @param {Event} event @param {string} name */
  async #rename(event, name) {
    event.preventDefault();
    if (!(await this.#attempt(() => this.app.players.rename(this.player.id, name)))) return;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    this.dialog?.close();
  }

  /** @param {() => Promise<unknown>} run */
  #attempt(run) {
    this.#said.textContent = "";
    return this.app.attempt(run, (words) => (this.#said.textContent = words));
  }
}

customElements.define("info-screen-dialog", ScreenDialogElement);
