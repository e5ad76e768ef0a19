// @ts-check
/** Every playlist that screens can share, and the way to make, fill and delete them. */
import { ApiError } from "../api/client.js";
import { t } from "../text/index.js";
import { confirm } from "../view/dialog.js";
import { fill, h, refill } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { breakable } from "../view/filename.js";
import { icon } from "../view/icons.js";
import "./playlist_dialog.js";
/** @typedef {import("../api/programme.js").Playlist} Playlist */

const NAMED = 4;

class PlaylistsElement extends InfoElement {
  #shape = "";
  #list = h("div", { class: "screen-grid", role: "list", "aria-label": t("playlists.title") });
  #end = h("div");

  connected() {
    this.#shape = "";
    document.title = t("app.titled", { page: t("playlists.title") });
    const add = h(
      "button",
      { class: "button primary", type: "button", onclick: () => this.#edit(null) },
      icon("plus"),
      t("playlists.add"),
    );
    const head = h("div", { class: "page-title" }, h("h1", null, t("playlists.title")));
    fill(this, h("header", { class: "page-head" }, head, add), this.#list, this.#end);
    this.addEventListener("changed", () => void this.#load());
    this.whenEdited(["playlist"], () => void this.#load());
    void this.#load();
  }

  async #load() {
    try {
      this.#show(await this.app.programme.playlists());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#shape = "";
      fill(this.#end, h("div", { class: "empty", role: "alert" }, icon("alert"), h("p", null, error.message)));
    }
  }

  /** @param {Playlist[]} playlists */
  #show(playlists) {
    const shape = JSON.stringify(playlists);
    if (shape === this.#shape) return;
    this.#shape = shape;
    refill(
      this.#list,
      playlists.map((playlist) => this.#card(playlist)),
    );
    fill(this.#end, playlists.length === 0 && this.#welcome());
  }

  #welcome() {
    return h(
      "button",
      { class: "empty welcome", type: "button", onclick: () => this.#edit(null) },
      icon("list"),
      h("strong", null, t("playlists.welcome")),
      h("span", { class: "soft" }, t("playlists.welcomeHint")),
    );
  }

  /** @param {Playlist} playlist */
  #card(playlist) {
    const { name, items } = playlist;
    const named = items.slice(0, NAMED).map((item) => {
      const filename = item.filename ?? t("playlists.gone");
      return h("li", null, h("bdi", { class: item.filename ? "" : "soft" }, breakable(filename)));
    });
    const more = items.length - NAMED;
    return h(
      "div",
      { class: "panel playlist", role: "listitem" },
      h(
        "header",
        null,
        h("h2", null, h("bdi", null, name)),
        h("span", { class: "soft" }, t("playlists.items", { n: items.length })),
      ),
      h("ol", null, named, more > 0 && h("li", { class: "soft" }, t("screens.others", { n: more }))),
      h(
        "div",
        { class: "screen-actions" },
        h(
          "button",
          { class: "button small", type: "button", onclick: () => this.#edit(playlist) },
          icon("sliders"),
          t("playlists.edit"),
        ),
        h(
          "button",
          { class: "button small danger", type: "button", onclick: () => this.#delete(playlist) },
          icon("trash"),
          t("media.delete"),
        ),
      ),
    );
  }

  /** @param {Playlist|null} playlist */
  #edit(playlist) {
    this.append(h("info-playlist-dialog", { app: this.app, playlist }));
  }

  /** @param {Playlist} playlist */
  async #delete({ id, name }) {
    const sure = await confirm({
      title: t("playlists.deleteTitle", { name }),
      text: t("playlists.deleteText"),
      action: t("media.delete"),
    });
    if (!sure) return;
    await this.app.attempt(() => this.app.programme.delete("playlists", id));
    await this.#load();
  }
}

customElements.define("info-playlists", PlaylistsElement);
