// @ts-check
/**
 * The decision of a screen, as far as it depends on rules and time: what is on at a moment, and what each hour of a
 * week has. It does what the player's `decision.py` and `schedule.py` do; the same cases test both.
 *
 * Everything is compared as a person reads the clock on the wall, in the programme's zone: a time that the clock leaves
 * out in spring never comes, and one that it shows twice in autumn comes twice.
 */

/**
 * Hours that come again; days, weekdays and exceptions are those on which they start.
 * @typedef {object} Hours
 * @property {number[]} weekdays 1 is Monday
 * @property {string} starts such as "08:00"
 * @property {string | null} [ends] null is midnight; a time not after `starts` is one of the next day
 * @property {string | null} [first_day] such as "2026-11-27"
 * @property {string | null} [last_day]
 * @property {string[]} [except_days]
 *
 * @typedef {Hours & {id: string, playlist: string, priority?: number, position?: number}} Entry
 *
 * @typedef {object} Item
 * @property {string} media_id
 * @property {string | null} [first_day]
 * @property {string | null} [last_day]
 *
 * @typedef {object} Programme what the manifest's schema 2 has of it
 * @property {string} timezone
 * @property {Record<string, Item[]>} playlists
 * @property {string | null} default
 * @property {Entry[]} entries
 * @property {{id: string, media_id: string | null, text: string | null, until: string} | null} [override]
 * @property {{hours: Hours[]}} [display]
 *
 * @typedef {{day: string, seconds: number}} Wall a day, and the seconds that the clock has shown since midnight
 * @typedef {{from: number, to: number, entry: string | null, playlist: string | null, hidden: string[]}} Span minutes
 *   of a day, what is on, and the entries that would be on without it, the next one first
 */

const DAY_SECONDS = 86_400;
const DAY_MINUTES = 1440;

/**
 * What a clock on the wall shows; an unknown zone counts as UTC.
 * @param {Date} at
 * @param {string} timezone
 * @returns {Wall}
 */
export function wallTime(at, timezone) {
  /** @type {Record<string, string>} */
  const shown = {};
  for (const { type, value } of clockOf(timezone).formatToParts(at)) shown[type] = value;
  const seconds = Number(shown.hour) * 3600 + Number(shown.minute) * 60 + Number(shown.second);
  return { day: `${shown.year}-${shown.month}-${shown.day}`, seconds };
}

/**
 * Whether a moment of the wall clock is in hours that began that day or the day before.
 * @param {Hours} hours
 * @param {Wall} wall
 */
export function covers(hours, wall) {
  const starts = secondsOf(hours.starts);
  const ends = hours.ends ? secondsOf(hours.ends) : 0;
  const length = ends > starts ? ends - starts : ends - starts + DAY_SECONDS;
  return [0, 1].some((back) => {
    const since = wall.seconds + back * DAY_SECONDS - starts;
    return since >= 0 && since < length && begins(hours, dayAfter(wall.day, -back));
  });
}

/**
 * The entries that cover a moment of the wall clock: the one that wins first, then those that it hides.
 * @param {Programme} programme
 * @param {Wall} wall
 */
export function winners(programme, wall) {
  return programme.entries
    .filter((entry) => covers(entry, wall))
    .sort(
      (a, b) =>
        (b.priority ?? 0) - (a.priority ?? 0) || (a.position ?? 0) - (b.position ?? 0) || (a.id < b.id ? -1 : 1),
    );
}

/**
 * What is on at a moment, of a screen whose clock is right.
 * @param {Programme} programme
 * @param {Date} at
 * @param {(media: string) => boolean} [isHere] whether the screen has a file of a medium; without it, of each
 */
export function decide(programme, at, isHere = () => true) {
  const wall = wallTime(at, programme.timezone);
  const override = programme.override;
  const overridden = override && at < new Date(override.until);
  const hours = programme.display?.hours ?? [];
  const power = Boolean(overridden) || hours.length === 0 || hours.some((each) => covers(each, wall));
  const base = { override: overridden ? override.id : null, text: null, power };
  if (overridden && override.media_id && isHere(override.media_id)) {
    return { ...base, entry: null, media: [override.media_id], hidden: [] };
  }
  if (overridden && override.text) return { ...base, text: override.text, entry: null, media: [], hidden: [] };
  return { ...base, ...scheduled(programme, wall, isHere) };
}

/**
 * What is on in each hour of seven days of the wall clock.
 * @param {Programme} programme
 * @param {string} first such as "2026-11-23"
 * @returns {{day: string, spans: Span[]}[]}
 */
export function week(programme, first) {
  const times = programme.entries.flatMap(({ starts, ends }) => [starts, ends ?? "00:00"]).map(secondsOf);
  const cuts = [...new Set([0, ...times])].sort((a, b) => a - b);
  return Array.from({ length: 7 }, (_, number) => {
    const day = dayAfter(first, number);
    return { day, spans: spansOf(programme, day, cuts) };
  });
}

/**
 * @param {Programme} programme
 * @param {string} day
 * @param {number[]} cuts seconds at which something may change
 */
function spansOf(programme, day, cuts) {
  /** @type {Span[]} */
  const spans = [];
  cuts.forEach((seconds, number) => {
    const { entry, playlist, hidden } = scheduled(programme, { day, seconds }, () => true);
    const last = spans.at(-1);
    const to = number + 1 < cuts.length ? cuts[number + 1] / 60 : DAY_MINUTES;
    if (last && last.entry === entry && last.playlist === playlist && last.hidden.join() === hidden.join()) {
      last.to = to;
    } else {
      spans.push({ from: seconds / 60, to, entry, playlist, hidden });
    }
  });
  return spans;
}

/**
 * @param {Programme} programme
 * @param {Wall} wall
 * @param {(media: string) => boolean} isHere
 */
function scheduled(programme, wall, isHere) {
  const covering = winners(programme, wall);
  const lists = [...covering.map(({ id, playlist }) => ({ id, playlist })), { id: null, playlist: programme.default }];
  for (const { id, playlist } of lists) {
    const items = (playlist && programme.playlists[playlist]) || [];
    const media = items.filter((item) => isOn(item, wall.day) && isHere(item.media_id)).map((item) => item.media_id);
    if (media.length) {
      return { entry: id, playlist, media, hidden: covering.map((entry) => entry.id).filter((other) => other !== id) };
    }
  }
  return { entry: null, playlist: null, media: [], hidden: covering.map((entry) => entry.id) };
}

/**
 * @param {Hours} hours
 * @param {string} day
 */
function begins(hours, day) {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
  return hours.weekdays.includes(weekday) && isOn(hours, day) && !hours.except_days?.includes(day);
}

/**
 * @param {{first_day?: string | null, last_day?: string | null}} limits
 * @param {string} day
 */
function isOn({ first_day: first, last_day: last }, day) {
  return (!first || first <= day) && (!last || day <= last);
}

/**
 * @param {string} day
 * @param {number} days
 */
function dayAfter(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

/** @param {string} time */
function secondsOf(time) {
  const [hours, minutes, seconds = 0] = time.split(":").map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const clocks = new Map();

/** @param {string} timezone */
function clockOf(timezone) {
  const known = clocks.get(timezone);
  if (known) return known;
  const made = newClock(timezone) ?? /** @type {Intl.DateTimeFormat} */ (newClock("UTC"));
  clocks.set(timezone, made);
  return made;
}

/** @param {string} timeZone */
function newClock(timeZone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", second: "2-digit", ...parts });
  } catch {
    return null;
  }
}
