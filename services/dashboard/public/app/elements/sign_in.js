// @ts-check
/** The form that asks for an account or a token; for an invite's link, the one that makes the account or sets its password. */
import { SHORTEST_PASSWORD } from "../api/account.js";
import { t } from "../text/index.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { brand } from "../view/brand.js";

class SignInElement extends InfoElement {
  #error = h("p", { class: "form-error", id: "sign-in-error", role: "alert" });

  connected() {
    this.#error.textContent = this.app.refusal;
    this.append(h("main", { class: "sign-in" }, this.#asked()));
    this.querySelector("input")?.focus();
  }

  #asked() {
    if (this.app.invite) return this.#invited();
    return this.app.passwordLink ? this.#resetting() : this.#known();
  }

  #known() {
    const email = input("email", "email", "username");
    const password = input("password", "password", "current-password");
    const token = input("token", "password", "off");
    token.required = false;
    token.addEventListener("input", () => (email.required = password.required = !token.value));
    const ask = () => {
      const secret = token.value.trim();
      return this.app.signIn(secret ? { token: secret } : { email: email.value, password: password.value });
    };
    return this.#form(
      { title: t("signIn.title"), submit: t("signIn.submit") },
      ask,
      () => (token.value ? token : password),
      labelled(t("signIn.email"), email),
      labelled(t("signIn.password"), password),
      h("p", { class: "soft", id: "token-hint" }, t("signIn.hint")),
      labelled(t("signIn.token"), token),
    );
  }

  #invited() {
    const name = input("name", "text", "name");
    const email = input("email", "email", "username");
    const password = input("password", "password", "new-password");
    name.maxLength = 100;
    password.minLength = SHORTEST_PASSWORD;
    const ask = () => this.app.accept({ name: name.value.trim(), email: email.value, password: password.value });
    return this.#form(
      { title: t("invite.title"), submit: t("invite.submit") },
      ask,
      () => email,
      h("p", { class: "soft" }, t("invite.hint")),
      labelled(t("invite.name"), name),
      labelled(t("signIn.email"), email),
      labelled(t("invite.password"), password),
    );
  }

  #resetting() {
    const password = input("password", "password", "new-password");
    password.minLength = SHORTEST_PASSWORD;
    return this.#form(
      { title: t("reset.title"), submit: t("reset.submit") },
      () => this.app.resetPassword(password.value),
      () => password,
      h("p", { class: "soft" }, t("reset.hint")),
      labelled(t("invite.password"), password),
    );
  }

  /**
   * @param {{title: string, submit: string}} words
   * @param {() => Promise<string>} ask what went wrong, or nothing
   * @param {() => HTMLInputElement} suspect what a refusal most likely means
   * @param {import("../view/dom.js").Child[]} fields
   */
  #form(words, ask, suspect, ...fields) {
    const button = h("button", { class: "button primary wide", type: "submit" }, words.submit);
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      button.disabled = true;
      this.#error.textContent = await ask();
      button.disabled = false;
      suspect().focus();
      suspect().select();
    };
    return h(
      "form",
      { class: "panel", onsubmit: submit },
      brand(),
      h("h1", null, words.title),
      ...fields,
      this.#error,
      button,
    );
  }
}

/** @param {string} id @param {"email"|"password"|"text"} type @param {string} autocomplete */
const input = (id, type, autocomplete) =>
  h("input", {
    id,
    name: id,
    type,
    autocomplete,
    required: true,
    spellcheck: "false",
    "aria-describedby": "sign-in-error",
  });

/** @param {string} words @param {HTMLInputElement} control */
const labelled = (words, control) => [h("label", { for: control.id }, words), control];

customElements.define("info-sign-in", SignInElement);
