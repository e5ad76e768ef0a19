// @ts-check
/** Which page is shown, kept in the address's fragment: static files need no server's help for that. */
import { Observable } from "./state/observable.js";

/** @typedef {{page: "library"|"medium"|"trash"|"screens"|"playlists"|"schedule"|"operations"|"channels"|"audit"|"people"|"account", id: string, parameters: URLSearchParams}} Route */

const PAGES = /** @type {const} */ ([
  "library",
  "trash",
  "screens",
  "playlists",
  "schedule",
  "operations",
  "channels",
  "audit",
  "people",
  "account",
]);

/** @param {string} fragment @returns {Route} */
export function routeOf(fragment) {
  const [path, query = ""] = fragment.replace(/^#\/?/, "").split("?");
  const [page, id = ""] = path.split("/");
  const parameters = new URLSearchParams(query);
  if (page === "media" && id) return { page: "medium", id: decoded(id), parameters };
  return { page: PAGES.find((known) => known === page) ?? "library", id: "", parameters };
}

/** @param {string} text may have been mistyped or cut */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} id */
export const mediumAddress = (id) => `#/media/${encodeURIComponent(id)}`;

export class Router {
  /** @type {Observable<Route>} */ route = new Observable(routeOf(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.route.value = routeOf(location.hash)));
  }

  /** @param {string} address a fragment */
  go(address) {
    location.hash = address;
  }

  /** Keeps the address true to a page's state without a step in the history. @param {string} address */
  note(address) {
    history.replaceState(null, "", address);
    this.route.value = routeOf(address);
  }
}
