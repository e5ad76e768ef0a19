// @ts-check
/** The browser's own file dialog. */
import { h } from "./dom.js";

/** @param {{multiple: boolean}} options @returns {Promise<File[]>} empty when the dialog was cancelled */
export function pickFiles({ multiple }) {
  const input = h("input", { type: "file", multiple, hidden: true });
  document.body.append(input); // some browsers open no dialog for an input that is not in the page
  return new Promise((resolve) => {
    const end = () => {
      input.remove();
      resolve([...(input.files ?? [])]);
    };
    input.addEventListener("change", end);
    input.addEventListener("cancel", end);
    input.click();
  });
}
