// @ts-check
/** Accounts and invites, for operators; and the names of accounts, for everyone. */
import { toDate } from "./shapes.js";
/** @typedef {"viewer"|"uploader"|"editor"|"operator"} AccountRole */
/** @typedef {{id: string, name: string, email: string, role: AccountRole, disabled: boolean, lastSeen: Date|null, sessions: number, tokens: number}} Person */
/** @typedef {{id: string, name: string, role: AccountRole, expiresAt: Date|null}} Invite */

/** `mayOwn`: media can be handed over to it. @typedef {{id: string, name: string, mayOwn: boolean}} Named */

/** From the least to the greatest. @type {readonly AccountRole[]} */
export const ACCOUNT_ROLES = ["viewer", "uploader", "editor", "operator"];

/** @param {any} raw @returns {Person} */
export const toPerson = (raw) => ({
  id: raw.account_id,
  name: raw.name,
  email: raw.email,
  role: raw.role,
  disabled: raw.disabled_at !== null,
  lastSeen: toDate(raw.last_seen_at),
  sessions: raw.sessions,
  tokens: raw.tokens,
});

/** @param {any} raw @returns {Invite} */
const toInvite = (raw) => ({
  id: raw.invite_id,
  name: raw.name,
  role: raw.role,
  expiresAt: toDate(raw.expires_at),
});

export class PeopleApi {
  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @returns {Promise<Named[]>} */
  async names() {
    const { items } = await this.client.get("/api/people/names");
    return items.map((/** @type {any} */ raw) => ({
      id: raw.account_id,
      name: raw.name,
      mayOwn: raw.may_own ?? false,
    }));
  }

  /** @returns {Promise<Person[]>} */
  async people() {
    return (await this.client.get("/api/people")).items.map(toPerson);
  }

  /** @returns {Promise<Invite[]>} */
  async invites() {
    return (await this.client.get("/api/invites")).items.map(toInvite);
  }

  /** The secret is told here, and never again. @param {string} name @param {AccountRole} role @returns {Promise<string>} */
  async invite(name, role) {
    return (await this.client.post("/api/invites", { name, role })).secret;
  }

  /** @param {string} id */
  withdraw(id) {
    return this.client.request("DELETE", `/api/invites/${encodeURIComponent(id)}`);
  }

  /** @param {string} id @param {{role?: AccountRole, disabled?: boolean}} change */
  change(id, change) {
    return this.client.request("PATCH", `/api/people/${encodeURIComponent(id)}`, { body: change });
  }

  /** The secret of a link that sets another password, told here and never again. @param {string} id @returns {Promise<string>} */
  async passwordLink(id) {
    return (await this.client.post(`/api/people/${encodeURIComponent(id)}/password-link`)).secret;
  }

  /** @param {string} id */
  signOut(id) {
    return this.client.request("DELETE", `/api/people/${encodeURIComponent(id)}/sessions`);
  }
}
