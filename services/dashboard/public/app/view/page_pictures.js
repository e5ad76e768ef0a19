// @ts-check
/** Pictures of pages, cut out of the sheets on which a converter draws them. */
import { sheetPath } from "../api/media.js";
/** @typedef {{id: string, generation: number, pages: number|null}} Paged */

export const PAGES_OF_A_SHEET = 24;
const COLUMNS = 4;

/** The sheet that a page is on. @param {number} page from 0 */
export const sheetOf = (page) => Math.floor(page / PAGES_OF_A_SHEET);

/** @param {Paged} medium @param {number} number @returns {Promise<HTMLImageElement|null>} null while there is none */
export function loadSheet(medium, number) {
  const sheet = new Image();
  return new Promise((resolve) => {
    sheet.onload = () => resolve(sheet);
    sheet.onerror = () => resolve(null);
    sheet.src = sheetPath(medium, number);
  });
}

/**
 * Where on its sheet a page is: how often the sheet is as large as one page, and the position as CSS counts it.
 * @param {number} page from 0 @param {number} pages of the whole document
 */
export function placeOf(page, pages) {
  const rows = Math.ceil(Math.min(PAGES_OF_A_SHEET, pages - sheetOf(page) * PAGES_OF_A_SHEET) / COLUMNS);
  const place = page % PAGES_OF_A_SHEET;
  const [row, column] = [Math.floor(place / COLUMNS), place % COLUMNS];
  return { rows, columns: COLUMNS, x: column / (COLUMNS - 1), y: rows > 1 ? row / (rows - 1) : 0 };
}

/** Shows a page in an element, in the page's own shape. @param {HTMLElement} element @param {HTMLImageElement} sheet @param {number} page from 0 @param {number} pages */
export function showPage(element, sheet, page, pages) {
  const { rows, columns, x, y } = placeOf(page, pages);
  element.style.backgroundImage = `url("${sheet.src}")`;
  element.style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
  element.style.backgroundPosition = `${x * 100}% ${y * 100}%`;
  element.style.aspectRatio = `${sheet.naturalWidth / columns} / ${sheet.naturalHeight / rows}`;
}
