import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../public/app/api/client.js";
import { send } from "../public/app/api/upload.js";
import { secondsLeft, sampled, speed, startRate } from "../public/app/state/rate.js";
import { Uploader } from "../public/app/state/uploader.js";
import { byProminence, headline, totals } from "../public/app/state/uploads.js";

const file = (name, size = 100) => ({ name, size });

/** Sends nothing: the test decides what becomes of each. */
function desk() {
  const sent = [];
  const send = (what, options) => {
    const entry = { file: what, ...options, cancelled: false };
    const done = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    sent.push(entry);
    const cancel = () => {
      entry.cancelled = true;
      entry.reject(new DOMException("cancelled", "AbortError"));
    };
    return { done, cancel };
  };
  let keys = 0;
  let clock = 0;
  const uploader = new Uploader(send, { now: () => (clock += 100), newKey: () => `key-${(keys += 1)}` });
  return { uploader, sent };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));
const phases = (uploader) => Object.fromEntries(uploader.list.value.map((upload) => [upload.file.name, upload.phase]));

test("a few files go at once, the others wait for their turn", async () => {
  const { uploader, sent } = desk();
  uploader.add(["a", "b", "c", "d", "e"].map((name) => file(name)));
  assert.equal(sent.length, 3);
  sent[0].resolve({ mediaId: "m1", parked: false });
  await settled();
  assert.equal(sent.length, 4);
  assert.equal(Object.values(phases(uploader)).filter((phase) => phase === "waiting").length, 1);
});

test("what is stored is told, with the medium it became", async () => {
  const { uploader, sent } = desk();
  const told = [];
  uploader.addEventListener("stored", (event) => told.push(event.detail));
  uploader.add([file("a")]);
  sent[0].resolve({ mediaId: "m1", parked: true });
  await settled();
  assert.deepEqual(told, ["m1"]);
  assert.equal(uploader.list.value[0].parked, true);
});

test("a refusal keeps the server's words and the rest goes on", async () => {
  const { uploader, sent } = desk();
  uploader.add(["a", "b", "c", "d"].map((name) => file(name)));
  sent[0].reject(new ApiError(415, "unsupported_type", "Save it as PDF."));
  await settled();
  const [refused] = uploader.list.value.filter((upload) => upload.phase === "refused");
  assert.equal(refused.error, "Save it as PDF.");
  assert.equal(sent.length, 4);
});

for (const status of [0, 401, 408, 429, 500, 503]) {
  test(`status ${status} is worth another try`, async () => {
    const { uploader, sent } = desk();
    uploader.add([file("a")]);
    sent[0].reject(new ApiError(status, "", "Later."));
    await settled();
    assert.equal(phases(uploader).a, "lost");
  });
}

test("a retry sends under the same key, so that nothing is stored twice", async () => {
  const { uploader, sent } = desk();
  uploader.add([file("a")]);
  sent[0].reject(new ApiError(0, "", "Away."));
  await settled();
  uploader.retry(uploader.list.value[0].key);
  assert.equal(sent[1].idempotencyKey, sent[0].idempotencyKey);
  assert.equal(phases(uploader).a, "sending");
});

test("cancelling aborts the request and lets the next one go", async () => {
  const { uploader, sent } = desk();
  uploader.add(["a", "b", "c", "d"].map((name) => file(name)));
  uploader.cancel(uploader.list.value.find((upload) => upload.phase === "sending").key);
  await settled();
  assert.equal(sent.filter((entry) => entry.cancelled).length, 1);
  assert.equal(sent.length, 4);
});

test("one that waits can be cancelled before anything was sent", () => {
  const { uploader, sent } = desk();
  uploader.add(["a", "b", "c", "d"].map((name) => file(name)));
  uploader.cancel(uploader.list.value.find((upload) => upload.phase === "waiting").key);
  assert.equal(sent.length, 3);
});

test("a session that ended is told", async () => {
  const { uploader, sent } = desk();
  let told = 0;
  uploader.addEventListener("unauthorized", () => (told += 1));
  uploader.add([file("a")]);
  sent[0].reject(new ApiError(401, "", "Sign in."));
  await settled();
  assert.equal(told, 1);
});

