// @ts-check
/** What a group of screens shows in a week: what wins when, what is hidden by what, and the rules behind it. */
import { ApiError } from "../api/client.js";
import { always, eveningOf, mondayOf, shifted } from "../state/plans.js";
import { t } from "../text/index.js";
import { fill, h, refill } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDay } from "../view/format.js";
import { select } from "../view/form.js";
import { icon } from "../view/icons.js";
import "./entry_dialog.js";
import "./group_dialog.js";
import "./schedule_entries.js";
import "./week_strip.js";
/** @typedef {import("../api/programme.js").Entry} Entry */
/** @typedef {import("../api/programme.js").Group} Group */
/** @typedef {import("../api/programme.js").Playlist} Playlist */
/** @typedef {import("../api/players.js").Player} Player */
/** @typedef {{group: Group, groups: Group[], playlists: Playlist[], entries: Entry[], players: Player[], monday: string}} Plan */

class ScheduleElement extends InfoElement {
  #group = "";
  #weeks = 0;
  /** @type {Omit<Plan, "group"|"monday">|null} */ #known = null;
  #content = h("div", { class: "schedule" });

  connected() {
    document.title = t("app.titled", { page: t("schedule.title") });
    fill(this, this.#content);
    this.addEventListener("changed", () => void this.#load());
    this.whenEdited(["group", "playlist", "entry", "player"], () => void this.#load());
    this.addEventListener("day", (event) => this.#addOn(/** @type {CustomEvent} */ (event).detail));
    this.addEventListener("entry", (event) => this.#openEntry(/** @type {CustomEvent} */ (event).detail));
    void this.#load();
  }

  async #load() {
    const { programme, players } = this.app;
    try {
      const asked = [programme.groups(), programme.playlists(), programme.schedule(), players.list()];
      const [groups, lists, entries, screens] = await /** @type {any} */ (Promise.all(asked));
      const known = { groups, playlists: lists, entries, players: screens };
      if (JSON.stringify(known) === JSON.stringify(this.#known)) return;
      this.#known = known;
      this.#show();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#known = null;
      fill(this.#content, h("div", { class: "empty", role: "alert" }, icon("alert"), h("p", null, error.message)));
    }
  }

  /** @returns {Plan|null} */
  #plan() {
    const known = this.#known;
    const group = known?.groups.find(({ id }) => id === this.#group) ?? known?.groups[0];
    if (!known || !group) return null;
    return { ...known, group, monday: shifted(mondayOf(new Date(), group.timezone), 7 * this.#weeks) };
  }

  #show() {
    const plan = this.#plan();
    if (!plan) return refill(this.#content, this.#head(), this.#welcome());
    const { monday, group } = plan;
    const range = t("schedule.week", { from: formatDay(monday), to: formatDay(shifted(monday, 6)) });
    const strip = h("info-week-strip", { plan });
    const rules = h("info-schedule-entries", { app: this.app, plan });
    const week = h(
      "section",
      { class: "panel", "aria-labelledby": "week-title" },
      h(
        "header",
        null,
        h("h2", { id: "week-title" }, range),
        h(
          "div",
          { class: "turn" },
          this.#turner("back", t("schedule.before"), -1),
          this.#turner("forward", t("schedule.after"), 1),
        ),
      ),
      h("p", { class: "soft" }, t("schedule.zone", { zone: group.timezone })),
      strip,
    );
    refill(this.#content, this.#head(plan), week, rules);
    return undefined;
  }

  /** @param {Plan} [plan] */
  #head(plan) {
    const title = h("div", { class: "page-title" }, h("h1", null, t("schedule.title")));
    if (!plan) return h("header", { class: "page-head" }, title);
    const { group, groups } = plan;
    const groupOptions = groups.map(({ id, name }) => /** @type {[string, string]} */ ([id, name]));
    const chosen = select("schedule-group", groupOptions, group.id);
    chosen.setAttribute("aria-label", t("schedule.group"));
    chosen.addEventListener("change", () => {
      this.#group = chosen.value;
      this.#show();
    });
    return h(
      "header",
      { class: "page-head" },
      title,
      h("span", { class: "group-choice" }, chosen),
      button("sliders", t("groups.settings"), () => this.#openGroup(group)),
      button("plus", t("groups.add"), () => this.#openGroup(null)),
      button("plus", t("schedule.add"), () => this.#openDialog(always(group.id)), "primary"),
    );
  }

  #welcome() {
    return h(
      "button",
      { class: "empty welcome", type: "button", onclick: () => this.#openGroup(null) },
      icon("calendar"),
      h("strong", null, t("schedule.welcome")),
      h("span", { class: "soft" }, t("schedule.welcomeHint")),
    );
  }

  /** @param {"back"|"forward"} name @param {string} label @param {number} weeks */
  #turner(name, label, weeks) {
    const turn = () => {
      this.#weeks += weeks;
      this.#show();
    };
    return h(
      "button",
      { class: `icon-button ${name}`, type: "button", "aria-label": label, onclick: turn },
      icon("back"),
    );
  }

  /** @param {string} day */
  #addOn(day) {
    const plan = this.#plan();
    if (plan) this.#openDialog(eveningOf(day, plan.group.id));
  }

  /** @param {string} id */
  #openEntry(id) {
    const entry = this.#known?.entries.find((one) => one.id === id);
    if (entry) this.#openDialog(entry);
  }

  /** @param {Omit<Entry, "position">} entry */
  #openDialog(entry) {
    this.append(h("info-entry-dialog", { app: this.app, entry, plan: this.#plan() }));
  }

  /** @param {Group|null} group */
  #openGroup(group) {
    this.append(h("info-group-dialog", { app: this.app, group, playlists: this.#known?.playlists ?? [] }));
  }
}

/** @param {import("../view/icons.js").IconName} name @param {string} label @param {() => void} run @param {string} [tone] */
const button = (name, label, run, tone = "") =>
  h("button", { class: `button ${tone}`, type: "button", onclick: run }, icon(name), label);

customElements.define("info-schedule", ScheduleElement);
