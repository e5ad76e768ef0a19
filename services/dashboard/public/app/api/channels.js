// @ts-check
/** Where messages to people go. */
import { toDate } from "./shapes.js";

/** @typedef {"email"|"webhook"} Kind */
/** @typedef {{id: string, name: string, kind: Kind, target: string, topics: string[], triedAt: Date|null, error: string|null, secret: string|null}} Channel */
/** @typedef {{name: string, kind: Kind, target: string, topics: string[]}} ChannelSettings */

export const TOPICS = ["deck_failed", "deck_lossy", "screen_dark", "dead_letter", "override", "disk"];

export class ChannelsApi {
  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @returns {Promise<Channel[]>} */
  async list() {
    const { items } = await this.client.get("/api/channels");
    return items.map(toChannel);
  }

  /** The new channel; only this answer has its secret. @param {ChannelSettings} settings @returns {Promise<Channel>} */
  async create(settings) {
    return toChannel(await this.client.post("/api/channels", settings));
  }

  /** @param {string} id @returns {Promise<{delivered: boolean, error: string|null}>} */
  test(id) {
    return this.client.post(`/api/channels/${encodeURIComponent(id)}/test`);
  }

  /** @param {string} id */
  remove(id) {
    return this.client.request("DELETE", `/api/channels/${encodeURIComponent(id)}`);
  }
}

/** @param {any} json @returns {Channel} */
export const toChannel = (json) => ({
  id: json.channel_id,
  name: json.name,
  kind: json.kind,
  target: json.target,
  topics: json.topics ?? [],
  triedAt: toDate(json.last_attempt_at),
  error: json.last_error ?? null,
  secret: json.secret ?? null,
});
