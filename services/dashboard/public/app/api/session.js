// @ts-check
/** Who is signed in. The cookie is the browser's alone (HttpOnly); the page knows only a name and a role. */
import { ApiError } from "./client.js";
/** @typedef {import("./client.js").Client} Client */
/** @typedef {import("./shapes.js").Session} Session */

/** The token of a sign-in link (`#token=…`), or null. @param {string} fragment */
export function tokenOf(fragment) {
  return new URLSearchParams(fragment.replace(/^#/, "")).get("token");
}

/** The secret of an invite's link (`#invite=…`), or null. @param {string} fragment */
export function inviteOf(fragment) {
  return new URLSearchParams(fragment.replace(/^#/, "")).get("invite");
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

  signOut() {
    return this.client.request("DELETE", "/api/session");
  }
}
