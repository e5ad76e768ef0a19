// @ts-check
/** How a PDF is made: as people choose it, as the API is asked for it, and as the profile of a finished one tells it. */
/** @typedef {{pages: string, imageQuality: number|null, archival: boolean}} PdfOptions `pages`: nothing for all */

/** What people type for pages, as the API has it. @param {string} typed */
export const tidyPages = (typed) => typed.replace(/[–—]/g, "-").replace(/;/g, ",").replace(/\s/g, "");

/** Whether these are pages as the API has them. @param {string} pages */
export const arePages = (pages) =>
  !pages ||
  pages.split(",").every((part) => {
    const [, first, last = first] = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/.exec(part) ?? [];
    return first !== undefined && Number(first) <= Number(last);
  });

/** All of them, so that none is left as it was by mistake. @param {PdfOptions} options */
export function toQuery({ pages, imageQuality, archival }) {
  const query = new URLSearchParams({ pages: pages || "all", archival: String(archival) });
  if (imageQuality !== null) query.set("image_quality", String(imageQuality));
  return query;
}

/** @param {string|null} profile such as `pdfa__p1-3_7__q50` @returns {PdfOptions} */
export function toPdfOptions(profile) {
  const parts = (profile ?? "").split("__");
  const quality = parts.find((part) => /^q\d+$/.test(part));
  const pages = parts.find((part) => /^p\d/.test(part));
  return {
    pages: pages ? pages.slice(1).replaceAll("_", ",") : "",
    imageQuality: quality ? Number(quality.slice(1)) : null,
    archival: parts.includes("pdfa"),
  };
}
