// @ts-check
/** What screens show when: playlists, groups, the schedule, overrides; and the receipt of a medium. */
import { toDate } from "./shapes.js";
/** @typedef {import("../state/programme.js").Hours} Hours */

/**
 * @typedef {object} ListItem
 * @property {string} media_id
 * @property {number|null} seconds null: the player's default
 * @property {boolean} deck_timings
 * @property {string|null} first_day
 * @property {string|null} last_day
 * @property {string|null} [filename] null for a medium that is gone
 */
/** @typedef {{id: string, name: string, etag: string, items: ListItem[]}} Playlist */
/**
 * @typedef {object} Group
 * @property {string} id
 * @property {string} name
 * @property {string} timezone
 * @property {string} language
 * @property {string|null} playlist its default
 * @property {Hours[]} hours
 * @property {string} orientation
 * @property {string[]} players
 */
/**
 * @typedef {Required<Hours> & {
 *   id: string, playlist: string, group: string|null, player: string|null, priority: number, position: number,
 *   enabled: boolean,
 * }} Entry
 */
/** @typedef {{id: string, group: string|null, mediaId: string|null, text: string|null, until: Date}} Override */
/**
 * @typedef {object} ScreenReceipt
 * @property {string} player
 * @property {string} name
 * @property {"showing"|"held"|"older"|"downloading"|"failed"|"offline"} state
 * @property {number|null} generation
 * @property {Date|null} since
 */
/** @typedef {{on: number, of: number, screens: ScreenReceipt[]}} Receipt */

export class ProgrammeApi {
  /** @param {import("./client.js").Client} client */
  constructor(client) {
    this.client = client;
  }

  /** @returns {Promise<Playlist[]>} */
  async playlists() {
    return (await this.client.get("/api/playlists")).items.map(toPlaylist);
  }

  /** @param {string} id as of a screen's own list, which `playlists` leaves out */
  async playlist(id) {
    return toPlaylist(await this.client.get(path("playlists", id)));
  }

  /** @param {string} name */
  async createPlaylist(name) {
    return toPlaylist(await this.client.post("/api/playlists", { name }));
  }

  /** @param {string} id @param {string} name */
  async renamePlaylist(id, name) {
    return toPlaylist(await this.client.request("PATCH", path("playlists", id), { body: { name } }));
  }

  /** Refused where another person changed the list since it was read. @param {Playlist} playlist @param {ListItem[]} items */
  async replaceItems({ id, etag }, items) {
    const body = { items: items.map(({ filename: _, ...item }) => item) };
    const headers = { "If-Match": `"${etag}"` };
    return toPlaylist(await this.client.request("PUT", `${path("playlists", id)}/items`, { body, headers }));
  }

  /** @returns {Promise<Group[]>} */
  async groups() {
    return (await this.client.get("/api/groups")).items.map(toGroup);
  }

  /** A new group where there is no id yet. @param {Omit<Group, "players">} group */
  saveGroup({ id, playlist, ...settings }) {
    return this.#save("groups", id, { ...settings, default_playlist_id: playlist });
  }

  /** @returns {Promise<Entry[]>} in the order in which they win */
  async schedule() {
    return (await this.client.get("/api/schedule")).items.map(toEntry);
  }

  /** A new entry where there is no id yet. @param {Omit<Entry, "position">} entry */
  saveEntry({ id, playlist, group, player, ...settings }) {
    return this.#save("schedule", id, { ...settings, playlist_id: playlist, group_id: group, player_id: player });
  }

  /** @param {"playlists"|"groups"|"schedule"} kind @param {string} id */
  delete(kind, id) {
    return this.client.request("DELETE", path(kind, id));
  }

  /** @returns {Promise<Override[]>} those that are on, newest first */
  async overrides() {
    return (await this.client.get("/api/overrides")).items.map(toOverride);
  }

  /** @param {{group: string|null, mediaId: string|null, text: string|null, until: Date}} override */
  override({ group, mediaId, text, until }) {
    return this.client.post("/api/overrides", { group_id: group, media_id: mediaId, text, until: until.toISOString() });
  }

  /** @param {string} id */
  endOverride(id) {
    return this.client.request("DELETE", path("overrides", id));
  }

  /** Adds media to the lists of screens and groups, or takes them out, all or none. @param {"add"|"remove"} what @param {string[]} mediaIds @param {{screens: string[], groups: string[]}} where */
  change(what, mediaIds, where) {
    return this.client.request("PATCH", "/api/screens/media", { body: { [what]: mediaIds, ...where } });
  }

  /** @param {string} mediaId @returns {Promise<Receipt>} */
  async receipt(mediaId) {
    return toReceipt(await this.client.get(`${path("media", mediaId)}/screens`));
  }

  /** @param {string} kind @param {string} id @param {unknown} body */
  #save(kind, id, body) {
    return id ? this.client.request("PATCH", path(kind, id), { body }) : this.client.post(`/api/${kind}`, body);
  }
}

/** @param {string} kind @param {string} id */
const path = (kind, id) => `/api/${kind}/${encodeURIComponent(id)}`;

/** @param {any} json @returns {Playlist} */
export const toPlaylist = (json) => ({
  id: json.playlist_id,
  name: json.name,
  etag: json.etag,
  items: json.items.map((/** @type {any} */ item) => ({
    media_id: item.media_id,
    seconds: item.seconds ?? null,
    deck_timings: item.deck_timings ?? true,
    first_day: item.first_day ?? null,
    last_day: item.last_day ?? null,
    filename: item.filename ?? null,
  })),
});

/** @param {any} json @returns {Group} */
export const toGroup = (json) => ({
  id: json.group_id,
  name: json.name,
  timezone: json.timezone,
  language: json.language,
  playlist: json.default_playlist_id ?? null,
  hours: json.hours ?? [],
  orientation: json.orientation,
  players: json.player_ids ?? [],
});

/** @param {any} json @returns {Entry} */
export const toEntry = (json) => ({
  id: json.entry_id,
  playlist: json.playlist_id,
  group: json.group_id ?? null,
  player: json.player_id ?? null,
  priority: json.priority,
  position: json.position,
  enabled: json.enabled,
  weekdays: json.weekdays,
  starts: json.starts,
  ends: json.ends ?? null,
  first_day: json.first_day ?? null,
  last_day: json.last_day ?? null,
  except_days: json.except_days ?? [],
});

/** @param {any} json @returns {Override} */
const toOverride = (json) => ({
  id: json.override_id,
  group: json.group_id ?? null,
  mediaId: json.media_id ?? null,
  text: json.text ?? null,
  until: new Date(json.until),
});

/** @param {any} json @returns {Receipt} */
export const toReceipt = (json) => ({
  on: json.on,
  of: json.of,
  screens: json.screens.map((/** @type {any} */ screen) => ({
    player: screen.player,
    name: screen.name,
    state: screen.state,
    generation: screen.generation ?? null,
    since: toDate(screen.since),
  })),
});
