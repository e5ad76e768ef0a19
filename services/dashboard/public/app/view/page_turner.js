// @ts-check
/** A deck's picture turns its pages as the mouse moves over it; fingers have the deck's own page for that. */
import { hasPages } from "../api/shapes.js";
import { t } from "../text/index.js";
import { h } from "./dom.js";
import { loadSheet, PAGES_OF_A_SHEET, showPage } from "./page_pictures.js";

/** @param {HTMLElement} box what shows the first page @param {import("../api/shapes.js").Medium} medium */
export function turnsPages(box, medium) {
  const pages = hasPages(medium) ? (medium.pages ?? 0) : 0;
  if (pages < 2) return;
  const turned = Math.min(pages, PAGES_OF_A_SHEET);
  /** @type {Promise<HTMLImageElement|null>|null} */ let loading = null;
  let found = false;
  const picture = h("span", { class: "page-picture" });
  const place = h("span", { class: "page-place" });
  const over = h("span", { class: "turned-page" }, picture, place);

  box.addEventListener("pointermove", async (event) => {
    if (event.pointerType !== "mouse") return;
    const { left, width } = box.getBoundingClientRect();
    const page = Math.min(turned - 1, Math.max(0, Math.floor(((event.clientX - left) / width) * turned)));
    loading ??= loadSheet(medium, 0);
    const sheet = await loading;
    found = sheet !== null;
    if (!sheet || !box.matches(":hover")) return;
    showPage(picture, sheet, page, pages);
    place.textContent = t("pages.short", { n: page + 1, of: pages });
    box.append(over);
  });
  box.addEventListener("pointerleave", () => {
    over.remove();
    if (!found) loading = null; // there may be one the next time
  });
}
