// @ts-check
/** Adds a channel; of a webhook it then shows, this once, the secret that its messages are signed with. */
import { TOPICS } from "../api/channels.js";
import { t } from "../text/index.js";
import { copyText } from "../view/clipboard.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field, select } from "../view/form.js";
import { icon } from "../view/icons.js";

class ChannelDialogElement extends InfoElement {
  #content = h("div");
  #said = h("p", { class: "form-error", role: "alert" });
  #name = h("input", { id: "channel-name", type: "text", required: true, maxlength: "100", autocomplete: "off" });
  #kind = select("channel-kind", [
    ["email", t("channel.email")],
    ["webhook", t("channel.webhook")],
  ]);
  #target = h("input", { id: "channel-target", type: "text", required: true, maxlength: "2000", autocomplete: "off" });
  #topics = TOPICS.map((topic) => h("input", { type: "checkbox", value: topic, checked: true }));

  connected() {
    const boxes = this.#topics.map((box) => h("label", null, box, h("span", null, t(`topic.${box.value}`))));
    fill(
      this.#content,
      h(
        "form",
        { class: "dialog-form", onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
        field(t("enrol.name"), this.#name),
        field(t("channels.kind"), this.#kind),
        field(t("channels.target"), this.#target, t("channels.targetHint")),
        h("fieldset", { class: "channel-topics" }, h("legend", null, t("channels.topics")), boxes),
        this.#said,
        formButtons(t("channels.add"), () => this.dialog?.close()),
      ),
    );
    const dialog = openDialog({ title: t("channels.add") }, this.#content);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
  }

  disconnected() {
    this.dialog?.close();
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    this.#said.textContent = "";
    const settings = {
      name: this.#name.value.trim(),
      kind: /** @type {import("../api/channels.js").Kind} */ (this.#kind.value),
      target: this.#target.value.trim(),
      topics: this.#topics.filter((box) => box.checked).map((box) => box.value),
    };
    const refuse = (/** @type {string} */ words) => (this.#said.textContent = words);
    if (settings.topics.length === 0) return void refuse(t("channels.noTopic"));
    const made = await this.app.attempt(() => this.app.channels.create(settings), refuse);
    if (!made) return;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    if (made.secret) this.#showSecret(made.secret);
    else this.dialog?.close();
  }

  /** @param {string} secret */
  #showSecret(secret) {
    const words = h("p", { class: "soft", role: "status" }, t("channels.secret"));
    const shown = h("code", null, secret);
    const copy = async () => {
      const copied = await copyText(secret);
      words.textContent = t(copied ? "enrol.copied" : "enrol.notCopied");
      if (!copied) getSelection()?.selectAllChildren(shown);
    };
    const button = { class: "icon-button", type: "button", "aria-label": t("enrol.copy"), onclick: copy };
    const done = { class: "button primary", type: "button", onclick: () => this.dialog?.close() };
    fill(
      this.#content,
      words,
      h("p", { class: "channel-secret" }, shown, h("button", button, icon("copy"))),
      h("div", { class: "dialog-buttons" }, h("button", done, t("action.done"))),
    );
  }
}

customElements.define("info-channel-dialog", ChannelDialogElement);
