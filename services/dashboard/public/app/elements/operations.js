// @ts-check
/** How the system is: what waits, what is being done, how fast, and what went wrong. */
import { ApiError } from "../api/client.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDuration, formatNumber } from "../view/format.js";
import { icon } from "../view/icons.js";
import "./converters.js";
import "./dead_letters.js";
import "./failures.js";
import "./lanes.js";
import "./throughput.js";
/** @typedef {import("../api/operations.js").Statistics} Statistics */

const REFRESH_SECONDS = 4;

class OperationsElement extends InfoElement {
  #tiles = h("dl", { class: "tiles" });
  #trouble = h("div", { role: "alert" });

  connected() {
    document.title = t("app.titled", { page: t("nav.operations") });
    const { app } = this;
    fill(
      this,
      h(
        "header",
        { class: "page-head" },
        h("h1", null, t("nav.operations")),
        h("a", { class: "button", href: "#/audit" }, icon("clock"), t("audit.title")),
      ),
      this.#trouble,
      this.#tiles,
      h("info-throughput"),
      h("div", { class: "two-columns" }, h("info-lanes"), h("info-failures", { app })),
      h("info-converters", { app }),
      h("info-dead-letters", { app }),
    );
    this.every(REFRESH_SECONDS, () => void this.#load());
  }

  async #load() {
    try {
      const statistics = await this.app.operations.statistics();
      fill(this.#trouble);
      fill(this.#tiles, tiles(statistics));
      for (const part of this.querySelectorAll("info-throughput, info-lanes"))
        /** @type {any} */ (part).show(statistics);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fill(this.#trouble, h("p", { class: "banner" }, icon("alert"), error.message));
    }
  }
}

/** @param {Statistics} statistics */
function tiles({ pending, processing, ready, failed, p50, oldestPendingSeconds }) {
  const oldest =
    oldestPendingSeconds === null ? "" : t("operations.oldest", { duration: formatDuration(oldestPendingSeconds) });
  return [
    tile("pending", t("status.pending"), formatNumber(pending), oldest),
    tile("processing", t("status.processing"), formatNumber(processing)),
    tile("ready", t("status.ready"), formatNumber(ready)),
    tile(failed ? "failed some" : "failed", t("status.failed"), formatNumber(failed)),
    tile(
      "typical",
      t("operations.typical"),
      p50 === null ? "–" : formatDuration(p50),
      p50 === null ? "" : t("operations.typicalHint"),
    ),
  ];
}

/** @param {string} kind @param {string} name @param {string} value @param {string} [note] */
const tile = (kind, name, value, note = "") =>
  h(
    "div",
    { class: `tile panel ${kind}` },
    h("dt", null, name),
    h("dd", null, h("strong", null, value), note && h("span", { class: "soft" }, note)),
  );

customElements.define("info-operations", OperationsElement);
