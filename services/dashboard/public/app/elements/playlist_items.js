// @ts-check
/** The items of a playlist in their order: dragged by their handle or moved by buttons, each with its time and days. */
import { moved } from "../state/plans.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { breakable } from "../view/filename.js";
import { icon } from "../view/icons.js";
import { thumbnail } from "./medium_card.js";
/** @typedef {import("../api/programme.js").ListItem} ListItem */
/** @typedef {"up"|"down"} Direction */

const KIND = "application/x-infoscreen-item";

export class PlaylistItemsElement extends InfoElement {
  /** @type {ListItem[]} */ items = [];
  #dragged = -1;
  #list = h("ol", { class: "pick-list playlist-items", "aria-label": t("assign.shown") });

  connected() {
    this.items = this.items.map((item) => ({ ...item }));
    for (const { media_id: id, filename } of this.items)
      if (filename && !this.app.store.get(id)) this.app.refresher.refresh(id);
    this.listen(this.app.store, "medium", ({ detail }) => this.#picture(detail));
    fill(this, this.#list);
    this.#show();
  }

  /** @param {import("../api/shapes.js").Medium} medium */
  add({ id, filename }) {
    const item = { media_id: id, filename, seconds: null, deck_timings: true, first_day: null, last_day: null };
    this.items = [...this.items, item];
    this.#show();
    this.#list.lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  #show() {
    const rows = this.items.map((item, index) => this.#row(item, index));
    fill(this.#list, rows.length ? rows : h("li", { class: "soft" }, t("assign.nothing")));
  }

  /** Fields are not built anew for a picture: a person may be typing in them. @param {import("../api/shapes.js").Medium} medium */
  #picture(medium) {
    const of = (/** @type {string} */ name) => this.#list.querySelectorAll(`[${name}="${CSS.escape(medium.id)}"]`);
    for (const place of of("data-medium")) fill(place, thumbnail(medium));
    for (const label of of("data-timed")) label.toggleAttribute("hidden", !medium.hasTimings);
  }

  /** @param {ListItem} item @param {number} index */
  #row(item, index) {
    const medium = this.app.store.get(item.media_id);
    const name = item.filename ?? t("playlists.gone");
    const last = this.items.length - 1;
    return h(
      "li",
      {
        ondragover: (/** @type {DragEvent} */ event) => this.#dragged >= 0 && event.preventDefault(),
        ondrop: (/** @type {DragEvent} */ event) => this.#drop(event, index),
      },
      this.#handle(index),
      h("span", { class: "picture", "data-medium": item.media_id }, medium && thumbnail(medium)),
      h("bdi", { title: name, class: item.filename ? "" : "soft" }, breakable(name)),
      h(
        "span",
        { class: "item-buttons" },
        this.#mover("up", t("assign.up", { name }), index === 0, index),
        this.#mover("down", t("assign.down", { name }), index === last, index),
        h(
          "button",
          {
            class: "icon-button",
            type: "button",
            "aria-label": t("assign.remove", { name }),
            onclick: () => this.#remove(index),
          },
          icon("close"),
        ),
      ),
      h("div", { class: "item-fields" }, this.#seconds(item, name), this.#timings(item), this.#days(item, name)),
    );
  }

  /** @param {number} index */
  #handle(index) {
    return h(
      "span",
      {
        class: "handle",
        draggable: "true",
        "aria-hidden": "true",
        ondragstart: (/** @type {DragEvent} */ event) => {
          this.#dragged = index;
          event.dataTransfer?.setData(KIND, String(index));
        },
        ondragend: () => (this.#dragged = -1),
      },
      icon("handle"),
    );
  }

  /** @param {Direction} direction @param {string} label @param {boolean} disabled @param {number} index */
  #mover(direction, label, disabled, index) {
    const step = direction === "up" ? -1 : 1;
    const run = () => {
      this.#move(index, index + step);
      // The focus goes along with what was moved.
      const row = this.#list.children[index + step];
      const again = row.querySelector(`.${direction}:enabled`) ?? row.querySelector("button:enabled");
      /** @type {HTMLButtonElement} */ (again).focus();
    };
    const attributes = { class: `icon-button ${direction}`, type: "button", "aria-label": label, disabled };
    return h("button", { ...attributes, onclick: run }, icon("chevron"));
  }

  /** @param {ListItem} item @param {string} name */
  #seconds(item, name) {
    const input = h("input", {
      type: "number",
      min: "1",
      max: "86400",
      step: "any",
      value: item.seconds ?? "",
      placeholder: t("playlists.usual"),
      "aria-label": t("playlists.secondsOf", { name }),
      onchange: () => (item.seconds = input.value === "" ? null : input.valueAsNumber),
    });
    return h("label", null, input, t("playlists.seconds"));
  }

  /** Only for a deck that has times of its own. @param {ListItem} item */
  #timings(item) {
    const input = h("input", {
      type: "checkbox",
      checked: item.deck_timings,
      onchange: () => (item.deck_timings = input.checked),
    });
    const hidden = !this.app.store.get(item.media_id)?.hasTimings;
    return h("label", { "data-timed": item.media_id, hidden }, input, t("playlists.ownTimes"));
  }

  /** @param {ListItem} item @param {string} name */
  #days(item, name) {
    const day = (/** @type {"first_day"|"last_day"} */ which, /** @type {string} */ label) => {
      const input = h("input", {
        type: "date",
        value: item[which] ?? "",
        "aria-label": label,
        onchange: () => (item[which] = input.value || null),
      });
      return input;
    };
    return h(
      "span",
      { class: "item-days" },
      day("first_day", t("playlists.firstDayOf", { name })),
      "–",
      day("last_day", t("playlists.lastDayOf", { name })),
    );
  }

  /** @param {DragEvent} event @param {number} index */
  #drop(event, index) {
    if (this.#dragged < 0) return;
    event.preventDefault();
    this.#move(this.#dragged, index);
    this.#dragged = -1;
  }

  /** @param {number} from @param {number} to */
  #move(from, to) {
    this.items = moved(this.items, from, to);
    this.#show();
  }

  /** @param {number} index */
  #remove(index) {
    this.items = this.items.toSpliced(index, 1);
    this.#show();
    /** @type {HTMLButtonElement|null} */ (this.#list.querySelector("button:enabled"))?.focus();
  }
}

customElements.define("info-playlist-items", PlaylistItemsElement);
