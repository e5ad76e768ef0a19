// @ts-check
/** The bar on top: where one can go, who one is, and how the page looks and speaks. */
import { applyTheme, preferredTheme } from "../preferences.js";
import { LANGUAGES, language, t } from "../text/index.js";
import { brand } from "../view/brand.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { icon } from "../view/icons.js";

/** @typedef {import("../view/icons.js").IconName} IconName */

/** Pages that are reached from another one. @type {Record<string, string>} */
const PARENTS = { medium: "library", trash: "library", audit: "operations", people: "operations" };

class HeaderElement extends InfoElement {
  connected() {
    this.setAttribute("role", "banner");
    const { isOperator, mayPlan } = this.app;
    const nav = h(
      "nav",
      { class: "main-nav", "aria-label": t("nav.label") },
      link("library", "grid"),
      mayPlan && link("screens", "screen"),
      mayPlan && link("playlists", "list"),
      mayPlan && link("schedule", "calendar"),
      isOperator && link("operations", "gauge"),
    );
    this.append(
      h(
        "div",
        { class: "header-inner" },
        h("a", { class: "home", href: "#/library" }, brand()),
        mayPlan && nav,
        mayPlan && this.#alarm(),
        this.#account(),
      ),
    );
    this.listen(this.app.router.route, "change", () => this.#mark());
    this.#mark();
  }

  /** The red button. */
  #alarm() {
    const announce = () => this.dispatchEvent(new Event("announce"));
    return h(
      "button",
      { class: "button small alarm", type: "button", "aria-label": t("announce.title"), onclick: announce },
      icon("megaphone"),
      h("span", null, t("announce.short")),
    );
  }

  #mark() {
    const { page } = this.app.router.route.value;
    const here = PARENTS[page] ?? page;
    for (const anchor of this.querySelectorAll(".main-nav a")) {
      if (anchor.getAttribute("href") === `#/${here}`) anchor.setAttribute("aria-current", "page");
      else anchor.removeAttribute("aria-current");
    }
  }

  #account() {
    const { isOperator } = this.app;
    const { name, role } = /** @type {import("../api/shapes.js").Session} */ (this.app.session.value);
    const menu = h(
      "div",
      { class: "menu", id: "account-menu", popover: "auto", role: "group", "aria-label": t("account.menu") },
      h("p", { class: "menu-who" }, h("strong", null, name), h("span", { class: "soft" }, t(`role.${role}`))),
      choice("theme", t("account.theme"), ["system", "light", "dark"], preferredTheme(), (value) =>
        applyTheme(/** @type {any} */ (value)),
      ),
      choice("language", t("account.language"), Object.keys(LANGUAGES), language(), (value) => this.#speak(value)),
      h(
        "a",
        { class: "button wide", href: "#/account", onclick: () => menu.hidePopover() },
        icon("people"),
        t("account.title"),
      ),
      isOperator &&
        h(
          "a",
          { class: "button wide", href: "#/channels", onclick: () => menu.hidePopover() },
          icon("megaphone"),
          t("channels.title"),
        ),
      h("a", { class: "button wide", href: "/docs" }, icon("file"), t("account.api")),
      h(
        "button",
        { class: "button wide", type: "button", onclick: () => this.app.signOut() },
        icon("signOut"),
        t("account.signOut"),
      ),
    );
    const button = h(
      "button",
      {
        class: "avatar",
        type: "button",
        popovertarget: "account-menu",
        "aria-label": t("account.open", { name }),
        title: name,
      },
      (Array.from(name)[0] ?? "?").toUpperCase(),
    );
    return h("div", { class: "account" }, button, menu);
  }

  /** @param {string} code */
  #speak(code) {
    this.dispatchEvent(new CustomEvent("language", { detail: code }));
  }
}

/** @param {string} page @param {IconName} name */
const link = (page, name) => h("a", { href: `#/${page}` }, icon(name), h("span", null, t(`nav.${page}`)));

/** @param {string} name @param {string} legend @param {string[]} values @param {string} current @param {(value: string) => void} onChoice */
function choice(name, legend, values, current, onChoice) {
  const options = values.map((value) =>
    h(
      "label",
      null,
      h("input", { type: "radio", name, value, checked: value === current, onchange: () => onChoice(value) }),
      h("span", null, t(`${name}.${value}`)),
    ),
  );
  return h("fieldset", { class: "segments" }, h("legend", null, legend), h("div", null, options));
}

customElements.define("info-header", HeaderElement);
