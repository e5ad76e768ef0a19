// @ts-check
/** What the library shows: an order of ids, found page by page. Pure: every function returns a new state. */
/** @typedef {import("../api/shapes.js").Medium} Medium */
/** @typedef {import("../api/shapes.js").MediaPage} MediaPage */
/** @typedef {import("../api/media.js").Query} Query */
/**
 * @typedef {object} Library
 * @property {Query} query
 * @property {string[]} order
 * @property {ReadonlySet<string>} hidden deleted here, while it can still be undone
 * @property {string|null} cursor where the next page begins; null: no more
 * @property {number|null} total
 * @property {"unasked"|"loading"|"idle"|"failed"} phase
 * @property {string} error
 */

/** The orders that the API knows. */
export const SORTS = /** @type {const} */ (["newest", "oldest", "name", "-name", "-size", "size"]);
export const FILTERS = /** @type {const} */ (["", "pending", "processing", "ready", "failed"]);

export const KINDS = /** @type {const} */ (["", "document", "pdf", "image", "video"]);

/** What was typed into a search, as names are stored: with plain spaces, whatever kind the keyboard makes. @param {string} typed */
export const tidySearch = (typed) => typed.trim().replace(/\s/g, " ");

/** @type {Query} */
export const EVERYTHING = {
  search: "",
  status: "",
  sort: "newest",
  kind: "",
  tag: "",
  by: "",
  onScreen: false,
  findings: false,
};

/** @param {Query} query @param {ReadonlySet<string>} [hidden] @returns {Library} */
export const opened = (query, hidden = new Set()) => ({
  query,
  order: [],
  hidden,
  cursor: null,
  total: null,
  phase: "loading",
  error: "",
});

/** @returns {Library} */
export const unasked = () => ({ ...opened(EVERYTHING), phase: "unasked" });

/** @param {Library} library @returns {Library} */
export const loading = (library) => ({ ...library, phase: "loading", error: "" });

/** The first page, again: what has moved is where it belongs now. @param {Library} library @param {MediaPage} page @returns {Library} */
export const started = (library, page) => ({
  ...library,
  order: page.items.map((m) => m.id),
  cursor: page.cursor,
  total: page.total,
  phase: "idle",
  error: "",
});

/** The next page. A medium that was inserted between the two requests may come twice; it is shown once. @param {Library} library @param {MediaPage} page @returns {Library} */
export function continued(library, page) {
  const known = new Set(library.order);
  const fresh = page.items.map((m) => m.id).filter((id) => !known.has(id));
  return {
    ...library,
    order: [...library.order, ...fresh],
    cursor: page.cursor,
    total: page.total ?? library.total,
    phase: "idle",
    error: "",
  };
}

/** @param {Library} library @param {string} error @returns {Library} */
export const failed = (library, error) => ({ ...library, phase: "failed", error });

/**
 * A medium that came or changed. New ones take their place in the order; known ones keep theirs, so that nothing jumps
 * away from under a finger; what no longer matches the filter leaves.
 * @param {Library} library @param {Medium} medium @param {(id: string) => Medium|undefined} known @returns {Library}
 */
export function changed(library, medium, known) {
  const wanted = matches(medium, library.query);
  if (library.order.includes(medium.id)) return wanted ? library : removed(library, medium.id);
  if (!wanted || library.query.onScreen) return library; // what screens are to show, the server alone knows
  const compare = comparison(library.query.sort);
  const next = library.order.findIndex((id) => compare(medium, known(id) ?? medium) < 0);
  if (next < 0 && library.cursor) return library; // it belongs to a page that is not loaded
  const place = next < 0 ? library.order.length : next;
  const total = library.total === null ? null : library.total + 1;
  return { ...library, order: library.order.toSpliced(place, 0, medium.id), total };
}

