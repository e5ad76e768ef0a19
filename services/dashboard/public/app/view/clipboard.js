// @ts-check
/** Copies text. The clipboard API exists only over HTTPS or on localhost, and pages are also served on local networks. */
import { h } from "./dom.js";

/** @param {string} text */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea", { class: "visually-hidden", readonly: true });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  return undefined;
}
