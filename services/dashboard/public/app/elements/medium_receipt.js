// @ts-check
/** On how many of its screens a medium is, and what the others show instead. */
import { behind } from "../state/plans.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDate } from "../view/format.js";
/** @typedef {import("../api/programme.js").Receipt} Receipt */
/** @typedef {import("../api/programme.js").ScreenReceipt} ScreenReceipt */

const REFRESH_SECONDS = 10;

class MediumReceiptElement extends InfoElement {
  #shape = "";

  connected() {
    this.#shape = "";
    this.whenEdited(["playlist", "group", "entry", "override", "player"], () => void this.load());
    this.every(REFRESH_SECONDS, () => void this.load());
  }

  /** Asks anew, as after a change. */
  async load() {
    const silent = () => undefined; // the page itself says what is wrong
    const receipt = await this.app.attempt(() => this.app.programme.receipt(this.dataset.id ?? ""), silent);
    if (!receipt || JSON.stringify(receipt) === this.#shape) return;
    this.#shape = JSON.stringify(receipt);
    this.#show(receipt);
  }

  /** @param {Receipt} receipt */
  #show(receipt) {
    const { on, of } = receipt;
    const others = behind(receipt);
    const words = of ? t("receipt.on", { on, n: of }) : t("receipt.nowhere");
    fill(
      this,
      h(
        "section",
        { class: "panel", "aria-labelledby": "receipt-title" },
        h("h2", { id: "receipt-title" }, t("receipt.title")),
        h("p", { class: of ? "" : "soft", role: "status" }, words),
        others.length > 0 &&
          h(
            "ul",
            { class: "receipt" },
            others.map((screen) =>
              h(
                "li",
                null,
                h("bdi", null, screen.name),
                h("span", null, sentence(screen, Number(this.dataset.generation))),
              ),
            ),
          ),
      ),
    );
  }
}

/** @param {ScreenReceipt} screen @param {number} current the medium's generation */
function sentence({ state, generation, since }, current) {
  const older = generation === null ? t("receipt.hasNone") : t("receipt.stillShows", { version: `v${generation}` });
  const has = generation === current ? "" : older;
  const words = {
    offline: [has, since && t("receipt.offlineSince", { date: formatDate(since) })],
    failed: [t("receipt.failed"), generation === null ? "" : has],
    older: [older],
    downloading: [t("receipt.downloading")],
  };
  return words[/** @type {keyof typeof words} */ (state)].filter(Boolean).join(", ");
}

customElements.define("info-medium-receipt", MediumReceiptElement);
