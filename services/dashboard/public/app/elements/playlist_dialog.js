// @ts-check
/** A playlist: its name, what is in it, in which order, how long and on which days. */
import { t } from "../text/index.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field } from "../view/form.js";
import "./media_finder.js";
import "./playlist_items.js";

class PlaylistDialogElement extends InfoElement {
  /** @type {import("../api/programme.js").Playlist|null} */ playlist = null;
  #said = h("p", { class: "form-error", role: "alert" });
  /** @type {import("./playlist_items.js").PlaylistItemsElement} */ #items = /** @type {any} */ (null);
  #name = h("input", { id: "playlist-name", type: "text", required: true, maxlength: "100", autocomplete: "off" });

  connected() {
    this.#name.value = this.playlist?.name ?? "";
    this.#items = h("info-playlist-items", { app: this.app, items: this.playlist?.items ?? [] });
    const finder = h("info-media-finder", {
      app: this.app,
      onpick: (/** @type {CustomEvent} */ event) => this.#items.add(event.detail),
    });
    const form = h(
      "form",
      { class: "dialog-form", onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      field(t("enrol.name"), this.#name),
      h(
        "div",
        { class: "assign-columns" },
        h("section", null, h("h3", null, t("library.title")), finder),
        h("section", null, h("h3", null, t("assign.shown")), this.#items),
      ),
      this.#said,
      formButtons(t("action.save"), () => this.dialog?.close()),
    );
    const title = this.playlist ? t("playlists.titled", { name: this.playlist.name }) : t("playlists.add");
    const dialog = openDialog({ title, className: "assign" }, form);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
    if (!this.playlist) this.#name.focus();
  }

  disconnected() {
    this.dialog?.close();
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const saved = await this.app.attempt(
      () => this.#save(),
      (words) => (this.#said.textContent = words),
    );
    if (!saved) return;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    this.app.notices.say(t("playlists.saved", { name: saved.name }), { tone: "good" });
    this.dialog?.close();
  }

  /** What was saved is kept, so that saving again after a refusal neither makes a second playlist nor loses a name. */
  async #save() {
    const { programme } = this.app;
    const name = this.#name.value.trim();
    this.playlist ??= await programme.createPlaylist(name);
    if (this.playlist.name !== name) this.playlist = await programme.renamePlaylist(this.playlist.id, name);
    this.playlist = await programme.replaceItems(this.playlist, this.#items.items);
    return this.playlist;
  }
}

customElements.define("info-playlist-dialog", PlaylistDialogElement);
