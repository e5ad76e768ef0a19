// @ts-check
/** Every screen: what it shows, since when, and whether it is well. */
import { presence } from "../api/players.js";
import { ApiError } from "../api/client.js";
import { t } from "../text/index.js";
import { fill, h, reconcile } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";
import { PlayerCardElement } from "./player_card.js";
import "./enrol_dialog.js";
/** @typedef {import("../api/players.js").Player} Player */
/** @typedef {import("../api/programme.js").Group} Group */

const REFRESH_SECONDS = 3;

class ScreensElement extends InfoElement {
  /** @type {Map<string, PlayerCardElement>} */ #cards = new Map();
  #count = h("span", { class: "count", role: "status" });
  #list = h("div", { class: "screen-grid", role: "list", "aria-label": t("screens.title") });
  #end = h("div");

  connected() {
    document.title = t("app.titled", { page: t("screens.title") });
    const add = h(
      "button",
      { class: "button primary", type: "button", onclick: () => this.#enrol() },
      icon("plus"),
      t("screens.add"),
    );
    fill(
      this,
      h(
        "header",
        { class: "page-head" },
        h("div", { class: "page-title" }, h("h1", null, t("screens.title")), this.#count),
        add,
      ),
      this.#list,
      this.#end,
    );
    this.every(REFRESH_SECONDS, () => void this.#load());
    this.addEventListener("changed", () => void this.#load());
    this.whenEdited(["player", "group"], () => void this.#load());
  }

  async #load() {
    try {
      const [players, groups] = await Promise.all([this.app.players.list(), this.app.programme.groups()]);
      this.#show(players, groups);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.#cards.size === 0)
        fill(this.#end, h("div", { class: "empty", role: "alert" }, icon("alert"), h("p", null, error.message)));
    }
  }

  /** @param {Player[]} players @param {Group[]} groups */
  #show(players, groups) {
    const byId = new Map(players.map((player) => [player.id, player]));
    reconcile(
      this.#list,
      this.#cards,
      [...byId.keys()],
      () => /** @type {PlayerCardElement} */ (h("info-player-card", { app: this.app, role: "listitem" })),
    );
    for (const [id, card] of this.#cards) card.show(/** @type {Player} */ (byId.get(id)), groups);
    const active = players.filter((player) => player.state !== "revoked");
    const online = active.filter((player) => presence(player) === "online").length;
    this.#count.textContent = active.length ? t("screens.count", { n: active.length, online }) : "";
    fill(this.#end, players.length === 0 && this.#welcome());
  }

  #welcome() {
    return h(
      "button",
      { class: "empty welcome", type: "button", onclick: () => this.#enrol() },
      icon("screen"),
      h("strong", null, t("screens.welcome")),
      h("span", { class: "soft" }, t("screens.welcomeHint")),
    );
  }

  #enrol() {
    const dialog = h("info-enrol-dialog", { app: this.app, onchanged: () => this.#load() });
    this.append(dialog);
  }
}

customElements.define("info-screens", ScreensElement);
