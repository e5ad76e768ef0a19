// @ts-check
/** The last picture of a screen's glass, where it sent one; while it is looked at, its player sends more. */
import { snapshotPath } from "../api/players.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";

const REFRESH_SECONDS = 30;

class GlassElement extends InfoElement {
  connected() {
    this.every(REFRESH_SECONDS, () => this.#look());
  }

  #look() {
    const { id = "", name = "" } = this.dataset;
    // The time makes it a new address: the browser would show the picture that it has.
    const image = h("img", { alt: t("screens.glass", { name }), src: `${snapshotPath(id)}?at=${Date.now()}` });
    image.addEventListener("load", () => fill(this, image));
  }
}

customElements.define("info-glass", GlassElement);