test("the title says what became of the files, and never that none were uploaded", async () => {
  const { uploader, sent } = desk();
  uploader.add([file("a"), file("b")]);
  assert.deepEqual(headline(uploader.list.value), ["tray.uploading", 2]);
  for (const { key } of uploader.list.value) uploader.cancel(key);
  await settled();
  assert.deepEqual(headline(uploader.list.value), ["tray.cancelled", 2]);
  uploader.add([file("c")]);
  sent[2].resolve({ mediaId: "m", parked: false });
  await settled();
  assert.deepEqual(headline(uploader.list.value), ["tray.done", 1]);
  uploader.add([file("d")]);
  sent[3].reject(new ApiError(415, "", "Not this."));
  await settled();
  assert.deepEqual(headline(uploader.list.value), ["tray.failed", 1]);
});

for (const [method, replaces, status, parked] of [
  ["POST", null, 201, false],
  ["POST", null, 202, true],
  ["PUT", "m", 200, false],
  ["PUT", "m", 201, false],
  ["PUT", "m", 202, true],
]) {
  test(`${method} answered with ${status} is stored${parked ? ", and its conversion waits" : ""}`, async () => {
    const request = {
      upload: {},
      setRequestHeader: () => undefined,
      open: (...line) => (request.line = line),
      send: () => request.onload(),
      status,
      responseText: '{"media_id":"m"}',
    };
    const options = { replaces, idempotencyKey: "key", onProgress: () => undefined };
    assert.deepEqual(await send(file("a"), options, () => request).done, { mediaId: "m", parked });
    assert.equal(request.line[0], method);
  });
}

test("progress never passes the file's size, which the body's framing does", () => {
  const { uploader, sent } = desk();
  uploader.add([file("a", 100)]);
  sent[0].onProgress(140);
  assert.equal(uploader.list.value[0].sentBytes, 100);
});

test("the sum counts what is stored as sent and leaves out what was given up", async () => {
  const { uploader, sent } = desk();
  uploader.add([file("a", 100), file("b", 50), file("c", 10)]);
  sent[0].resolve({ mediaId: "m", parked: false });
  sent[1].reject(new ApiError(413, "", "Too large."));
  sent[2].onProgress(3);
  await settled();
  const { sizeBytes, sentBytes, underWay, failed, stored } = totals(uploader.list.value);
  const { size: storedSize } = sent[0].file;
  assert.deepEqual({ sizeBytes, sentBytes }, { sizeBytes: storedSize + sent[2].file.size, sentBytes: storedSize + 3 });
  assert.deepEqual({ underWay, failed, stored }, { underWay: 1, failed: 1, stored: 1 });
});

test("uploads that need attention come first, and files are in the order they were added", () => {
  const list = ["stored", "waiting", "refused", "waiting"].map((phase, key) => ({ phase, key }));
  assert.deepEqual(
    byProminence(list).map(({ key }) => key),
    [2, 1, 3, 0],
  );
});

test("finished ones are cleared, those under way stay", async () => {
  const { uploader, sent } = desk();
  uploader.add([file("a"), file("b")]);
  sent[0].resolve({ mediaId: "m", parked: false });
  await settled();
  uploader.dismissFinished();
  assert.deepEqual(Object.values(phases(uploader)), ["sending"]);
});

test("it is too early to tell a speed from the first moments", () => {
  assert.equal(speed(sampled(startRate(0), 500, 1_000_000)), null);
});

test("the speed is that of the last seconds, not of the whole upload", () => {
  let rate = startRate(0);
  for (let second = 1; second <= 20; second += 1) rate = sampled(rate, second * 1000, second * 1_000_000);
  for (let second = 21; second <= 40; second += 1)
    rate = sampled(rate, second * 1000, 20_000_000 + (second - 20) * 100_000);
  assert.ok(Math.abs(speed(rate) - 100_000) < 1);
  assert.equal(Math.round(secondsLeft(rate, 23_000_000)), 10);
});

test("a line that stands still has no time left to tell", () => {
  const rate = sampled(sampled(startRate(0), 1000, 500), 9000, 500);
  assert.equal(secondsLeft(sampled(rate, 12_000, 500), 1000), null);
});
