import assert from "node:assert/strict";
import { test } from "node:test";

import { LiveEvents, retryDelay } from "../public/app/api/live.js";

/** A world in which time passes when the test says so. */
function world() {
  const sources = [];
  const timers = new Map();
  let ids = 0;
  return {
    sources,
    timers,
    answer: null,
    async refusal() {
      return this.answer;
    },
    open(url) {
      const source = Object.assign(new EventTarget(), { url, readyState: 0, closed: false });
      source.close = () => Object.assign(source, { closed: true, readyState: 2 });
      sources.push(source);
      return source;
    },
    setTimeout(run, delay) {
      timers.set((ids += 1), { run, delay });
      return ids;
    },
    clearTimeout: (id) => timers.delete(id),
    elapse(upTo = Infinity) {
      const due = [...timers].filter(([, { delay }]) => delay <= upTo);
      for (const [id] of due) timers.delete(id);
      for (const [, { run }] of due) run();
    },
  };
}
const LONGER_THAN_A_BLIP_MS = 5_000;
const opened = (source) => {
  source.readyState = 1;
  source.onopen();
};
const failed = (source, readyState) => {
  source.readyState = readyState;
  source.onerror();
};
function started() {
  const time = world();
  const live = new LiveEvents("/api/events", time);
  const states = [];
  const told = { reconnected: 0, changes: [] };
  live.addEventListener("state", (event) => states.push(event.detail));
  live.addEventListener("reconnected", () => (told.reconnected += 1));
  live.addEventListener("change", (event) => told.changes.push(event.detail));
  live.start();
  return { time, live, states, told };
}

test("a change is told with its data", () => {
  const { time, told } = started();
  opened(time.sources[0]);
  const data = JSON.stringify({ type: "conversion.succeeded", media_id: "m" });
  time.sources[0].dispatchEvent(new MessageEvent("conversion.succeeded", { data }));
  assert.deepEqual(told.changes, [{ type: "conversion.succeeded", media_id: "m" }]);
});

test("a blip that the browser mends in time is not worth a word, but what is shown is read again", () => {
  const { time, states, told } = started();
  opened(time.sources[0]);
  failed(time.sources[0], 0);
  opened(time.sources[0]);
  time.elapse(LONGER_THAN_A_BLIP_MS);
  assert.deepEqual(states, ["open"]);
  assert.equal(told.reconnected, 1);
});

test("a connection that stays away is told, and its return too", () => {
  const { time, states } = started();
  opened(time.sources[0]);
  failed(time.sources[0], 0);
  time.elapse();
  assert.deepEqual(states, ["open", "lost"]);
  opened(time.sources[0]);
  assert.deepEqual(states, ["open", "lost", "open"]);
});

test("where the browser gives up, a new connection is opened", () => {
  const { time } = started();
  opened(time.sources[0]);
  failed(time.sources[0], 2);
  assert.equal(time.sources.length, 1);
  time.elapse();
  assert.equal(time.sources.length, 2);
});

test("silence is noticed, and every word ends it", () => {
  const { time, states } = started();
  opened(time.sources[0]);
  time.sources[0].dispatchEvent(new MessageEvent("alive", { data: "{}" }));
  assert.equal(time.timers.size, 1);
  time.elapse(); // nothing was heard
  assert.ok(time.sources[0].closed);
  time.elapse(); // neither since
  assert.deepEqual(states, ["open", "lost"]);
  opened(time.sources[1]);
  assert.deepEqual(states, ["open", "lost", "open"]);
});

const told = () => new Promise((resolve) => setImmediate(resolve));

test("where too many are open, the page says so and comes back when the server says", async () => {
  const { time, states } = started();
  time.answer = { status: 429, retryAfterSeconds: 30 };
  failed(time.sources[0], 2);
  await told();
  assert.deepEqual(states, ["crowded"]);
  time.elapse(29_000);
  assert.equal(time.sources.length, 1);
  time.elapse(38_000);
  assert.equal(time.sources.length, 2);
  opened(time.sources[1]);
  assert.deepEqual(states, ["crowded", "open"]);
});

test("a server that goes away while too many were open is told as lost", async () => {
  const { time, states } = started();
  time.answer = { status: 429, retryAfterSeconds: 30 };
  failed(time.sources[0], 2);
  await told();
  time.answer = null;
  time.elapse();
  failed(time.sources[1], 2);
  await told();
  assert.deepEqual(states, ["crowded", "lost"]);
});

test("a first connection that never comes is told as lost", () => {
  const { time, states, told } = started();
  failed(time.sources[0], 2);
  time.elapse();
  assert.deepEqual(states, ["lost"]);
  opened(time.sources[1]);
  assert.equal(told.reconnected, 0);
});

test("trying at once closes the old connection", () => {
  const { time, live } = started();
  failed(time.sources[0], 2);
  live.retryNow();
  assert.ok(time.sources[0].closed);
  assert.equal(time.sources.length, 2);
  assert.equal(time.timers.size, 0);
});

test("while all is well, trying at once does nothing", () => {
  const { time, live } = started();
  opened(time.sources[0]);
  live.retryNow();
  assert.equal(time.sources.length, 1);
});

test("an error of a connection that was left behind is ignored", () => {
  const { time, live } = started();
  failed(time.sources[0], 2);
  live.retryNow();
  failed(time.sources[0], 2);
  assert.equal(time.timers.size, 0);
});

test("after signing out nothing is tried any more", () => {
  const { time, live } = started();
  failed(time.sources[0], 2);
  live.stop();
  time.elapse();
  assert.equal(time.sources.length, 1);
});

test("who signs in again starts from fresh", () => {
  const { time, live, states } = started();
  opened(time.sources[0]);
  live.stop();
  live.start();
  opened(time.sources[1]);
  assert.deepEqual(states, ["open", "connecting", "open"]);
});

test("delays double up to a bound and differ from page to page", () => {
  assert.equal(
    retryDelay(0, () => 1),
    500,
  );
  assert.equal(
    retryDelay(3, () => 1),
    4_000,
  );
  assert.equal(
    retryDelay(50, () => 1),
    15_000,
  );
  assert.equal(
    retryDelay(50, () => 0),
    11_250,
  );
});