/** Who comes first, as the API has it; ids are UUIDv7, so they sort by upload. @param {string} sort @returns {(a: Medium, b: Medium) => number} */
function comparison(sort) {
  const byId = (/** @type {Medium} */ a, /** @type {Medium} */ b) => Number(a.id > b.id) - Number(a.id < b.id);
  const key = (/** @type {Medium} */ { title, sizeBytes }) => {
    if (sort.endsWith("name")) return title.normalize("NFKD").toLowerCase();
    return sort.endsWith("size") ? sizeBytes : 0;
  };
  const ascending = (/** @type {Medium} */ a, /** @type {Medium} */ b) =>
    Number(key(a) > key(b)) - Number(key(a) < key(b)) || byId(a, b);
  return sort === "newest" || sort.startsWith("-") ? (a, b) => ascending(b, a) : ascending;
}

/** @param {Library} library @param {string} id @returns {Library} */
export function removed(library, id) {
  const order = library.order.filter((other) => other !== id);
  const total = library.total === null || order.length === library.order.length ? library.total : library.total - 1;
  return { ...restored(library, id), order, total };
}

/** @param {Library} library @param {string} id @returns {Library} */
export const hidden = (library, id) => ({ ...library, hidden: new Set([...library.hidden, id]) });

/** @param {Library} library @param {string} id @returns {Library} */
export const restored = (library, id) => ({
  ...library,
  hidden: new Set([...library.hidden].filter((other) => other !== id)),
});

/** @param {Library} library */
export const visible = (library) =>
  library.hidden.size ? library.order.filter((id) => !library.hidden.has(id)) : library.order;

/** @param {Medium} medium @param {Query} query */
export function matches(medium, query) {
  const status = medium.status === "original" ? "ready" : medium.status;
  const text = query.search.toLowerCase();
  const names = [medium.title, medium.filename, ...medium.tags];
  return (
    (!query.status || query.status === status) &&
    (!query.kind || query.kind === kindOf(medium)) &&
    (!query.tag || medium.tags.includes(query.tag)) &&
    (!query.by || query.by === medium.uploadedBy) &&
    (!query.findings || Boolean(medium.findings)) &&
    names.some((name) => name.toLowerCase().includes(text))
  );
}

/** @param {{mediaType: string}} medium */
const kindOf = ({ mediaType }) =>
  mediaType === "application/pdf" ? "pdf" : (/^(image|video)\//.exec(mediaType)?.[1] ?? "document");

/** How many filters beside the status are set. @param {Query} query */
export const furtherFilters = ({ kind, tag, by, onScreen, findings }) =>
  [kind, tag, by, onScreen, findings].filter(Boolean).length;

/** The query as the part of the address after `?`, without what is the default. @param {Query} query */
export function toParameters(query) {
  const entries = Object.entries({
    q: query.search,
    status: query.status,
    sort: query.sort === "newest" ? "" : query.sort,
    type: query.kind,
    tag: query.tag,
    by: query.by,
    screens: query.onScreen ? "1" : "",
    findings: query.findings ? "1" : "",
  });
  return new URLSearchParams(entries.filter(([, value]) => value)).toString();
}

/** The address of the library with these filters alone. @param {Partial<Query>} filters */
export const libraryAddress = (filters) => `#/library?${toParameters({ ...EVERYTHING, ...filters })}`;

/** @param {URLSearchParams} parameters @returns {Query} */
export function fromParameters(parameters) {
  const status = parameters.get("status") ?? "";
  const sort = parameters.get("sort") ?? "newest";
  const kind = parameters.get("type") ?? "";
  return {
    search: tidySearch(parameters.get("q") ?? ""),
    status: FILTERS.some((filter) => filter === status) ? status : "",
    sort: SORTS.some((known) => known === sort) ? sort : "newest",
    kind: KINDS.some((known) => known === kind) ? kind : "",
    tag: parameters.get("tag") ?? "",
    by: parameters.get("by") ?? "",
    onScreen: parameters.get("screens") === "1",
    findings: parameters.get("findings") === "1",
  };
}
