// @ts-check
/** One's own account: who one is, the password, where one is signed in, and tokens for one's scripts. */
import { SHORTEST_PASSWORD } from "../api/account.js";
import { ACCOUNT_ROLES } from "../api/people.js";
import { t } from "../text/index.js";
import { copyText, showLink } from "../view/clipboard.js";
import { confirm } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { field, select } from "../view/form.js";
import { formatAgo, formatDate } from "../view/format.js";
import { stackable } from "../view/table.js";
/** @typedef {import("../api/account.js").OwnSession} OwnSession */
/** @typedef {import("../api/account.js").PersonalToken} PersonalToken */
/** @typedef {import("../api/people.js").AccountRole} AccountRole */
/** @typedef {import("../api/shapes.js").Session} Session */

/** How long a token may last, in days. */
const LIFETIMES = [30, 90, 365];

class AccountElement extends InfoElement {
  #sessions = h("div");
  #tokens = h("div");

  connected() {
    document.title = t("app.titled", { page: t("account.title") });
    const who = /** @type {Session} */ (this.app.session.value);
    fill(this, h("header", { class: "page-head" }, h("h1", null, t("account.title"))), whoPanel(who));
    if (!who.account_id) return;
    this.append(
      panel("account.password", h("p", { class: "soft" }, t("account.passwordHint")), this.#password()),
      panel("account.sessions", this.#sessions),
      panel("account.tokens", h("p", { class: "soft" }, t("account.tokensHint")), this.#form(who), this.#tokens),
    );
    void this.#load(who.account_id);
  }

  /** @param {string} accountId */
  async #load(accountId) {
    const { account } = this.app;
    const found = await this.app.attempt(() => Promise.all([account.sessions(), account.tokens(accountId)]));
    if (!found) return;
    const [sessions, tokens] = found;
    fill(this.#sessions, this.#sessionTable(sessions));
    fill(this.#tokens, tokens.length > 0 && this.#tokenTable(tokens));
  }

  #reload() {
    return this.#load(this.app.session.value?.account_id ?? "");
  }

  #password() {
    const current = password("current-password", "current-password");
    const changed = password("new-password", "new-password");
    changed.minLength = SHORTEST_PASSWORD;
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const done = await this.app.attempt(async () => {
        await this.app.account.changePassword(current.value, changed.value);
        return true;
      });
      if (!done) return void current.focus();
      current.value = changed.value = "";
      this.app.notices.say(t("account.passwordChanged"), { tone: "good" });
      return this.#reload();
    };
    return h(
      "form",
      { class: "invite-form", onsubmit: submit },
      field(t("account.currentPassword"), current),
      field(t("account.newPassword"), changed),
      h("button", { class: "button primary", type: "submit" }, t("account.changePassword")),
    );
  }

  /** @param {OwnSession[]} sessions */
  #sessionTable(sessions) {
    const rows = sessions.map(({ browser, lastSeen, current }) => [
      [h("bdi", null, browser || "–"), " ", current && h("span", { class: "chip" }, t("account.thisOne"))],
      lastSeen ? formatAgo(lastSeen) : "–",
    ]);
    const everywhere = async () => {
      const action = t("account.signOutEverywhere");
      if (!(await confirm({ title: action, text: t("account.everywhereText"), action }))) return;
      await this.app.signOut(true);
    };
    return [
      stackable(t("account.sessions"), [t("account.browser"), t("people.lastSeen")], rows),
      h("button", { class: "button", type: "button", onclick: everywhere }, t("account.signOutEverywhere")),
    ];
  }

  /** @param {Session} who */
  #form({ role }) {
    const roles = ACCOUNT_ROLES.slice(0, ACCOUNT_ROLES.indexOf(/** @type {AccountRole} */ (role)) + 1);
    const name = h("input", { id: "token-name", type: "text", required: true, maxlength: "100", autocomplete: "off" });
    const most = select(
      "token-role",
      roles.map((one) => [one, t(`role.${one}`)]),
      role,
    );
    const days = select(
      "token-days",
      LIFETIMES.map((n) => [String(n), t("account.days", { n })]),
      "90",
    );
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const wanted = /** @type {const} */ ([name.value.trim(), /** @type {AccountRole} */ (most.value)]);
      const token = await this.app.attempt(() => this.app.account.createToken(...wanted, Number(days.value)));
      if (!token) return;
      name.value = "";
      if (await copyText(token)) this.app.notices.say(t("account.tokenCopied"), { tone: "good" });
      else showLink(token);
      await this.#reload();
    };
    return h(
      "form",
      { class: "invite-form", onsubmit: submit },
      field(t("account.tokenName"), name),
      field(t("account.tokenRole"), most),
      field(t("account.tokenDays"), days),
      h("button", { class: "button primary", type: "submit" }, t("account.createToken")),
    );
  }

  /** @param {PersonalToken[]} tokens */
  #tokenTable(tokens) {
    const rows = tokens.map(({ id, name, role, expiresAt }) => [
      h("bdi", null, name),
      t(`role.${role}`),
      expiresAt ? formatDate(expiresAt) : "–",
      h(
        "button",
        {
          class: "button small danger",
          type: "button",
          "aria-label": t("account.revokeOf", { name }),
          onclick: () => this.#revoke(id),
        },
        t("account.revoke"),
      ),
    ]);
    const head = [t("account.tokenName"), t("account.tokenRole"), t("people.expires"), t("dead.actions")];
    return stackable(t("account.tokens"), head, rows);
  }

  /** @param {string} id */
  async #revoke(id) {
    await this.app.attempt(() => this.app.account.revokeToken(id));
    await this.#reload();
  }
}

/** @param {Session} who */
function whoPanel({ name, email, role }) {
  const facts = [
    [t("people.name"), name],
    [t("signIn.email"), email],
    [t("people.role"), t(`role.${role}`)],
  ].filter(([, value]) => value);
  return h(
    "section",
    { class: "panel", "aria-label": t("account.title") },
    h(
      "dl",
      { class: "facts" },
      facts.map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, h("bdi", null, value)))),
    ),
    !email && h("p", { class: "soft" }, t("account.ofFile")),
  );
}

/** @param {string} title the key of its text @param {...import("../view/dom.js").Child} content */
const panel = (title, ...content) =>
  h(
    "section",
    { class: "panel", "aria-labelledby": `${title}-title` },
    h("h2", { id: `${title}-title` }, t(title)),
    content,
  );

/** @param {string} id @param {string} autocomplete */
const password = (id, autocomplete) =>
  h("input", { id, type: "password", required: true, maxlength: "200", autocomplete });

customElements.define("info-account", AccountElement);
