// @ts-check
/** Makes a medium another person's, who may then change it. */
import { t } from "../text/index.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field, select } from "../view/form.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */

class HandOverDialogElement extends InfoElement {
  /** @type {Medium} */ medium = /** @type {any} */ (null);

  connected() {
    void this.#open();
  }

  async #open() {
    await this.app.names.load(); // a person may have come since
    const { owner, title } = this.medium;
    const others = this.app.names.owners.filter(({ id }) => id !== owner);
    const chosen = select(
      "new-owner",
      others.map(({ id, name }) => [id, name]),
    );
    const hint = t("handOver.hint", { name: owner === null ? t("media.noOwner") : this.app.names.of(owner) });
    const close = () => dialog.close();
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#handOver(chosen.value).then((done) => done && close());
    };
    if (this.signal.aborted) return;
    const dialog = openDialog(
      { title: t("handOver.title", { name: title }) },
      others.length
        ? h(
            "form",
            { onsubmit: submit },
            field(t("handOver.to"), chosen, hint),
            formButtons(t("handOver.submit"), close),
          )
        : [
            h("p", { class: "soft" }, t("handOver.none")),
            h(
              "div",
              { class: "dialog-buttons" },
              h("button", { class: "button", type: "button", onclick: close }, t("action.done")),
            ),
          ],
    );
    dialog.addEventListener("close", () => this.remove());
    this.signal.addEventListener("abort", close);
  }

  /** @param {string} owner */
  async #handOver(owner) {
    const { id, title } = this.medium;
    const changed = await this.app.attempt(() => this.app.media.change(id, { owner }));
    if (!changed) return false;
    this.app.store.patch(id, { owner });
    this.app.notices.say(t("handOver.done", { title, name: this.app.names.of(owner) }), { tone: "good" });
    return true;
  }
}

customElements.define("info-hand-over-dialog", HandOverDialogElement);
