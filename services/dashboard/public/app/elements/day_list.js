// @ts-check
/** Single days, such as holidays: one is added by a date, and goes by a click on it. */
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDay } from "../view/format.js";
import { field, moment } from "../view/form.js";
import { icon } from "../view/icons.js";

class DayListElement extends InfoElement {
  /** In their order. @type {string[]} */ days = [];
  #list = h("ul", { class: "days" });

  connected() {
    const input = moment("day-list-day", "date", null);
    const add = h("button", { class: "button", type: "button", onclick: () => this.#add(input) }, icon("plus"));
    add.setAttribute("aria-label", t("schedule.addExcept"));
    fill(
      this,
      h("div", { class: "day-adder" }, field(t("schedule.except"), input, t("schedule.exceptHint")), add),
      this.#list,
    );
    this.#show();
  }

  /** @param {HTMLInputElement} input */
  #add(input) {
    if (input.value) this.#set([...new Set([...this.days, input.value])].sort());
    input.value = "";
    input.focus();
  }

  /** @param {string[]} days */
  #set(days) {
    this.days = days;
    this.#show();
  }

  #show() {
    const day = (/** @type {string} */ one) =>
      h(
        "button",
        {
          class: "button small",
          type: "button",
          "aria-label": t("schedule.removeExcept", { day: formatDay(one) }),
          onclick: () => this.#set(this.days.filter((other) => other !== one)),
        },
        formatDay(one),
        icon("close"),
      );
    fill(
      this.#list,
      this.days.map((one) => h("li", null, day(one))),
    );
  }
}

customElements.define("info-day-list", DayListElement);
