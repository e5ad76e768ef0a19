// @ts-check
/** One screen. */
import { presence } from "../api/players.js";
import { mediumAddress } from "../router.js";
import { hasText, t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { confirm } from "../view/dialog.js";
import { InfoElement } from "../view/element.js";
import { breakable } from "../view/filename.js";
import { formatAgo, formatBytes, formatElapsed } from "../view/format.js";
import { select } from "../view/form.js";
import { icon } from "../view/icons.js";
import { thumbnail } from "./medium_card.js";
import "./assign_dialog.js";
import "./enrol_dialog.js";
import "./glass.js";
import "./screen_dialog.js";
/** @typedef {import("../api/players.js").Player} Player */
/** @typedef {import("../api/programme.js").Group} Group */

const HOT_CELSIUS = 80; // where a Pi 5 begins to slow down
const LITTLE_DISK_BYTES = 1e9;

export class PlayerCardElement extends InfoElement {
  /** @type {Player|null} */ #player = null;
  #shape = "";
  /** @type {Group[]} */ #groups = [];
  /** Media that a screen shows and the library has no more. @type {Set<string>} */ #gone = new Set();
  #chip = h("span");
  #seen = h("span", { class: "soft" });

  connected() {
    this.listen(this.app.store, "medium", ({ detail }) => {
      if (this.#player && this.#player.showing?.mediaId === detail.id) this.#build(this.#player);
    });
    this.listen(this.app.store, "gone", ({ detail }) => {
      this.#gone.add(detail);
      if (this.#player && this.#player.showing?.mediaId === detail) this.#build(this.#player);
    });
  }

  /** @param {Player} player @param {Group[]} groups */
  show(player, groups) {
    const state = presence(player);
    this.#player = player;
    this.#seen.textContent = player.lastSeen
      ? t("screens.seen", { ago: formatAgo(player.lastSeen) })
      : t("screens.neverSeen");
    fill(
      this.#chip,
      h(
        "span",
        { class: `chip ${state}` },
        h("span", { class: "chip-dot", "aria-hidden": "true" }),
        t(`presence.${state}`),
      ),
    );
    const names = groups.map(({ id, name }) => [id, name]);
    const shape = JSON.stringify([{ ...player, lastSeen: null }, state, names]);
    if (shape === this.#shape) return; // keeps the focus where it is
    this.#shape = shape;
    this.#groups = groups;
    const shown = player.showing?.mediaId;
    if (shown && !this.app.store.get(shown)) this.app.refresher.refresh(shown);
    this.#build(player);
  }

  /** @param {Player} player */
  #build(player) {
    this.dataset.state = player.state;
    const troubles = troublesOf(player);
    fill(
      this,
      h(
        "header",
        null,
        h("h2", null, h("bdi", null, player.name)),
        this.#chip,
        player.state !== "revoked" && this.#settings(player),
      ),
      this.#showing(player),
      troubles.length > 0 &&
        h(
          "ul",
          { class: "troubles" },
          troubles.map((text) => h("li", null, icon("alert"), text)),
        ),
      h(
        "p",
        { class: "screen-facts" },
        this.#seen,
        h("span", { class: "soft" }, t("screens.assigned", { n: player.mediaIds.length })),
      ),
      player.state !== "revoked" && this.#groups.length > 0 && this.#group(player),
      player.state !== "revoked" && this.#actions(player),
    );
  }

  /** @param {Player} player */
  #showing({ id, name, showing }) {
    const medium = showing?.mediaId ? this.app.store.get(showing.mediaId) : undefined;
    const picture = medium ? thumbnail(medium) : h("span", { class: "thumb" }, icon("screen"));
    const link =
      medium &&
      h("a", { href: mediumAddress(medium.id) }, h("bdi", { title: medium.filename }, breakable(medium.filename)));
    const others = showing && showing.files > 1 ? t("screens.others", { n: showing.files - 1 }) : "";
    const since = showing?.since && medium ? t("screens.since", { duration: formatElapsed(showing.since) }) : "";
    return h(
      "div",
      { class: "screen-showing" },
      showing && h("info-glass", { "data-id": id, "data-name": name }),
      picture,
      link ?? h("p", { class: "soft" }, this.#withoutName(showing)),
      (others || since) && h("p", { class: "soft" }, [others, since].filter(Boolean).join(" · ")),
    );
  }

  /** What is on the wall, where that is no medium of the library. @param {Player["showing"]} showing */
  #withoutName(showing) {
    if (!showing) return t("screens.nothing");
    if (showing.notice) return noticeSentence(showing.notice);
    return showing.mediaId && !this.#gone.has(showing.mediaId) ? t("library.loading") : t("screens.unknown");
  }

  /** @param {Player} player */
  #group({ id, name, group }) {
    const options = this.#groups.map((one) => /** @type {[string, string]} */ ([one.id, one.name]));
    const chosen = select(`group-of-${id}`, [["", t("groups.none")], ...options], group ?? "");
    chosen.setAttribute("aria-label", t("groups.of", { name }));
    chosen.addEventListener("change", async () => {
      await this.app.attempt(() => this.app.players.place(id, chosen.value || null));
      this.dispatchEvent(new Event("changed", { bubbles: true }));
    });
    return chosen;
  }

  /** @param {Player} player */
  #settings(player) {
    return h(
      "button",
      {
        class: "icon-button",
        type: "button",
        "aria-label": t("screens.settingsOf", { name: player.name }),
        onclick: () => this.#open("info-screen-dialog", player),
      },
      icon("sliders"),
    );
  }

  /** @param {Player} player */
  #actions(player) {
    return h(
      "div",
      { class: "screen-actions" },
      button("grid", t("screens.choose"), () => this.#open("info-assign-dialog", player)),
      button("repeat", t("screens.newCode"), () => this.#open("info-enrol-dialog", player)),
      button("trash", t("screens.revoke"), () => this.#revoke(player), "danger"),
    );
  }

  /** Beside the cards: what is in a card goes when the card is built anew. @param {string} dialog @param {Player} player */
  #open(dialog, player) {
    this.closest("info-screens")?.append(h(dialog, { app: this.app, player }));
  }

  /** @param {Player} player */
  async #revoke(player) {
    const sure = await confirm({
      title: t("screens.revokeTitle", { name: player.name }),
      text: t("screens.revokeText"),
      action: t("screens.revoke"),
    });
    if (!sure) return;
    await this.app.attempt(() => this.app.players.revoke(player.id));
    this.dispatchEvent(new Event("changed", { bubbles: true }));
  }
}

/** What a notice on the wall is about. @param {string} topic */
const noticeSentence = (topic) => (hasText(`notice.${topic}`) ? t(`notice.${topic}`) : t("screens.notice"));

/** @param {Player} player */
function troublesOf({ state, health }) {
  if (state === "revoked") return [];
  return [
    health.undervoltage ? t("health.undervoltage") : "",
    health.temperature !== null && health.temperature >= HOT_CELSIUS
      ? t("health.hot", { n: Math.round(health.temperature) })
      : "",
    health.freeDiskBytes !== null && health.freeDiskBytes < LITTLE_DISK_BYTES
      ? t("health.disk", { free: formatBytes(health.freeDiskBytes) })
      : "",
    ...health.errors,
  ].filter(Boolean);
}

/** @param {import("../view/icons.js").IconName} name @param {string} label @param {() => void} run @param {string} [tone] */
const button = (name, label, run, tone = "") =>
  h("button", { class: `button small ${tone}`, type: "button", onclick: run }, icon(name), label);

customElements.define("info-player-card", PlayerCardElement);
