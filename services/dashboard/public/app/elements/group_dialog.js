// @ts-check
/** Screens that belong together: their clock, language, default playlist, hours and how they hang. */
import { LANGUAGES, language, t } from "../text/index.js";
import { formButtons, openDialog } from "../view/dialog.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field, moment, select, weekdayBoxes, weekdaysOf } from "../view/form.js";
import { icon } from "../view/icons.js";
/** @typedef {import("../state/programme.js").Hours} Hours */
/** @typedef {import("../api/programme.js").Group} Group */
/** @typedef {import("../api/programme.js").Playlist} Playlist */

const ORIENTATIONS = ["normal", "left", "right", "inverted"];
const OFFICE = { weekdays: [1, 2, 3, 4, 5], starts: "07:00", ends: "18:00" };

class GroupDialogElement extends InfoElement {
  /** @type {Group|null} */ group = null;
  /** @type {Playlist[]} */ playlists = [];
  #said = h("p", { class: "form-error", role: "alert" });
  #hours = h("div", { class: "hours" });
  /** @type {(() => Hours)[]} */ #readers = [];
  #rows = 0;

  connected() {
    const { group } = this;
    const name = h("input", { id: "group-name", type: "text", required: true, maxlength: "100", autocomplete: "off" });
    const zone = h("input", {
      id: "group-zone",
      type: "text",
      required: true,
      list: "group-zones",
      autocomplete: "off",
    });
    name.value = group?.name ?? "";
    zone.value = group?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    const lists = this.playlists.map((one) => /** @type {[string, string]} */ ([one.id, one.name]));
    const parts = {
      name,
      zone,
      language: select("group-language", languages(), group?.language ?? language()),
      playlist: select("group-playlist", [["", t("groups.noPlaylist")], ...lists], group?.playlist ?? ""),
      orientation: select("group-orientation", orientations(), group?.orientation ?? "normal"),
    };
    this.parts = parts;
    const zones = Intl.supportedValuesOf("timeZone").map((value) => h("option", { value }));
    for (const hours of group?.hours ?? []) this.#addHours(hours);
    const form = h(
      "form",
      { class: "dialog-form", onsubmit: (/** @type {Event} */ event) => this.#submit(event) },
      field(t("enrol.name"), name, t("groups.nameHint")),
      h("div", { class: "fields" }, field(t("groups.zone"), zone), field(t("groups.language"), parts.language)),
      h("datalist", { id: "group-zones" }, zones),
      field(t("groups.playlist"), parts.playlist, t("groups.playlistHint")),
      field(t("groups.orientation"), parts.orientation),
      this.#hoursSection(),
      group && this.#deletion(group),
      this.#said,
      formButtons(t("action.save"), () => this.dialog?.close()),
    );
    const title = group ? t("groups.titled", { name: group.name }) : t("groups.add");
    const dialog = openDialog({ title }, form);
    this.dialog = dialog;
    dialog.addEventListener("close", () => this.remove());
    name.focus();
  }

  disconnected() {
    this.dialog?.close();
  }

  #hoursSection() {
    return h(
      "section",
      { class: "hours-section" },
      h("h3", null, t("groups.hours")),
      h("p", { class: "soft" }, t("groups.hoursHint")),
      this.#hours,
      h(
        "button",
        { class: "button small", type: "button", onclick: () => this.#addHours(OFFICE) },
        icon("plus"),
        t("groups.addHours"),
      ),
    );
  }

  /** Only a group that nothing uses can be deleted, so there is nothing to ask before. @param {Group} group */
  #deletion({ id }) {
    const run = async () => {
      const done = await this.app.attempt(
        () => this.app.programme.delete("groups", id),
        (words) => (this.#said.textContent = words),
      );
      if (done === undefined) return;
      this.dispatchEvent(new Event("changed", { bubbles: true }));
      this.dialog?.close();
    };
    const attributes = { class: "button small danger", type: "button", onclick: run };
    return h("div", null, h("button", attributes, icon("trash"), t("groups.delete")));
  }

  /** @param {Hours} hours */
  #addHours({ weekdays, starts, ends }) {
    const id = `hours-${(this.#rows += 1)}`;
    const [from, to, days] = [
      moment(`${id}-from`, "time", starts),
      moment(`${id}-to`, "time", ends ?? null),
      weekdayBoxes(weekdays),
    ];
    from.required = true;
    const read = () => ({ weekdays: weekdaysOf(days), starts: from.value, ends: to.value || null });
    const remove = () => {
      this.#readers = this.#readers.filter((one) => one !== read);
      row.remove();
    };
    const row = h(
      "div",
      { class: "hours-row" },
      h("div", { class: "fields" }, field(t("schedule.starts"), from), field(t("schedule.ends"), to)),
      days,
      h(
        "button",
        { class: "icon-button", type: "button", "aria-label": t("groups.removeHours"), onclick: remove },
        icon("close"),
      ),
    );
    this.#readers.push(read);
    this.#hours.append(row);
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const parts = /** @type {NonNullable<typeof this.parts>} */ (this.parts);
    const settings = {
      id: this.group?.id ?? "",
      name: parts.name.value.trim(),
      timezone: parts.zone.value.trim(),
      language: parts.language.value,
      playlist: parts.playlist.value || null,
      orientation: parts.orientation.value,
      hours: this.#readers.map((read) => read()),
    };
    const saved = await this.app.attempt(
      () => this.app.programme.saveGroup(settings),
      (words) => (this.#said.textContent = words),
    );
    if (saved === undefined) return;
    this.dispatchEvent(new Event("changed", { bubbles: true }));
    this.app.notices.say(t("playlists.saved", { name: settings.name }), { tone: "good" });
    this.dialog?.close();
  }
}

/** @returns {[string, string][]} */
const languages = () => Object.keys(LANGUAGES).map((code) => [code, t(`language.${code}`)]);

/** @returns {[string, string][]} */
const orientations = () => ORIENTATIONS.map((name) => [name, t(`orientation.${name}`)]);

customElements.define("info-group-dialog", GroupDialogElement);
