// @ts-check
/** Says when the page does not hear of changes, why, and that it is trying; silent while all is well. */
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";

class ConnectionElement extends InfoElement {
  connected() {
    this.setAttribute("role", "status");
    this.listen(this.app.live, "state", () => this.#show());
    this.#show();
  }

  #show() {
    const { state } = this.app.live;
    if (state !== "lost" && state !== "crowded") {
      if (this.childElementCount) this.app.notices.say(t("connection.back"), { tone: "good" });
      return fill(this);
    }
    const again = h(
      "button",
      { class: "button small", type: "button", onclick: () => this.app.live.retryNow() },
      t("connection.retry"),
    );
    return fill(
      this,
      h("div", { class: "connection-lost" }, icon("alert"), h("p", null, t(`connection.${state}`)), again),
    );
  }
}

customElements.define("info-connection", ConnectionElement);
