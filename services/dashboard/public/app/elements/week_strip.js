// @ts-check
/**
 * Seven days of a group, each a strip of 24 hours of its wall clock: what wins, and what that hides. Dispatches `entry`
 * (detail: its id) and `day` (detail: the day to plan something on).
 */
import { clockOf, darkIn, weekOf } from "../state/plans.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDay } from "../view/format.js";
import { icon } from "../view/icons.js";
/** @typedef {import("../state/programme.js").Span} Span */

const DAY_MINUTES = 1440;

class WeekStripElement extends InfoElement {
  /** @type {import("./schedule.js").Plan} */ plan = /** @type {any} */ (null);
  /** @type {Map<string, string>} */ #names = new Map();

  connected() {
    const { group, playlists, entries, monday } = this.plan;
    for (const { id, name } of playlists) this.#names.set(id, name);
    for (const { id, playlist } of entries) this.#names.set(id, this.#names.get(playlist) ?? "");
    const dark = darkIn(group, monday);
    const hours = [0, 6, 12, 18, 24].map((hour) => h("span", null, String(hour)));
    fill(
      this,
      h("div", { class: "strip-hours", "aria-hidden": "true" }, hours),
      weekOf(group, playlists, entries, monday).map(({ day, spans }) => this.#day(day, spans, dark.get(day) ?? [])),
    );
  }

  /** @param {string} day @param {Span[]} spans @param {Span[]} dark */
  #day(day, spans, dark) {
    const name = formatDay(day);
    const off = dark.map((span) => {
      const words = t("schedule.off", { from: clockOf(span.from), to: clockOf(span.to) });
      return placed(h("li", { class: "dark", title: words }, h("span", { class: "visually-hidden" }, words)), span);
    });
    return h(
      "div",
      { class: "strip-day" },
      h("h3", null, name),
      h(
        "ul",
        { class: "strip" },
        spans.map((span) => this.#span(span)),
        off,
      ),
      h(
        "button",
        {
          class: "icon-button",
          type: "button",
          "aria-label": t("schedule.addOn", { day: name }),
          onclick: () => this.#tell("day", day),
        },
        icon("plus"),
      ),
    );
  }

  /** @param {Span} span */
  #span(span) {
    const { from, to, entry, playlist, hidden } = span;
    const name = playlist ? (this.#names.get(playlist) ?? "") : t("schedule.nothing");
    const hides = [...new Set(hidden.map((id) => this.#names.get(id) ?? ""))].join(", ");
    const time = t("schedule.time", { from: clockOf(from), to: clockOf(to) });
    const hiding = hides && t("schedule.hides", { names: hides });
    const title = [time, name, hiding].join(" "); // what is too short for its words says them all
    const words = [
      h("span", { class: "visually-hidden" }, time),
      " ",
      h("bdi", null, name),
      " ",
      hiding && h("span", { class: "hides" }, hiding),
    ];
    if (!entry) {
      const kind = playlist ? "default" : "nothing";
      return placed(h("li", { class: kind, title }, h("span", { class: "span" }, words)), span);
    }
    const open = () => this.#tell("entry", entry);
    const button = h("button", { class: "span", type: "button", onclick: open }, words);
    return placed(h("li", { class: "entry", title }, button), span);
  }

  /** @param {string} type @param {string} detail */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

/** @param {HTMLElement} element @param {{from: number, to: number}} span */
function placed(element, { from, to }) {
  element.style.setProperty("left", `${(100 * from) / DAY_MINUTES}%`);
  element.style.setProperty("width", `${(100 * (to - from)) / DAY_MINUTES}%`);
  return element;
}

customElements.define("info-week-strip", WeekStripElement);
