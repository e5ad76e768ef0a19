// @ts-check
/** Who changed what: newest first, page after page; of one person or of one thing, by a click on its name. */
import { csvAddress, differencesOf, parametersOf } from "../api/audit.js";
import { hasText, t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDate } from "../view/format.js";
import { icon } from "../view/icons.js";
import { stackable } from "../view/table.js";
/** @typedef {import("../api/audit.js").AuditEntry} AuditEntry */
/** @typedef {import("../api/audit.js").AuditFilter} AuditFilter */

class AuditElement extends InfoElement {
  #end = h("div", { class: "list-end" });
  /** @type {AuditEntry[]} */ #entries = [];
  #list = h("div");

  connected() {
    document.title = t("app.titled", { page: t("audit.title") });
    this.#entries = [];
    const download = h(
      "a",
      { class: "button", href: csvAddress(this.#filter), download: "audit.csv" },
      icon("download"),
      t("audit.download"),
    );
    fill(this, h("header", { class: "page-head" }, h("h1", null, t("audit.title")), download), this.#chosen());
    this.append(this.#list, this.#end);
    this.listen(this.app.names, "change", () => this.#entries.length > 0 && fill(this.#list, this.#table()));
    void this.#more(null);
  }

  /** @returns {AuditFilter} */
  get #filter() {
    const { parameters } = this.app.router.route.value;
    return { actor: parameters.get("actor") ?? "", subject: parameters.get("subject") ?? "" };
  }

  /** The way back to everything. */
  #chosen() {
    if (parametersOf(this.#filter).size === 0) return null;
    return h("p", null, h("a", { class: "button small", href: "#/audit" }, icon("close"), t("audit.everything")));
  }

  /** @param {string|null} cursor */
  async #more(cursor) {
    fill(this.#end, h("p", { class: "soft" }, t("library.loading")));
    const tell = (/** @type {string} */ words) =>
      fill(this.#end, h("div", { class: "empty", role: "alert" }, icon("alert"), h("p", null, words)));
    const page = await this.app.attempt(() => this.app.audit.page(this.#filter, cursor), tell);
    if (!page) return;
    this.#entries.push(...page.items);
    fill(this.#list, this.#entries.length ? this.#table() : h("p", { class: "soft" }, t("audit.none")));
    const next = () => void this.#more(page.cursor);
    fill(
      this.#end,
      page.cursor !== null && h("button", { class: "button", type: "button", onclick: next }, t("library.more")),
    );
  }

  #table() {
    const head = [t("audit.at"), t("audit.actor"), t("audit.what"), t("audit.changes")];
    const rows = this.#entries.map((entry) => [
      h("time", { datetime: entry.at.toISOString() }, formatDate(entry.at)),
      h("a", { href: addressOf({ actor: entry.actor, subject: "" }) }, h("bdi", null, this.app.names.of(entry.actor))),
      [
        h("p", null, hasText(`audit.${entry.what}`) ? t(`audit.${entry.what}`) : entry.what),
        h("a", { href: addressOf({ actor: "", subject: entry.subject }) }, h("bdi", null, entry.name ?? entry.subject)),
      ],
      changes(entry),
    ]);
    return h("section", { class: "panel" }, stackable(t("audit.title"), head, rows));
  }
}

/** @param {AuditFilter} filter */
const addressOf = (filter) => `#/audit?${parametersOf(filter)}`;

/** Fields bear the names that they have in the API. @param {AuditEntry} entry */
function changes(entry) {
  const differences = differencesOf(entry);
  if (differences.length === 0) return "–";
  const rows = differences.map(({ field, before, after }) => [
    h("dt", null, h("code", null, field)),
    h("dd", null, h("bdi", null, valueOf(before)), " → ", h("bdi", null, valueOf(after))),
  ]);
  const summary = h("summary", null, t("audit.fields", { n: differences.length }));
  return h("details", null, summary, h("dl", { class: "differences" }, rows));
}

/** @param {unknown} value */
const valueOf = (value) => (value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value));

customElements.define("info-audit", AuditElement);
