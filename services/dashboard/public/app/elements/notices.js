// @ts-check
/** Shows the short messages, and reads them to those who listen. */
import { t } from "../text/index.js";
import { h, reconcile } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";

class NoticesElement extends InfoElement {
  /** @type {Map<string, HTMLElement>} */ #shown = new Map();

  connected() {
    this.setAttribute("role", "status");
    this.setAttribute("aria-live", "polite");
    this.#shown.clear();
    this.listen(this.app.notices.list, "change", () => this.#show());
    this.#show();
  }

  #show() {
    const notices = new Map(this.app.notices.list.value.map((notice) => [String(notice.key), notice]));
    reconcile(this, this.#shown, [...notices.keys()], (key) => this.#notice(/** @type {any} */ (notices.get(key))));
  }

  /** @param {import("../state/notices.js").Notice} notice */
  #notice({ key, text, tone, action }) {
    const dismiss = () => this.app.notices.dismiss(key);
    const act = () => {
      dismiss();
      action?.run();
    };
    return h(
      "div",
      { class: `notice ${tone}` },
      h("p", null, text),
      action && h("button", { class: "button small", type: "button", onclick: act }, action.label),
      h(
        "button",
        { class: "icon-button", type: "button", "aria-label": t("action.dismiss"), onclick: dismiss },
        icon("close"),
      ),
    );
  }
}

customElements.define("info-notices", NoticesElement);
