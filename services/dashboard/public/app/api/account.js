// @ts-check
/** One's own account: its password, its sessions, and the personal tokens of its scripts. */
import { toDate } from "./shapes.js";
/** @typedef {import("./people.js").AccountRole} AccountRole */
/** @typedef {{id: string, browser: string, lastSeen: Date|null, current: boolean}} OwnSession */
/** @typedef {{id: string, name: string, role: AccountRole, expiresAt: Date|null}} PersonalToken */

export const SHORTEST_PASSWORD = 10;

export class AccountApi {
  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.client = client;
  }

  /** Every other session ends. @param {string} current @param {string} changed */
  changePassword(current, changed) {
    return this.client.request("PUT", "/api/session/password", { body: { current, new: changed } });
  }

  /** @returns {Promise<OwnSession[]>} the one seen last first */
  async sessions() {
    return (await this.client.get("/api/sessions")).items.map(toSession);
  }

  /** This one, too. */
  endSessions() {
    return this.client.request("DELETE", "/api/session?everywhere=true");
  }

  /** @param {string} accountId @returns {Promise<PersonalToken[]>} the newest first */
  async tokens(accountId) {
    const { items } = await this.client.get("/api/tokens"); // an operator is told those of all accounts
    return items.filter((/** @type {any} */ raw) => raw.account_id === accountId).map(toToken);
  }

  /** The token itself is told here, and never again. @param {string} name @param {AccountRole} role @param {number} days @returns {Promise<string>} */
  async createToken(name, role, days) {
    return (await this.client.post("/api/tokens", { name, role, days })).token;
  }

  /** @param {string} id */
  revokeToken(id) {
    return this.client.request("DELETE", `/api/tokens/${encodeURIComponent(id)}`);
  }
}

/** @param {any} raw @returns {OwnSession} */
const toSession = (raw) => ({
  id: raw.session_id,
  browser: raw.browser ?? "",
  lastSeen: toDate(raw.last_seen_at),
  current: raw.current ?? false,
});

/** @param {any} raw @returns {PersonalToken} */
const toToken = (raw) => ({
  id: raw.token_id,
  name: raw.name,
  role: raw.role,
  expiresAt: toDate(raw.expires_at),
});
