// @ts-check
/** A rule of the schedule: which playlist is shown where, on which days and from when to when. */
import { BEFORE_THE_USUAL } from "../state/plans.js";
import { t } from "../text/index.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field, moment, select, weekdayBoxes, weekdaysOf } from "../view/form.js";
import "./day_list.js";
/** @typedef {import("../api/programme.js").Entry} Entry */

const PRIORITIES = [0, BEFORE_THE_USUAL, 10 * BEFORE_THE_USUAL];

class EntryDialogElement extends InfoElement {
  /** @type {Omit<Entry, "position">} */ entry = /** @type {any} */ (null);
  /** @type {import("./schedule.js").Plan} */ plan = /** @type {any} */ (null);
  #said = h("p", { class: "form-error", role: "alert" });

  connected() {
    const { entry, plan } = this;
    const parts = {
      playlist: select("entry-playlist", plan.playlists.map(named), entry.playlist),
      where: select("entry-where", this.#places(), placeOf(entry)),
      starts: moment("entry-starts", "time", entry.starts),
      ends: moment("entry-ends", "time", entry.ends),
      first: moment("entry-first", "date", entry.first_day),
      last: moment("entry-last", "date", entry.last_day),
      weekdays: weekdayBoxes(entry.weekdays),
      except: /** @type {import("../view/dom.js").Child & {days: string[]}} */ (
        h("info-day-list", { app: this.app, days: entry.except_days ?? [] })
      ),
      priority: select("entry-priority", prioritiesOf(entry.priority), String(entry.priority)),
      enabled: h("input", { type: "checkbox", checked: entry.enabled }),
    };
    this.parts = parts;
    parts.starts.required = true;
    const form = h(
      "form",
      { class: "dialog-form", onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      field(t("schedule.playlist"), parts.playlist, plan.playlists.length ? "" : t("schedule.needsPlaylist")),
      field(t("announce.where"), parts.where),
      h("div", { class: "fields" }, field(t("schedule.starts"), parts.starts), field(t("schedule.ends"), parts.ends)),
      h("div", { class: "fields" }, field(t("schedule.first"), parts.first), field(t("schedule.last"), parts.last)),
      parts.weekdays,
      parts.except,
      field(t("schedule.priority"), parts.priority),
      h("label", { class: "choice" }, parts.enabled, t("schedule.enabled")),
      this.#said,
      formButtons(t("action.save"), () => this.dialog?.close()),
    );
    const dialog = openDialog({ title: t(entry.id ? "schedule.change" : "schedule.add") }, form);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
    parts.playlist.focus();
  }

  disconnected() {
    this.dialog?.close();
  }

  /** @returns {[string, string][]} */
  #places() {
    const { groups, players } = this.plan;
    return [
      ["", t("announce.everywhere")],
      ...groups.map(({ id, name }) => /** @type {[string, string]} */ ([`group ${id}`, name])),
      ...players
        .filter(({ id, state }) => state !== "revoked" || id === this.entry.player)
        .map(({ id, name }) => /** @type {[string, string]} */ ([`player ${id}`, t("schedule.onlyScreen", { name })])),
    ];
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const entry = this.#entry();
    if (entry.weekdays.length === 0) {
      this.#said.textContent = t("schedule.needsDay");
      return;
    }
    const saved = await this.app.attempt(
      () => this.app.programme.saveEntry(entry),
      (words) => (this.#said.textContent = words),
    );
    if (saved === undefined) return;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    this.app.notices.say(t("schedule.saved"), { tone: "good" });
    this.dialog?.close();
  }

  /** What the form says. @returns {Omit<Entry, "position">} */
  #entry() {
    const parts = /** @type {NonNullable<typeof this.parts>} */ (this.parts);
    const [kind, id] = parts.where.value.split(" ");
    const { position: _, ...kept } = /** @type {Entry} */ (this.entry);
    return {
      ...kept,
      playlist: parts.playlist.value,
      group: kind === "group" ? id : null,
      player: kind === "player" ? id : null,
      starts: parts.starts.value,
      ends: parts.ends.value || null,
      first_day: parts.first.value || null,
      last_day: parts.last.value || null,
      weekdays: weekdaysOf(parts.weekdays),
      except_days: parts.except.days,
      priority: Number(parts.priority.value),
      enabled: parts.enabled.checked,
    };
  }
}

/** @param {{id: string, name: string}} one @returns {[string, string]} */
const named = ({ id, name }) => [id, name];

/** @param {{group: string|null, player: string|null}} entry */
const placeOf = ({ group, player }) => (player ? `player ${player}` : group ? `group ${group}` : "");

/** The three that people choose from, and another that was set elsewhere. @param {number} current @returns {[string, string][]} */
const prioritiesOf = (current) =>
  [...new Set([...PRIORITIES, current])].map((n) => [
    String(n),
    PRIORITIES.includes(n) ? t(`priority.${n}`) : String(n),
  ]);

customElements.define("info-entry-dialog", EntryDialogElement);
