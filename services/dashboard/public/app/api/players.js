// @ts-check
/** The screens: who shows what, and what may be shown. */
import { toDate } from "./shapes.js";

/**
 * @typedef {object} Player
 * @property {string} id
 * @property {string} name
 * @property {Date|null} lastSeen
 * @property {{mediaId: string, filename: string, since: Date|null}|null} showing
 * @property {string[]} media ids, in the order they are shown
 * @property {string} health words from the player about itself
 * @property {boolean} enrolled false until its code was used
 */

export class PlayersApi {
  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @returns {Promise<Player[]>} */
  async list() {
    const { items } = await this.client.get("/api/players");
    return items.map(toPlayer);
  }

  /** @param {string} name @returns {Promise<{id: string, code: string, expiresAt: Date|null}>} the code is shown once */
  async enrol(name) {
    const json = await this.client.post("/api/players", { name });
    return { id: json.player_id ?? json.id, code: json.code ?? json.token, expiresAt: toDate(json.expires_at) };
  }

  /** @param {string} id @param {string[]} media */
  assign(id, media) {
    return this.client.request("PUT", `/api/players/${encodeURIComponent(id)}/media`, { body: { media_ids: media } });
  }

  /** @param {string} id */
  revoke(id) {
    return this.client.request("DELETE", `/api/players/${encodeURIComponent(id)}`);
  }
}

/** @param {any} json @returns {Player} */
export function toPlayer(json) {
  const showing = json.showing;
  return {
    id: json.player_id ?? json.id,
    name: json.name,
    lastSeen: toDate(json.last_seen_at ?? json.last_seen),
    showing: showing ? { mediaId: showing.media_id, filename: showing.filename ?? "", since: toDate(showing.since) } : null,
    media: json.media_ids ?? json.media ?? [],
    health: json.health ?? "",
    enrolled: json.enrolled !== false,
  };
}
