// @ts-check
/** The form that asks for a token. Most people never see it: `make run` prints a link that signs in by itself. */
import { t } from "../text/index.js";
import { h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { brand } from "../view/brand.js";

class SignInElement extends InfoElement {
  connected() {
    const input = h("input", {
      id: "token",
      name: "token",
      type: "password",
      autocomplete: "current-password",
      required: true,
      spellcheck: "false",
      "aria-describedby": "token-hint token-error",
    });
    const button = h("button", { class: "button primary wide", type: "submit" }, t("signIn.submit"));
    const error = h("p", { class: "form-error", id: "token-error", role: "alert" }, this.app.refusal);
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      button.disabled = true;
      error.textContent = await this.app.signIn(input.value.trim());
      button.disabled = false;
      input.focus();
      input.select();
    };
    this.append(
      h(
        "main",
        { class: "sign-in" },
        h(
          "form",
          { class: "panel", onsubmit: submit },
          brand(),
          h("h1", null, t("signIn.title")),
          h("p", { class: "soft", id: "token-hint" }, t("signIn.hint")),
          h("label", { for: "token" }, t("signIn.token")),
          input,
          error,
          button,
        ),
      ),
    );
    input.focus();
  }
}

customElements.define("info-sign-in", SignInElement);
