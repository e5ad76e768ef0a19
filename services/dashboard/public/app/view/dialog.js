// @ts-check
/** The browser's own modal dialog: it keeps the focus inside, closes with Escape, and gives the focus back. */
import { t } from "../text/index.js";
import { h } from "./dom.js";

/**
 * Opens a dialog that removes itself when it is closed.
 * @param {{title: string, className?: string}} options
 * @param {...import("./dom.js").Child} children
 */
export function openDialog({ title, className = "" }, ...children) {
  const id = `dialog-${(count += 1)}`;
  const dialog = h(
    "dialog",
    { class: className, "aria-labelledby": id },
    h("h2", { id, class: "dialog-title" }, title),
    children,
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

let count = 0;

/** What a dialog's form ends with. @param {string} action what the form does @param {() => void} cancel */
export const formButtons = (action, cancel) =>
  h(
    "div",
    { class: "dialog-buttons" },
    h("button", { class: "button", type: "button", onclick: cancel }, t("action.cancel")),
    h("button", { class: "button primary", type: "submit" }, action),
  );

/** Asks before what cannot be undone. @param {{title: string, text: string, action: string}} question @returns {Promise<boolean>} */
export function confirm({ title, text, action }) {
  return new Promise((resolve) => {
    const close = (/** @type {string} */ answer) => () => dialog.close(answer);
    const dialog = openDialog(
      { title },
      h("p", { class: "soft" }, text),
      h(
        "div",
        { class: "dialog-buttons" },
        h("button", { class: "button", type: "button", autofocus: true, onclick: close("") }, t("action.cancel")),
        h("button", { class: "button danger", type: "button", onclick: close("yes") }, action),
      ),
    );
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}
