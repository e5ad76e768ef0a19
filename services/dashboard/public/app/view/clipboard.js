// @ts-check
/**
 * Copies text, and says whether the browser did it. Over plain HTTP, as pages are served on local networks, browsers have
 * no clipboard API: there the text is selected in a field and copied from it.
 */
import { t } from "../text/index.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";

/**
 * To be called in the click itself: later, browsers refuse. Text that has to be fetched first is given as a promise.
 * @param {string|Promise<string>} text
 * @returns {Promise<boolean>} false where the browser refused
 * @throws what the promise is rejected with
 */
export async function copyText(text) {
  if (navigator.clipboard && (await written(text))) return true;
  return copiedFromField(typeof text === "string" ? text : await text);
}

/** @param {string|Promise<string>} text */
async function written(text) {
  const blob = Promise.resolve(text).then((words) => new Blob([words], { type: "text/plain" }));
  blob.catch(() => undefined); // the caller awaits the text itself
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} text */
function copiedFromField(text) {
  const field = h("textarea", { class: "visually-hidden", readonly: true, "aria-hidden": "true" });
  field.value = text;
  let taken = false;
  field.addEventListener("copy", () => (taken = true));
  const focused = /** @type {HTMLElement|null} */ (document.activeElement);
  // While a modal dialog is open, all outside of it is inert: nothing there can be selected.
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  (dialog ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done && taken;
}

/** Shows a link that was not copied, selected, so that a person can copy it: at once, or by hand. @param {string} link */
export function showLink(link) {
  const field = h("input", { type: "text", readonly: true, value: link, "aria-label": t("copy.link") });
  const words = h("p", { class: "soft", role: "status" }, t("copy.refused"));
  const copy = async () => {
    words.textContent = t((await copyText(link)) ? "copy.copied" : "copy.refused");
    field.select();
  };
  const dialog = openDialog(
    { title: t("copy.title") },
    h("div", { class: "dialog-form" }, words, field),
    h(
      "div",
      { class: "dialog-buttons" },
      h("button", { class: "button", type: "button", onclick: copy }, t("copy.copy")),
      h("button", { class: "button primary", type: "button", onclick: () => dialog.close() }, t("action.done")),
    ),
  );
  field.focus();
  field.select();
}
