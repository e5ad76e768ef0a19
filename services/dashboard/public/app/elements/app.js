// @ts-check
/** The whole page: sign-in or the shell, and in the shell whatever the address names. */
import { language, setLanguage, t } from "../text/index.js";
import { keepLanguage } from "../preferences.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import "./account.js";
import "./audit.js";
import "./channels.js";
import "./connection.js";
import "./drop_target.js";
import "./header.js";
import "./library.js";
import "./medium_page.js";
import "./notices.js";
import "./operations.js";
import "./overrides.js";
import "./people.js";
import "./playlists.js";
import "./schedule.js";
import "./screens.js";
import "./sign_in.js";
import "./trash.js";
import "./upload_tray.js";

export class AppElement extends InfoElement {
  #libraryScroll = 0;

  /** @param {import("../application.js").Application} app */
  begin(app) {
    this.app = app;
    this.listen(app.session, "change", () => this.#render());
    this.listen(app.router.route, "change", () => this.#turn());
    this.#render();
    void app.start();
  }

  /** @param {string} code */
  speak(code) {
    keepLanguage(code);
    setLanguage(code);
    this.#render();
  }

  #render() {
    const app = this.app;
    document.documentElement.lang = language();
    if (app.session.value === undefined)
      return fill(this, h("p", { class: "splash", role: "status" }, t("app.opening")));
    if (app.session.value === null) {
      document.title = t("app.name");
      return fill(this, h("info-sign-in", { app }));
    }
    fill(
      this,
      h(
        "a",
        { class: "skip-link", href: "#main", onclick: (/** @type {Event} */ event) => this.#skip(event) },
        t("app.skip"),
      ),
      h("info-header", {
        app,
        onlanguage: (/** @type {CustomEvent} */ event) => this.speak(event.detail),
        onannounce: () => /** @type {any} */ (this.querySelector("info-overrides")).announce(),
      }),
      h("info-connection", { app }),
      app.mayPlan && h("info-overrides", { app }),
      h("main", { id: "main", tabindex: "-1" }),
      h("info-upload-tray", { app }),
      h("info-notices", { app }),
      app.mayUpload && h("info-drop-target", { app }),
    );
    this.#show();
    return undefined;
  }

  /** Another page: shown from its top, the library from where it was left, and said to those who hear it. */
  #turn() {
    const left = this.querySelector("main")?.firstElementChild?.localName;
    if (left === "info-library") this.#libraryScroll = window.scrollY;
    if (!this.#show()) return;
    const back = left === "info-medium-page" && this.app.router.route.value.page === "library";
    window.scrollTo(0, back ? this.#libraryScroll : 0);
    this.querySelector("main")?.focus({ preventScroll: true });
  }

  #show() {
    const main = this.querySelector("main");
    if (!main) return false;
    const { page, id } = this.app.router.route.value;
    const shown = /** @type {any} */ (main.firstElementChild);
    if (page === "library" && shown?.localName === "info-library") return false; // it follows its own address
    fill(main, pageElement(this.app, page, id));
    return true;
  }

  /** The fragment belongs to the router, so the skip link moves the focus itself. @param {Event} event */
  #skip(event) {
    event.preventDefault();
    this.querySelector("main")?.focus();
  }
}

/** @param {import("../application.js").Application} app @param {string} page @param {string} id */
function pageElement(app, page, id) {
  if (page === "medium") return h("info-medium-page", { app, "data-id": id });
  if (page === "trash") return h("info-trash", { app });
  if (page === "account") return h("info-account", { app });
  if (page === "screens" && app.mayPlan) return h("info-screens", { app });
  if (page === "playlists" && app.mayPlan) return h("info-playlists", { app });
  if (page === "schedule" && app.mayPlan) return h("info-schedule", { app });
  if (page === "people" && app.isOperator) return h("info-people", { app });
  if (page === "audit" && app.isOperator) return h("info-audit", { app });
  if (page === "operations" && app.isOperator) return h("info-operations", { app });
  if (page === "channels" && app.isOperator) return h("info-channels", { app });
  return h("info-library", { app });
}

customElements.define("info-app", AppElement);
