// @ts-check
/** Messages that were given up: each can be tried once more, or dropped for good. */
import { hasText, t } from "../text/index.js";
import { confirm } from "../view/dialog.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatAgo } from "../view/format.js";
import { scrollable } from "../view/table.js";
/** @typedef {import("../api/operations.js").DeadLetter} DeadLetter */

const REFRESH_SECONDS = 10;

class DeadLettersElement extends InfoElement {
  #shape = "";

  connected() {
    this.every(REFRESH_SECONDS, () => void this.#load());
  }

  async #load() {
    const letters = await this.app.attempt(
      () => this.app.operations.deadLetters(),
      () => undefined,
    );
    if (!letters) return; // the page says already that the server is away
    const shape = JSON.stringify(letters);
    if (shape === this.#shape) return; // keeps the focus where it is
    this.#shape = shape;
    const content = letters.length ? this.#table(letters) : h("p", { class: "soft" }, t("dead.none"));
    fill(
      this,
      h(
        "section",
        { class: "panel", "aria-labelledby": "dead-title" },
        h("h2", { id: "dead-title" }, t("dead.title")),
        content,
      ),
    );
  }

  /** @param {DeadLetter[]} letters */
  #table(letters) {
    const head = [t("dead.message"), t("dead.reason"), t("dead.at"), t("dead.actions")];
    const rows = letters.map((letter) => [
      h("code", null, letter.subject),
      [h("strong", null, reasonOf(letter)), letter.detail && h("p", { class: "soft" }, letter.detail)],
      letter.at ? formatAgo(letter.at) : "–",
      h(
        "span",
        { class: "row-actions" },
        h(
          "button",
          {
            class: "button small",
            type: "button",
            "aria-label": t("dead.retryOf", { message: letter.subject }),
            onclick: () => this.#do(() => this.app.operations.retry(letter.id)),
          },
          t("dead.retry"),
        ),
        h(
          "button",
          {
            class: "button small danger",
            type: "button",
            "aria-label": t("dead.dropOf", { message: letter.subject }),
            onclick: () => this.#drop(letter),
          },
          t("dead.drop"),
        ),
      ),
    ]);
    return scrollable(t("dead.title"), head, rows);
  }

  /** @param {DeadLetter} letter */
  async #drop(letter) {
    const sure = await confirm({ title: t("dead.dropTitle"), text: t("dead.dropText"), action: t("dead.drop") });
    if (sure) await this.#do(() => this.app.operations.drop(letter.id));
  }

  /** @param {() => Promise<unknown>} run */
  async #do(run) {
    await this.app.attempt(run);
    await this.#load();
  }
}

/** @param {DeadLetter} letter */
const reasonOf = ({ reason }) => (hasText(`died.${reason}`) ? t(`died.${reason}`) : reason);

customElements.define("info-dead-letters", DeadLettersElement);
