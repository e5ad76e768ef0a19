import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../public/app/api/client.js";
import { openStream } from "../public/app/api/event_stream.js";
import { LiveEvents, retryDelay } from "../public/app/api/live.js";

/** A world in which time passes, and streams open, speak and end, when the test says so. */
function world() {
  const sources = [];
  const timers = new Map();
  let ids = 0;
  return {
    sources,
    timers,
    open(path, lastId, signal) {
      const source = stream(path, lastId, signal);
      sources.push(source);
      return source.answer;
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

/** One request for the stream. */
function stream(path, lastId, signal) {
  const messages = [];
  const source = { path, lastId, signal };
  let wake = () => undefined;
  const put = (message) => {
    messages.push(message);
    wake();
  };
  async function* read() {
    for (;;) {
      while (messages.length === 0) await new Promise((resolve) => (wake = resolve));
      const message = messages.shift();
      if (message === null) return;
      if (message instanceof Error) throw message;
      yield message;
    }
  }
  signal.addEventListener("abort", () => put(new DOMException("stopped", "AbortError")));
  source.answer = new Promise((resolve, reject) => {
    source.accept = () => resolve(read());
    source.refuse = (error) => reject(error);
  });
  source.say = (type, data = {}, id = "") => put({ type, id, data: JSON.stringify(data) });
  source.end = () => put(null);
  return source;
}
const settled = () => new Promise((resolve) => setImmediate(resolve));
const LONGER_THAN_A_BLIP_MS = 5_000;
const LONGER_THAN_ANY_RETRY_MS = 15_000;
const AWAY = new ApiError(0, "", "The server cannot be reached.");
const opened = (source) => {
  source.accept();
  return settled();
};
const ended = (source) => {
  source.end();
  return settled();
};
const refused = (source, error = AWAY) => {
  source.refuse(error);
  return settled();
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

test("a change is told with its data", async () => {
  const { time, told } = started();
  await opened(time.sources[0]);
  time.sources[0].say("conversion.succeeded", { type: "conversion.succeeded", media_id: "m" }, "7");
  await settled();
  assert.deepEqual(told.changes, [{ type: "conversion.succeeded", media_id: "m" }]);
});

test("what people changed of the programme is told by its nouns, and is no change of a medium", async () => {
  const { time, live, told } = started();
  const edited = [];
  live.addEventListener("programme", ({ detail }) => edited.push(detail));
  await opened(time.sources[0]);
  time.sources[0].say("programme", { changed: ["entry", "playlist"] });
  await settled();
  assert.deepEqual(edited, [["entry", "playlist"]]);
  assert.deepEqual(told.changes, []);
});

test("a stream that is opened again goes on after the last event", async () => {
  const { time, told } = started();
  await opened(time.sources[0]);
  time.sources[0].say("media.uploaded", { media_id: "m" }, "7");
  time.sources[0].say("alive");
  await ended(time.sources[0]);
  time.elapse(LONGER_THAN_ANY_RETRY_MS);
  assert.deepEqual(
    time.sources.map(({ lastId }) => lastId),
    [null, "7"],
  );
  assert.equal(told.changes.length, 1);
});

test("a blip that is mended in time is not worth a word, but what is shown is read again", async () => {
  const { time, states, told } = started();
  await opened(time.sources[0]);
  await ended(time.sources[0]);
  time.elapse(1_000); // soon enough to be a blip
  await opened(time.sources[1]);
  time.elapse(LONGER_THAN_A_BLIP_MS);
  assert.deepEqual(states, ["open"]);
  assert.equal(told.reconnected, 1);
});

test("a connection that stays away is told, and its return too", async () => {
  const { time, states } = started();
  await opened(time.sources[0]);
  await ended(time.sources[0]);
  time.elapse(LONGER_THAN_A_BLIP_MS);
  assert.deepEqual(states, ["open", "lost"]);
  await opened(time.sources[1]);
  assert.deepEqual(states, ["open", "lost", "open"]);
});

test("a refused connection is tried again", async () => {
  const { time } = started();
  await refused(time.sources[0]);
  assert.equal(time.sources.length, 1);
  time.elapse(LONGER_THAN_ANY_RETRY_MS);
  assert.equal(time.sources.length, 2);
});

test("a server with too many streams is asked again when it said, and the page is told why", async () => {
  const { time, states } = started();
  await refused(time.sources[0], new ApiError(429, "too_many_requests", "Too many streams are open.", 60));
  assert.deepEqual(states, ["crowded"]);
  time.elapse(59_999);
  assert.equal(time.sources.length, 1);
  time.elapse(75_000);
  assert.equal(time.sources.length, 2);
  await opened(time.sources[1]);
  assert.deepEqual(states, ["crowded", "open"]);
});

test("a refusal carries the time after which the server wants to be asked again", async () => {
  const signal = new AbortController().signal;
  for (const [header, seconds] of Object.entries({ 30: 30, "Wed, 21 Oct 2026 07:28:00 GMT": null })) {
    const fetcher = async () => new Response("{}", { status: 429, headers: { "Retry-After": header } });
    await assert.rejects(openStream("/api/events", null, signal, fetcher), {
      status: 429,
      retryAfterSeconds: seconds,
    });
  }
  const away = () => Promise.reject(new TypeError("Failed to fetch"));
  await assert.rejects(openStream("/api/events", null, signal, away), { status: 0 });
});

test("a stream that falls silent is opened anew, and every message counts as a sign of life", async () => {
  const { time, states } = started();
  await opened(time.sources[0]);
  time.sources[0].say("alive");
  await settled();
  assert.equal(time.timers.size, 1);
  time.elapse(); // nothing was heard
  assert.ok(time.sources[0].signal.aborted);
  time.elapse(LONGER_THAN_ANY_RETRY_MS); // neither since
  assert.deepEqual(states, ["open", "lost"]);
  await opened(time.sources[1]);
  assert.deepEqual(states, ["open", "lost", "open"]);
});

test("a connection that never answers is given up", async () => {
  const { time } = started();
  time.elapse();
  assert.ok(time.sources[0].signal.aborted);
  time.elapse(LONGER_THAN_ANY_RETRY_MS);
  assert.equal(time.sources.length, 2);
});

test("a first connection that never comes is told as lost", async () => {
  const { time, states, told } = started();
  await refused(time.sources[0]);
  time.elapse(LONGER_THAN_A_BLIP_MS);
  assert.deepEqual(states, ["lost"]);
  await opened(time.sources[1]);
  assert.equal(told.reconnected, 0);
});

test("retryNow closes the old connection", async () => {
  const { time, live } = started();
  await refused(time.sources[0]);
  live.retryNow();
  assert.ok(time.sources[0].signal.aborted);
  assert.equal(time.sources.length, 2);
  time.elapse(LONGER_THAN_ANY_RETRY_MS); // nothing but the new one is waited for
  assert.equal(time.sources.length, 2);
});

test("retryNow does nothing while the stream is open", async () => {
  const { time, live } = started();
  await opened(time.sources[0]);
  live.retryNow();
  assert.equal(time.sources.length, 1);
});

test("an error of a connection that was left behind is ignored", async () => {
  const { time, live } = started();
  live.retryNow();
  await refused(time.sources[0]);
  time.elapse(LONGER_THAN_ANY_RETRY_MS);
  assert.equal(time.sources.length, 2);
});

test("after signing out nothing is tried any more", async () => {
  const { time, live } = started();
  await refused(time.sources[0]);
  live.stop();
  time.elapse();
  assert.equal(time.sources.length, 1);
});

test("after signing in again, the stream starts afresh", async () => {
  const { time, live, states } = started();
  await opened(time.sources[0]);
  time.sources[0].say("media.uploaded", {}, "7");
  await settled();
  live.stop();
  live.start();
  await opened(time.sources[1]);
  assert.deepEqual(states, ["open", "connecting", "open"]);
  assert.equal(time.sources[1].lastId, null);
});

test("delays double up to a bound and differ from page to page", () => {
  const least = () => 0;
  const most = () => 1;
  assert.equal(retryDelay(0, 0, most), 500);
  assert.equal(retryDelay(3, 0, most), 4_000);
  assert.equal(retryDelay(50, 0, most), 15_000);
  assert.equal(retryDelay(50, 0, least), 11_250);
  assert.equal(retryDelay(0, 60, least), 60_000);
  assert.equal(retryDelay(0, 60, most), 75_000);
});
