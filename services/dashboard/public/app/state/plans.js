// @ts-check
/** What people mean when they plan: which lists show a medium, which days and hours, and what the week of a group is. */
import { wallTime, week } from "./programme.js";
/** @typedef {import("../api/programme.js").Entry} Entry */
/** @typedef {import("../api/programme.js").Group} Group */
/** @typedef {import("../api/programme.js").Playlist} Playlist */
/** @typedef {import("../api/programme.js").ListItem} ListItem */
/** @typedef {import("../api/players.js").Player} Player */
/** @typedef {ReturnType<typeof week>} Week */

/**
 * The lists that have to change for a medium to be on these screens: a screen with a list of its own does not show
 * the default of its group.
 * @param {readonly string[]} groups @param {readonly string[]} screens chosen ids
 * @param {readonly Group[]} allGroups @param {readonly Player[]} players
 */
export function listsOf(groups, screens, allGroups, players) {
  const within = allGroups.filter(({ id }) => groups.includes(id)).flatMap((group) => group.players);
  const own = players.filter(({ id, mediaIds }) => within.includes(id) && mediaIds.length > 0).map(({ id }) => id);
  return { groups: [...groups], screens: [...new Set([...screens, ...own])] };
}

/** A list with one element elsewhere. @template T @param {readonly T[]} list @param {number} from @param {number} to */
export function moved(list, from, to) {
  const place = Math.max(0, Math.min(list.length - 1, to));
  return list.toSpliced(from, 1).toSpliced(place, 0, list[from]);
}

/** The Monday of a day's week, in a zone. @param {Date} at @param {string} timezone */
export function mondayOf(at, timezone) {
  const { day } = wallTime(at, timezone);
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
  return shifted(day, 1 - weekday);
}

/** @param {string} day @param {number} days */
export const shifted = (day, days) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** @param {string} day */
export const weekdayOf = (day) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

/**
 * The week of a group, as a screen without a list of its own has it.
 * @param {Group} group @param {readonly Playlist[]} playlists @param {readonly Entry[]} entries @param {string} monday
 */
export function weekOf(group, playlists, entries, monday) {
  return week(
    {
      timezone: group.timezone,
      playlists: Object.fromEntries(playlists.map(({ id, items }) => [id, items.filter(({ filename }) => filename)])),
      default: group.playlist,
      entries: entriesOf(group, entries),
    },
    monday,
  );
}

/** Entries that concern all screens of a group. @param {Group} group @param {readonly Entry[]} entries */
export const entriesOf = (group, entries) =>
  entries.filter(({ enabled, group: of, player }) => enabled && !player && (of === null || of === group.id));

/**
 * Where an entry covers a time and another wins, by entry.
 * @param {Week} days
 * @returns {Map<string, {day: string, from: number, to: number, by: string|null}[]>}
 */
export function hiddenIn(days) {
  /** @type {Map<string, {day: string, from: number, to: number, by: string|null}[]>} */ const found = new Map();
  for (const { day, spans } of days)
    for (const { from, to, entry, hidden } of spans)
      for (const id of hidden) found.set(id, [...(found.get(id) ?? []), { day, from, to, by: entry }]);
  return found;
}

/** "18:30" from minutes of a day; its end is 24:00. @param {number} minutes */
export const clockOf = (minutes) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** What a receipt says beyond its figures: the screens that do not have the current version, worst first. @param {import("../api/programme.js").Receipt} receipt */
export function behind({ screens }) {
  const order = ["failed", "offline", "older", "downloading"];
  return screens
    .filter(({ state }) => order.includes(state))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.name.localeCompare(b.name));
}

/** When the screens of a group are dark, by day; nothing where they are always on. @param {Group} group @param {string} monday */
export function darkIn({ hours, timezone }, monday) {
  const entries = hours.map((each, number) => ({ ...each, id: String(number), playlist: "on" }));
  const days = week({ timezone, playlists: { on: [{ media_id: "on" }] }, default: null, entries }, monday);
  return new Map(days.map(({ day, spans }) => [day, hours.length ? spans.filter(({ entry }) => entry === null) : []]));
}

/** An entry for the evening of one day, which goes before what is usual then. @param {string} day @param {string} group @returns {Omit<Entry, "position">} */
export const eveningOf = (day, group) => ({
  ...always(group),
  priority: BEFORE_THE_USUAL,
  weekdays: [weekdayOf(day)],
  first_day: day,
  last_day: day,
  starts: "18:00",
  ends: "22:00",
});

/** An entry for every day. @param {string} group @returns {Omit<Entry, "position">} */
export const always = (group) => ({
  id: "",
  playlist: "",
  group,
  player: null,
  priority: 0,
  enabled: true,
  weekdays: [1, 2, 3, 4, 5, 6, 7],
  starts: "08:00",
  ends: "18:00",
  first_day: null,
  last_day: null,
  except_days: [],
});

export const BEFORE_THE_USUAL = 10;
