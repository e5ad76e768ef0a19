// @ts-check
/** Who is signed in. The cookie is the browser's alone (HttpOnly); the page knows only a name and a role. */
import { ApiError } from "./client.js";
/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./shapes.js").Session} Session */

/** The secret of a link such as `#token=…`, or null. @param {string} fragment @param {"token"|"invite"|"password"} name */
export function secretOf(fragment, name) {
  return new URLSearchParams(fragment.replace(/^#/, "")).get(name);
}

/** @typedef {{token: string}|{email: string, password: string}} Credentials */
/** @typedef {{invite: string, name: string, email: string, password: string}} Acceptance */

export class SessionApi {
  /** @param {Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @returns {Promise<Session|null>} null without a valid session */
  async current() {
    try {
      return await this.client.get("/api/session");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  }

  /** @param {Credentials} credentials @returns {Promise<Session>} */
  signIn(credentials) {
    return this.client.post("/api/session", credentials);
  }

  /** Makes the account of an invite. @param {Acceptance} account @returns {Promise<Session>} */
  accept(account) {
    return this.client.post("/api/people", account);
  }

  /** Sets the password of a link's account. @param {string} invite the link's secret @param {string} password @returns {Promise<Session>} */
  resetPassword(invite, password) {
    return this.client.post("/api/session/password", { invite, password });
  }

  signOut() {
    return this.client.request("DELETE", "/api/session");
  }
}
