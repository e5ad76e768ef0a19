// @ts-check
/**
 * Asks the API. Every refusal becomes an `ApiError` that carries the server's own words (RFC 9457 `detail`), a network
 * that is away becomes one too, so that pages have a single kind of trouble to show.
 */
import { problemText, t } from "../text/index.js";

/** A request that was refused, or never arrived (status 0). */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} detail @param {number|null} [retryAfterSeconds] when to ask again, where the server said so */
  constructor(status, code, detail, retryAfterSeconds = null) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * The error that a response stands for. Bodies that are no problem details (a proxy's page) give words of our own.
 * @param {number} status
 * @param {string} body
 * @param {string|null} [retryAfter] the header of that name
 */
export function errorOf(status, body, retryAfter = null) {
  const seconds = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : null;
  try {
    const { detail, code, kind } = JSON.parse(body);
    if (typeof detail === "string" && detail)
      return new ApiError(status, String(code), problemText(`${code}.${kind}`) ?? problemText(code) ?? detail, seconds);
  } catch {
    // Not JSON: fall through to our own words.
  }
  const known = {
    0: "error.network",
    401: "error.signedOut",
    403: "error.forbidden",
    404: "error.gone",
    413: "error.tooLarge",
  };
  const key = known[/** @type {keyof typeof known} */ (status)] ?? (status >= 500 ? "error.away" : "error.refused");
  return new ApiError(status, "", t(key, { status }), seconds);
}

/** The API as the signed-in person sees it. `unauthorized` is dispatched when the session has ended. */
export class Client extends EventTarget {
  /** @param {string} [base] @param {typeof fetch} [fetcher] */
  constructor(base = "", fetcher = (...request) => globalThis.fetch(...request)) {
    super();
    this.base = base;
    this.fetcher = fetcher;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: unknown, headers?: Record<string, string>, signal?: AbortSignal, keepalive?: boolean}} [options]
   * @returns {Promise<any>} the JSON body, or null where there is none
   * @throws {ApiError}
   */
  async request(method, path, { body, headers = {}, signal, keepalive } = {}) {
    const init = {
      method,
      signal,
      keepalive,
      credentials: /** @type {const} */ ("same-origin"),
      headers: { Accept: "application/json", ...headers },
    };
    if (body !== undefined) {
      Object.assign(init, { body: JSON.stringify(body) });
      Object.assign(init.headers, { "Content-Type": "application/json" });
    }
    const response = await this.#send(path, init);
    const text = await response.text();
    if (response.ok) return text ? JSON.parse(text) : null;
    const error = errorOf(response.status, text);
    if (error.status === 401) this.dispatchEvent(new Event("unauthorized"));
    throw error;
  }

  /** @param {string} path @param {RequestInit} init */
  async #send(path, init) {
    try {
      return await this.fetcher(this.base + path, init);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw errorOf(0, "");
    }
  }

  /** @param {string} path @param {AbortSignal} [signal] */
  get(path, signal) {
    return this.request("GET", path, { signal });
  }

  /** @param {string} path @param {unknown} [body] */
  post(path, body) {
    return this.request("POST", path, { body });
  }
}
