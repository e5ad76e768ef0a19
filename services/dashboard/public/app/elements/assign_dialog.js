// @ts-check
/** What a screen shows, and in which order. */
import { EVERYTHING, tidySearch } from "../state/library.js";
import { t } from "../text/index.js";
import { openDialog } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { breakable } from "../view/filename.js";
import { icon } from "../view/icons.js";
import { statusChip } from "../view/status.js";
import { thumbnail } from "./medium_card.js";
/** @typedef {import("../api/shapes.js").Medium} Medium */

const RESULTS = 40;
const TYPING_MS = 200;

class AssignDialogElement extends InfoElement {
  /** @type {import("../api/players.js").Player} */ player = /** @type {any} */ (null);
  /** @type {string[]} */ #chosen = [];
  /** @type {Medium[]} */ #found = [];
  #typing = 0;
  #said = h("p", { class: "form-error", role: "alert" });
  #results = h("ul", { class: "pick-list", "aria-label": t("library.title") });
  #order = h("ol", { class: "pick-list", "aria-label": t("assign.shown") });
  #search = h("input", {
    type: "search",
    placeholder: t("library.search"),
    "aria-label": t("library.search"),
    autocomplete: "off",
  });

  connected() {
    this.#chosen = [...this.player.mediaIds];
    for (const id of this.#chosen) if (!this.app.store.get(id)) this.app.refresher.refresh(id);
    this.#search.addEventListener("input", () => this.#typed());
    const dialog = openDialog(
      { title: t("assign.title", { name: this.player.name }), className: "assign" },
      this.#columns(),
      this.#said,
      this.#buttons(),
    );
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
    this.listen(this.app.store, "medium", ({ detail }) => this.#chosen.includes(detail.id) && this.#showOrder());
    this.#showOrder();
    void this.#find();
  }

  disconnected() {
    this.dialog?.close();
  }

  #columns() {
    return h(
      "div",
      { class: "assign-columns" },
      h(
        "section",
        null,
        h("h3", null, t("library.title")),
        h("div", { class: "search-field" }, icon("search"), this.#search),
        this.#results,
      ),
      h("section", null, h("h3", null, t("assign.shown")), this.#order),
    );
  }

  #buttons() {
    return h(
      "div",
      { class: "dialog-buttons" },
      h("button", { class: "button", type: "button", onclick: () => this.dialog?.close() }, t("action.cancel")),
      h("button", { class: "button primary", type: "button", onclick: () => this.#save() }, t("action.save")),
    );
  }

  #typed() {
    window.clearTimeout(this.#typing);
    this.#typing = window.setTimeout(() => void this.#find(), TYPING_MS);
  }

  async #find() {
    const search = tidySearch(this.#search.value);
    const question = this.app.store.ask();
    const page = await this.app.attempt(
      () => this.app.media.list({ ...EVERYTHING, search }, null, RESULTS),
      (words) => (this.#said.textContent = words),
    );
    if (!page || search !== tidySearch(this.#search.value)) return;
    this.#found = page.items;
    for (const medium of page.items) this.app.store.put(medium, question);
    this.#showResults();
  }

  #showResults() {
    const row = (/** @type {Medium} */ medium) => {
      const box = h("input", {
        type: "checkbox",
        checked: this.#chosen.includes(medium.id),
        onchange: () => this.#toggle(medium.id),
      });
      return h(
        "li",
        null,
        h(
          "label",
          null,
          box,
          thumbnail(medium),
          h("bdi", { title: medium.filename }, breakable(medium.filename)),
          medium.status !== "ready" && medium.status !== "original" && statusChip(medium.status),
        ),
      );
    };
    fill(
      this.#results,
      this.#found.length ? this.#found.map(row) : h("li", { class: "soft" }, t("library.nothingFound")),
    );
  }

  #showOrder() {
    const row = (/** @type {string} */ id, /** @type {number} */ index) => {
      const medium = this.app.store.get(id);
      const name = medium?.filename ?? "…";
      return h(
        "li",
        null,
        medium && thumbnail(medium),
        h("bdi", { title: name }, breakable(name)),
        orderButton("up", t("assign.up", { name }), index === 0, () => this.#move(index, -1)),
        orderButton("down", t("assign.down", { name }), index === this.#chosen.length - 1, () => this.#move(index, 1)),
        h(
          "button",
          {
            class: "icon-button",
            type: "button",
            "aria-label": t("assign.remove", { name }),
            onclick: () => this.#toggle(id),
          },
          icon("close"),
        ),
      );
    };
    fill(this.#order, this.#chosen.length ? this.#chosen.map(row) : h("li", { class: "soft" }, t("assign.nothing")));
  }

  /** @param {string} id */
  #toggle(id) {
    this.#chosen = this.#chosen.includes(id) ? this.#chosen.filter((other) => other !== id) : [...this.#chosen, id];
    this.#showOrder();
    const ids = this.#found.map((medium) => medium.id);
    const box = /** @type {HTMLInputElement|undefined} */ (this.#results.querySelectorAll("input")[ids.indexOf(id)]);
    if (box) box.checked = this.#chosen.includes(id);
  }

  /** @param {number} index @param {-1|1} step */
  #move(index, step) {
    const moved = this.#chosen.toSpliced(index, 1).toSpliced(index + step, 0, this.#chosen[index]);
    this.#chosen = moved;
    this.#showOrder();
    // The focus goes along with what was moved.
    const row = this.#order.children[index + step];
    const again = /** @type {HTMLButtonElement|null} */ (
      row.querySelector(step < 0 ? ".up:enabled" : ".down:enabled") ?? row.querySelector("button:enabled")
    );
    again?.focus();
  }

  async #save() {
    const saved = await this.app.attempt(
      () => this.app.players.assign(this.player.id, this.#chosen),
      (words) => (this.#said.textContent = words),
    );
    if (saved === undefined) return;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    this.app.notices.say(t("assign.saved", { name: this.player.name }), { tone: "good" });
    this.dialog?.close();
  }
}

/** @param {"up"|"down"} direction @param {string} label @param {boolean} disabled @param {() => void} run */
const orderButton = (direction, label, disabled, run) =>
  h(
    "button",
    { class: `icon-button ${direction}`, type: "button", "aria-label": label, disabled, onclick: run },
    icon("chevron"),
  );

customElements.define("info-assign-dialog", AssignDialogElement);
