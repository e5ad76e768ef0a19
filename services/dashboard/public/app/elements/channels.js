// @ts-check
/** Who is told when something goes wrong: every channel, how its last message went, and the way to try it. */
import { ApiError } from "../api/client.js";
import { t } from "../text/index.js";
import { confirm } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatAgo } from "../view/format.js";
import { icon } from "../view/icons.js";
import "./channel_dialog.js";
/** @typedef {import("../api/channels.js").Channel} Channel */

class ChannelsElement extends InfoElement {
  #list = h("div", { class: "screen-grid", role: "list", "aria-label": t("channels.title") });
  #end = h("div");

  connected() {
    document.title = t("app.titled", { page: t("channels.title") });
    const add = h(
      "button",
      { class: "button primary", type: "button", onclick: () => this.#add() },
      icon("plus"),
      t("channels.add"),
    );
    const title = h(
      "div",
      { class: "page-title" },
      h("h1", null, t("channels.title")),
      h("p", { class: "soft" }, t("channels.hint")),
    );
    fill(this, h("header", { class: "page-head" }, title, add), this.#list, this.#end);
    this.addEventListener("changed", () => void this.#load());
    void this.#load();
  }

  async #load() {
    try {
      const channels = await this.app.channels.list();
      fill(
        this.#list,
        channels.map((channel) => this.#card(channel)),
      );
      fill(this.#end, channels.length === 0 && h("p", { class: "empty soft" }, t("channels.none")));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fill(this.#end, h("div", { class: "empty", role: "alert" }, icon("alert"), h("p", null, error.message)));
    }
  }

  #add() {
    this.append(h("info-channel-dialog", { app: this.app }));
  }

  /** @param {Channel} channel */
  #card(channel) {
    const { name, kind, target, topics, triedAt, error } = channel;
    const said = h("p", { role: "status", class: error ? "form-error" : "soft" });
    if (error) said.textContent = t("channels.failed", { error });
    else if (triedAt) said.textContent = t("channels.arrived", { ago: formatAgo(triedAt) });
    const test = h(
      "button",
      { class: "button small", type: "button", onclick: () => this.#test(channel, said) },
      t("channels.test"),
    );
    const remove = h(
      "button",
      { class: "button small danger", type: "button", onclick: () => this.#remove(channel) },
      t("media.delete"),
    );
    return h(
      "div",
      { class: "panel channel", role: "listitem" },
      h("h2", null, h("bdi", null, name)),
      h("p", null, t(`channel.${kind}`), ": ", h("bdi", null, target)),
      h("p", { class: "soft" }, topics.map((topic) => t(`topic.${topic}`)).join(" · ")),
      said,
      h("div", { class: "row-actions" }, test, remove),
    );
  }

  /** @param {Channel} channel @param {HTMLElement} said */
  async #test(channel, said) {
    said.className = "soft";
    said.textContent = t("channels.testing");
    const result = await this.app.attempt(() => this.app.channels.test(channel.id));
    said.className = result?.delivered ? "soft" : "form-error";
    if (!result) said.textContent = "";
    else
      said.textContent = result.delivered ? t("channels.tested") : t("channels.failed", { error: result.error ?? "" });
  }

  /** @param {Channel} channel */
  async #remove(channel) {
    const text = t("channels.deleteText");
    const sure = await confirm({
      title: t("channels.deleteTitle", { name: channel.name }),
      text,
      action: t("media.delete"),
    });
    if (!sure) return;
    await this.app.attempt(() => this.app.channels.remove(channel.id));
    await this.#load();
  }
}

customElements.define("info-channels", ChannelsElement);
