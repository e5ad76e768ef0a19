// @ts-check
/** The people who may sign in: their roles and sessions, and the invites that are open. */
import { ACCOUNT_ROLES } from "../api/people.js";
import { t } from "../text/index.js";
import { copyText, showLink } from "../view/clipboard.js";
import { confirm } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field, select } from "../view/form.js";
import { formatAgo, formatDate } from "../view/format.js";
import { icon } from "../view/icons.js";
import { stackable } from "../view/table.js";
/** @typedef {import("../api/people.js").AccountRole} AccountRole */
/** @typedef {import("../api/people.js").Person} Person */
/** @typedef {import("../api/people.js").Invite} Invite */

const roleOptions = () => ACCOUNT_ROLES.map((role) => /** @type {const} */ ([role, t(`role.${role}`)]));

class PeopleElement extends InfoElement {
  #people = h("section", { class: "panel", "aria-label": t("people.title") });
  #invites = h("div");

  connected() {
    document.title = t("app.titled", { page: t("people.title") });
    fill(
      this,
      h("header", { class: "page-head" }, h("h1", null, t("people.title"))),
      this.#people,
      h(
        "section",
        { class: "panel", "aria-labelledby": "invites-title" },
        h("h2", { id: "invites-title" }, t("people.invites")),
        this.#form(),
        this.#invites,
      ),
    );
    void this.#load();
  }

  async #load() {
    const tell = (/** @type {string} */ words) =>
      fill(this.#people, h("div", { class: "empty", role: "alert" }, icon("alert"), h("p", null, words)));
    const found = await this.app.attempt(
      () => Promise.all([this.app.people.people(), this.app.people.invites()]),
      tell,
    );
    if (!found) return;
    const [people, invites] = found;
    fill(this.#people, people.length ? this.#table(people) : h("p", { class: "soft" }, t("people.none")));
    fill(this.#invites, invites.length > 0 && this.#open(invites));
  }

  /** @param {Person[]} people */
  #table(people) {
    const head = ["people.name", "people.role", "people.lastSeen", "people.sessions", "people.tokens", "dead.actions"];
    const rows = people.map((person) => [
      [
        h("strong", null, h("bdi", null, person.name)),
        h("p", { class: "soft" }, h("bdi", null, person.email)),
        person.disabled && h("span", { class: "chip" }, t("people.disabled")),
      ],
      this.#role(person),
      person.lastSeen ? formatAgo(person.lastSeen) : "–",
      String(person.sessions),
      String(person.tokens),
      this.#actions(person),
    ]);
    return stackable(
      t("people.title"),
      head.map((name) => t(name)),
      rows,
    );
  }

  /** @param {Person} person */
  #role(person) {
    const chosen = select(`role-${person.id}`, roleOptions(), person.role);
    chosen.setAttribute("aria-label", t("people.roleOf", { name: person.name }));
    const change = () => this.app.people.change(person.id, { role: /** @type {AccountRole} */ (chosen.value) });
    chosen.addEventListener("change", () => void this.#do(change));
    return chosen;
  }

  /** @param {Person} person */
  #actions({ id, name, disabled, sessions }) {
    const turn = () => this.#do(() => this.app.people.change(id, { disabled: !disabled }));
    const disable = async () => {
      const action = t("people.disable");
      if (await confirm({ title: t("people.disableTitle", { name }), text: t("people.disableText"), action }))
        await turn();
    };
    const link = async () => {
      const secret = await this.app.attempt(() => this.app.people.passwordLink(id));
      if (secret) await this.#hand(`#password=${secret}`, t("people.passwordLinkCopied", { name }));
    };
    return h(
      "span",
      { class: "row-actions" },
      !disabled && button(t("people.passwordLink"), t("people.passwordLinkOf", { name }), link),
      sessions > 0 &&
        button(t("people.signOut"), t("people.signOutOf", { name }), () => this.#do(() => this.app.people.signOut(id))),
      disabled
        ? button(t("people.enable"), t("people.enableOf", { name }), turn)
        : button(t("people.disable"), t("people.disableOf", { name }), disable, "danger"),
    );
  }

  #form() {
    const name = h("input", { id: "invite-name", type: "text", required: true, maxlength: "100", autocomplete: "off" });
    const role = select("invite-role", roleOptions(), "uploader");
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const asked = name.value.trim();
      const secret = await this.app.attempt(() =>
        this.app.people.invite(asked, /** @type {AccountRole} */ (role.value)),
      );
      if (!secret) return;
      name.value = "";
      await this.#hand(`#invite=${secret}`, t("people.linkCopied", { name: asked }));
      await this.#load();
    };
    return h(
      "form",
      { class: "invite-form", onsubmit: submit },
      field(t("people.inviteName"), name),
      field(t("people.role"), role),
      h("button", { class: "button primary", type: "submit" }, icon("link"), t("people.invite")),
    );
  }

  /** Gives the operator a link. Its secret is in the fragment, which browsers send to no server. @param {string} fragment @param {string} words what is said when it is copied */
  async #hand(fragment, words) {
    const link = `${location.origin}/${fragment}`;
    if (await copyText(link)) this.app.notices.say(words, { tone: "good" });
    else showLink(link);
  }

  /** @param {Invite[]} invites */
  #open(invites) {
    const rows = invites.map(({ id, name, role, expiresAt }) => [
      h("bdi", null, name),
      t(`role.${role}`),
      expiresAt ? formatDate(expiresAt) : "–",
      button(t("people.withdraw"), t("people.withdrawOf", { name }), () =>
        this.#do(() => this.app.people.withdraw(id)),
      ),
    ]);
    const head = [t("people.name"), t("people.role"), t("people.expires"), t("dead.actions")];
    return stackable(t("people.invites"), head, rows);
  }

  /** Does it, says what was refused, and shows what is true now. @param {() => Promise<unknown>} action */
  async #do(action) {
    await this.app.attempt(action);
    await this.#load();
  }
}

/** @param {string} words @param {string} label for those who do not see the row @param {() => unknown} onclick @param {string} [kind] */
const button = (words, label, onclick, kind = "") =>
  h("button", { class: `button small ${kind}`, type: "button", "aria-label": label, onclick }, words);

customElements.define("info-people", PeopleElement);
