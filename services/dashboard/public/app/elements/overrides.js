// @ts-check
/** What takes screens at the moment, above every page, with the way to end it; and the red button's dialog. */
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDate } from "../view/format.js";
import { icon } from "../view/icons.js";
import "./announce_dialog.js";
/** @typedef {import("../api/programme.js").Override} Override */

/** Those that are over by their time are told by no event. */
const REFRESH_SECONDS = 20;

class OverridesElement extends InfoElement {
  #shape = "";
  /** @type {Override[]} */ #overrides = [];
  #shown = h("div", { role: "status" });
  /** @type {Map<string, string>} */ #groups = new Map();

  connected() {
    fill(this, this.#shown);
    this.#shape = "";
    this.addEventListener("changed", () => void this.#load());
    this.whenEdited(["override", "group"], () => void this.#load());
    this.listen(this.app.store, "medium", ({ detail }) => {
      if (this.#overrides.some(({ mediaId }) => mediaId === detail.id)) this.#show();
    });
    this.every(REFRESH_SECONDS, () => void this.#load());
  }

  /** Opens the red button's dialog. */
  announce() {
    this.append(h("info-announce-dialog", { app: this.app }));
  }

  async #load() {
    const silent = () => undefined; // the connection's banner says it
    const overrides = await this.app.attempt(() => this.app.programme.overrides(), silent);
    if (!overrides) return;
    const shape = JSON.stringify(overrides);
    if (shape === this.#shape) return; // keeps the focus where it is
    if (overrides.some(({ group }) => group && !this.#groups.has(group))) {
      const groups = await this.app.attempt(() => this.app.programme.groups(), silent);
      this.#groups = new Map(groups?.map(({ id, name }) => [id, name]));
    }
    this.#shape = shape;
    for (const { mediaId } of overrides)
      if (mediaId && !this.app.store.get(mediaId)) this.app.refresher.refresh(mediaId);
    this.#overrides = overrides;
    this.#show();
  }

  #show() {
    fill(
      this.#shown,
      this.#overrides.map((override) => this.#row(override)),
    );
  }

  /** @param {Override} override */
  #row({ id, group, mediaId, text, until }) {
    const what = text ?? (mediaId && this.app.store.get(mediaId)?.filename) ?? t("announce.aDeck");
    const where = group ? (this.#groups.get(group) ?? t("announce.aGroup")) : t("announce.everywhere");
    return h(
      "div",
      { class: "override" },
      icon("megaphone"),
      h("p", null, h("strong", null, h("bdi", null, what)), " ", t("announce.on", { where, date: formatDate(until) })),
      h("button", { class: "button small", type: "button", onclick: () => this.#end(id) }, t("announce.end")),
    );
  }

  /** @param {string} id */
  async #end(id) {
    await this.app.attempt(() => this.app.programme.endOverride(id));
    await this.#load();
  }
}

customElements.define("info-overrides", OverridesElement);
