// @ts-check
/** The screens: who shows what, and what may be shown. */
import { toDate } from "./shapes.js";

/**
 * @typedef {object} Player
 * @property {string} id
 * @property {string} name
 * @property {"waiting"|"enrolled"|"revoked"} state `waiting`: its code was not used yet
 * @property {Date|null} lastSeen
 * @property {string[]} mediaIds in the order in which they are shown
 * @property {string|null} group
 * @property {Showing|null} showing null while it has told nothing
 * @property {Health} health
 */
/** @typedef {{temperature: number|null, freeDiskBytes: number|null, undervoltage: boolean, errors: string[], version: string}} Health */
/**
 * What is on the wall: a notice that the player drew itself, or files, of which the first is told.
 * @typedef {{mediaId: string|null, files: number, notice: string|null, since: Date|null}} Showing
 */
/** @typedef {{code: string, expiresAt: Date|null}} Code shown once */

/** A player that has not been heard of for so long is off, or cut off: it asks at least every minute. */
const SILENT_AFTER_MS = 90_000;

/** The last picture of its glass. @param {string} id */
export const snapshotPath = (id) => `/api/players/${encodeURIComponent(id)}/snapshot`;

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

  /** @param {string} name @returns {Promise<Code>} */
  async enrol(name) {
    return toCode(await this.client.post("/api/players", { name }));
  }

  /** @param {string} id @returns {Promise<Code>} */
  async renewCode(id) {
    return toCode(await this.client.post(`/api/players/${encodeURIComponent(id)}/code`));
  }

  /** @param {string} id @param {string[]} mediaIds */
  assign(id, mediaIds) {
    return this.client.request("PUT", `/api/players/${encodeURIComponent(id)}/media`, {
      body: { media_ids: mediaIds },
    });
  }

  /** @param {string} id @param {string|null} group null: in none */
  place(id, group) {
    return this.client.request("PUT", `/api/players/${encodeURIComponent(id)}/group`, { body: { group_id: group } });
  }

  /** @param {string} id @param {string} name */
  rename(id, name) {
    return this.client.request("PATCH", `/api/players/${encodeURIComponent(id)}`, { body: { name } });
  }

  /** Told once; a player that hears of it only after ten minutes does nothing. @param {string} id @param {"identify"|"restart"|"reload"} kind */
  command(id, kind) {
    return this.client.post(`/api/players/${encodeURIComponent(id)}/commands`, { kind });
  }

  /** @param {string} id */
  revoke(id) {
    return this.client.request("DELETE", `/api/players/${encodeURIComponent(id)}`);
  }
}

/** @param {any} json @returns {Code} */
const toCode = (json) => ({ code: json.code, expiresAt: toDate(json.code_expires_at) });

/** @param {any} json @returns {Player} */
export function toPlayer(json) {
  const { showing } = json;
  return {
    id: json.player_id,
    name: json.name,
    state: json.state,
    lastSeen: toDate(json.last_seen_at),
    mediaIds: json.media_ids ?? [],
    group: json.group_id ?? null,
    showing: showing ? toShowing(showing) : null,
    health: toHealth(json.health ?? {}),
  };
}

/** Players put into a note what has no field of its own. @param {any} json @returns {Showing} */
function toShowing(json) {
  const [, notice = null] = /^Notice: (\w+)$/.exec(json.note ?? "") ?? [];
  const [, files = "1"] = /^The first of (\d+) files$/.exec(json.note ?? "") ?? [];
  return { mediaId: json.media_id ?? null, files: Number(files), notice, since: toDate(json.since) };
}

/** @param {any} json @returns {Health} */
function toHealth(json) {
  return {
    temperature: json.temperature_celsius ?? null,
    freeDiskBytes: json.free_disk_bytes ?? null,
    undervoltage: Boolean(json.undervoltage),
    errors: json.errors ?? [],
    version: json.version ?? "",
  };
}

/** @param {Player} player @param {Date} [now] @returns {"online"|"offline"|"waiting"|"revoked"} */
export function presence(player, now = new Date()) {
  if (player.state !== "enrolled") return player.state;
  return player.lastSeen && now.getTime() - player.lastSeen.getTime() < SILENT_AFTER_MS ? "online" : "offline";
}
