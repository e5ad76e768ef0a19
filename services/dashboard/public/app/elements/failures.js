// @ts-check
/** Why the latest conversions that failed did so, most frequent first. */
import { EVERYTHING } from "../state/library.js";
import { hasText, t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatNumber } from "../view/format.js";
import { meterRow } from "../view/meter.js";

const REFRESH_SECONDS = 15;
/** What one page of the list holds; reasons of longer ago say little about today. */
const LATEST = 200;

class FailuresElement extends InfoElement {
  connected() {
    this.every(REFRESH_SECONDS, () => void this.#load());
  }

  async #load() {
    const query = { ...EVERYTHING, status: "failed" };
    const page = await this.app.attempt(
      () => this.app.media.list(query, null, LATEST),
      () => undefined,
    );
    if (page) this.#show(page.items.map((medium) => medium.reason ?? "internal"));
  }

  /** @param {string[]} reasons */
  #show(reasons) {
    const counts = countsOf(reasons);
    const most = Math.max(1, ...counts.map(([, count]) => count));
    const rows = counts.map(([reason, count]) =>
      meterRow(hasText(`cause.${reason}`) ? t(`cause.${reason}`) : reason, formatNumber(count), count / most, "bad"),
    );
    const content = rows.length
      ? h("ul", { class: "meters" }, rows)
      : h("p", { class: "soft" }, t("operations.noFailures"));
    const all = rows.length > 0 && h("a", { href: "#/library?status=failed" }, t("operations.showFailed"));
    const head = h("header", null, h("h2", { id: "failures-title" }, t("operations.failures")), all);
    fill(this, h("section", { class: "panel", "aria-labelledby": "failures-title" }, head, content));
  }
}

/** @param {string[]} reasons @returns {[string, number][]} */
function countsOf(reasons) {
  /** @type {Map<string, number>} */ const counts = new Map();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

customElements.define("info-failures", FailuresElement);
