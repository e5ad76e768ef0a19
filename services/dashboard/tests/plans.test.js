import assert from "node:assert/strict";
import { test } from "node:test";

import { toEntry, toGroup, toPlaylist, toReceipt } from "../public/app/api/programme.js";
import * as plans from "../public/app/state/plans.js";

const GROUP = toGroup({
  group_id: "foyer",
  name: "Foyer",
  timezone: "Europe/Berlin",
  language: "de",
  default_playlist_id: "menu",
  hours: [{ weekdays: [1, 2, 3, 4, 5], starts: "07:00", ends: "18:00" }],
  orientation: "normal",
  player_ids: ["hall-1", "hall-2"],
});
const THURSDAY = "2026-11-26";
const MONDAY = "2026-11-23";

const list = (id, ...media) =>
  toPlaylist({
    playlist_id: id,
    name: id,
    etag: `"${id}"`,
    items: media.map((media_id) => ({ media_id, seconds: null, deck_timings: true, filename: `${media_id}.pptx` })),
  });
const entry = (id, changes = {}) => ({ ...plans.always("foyer"), id, playlist: id, position: 0, ...changes });

test("a screen with files of its own gets a medium into these, others by the default of their group", () => {
  const players = [
    { id: "hall-1", mediaIds: [] },
    { id: "hall-2", mediaIds: ["old"] },
    { id: "gym", mediaIds: ["old"] },
  ];
  assert.deepEqual(plans.listsOf(["foyer"], [], [GROUP], players), { groups: ["foyer"], screens: ["hall-2"] });
  assert.deepEqual(plans.listsOf(["foyer"], ["hall-2", "gym"], [GROUP], players).screens, ["hall-2", "gym"]);
  assert.deepEqual(plans.listsOf([], ["gym"], [GROUP], players), { groups: [], screens: ["gym"] });
});

test("an element is moved before or after others, never out of its list", () => {
  assert.deepEqual(plans.moved(["a", "b", "c"], 0, 2), ["b", "c", "a"]);
  assert.deepEqual(plans.moved(["a", "b", "c"], 2, 0), ["c", "a", "b"]);
  assert.deepEqual(plans.moved(["a", "b"], 1, 7), ["a", "b"]);
  assert.deepEqual(plans.moved(["a", "b"], 0, -1), ["a", "b"]);
});

test("a week begins on the Monday of the group's zone", () => {
  const night = new Date("2026-11-29T23:30:00Z"); // Monday in Berlin, Sunday in New York
  assert.equal(plans.mondayOf(night, "Europe/Berlin"), "2026-11-30");
  assert.equal(plans.mondayOf(night, "America/New_York"), MONDAY);
});

test("an evening takes its hours of one day, and hides what is usual then", () => {
  const usual = entry("news", { starts: "08:00", ends: "20:00" });
  const evening = { ...plans.eveningOf(THURSDAY, "foyer"), id: "parents", playlist: "parents", position: 1 };
  const lists = [list("menu", "m"), list("news", "n"), list("parents", "p")];
  const week = plans.weekOf(GROUP, lists, [usual, evening], MONDAY);
  const spans = week
    .find(({ day }) => day === THURSDAY)
    .spans.map((span) => [plans.clockOf(span.from), plans.clockOf(span.to), span.entry]);
  assert.deepEqual(spans, [
    ["00:00", "08:00", null],
    ["08:00", "18:00", "news"],
    ["18:00", "20:00", "parents"],
    ["20:00", "22:00", "parents"],
    ["22:00", "24:00", null],
  ]);
  assert.deepEqual(
    [...plans.hiddenIn(week)],
    [["news", [{ day: THURSDAY, from: 18 * 60, to: 20 * 60, by: "parents" }]]],
  );
});

test("entries that are switched off, of other groups or of one screen are not in a group's week", () => {
  const entries = [
    entry("off", { enabled: false }),
    entry("gym", { group: "gym" }),
    entry("one", { group: null, player: "hall-1" }),
    entry("all", { group: null }),
  ];
  assert.deepEqual(
    plans.entriesOf(GROUP, entries).map(({ id }) => id),
    ["all"],
  );
});

test("a playlist whose media are gone wins nothing", () => {
  const gone = { ...list("news", "n"), items: [{ media_id: "n", filename: null }] };
  const [{ spans }] = plans.weekOf(GROUP, [list("menu", "m"), gone], [entry("news")], MONDAY);
  assert.deepEqual([...new Set(spans.map(({ playlist }) => playlist))], ["menu"]);
});

test("screens are dark outside of their hours, and never where there are none", () => {
  const dark = plans.darkIn(GROUP, MONDAY);
  assert.deepEqual(
    dark.get(MONDAY).map(({ from, to }) => [plans.clockOf(from), plans.clockOf(to)]),
    [
      ["00:00", "07:00"],
      ["18:00", "24:00"],
    ],
  );
  const sunday = dark.get("2026-11-29").map(({ from, to }) => to - from);
  assert.equal(
    sunday.reduce((sum, minutes) => sum + minutes),
    1440,
  );
  assert.deepEqual([...plans.darkIn({ ...GROUP, hours: [] }, MONDAY).values()].flat(), []);
});

test("a receipt names the screens that are behind, those that failed first", () => {
  const screen = (name, state) => ({ player: name, name, state, generation: null, since: null });
  const receipt = toReceipt({
    on: 2,
    of: 5,
    screens: [
      screen("hall-1", "showing"),
      screen("hall-2", "held"),
      screen("hall-3", "offline"),
      screen("hall-4", "downloading"),
      screen("gym", "failed"),
    ],
  });
  assert.deepEqual(
    plans.behind(receipt).map(({ name }) => name),
    ["gym", "hall-3", "hall-4"],
  );
});

test("an entry comes back as it was sent", () => {
  const json = { entry_id: "e", playlist_id: "p", group_id: "g", priority: 10, position: 2, enabled: true };
  const read = toEntry({ ...json, weekdays: [4], starts: "18:00", ends: "22:00", first_day: THURSDAY });
  assert.deepEqual(
    [read.playlist, read.group, read.player, read.last_day, read.except_days],
    ["p", "g", null, null, []],
  );
});
