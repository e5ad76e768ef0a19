// @ts-check
/** The rules of a group's schedule, in the order in which they win, and what of this week each does not get. */
import { clockOf, hiddenIn, weekOf } from "../state/plans.js";
import { t } from "../text/index.js";
import { confirm } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDay, formatWeekday } from "../view/format.js";
import { icon } from "../view/icons.js";
/** @typedef {import("../api/programme.js").Entry} Entry */

class ScheduleEntriesElement extends InfoElement {
  /** @type {import("./schedule.js").Plan} */ plan = /** @type {any} */ (null);

  connected() {
    const { group, playlists, entries, monday } = this.plan;
    const concerns = (/** @type {Entry} */ entry) =>
      entry.group === group.id || (entry.player ? group.players.includes(entry.player) : entry.group === null);
    const hidden = hiddenIn(weekOf(group, playlists, entries, monday));
    const rows = entries.filter(concerns).map((entry) => this.#row(entry, hidden.get(entry.id) ?? []));
    fill(
      this,
      h(
        "section",
        { class: "panel", "aria-labelledby": "entries-title" },
        h("h2", { id: "entries-title" }, t("schedule.entries")),
        rows.length ? h("ol", { class: "entries" }, rows) : h("p", { class: "soft" }, t("schedule.noEntries")),
      ),
    );
  }

  /** @param {Entry} entry @param {{day: string, from: number, to: number, by: string|null}[]} hidden */
  #row(entry, hidden) {
    const name = this.#name(entry);
    const notes = hidden.map(({ day, from, to, by }) => {
      const winner = this.plan.entries.find(({ id }) => id === by);
      const time = `${formatDay(day)}, ${clockOf(from)}–${clockOf(to)}`;
      const words = winner ? t("schedule.hiddenBy", { time, name: this.#name(winner) }) : t("schedule.empty", { time });
      return h("li", null, words);
    });
    return h(
      "li",
      null,
      h(
        "div",
        null,
        h("strong", null, h("bdi", null, name)),
        h("p", { class: "soft" }, [this.#where(entry), whenOf(entry)].join(" · ")),
        notes.length > 0 && h("ul", { class: "hidden-by" }, notes),
      ),
      h(
        "span",
        { class: "item-buttons" },
        iconButton("sliders", t("schedule.edit", { name }), () =>
          this.dispatchEvent(new CustomEvent("entry", { detail: entry.id, bubbles: true })),
        ),
        iconButton("trash", t("schedule.delete", { name }), () => this.#delete(entry, name)),
      ),
    );
  }

  /** @param {Entry} entry */
  #name({ playlist }) {
    return this.plan.playlists.find(({ id }) => id === playlist)?.name ?? t("playlists.unknown");
  }

  /** @param {Entry} entry */
  #where({ group, player }) {
    if (player) return this.plan.players.find(({ id }) => id === player)?.name ?? "";
    return group ? this.plan.group.name : t("announce.everywhere");
  }

  /** @param {Entry} entry @param {string} name */
  async #delete({ id }, name) {
    const sure = await confirm({
      title: t("schedule.deleteTitle", { name }),
      text: t("schedule.deleteText"),
      action: t("media.delete"),
    });
    if (!sure) return;
    await this.app.attempt(() => this.app.programme.delete("schedule", id));
    this.dispatchEvent(new Event("changed", { bubbles: true }));
  }
}

/** When an entry is on, in words. @param {Entry} entry */
function whenOf({ weekdays, starts, ends, first_day: first, last_day: last, enabled }) {
  const days = weekdays.length === 7 ? t("schedule.everyDay") : weekdays.map(formatWeekday).join(", ");
  const between = [first && formatDay(first), last && formatDay(last)];
  const range =
    first && first === last
      ? formatDay(first)
      : between.some(Boolean)
        ? between.map((day) => day || "…").join("–")
        : "";
  const one = first && first === last;
  return [one ? range : days, `${starts}–${ends ?? "24:00"}`, !one && range, !enabled && t("schedule.disabled")]
    .filter(Boolean)
    .join(" · ");
}

/** @param {import("../view/icons.js").IconName} name @param {string} label @param {() => void} run */
const iconButton = (name, label, run) =>
  h("button", { class: "icon-button", type: "button", "aria-label": label, onclick: run }, icon(name));

customElements.define("info-schedule-entries", ScheduleEntriesElement);
