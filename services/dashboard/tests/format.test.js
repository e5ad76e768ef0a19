import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { setLanguage } from "../public/app/text/index.js";
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatElapsed,
  formatPages,
  formatRemaining,
  formatSpeed,
} from "../public/app/view/format.js";
import { statusSentence } from "../public/app/view/status.js";

afterEach(() => setLanguage("en"));

test("sizes are told in the largest unit that leaves a number people can read", () => {
  assert.equal(formatBytes(0), "0 bytes");
  assert.equal(formatBytes(1), "1 byte");
  assert.equal(formatBytes(999), "999 bytes");
  assert.equal(formatBytes(1_000), "1 kB");
  assert.equal(formatBytes(24_680), "24.7 kB");
  assert.equal(formatBytes(345_600_000), "346 MB");
  assert.equal(formatBytes(2_147_483_648), "2.1 GB");
});

test("numbers follow the page's language", () => {
  setLanguage("de");
  assert.equal(formatBytes(24_680), "24,7 kB");
  assert.equal(formatDuration(0.84), "0,84 s");
});

test("speed is bytes per second", () => assert.equal(formatSpeed(12_400_000), "12.4 MB/s"));

test("durations use at most two units", () => {
  assert.equal(formatDuration(0.3), "0.3 s");
  assert.equal(formatDuration(42.4), "42 s");
  assert.equal(formatDuration(60), "1 min");
  assert.equal(formatDuration(185), "3 min 5 s");
  assert.equal(formatDuration(7_800), "2 h 10 min");
});

test("a duration just below a unit's border does not show sixty of the smaller one", () => {
  assert.equal(formatDuration(59.7), "1 min");
  assert.equal(formatDuration(3_599.8), "1 h");
  assert.equal(formatDuration(7_199), "2 h");
});

test("what remains is told roughly, and in the singular where there is one", () => {
  assert.equal(formatRemaining(0.4), "almost done");
  assert.equal(formatRemaining(0.99 + 0.01), "1 second left");
  assert.equal(formatRemaining(59), "59 seconds left");
  assert.equal(formatRemaining(61), "1 minute left");
  assert.equal(formatRemaining(7_200), "2 hours left");
});

test("the past is told from now", () => {
  const now = new Date("2026-03-01T12:00:00Z");
  const before = (seconds) => new Date(now.getTime() - seconds * 1000);
  assert.equal(formatAgo(before(2), now), "just now");
  assert.equal(formatAgo(before(300), now), "5 min. ago");
  assert.equal(formatAgo(before(86_400), now), "yesterday");
  assert.equal(formatAgo(before(10 * 86_400), now), "10 days ago");
});

test("a clock that is a little behind the server's does not tell of the future", () => {
  const now = new Date("2026-03-01T12:00:00Z");
  assert.equal(formatAgo(new Date(now.getTime() + 3_000), now), "just now");
  assert.equal(formatElapsed(new Date(now.getTime() + 3_000), now), "0 s");
});

test("how long something goes on is told in its largest unit", () => {
  const now = new Date("2026-03-01T12:00:00Z");
  assert.equal(formatElapsed(new Date(now.getTime() - 15 * 60_000 - 20_000), now), "15 min");
  assert.equal(formatElapsed(new Date(now.getTime() - 3 * 86_400_000), now), "3 days");
});

test("pages that follow each other are written as a range", () => {
  assert.equal(formatPages([]), "");
  assert.equal(formatPages([7]), "7");
  assert.equal(formatPages([1, 3, 4, 5, 9, 10]), "1, 3–5, 9–10");
});

test("a slow conversion says how far it is, a quick one nothing", () => {
  const medium = { status: "processing", pagesDone: 20, pagesExpected: 800, etaSeconds: 130 };
  assert.equal(statusSentence(medium), "Page 20 of 800 · 2 minutes left");
  assert.equal(statusSentence({ ...medium, pagesDone: 0, etaSeconds: null }), "Page 0 of 800");
  assert.equal(statusSentence({ ...medium, pagesExpected: null }), "");
  setLanguage("de");
  assert.equal(statusSentence(medium), "Seite 20 von 800 · noch 2 Minuten");
});
