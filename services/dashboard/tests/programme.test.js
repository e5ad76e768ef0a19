import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decide, week } from "../public/app/state/programme.js";

const { cases } = JSON.parse(
  readFileSync(new URL("../../../tests/contract/programme/cases.json", import.meta.url), "utf8"),
);

/** A manifest of the cases, whole: an item that is a text is its medium. */
function programmeOf(manifest) {
  const whole = (item) => (typeof item === "string" ? { media_id: item } : item);
  const lists = Object.entries(manifest.playlists).map(([id, items]) => [id, items.map(whole)]);
  return { ...manifest, playlists: Object.fromEntries(lists) };
}

/** Whether a step is about rules and time alone, by a clock that is right. */
const isOurs = (step) => step.at && !step.last && (!step.clock || step.clock.server);

for (const { case: number, name, manifest, steps } of cases) {
  const programme = programmeOf(manifest);
  for (const step of steps.filter(isOurs)) {
    test(`case ${number}: ${name}, at ${step.at}`, () => {
      const made = decide(programme, new Date(step.at), (media) => !step.absent?.includes(media));
      const shows = Array.isArray(step.shows) ? step.shows : [];
      assert.deepEqual(made.media, shows);
      assert.deepEqual([made.entry, made.override], [step.entry, step.override ?? null]);
      assert.equal(made.text, step.shows.text ?? null);
      assert.equal(made.power, step.power ?? true);
      if (step.hidden) assert.deepEqual(made.hidden, step.hidden);
    });
  }
  for (const step of steps.filter((each) => "minutes" in each)) {
    test(`case ${number}: ${name}, from ${step.from}`, () => {
      let minutes = 0;
      for (let at = Date.parse(step.from); at < Date.parse(step.to); at += 60_000) {
        minutes += decide(programme, new Date(at)).entry === step.entry ? 1 : 0;
      }
      assert.equal(minutes, step.minutes);
    });
  }
}

const entry = (id, weekdays, starts, ends, more = {}) => ({
  id,
  playlist: `list ${id}`,
  weekdays,
  starts,
  ends,
  ...more,
});
const lists = Object.fromEntries(["default", "list a", "list b", "list empty"].map((id) => [id, [{ media_id: id }]]));
const programme = (...entries) => ({ timezone: "Europe/Berlin", playlists: lists, default: "default", entries });

test("a week has what is on in each hour, and what that hides", () => {
  const days = week(
    programme(entry("a", [5], "22:00", "06:00"), entry("b", [5, 6], "23:00", null, { priority: 1 })),
    "2026-11-23",
  );
  const spans = (day) => days[day].spans.map(({ from, to, entry: on, hidden }) => [from / 60, to / 60, on, ...hidden]);
  assert.deepEqual(
    days.map(({ day }) => day),
    ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29"],
  );
  assert.deepEqual(spans(0), [[0, 24, null]]);
  assert.deepEqual(spans(4), [
    [0, 22, null],
    [22, 23, "a"],
    [23, 24, "b", "a"],
  ]);
  assert.deepEqual(spans(5), [
    [0, 6, "a"],
    [6, 23, null],
    [23, 24, "b"],
  ]);
});

test("an entry whose list has nothing for the day leaves it to the next", () => {
  const rules = programme(entry("empty", [1], "08:00", "10:00", { priority: 9 }), entry("a", [1], "09:00", "11:00"));
  rules.playlists = { ...lists, "list empty": [{ media_id: "x", last_day: "2026-11-22" }] };
  const [monday] = week(rules, "2026-11-23");
  assert.deepEqual(
    monday.spans.map(({ from, entry: on, playlist, hidden }) => [from / 60, on, playlist, ...hidden]),
    [
      [0, null, "default"],
      [8, null, "default", "empty"],
      [9, "a", "list a", "empty"],
      [10, "a", "list a"],
      [11, null, "default"],
    ],
  );
});
