// @ts-check
/** The lanes of conversions and how full each is. */
import { hasText, t } from "../text/index.js";
import { meterRow } from "../view/meter.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";

class LanesElement extends InfoElement {
  /** @param {import("../api/operations.js").Statistics} statistics */
  show({ lanes }) {
    const most = Math.max(1, ...lanes.map((lane) => lane.pending + lane.processing));
    const rows = lanes.map(({ lane, pending, processing }) => {
      const name = hasText(`lane.${lane}`) ? t(`lane.${lane}`) : lane;
      return meterRow(name, t("operations.lane", { pending, processing }), (pending + processing) / most, "busy");
    });
    fill(
      this,
      h(
        "section",
        { class: "panel", "aria-labelledby": "lanes-title" },
        h("h2", { id: "lanes-title" }, t("operations.lanes")),
        h("ul", { class: "meters" }, rows),
      ),
    );
  }
}

customElements.define("info-lanes", LanesElement);
