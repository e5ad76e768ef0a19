// @ts-check
/** On which screens media are shown from now on: groups first, then single screens. */
import { presence } from "../api/players.js";
import { listsOf } from "../state/plans.js";
import { t } from "../text/index.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
/** @typedef {import("../api/programme.js").Group} Group */
/** @typedef {import("../api/players.js").Player} Player */

class ShowOnDialogElement extends InfoElement {
  /** @type {Array<{id: string, title: string}>} */ media = [];
  /** @type {Group[]} */ #groups = [];
  /** @type {Player[]} */ #players = [];
  #choices = h("div", { class: "choices" }, h("p", { class: "soft", role: "status" }, t("library.loading")));
  #said = h("p", { class: "form-error", role: "alert" });

  connected() {
    const form = h(
      "form",
      { class: "dialog-form", onsubmit: (/** @type {SubmitEvent} */ event) => this.#submit(event) },
      h("p", { class: "soft" }, t("showOn.hint")),
      this.#choices,
      this.#said,
      formButtons(t("showOn.show"), () => this.dialog?.close()),
    );
    const dialog = openDialog({ title: t("showOn.title", { name: this.#name }) }, form);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
    void this.#load();
  }

  disconnected() {
    this.dialog?.close();
  }

  /** What the dialog calls what is shown. */
  get #name() {
    return this.media.length === 1 ? this.media[0].title : t("selection.files", { n: this.media.length });
  }

  async #load() {
    const read = () => Promise.all([this.app.programme.groups(), this.app.players.list()]);
    const found = await this.app.attempt(read, (words) => this.#tell(words));
    if (!found) return;
    this.#groups = found[0];
    this.#players = found[1].filter(({ state }) => state !== "revoked");
    const groups = this.#groups.map(({ id, name, players }) =>
      choice("group", id, name, t("group.screens", { n: players.length })),
    );
    const screens = this.#players.map((player) =>
      choice("screen", player.id, player.name, t(`presence.${presence(player)}`)),
    );
    fill(
      this.#choices,
      groups.length > 0 && fieldset(t("groups.title"), groups),
      screens.length > 0 && fieldset(t("screens.title"), screens),
      screens.length === 0 && h("p", { class: "soft" }, t("showOn.noScreens")),
    );
    /** @type {HTMLElement|null} */ (this.#choices.querySelector("input"))?.focus();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const chosen = new FormData(/** @type {HTMLFormElement} */ (event.currentTarget));
    const [groups, screens] = [chosen.getAll("group").map(String), chosen.getAll("screen").map(String)];
    if (groups.length + screens.length === 0) return this.#tell(t("showOn.chooseSome"));
    const where = listsOf(groups, screens, this.#groups, this.#players);
    const done = await this.app.attempt(
      () =>
        this.app.programme.change(
          "add",
          this.media.map(({ id }) => id),
          where,
        ),
      (words) => this.#tell(words),
    );
    if (done === undefined) return undefined;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    this.app.notices.say(t("showOn.done", { name: this.#name }), { tone: "good" });
    this.dialog?.close();
    return undefined;
  }

  /** @param {string} words */
  #tell(words) {
    this.#said.textContent = words;
  }
}

/** @param {string} legend @param {HTMLElement[]} choices */
const fieldset = (legend, choices) =>
  h("fieldset", null, h("legend", null, legend), h("div", { class: "choice-list" }, choices));

/** @param {string} name @param {string} value @param {string} label @param {string} note */
const choice = (name, value, label, note) =>
  h(
    "label",
    { class: "choice" },
    h("input", { type: "checkbox", name, value }),
    h("bdi", null, label),
    h("span", { class: "soft" }, note),
  );

customElements.define("info-show-on-dialog", ShowOnDialogElement);
