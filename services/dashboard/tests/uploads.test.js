import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../public/app/api/client.js";
import { send, WHOLE_BYTES } from "../public/app/api/upload.js";
import { secondsLeft, sampled, speed, startRate } from "../public/app/state/rate.js";
import { Uploader } from "../public/app/state/uploader.js";
import { byProminence, headline, totals } from "../public/app/state/uploads.js";

const file = (name, size = 100) => new File([new Uint8Array(size)], name);

/** What a browser keeps, for as long as the test. */
function memory() {
  const kept = new Map();
  return {
    kept,
    add: async (upload) => {
      kept.set(upload.key, { name: upload.file.name, size: upload.file.size, url: null, paused: false, ...upload });
      return true;
    },
    change: async (key, change) => kept.has(key) && kept.set(key, { ...kept.get(key), ...change }),
    remove: async (key) => kept.delete(key),
    of: async (owner) => [...kept.values()].filter((each) => each.owner === owner),
    isSame: async (key, chosen) => chosen.size === kept.get(key).size,
  };
}

/** Sends nothing: the test decides what becomes of each, and when a wait is over. */
function desk(keep = memory(), names = "key") {
  const sent = [];
  const ended = [];
  const waits = [];
  const transport = {
    send: (what, options) => {
      const entry = { file: what, ...options };
      const done = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      options.signal.addEventListener("abort", () => entry.reject(new DOMException("aborted", "AbortError")));
      sent.push(entry);
      return done;
    },
    end: (url) => ended.push(url),
  };
  const later = (seconds, run) => {
    const wait = { seconds, run };
    waits.push(wait);
    return () => waits.splice(waits.indexOf(wait), 1);
  };
  let keys = 0;
  let clock = 0;
  const world = { now: () => (clock += 100), newKey: () => `${names}-${(keys += 1)}`, later };
  const uploader = new Uploader(transport, keep, world);
  return { uploader, sent, ended, waits, keep };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));
/** Returns once it is so; Node's own limit ends a test in which it never is. */
const until = async (holds) => {
  while (!holds()) await settled();
};
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

for (const status of [0, 408, 410, 429, 500, 503]) {
  test(`status ${status} is tried again by itself, under the same key, so that nothing is stored twice`, async () => {
    const { uploader, sent, waits } = desk();
    uploader.add([file("a")]);
    sent[0].reject(new ApiError(status, "", "Later."));
    await until(() => phases(uploader).a === "retrying");
    waits[0].run();
    assert.equal(sent[1].key, sent[0].key);
    assert.equal(phases(uploader).a, "sending");
  });
}

test("each try waits longer than the one before, up to a minute, until the upload comes further", async () => {
  const { uploader, sent, waits } = desk();
  uploader.add([file("a")]);
  const fail = async () => {
    sent.at(-1).reject(new ApiError(503, "", "Away."));
    await until(() => phases(uploader).a === "retrying");
    const { seconds, run } = waits.at(-1);
    run();
    return seconds;
  };
  const waited = [];
  for (let n = 0; n < 10; n += 1) waited.push(await fail());
  assert.ok(waited[0] <= 1 && waited[9] >= 30 && waited[9] <= 60, waited.join());
  sent.at(-1).onPlace({ url: "/u", offset: 10 });
  assert.ok((await fail()) <= 1);
});

test("the server's own word on when to come back is kept", async () => {
  const { uploader, sent, waits } = desk();
  uploader.add([file("a")]);
  sent[0].reject(new ApiError(429, "", "Later.", 40));
  await until(() => waits.length === 1);
  assert.equal(waits[0].seconds, 40);
});

test("the network's return ends the wait", async () => {
  const { uploader, sent, waits } = desk();
  uploader.add([file("a")]);
  sent[0].reject(new ApiError(0, "", "Away."));
  await until(() => waits.length === 1);
  uploader.resumeRetrying();
  assert.equal(sent.length, 2);
  assert.deepEqual(waits, []);
});

test("an upload that tries again keeps its turn: what hinders it hinders all", async () => {
  const { uploader, sent } = desk();
  uploader.add(["a", "b", "c", "d"].map((name) => file(name)));
  sent[0].reject(new ApiError(0, "", "Away."));
  await until(() => Object.values(phases(uploader)).includes("retrying"));
  assert.equal(sent.length, 3);
});

test("a session that ended waits for the next sign-in", async () => {
  const { uploader, sent } = desk();
  let told = 0;
  uploader.addEventListener("unauthorized", () => (told += 1));
  await uploader.enter("ann");
  uploader.add([file("a")]);
  sent[0].reject(new ApiError(401, "", "Sign in."));
  await until(() => phases(uploader).a === "lost");
  assert.equal(told, 1);
  await uploader.enter("ann");
  assert.equal(phases(uploader).a, "sending");
});

test("another account sees nothing of the uploads before", async () => {
  const { uploader, sent } = desk();
  await uploader.enter("ann");
  uploader.add([file("a")]);
  await uploader.enter("bob");
  assert.deepEqual(uploader.list.value, []);
  assert.ok(sent[0].signal.aborted);
});

test("a paused upload goes on where the server stopped", async () => {
  const { uploader, sent } = desk();
  uploader.add([file("a")]);
  sent[0].onPlace({ url: "/api/uploads/1", offset: 64 });
  const [{ key }] = uploader.list.value;
  uploader.pause(key);
  await settled();
  assert.ok(sent[0].signal.aborted);
  assert.equal(phases(uploader).a, "paused");
  uploader.resume(key);
  assert.equal(sent[1].url, "/api/uploads/1");
});

test("a file that was changed while it was sent is refused", async () => {
  const { uploader, sent } = desk();
  const changed = file("a");
  changed.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("changed", "NotReadableError")) });
  uploader.add([changed]);
  sent[0].reject(new ApiError(0, "", "Away."));
  await until(() => phases(uploader).a === "refused");
});

test("the next page goes on with what was kept, and asks for files that are too large to be kept", async () => {
  const { uploader, sent, keep } = desk();
  await uploader.enter("ann");
  uploader.add([file("small"), file("large", 200)]);
  await settled();
  sent.find((entry) => entry.file.name === "large").onPlace({ url: "/api/uploads/2", offset: 64 });
  const large = uploader.list.value.find((upload) => upload.file.name === "large").key;
  keep.kept.set(large, { ...keep.kept.get(large), file: null });

  const next = desk(keep, "next");
  await next.uploader.enter("ann");
  assert.deepEqual(phases(next.uploader), { small: "sending", large: "missing" });
  assert.equal(await next.uploader.offer(large, file("large", 199)), false);
  assert.equal(phases(next.uploader).large, "missing");
  assert.equal(await next.uploader.offer(large, file("large", 200)), true);
  assert.equal(next.sent[1].url, "/api/uploads/2");
});

test("choosing the missing file again as a new one goes on, too", async () => {
  const keep = memory();
  const facts = { key: "k", owner: "ann", name: "large", size: 200, file: null, replaces: null, url: "/api/uploads/2" };
  keep.kept.set("k", facts);
  const { uploader, sent } = desk(keep);
  await uploader.enter("ann");
  uploader.add([file("large", 200)]);
  await until(() => sent.length === 1);
  assert.equal(sent[0].url, "/api/uploads/2");
  assert.equal(uploader.list.value.length, 1);
});

test("what another window sends, or another account left, does not begin here", async () => {
  const keep = memory();
  await keep.add({ key: "theirs", owner: "ann", file: file("theirs") });
  await keep.add({ key: "mine", owner: "ann", file: file("mine") });
  await keep.add({ key: "bobs", owner: "bob", file: file("bobs") });
  const { uploader } = desk(keep);
  await uploader.enter("ann", async () => new Set(["theirs"]));
  assert.deepEqual(phases(uploader), { mine: "sending" });
});

test("nothing is kept of what is stored, refused, cancelled, or signed out of", async () => {
  const { uploader, sent, ended, keep } = desk();
  await uploader.enter("ann");
  uploader.add([file("stored"), file("refused"), file("cancelled"), file("left")]);
  await settled();
  const of = (name) => sent.find((entry) => entry.file.name === name);
  of("stored").resolve({ mediaId: "m", parked: false });
  of("refused").reject(new ApiError(415, "", "No."));
  of("cancelled").onPlace({ url: "/api/uploads/3", offset: 1 });
  uploader.cancel(of("cancelled").key);
  await until(() => keep.kept.size === 1);
  assert.deepEqual(ended, ["/api/uploads/3"]);
  await uploader.forget();
  assert.equal(keep.kept.size, 0);
});

test("cancelling aborts the request and lets the next one go", async () => {
  const { uploader, sent } = desk();
  uploader.add(["a", "b", "c", "d"].map((name) => file(name)));
  uploader.cancel(uploader.list.value.find((upload) => upload.phase === "sending").key);
  await settled();
  assert.equal(sent.filter((entry) => entry.signal.aborted).length, 1);
  assert.equal(sent.length, 4);
});

test("one that waits can be cancelled before anything was sent", () => {
  const { uploader, sent } = desk();
  uploader.add(["a", "b", "c", "d"].map((name) => file(name)));
  uploader.cancel(uploader.list.value.find((upload) => upload.phase === "waiting").key);
  assert.equal(sent.length, 3);
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

const answered = (status, headers = {}, body = "") => ({ status, body, header: (name) => headers[name] ?? null });

for (const [method, replaces, status, parked] of [
  ["POST", null, 201, false],
  ["POST", null, 202, true],
  ["PUT", "m", 200, false],
  ["PUT", "m", 201, false],
  ["PUT", "m", 202, true],
]) {
  test(`${method} answered with ${status} is stored${parked ? ", and its conversion waits" : ""}`, async () => {
    const asked = [];
    const ask = async (...line) => {
      asked.push(line);
      return answered(status, {}, '{"media_id":"m"}');
    };
    assert.deepEqual(await send(file("a"), { key: "key", replaces }, ask), { mediaId: "m", parked });
    assert.deepEqual([asked[0][0], asked[0][2].headers["Idempotency-Key"]], [method, "key"]);
  });
}

/** A server that speaks as much tus as the page does, and takes so many bytes of each request. */
function tus({ takes = Infinity, offset = null } = {}) {
  const server = { offset, asked: [] };
  server.ask = async (method, url, { headers, body }) => {
    server.asked.push(method);
    if (method === "HEAD" && server.offset === null) throw new ApiError(410, "upload_gone", "Gone.");
    if (method === "POST") Object.assign(server, { offset: 0, described: headers["Upload-Metadata"] });
    if (method === "PATCH") assert.equal(Number(headers["Upload-Offset"]), server.offset);
    if (body) server.offset += Math.min(body.size, takes);
    return answered(200, {
      "Upload-Offset": String(server.offset),
      "Infoscreen-Media-Id": "m",
      ...(method === "POST" ? { Location: "/api/uploads/1" } : {}),
    });
  };
  return server;
}
const large = () => file("groß.odp", WHOLE_BYTES + 1000);
const resumably = (server, options = {}) => {
  const places = [];
  const all = { replaces: null, url: null, onProgress: () => undefined, onPlace: (place) => places.push(place) };
  return { places, done: send(large(), { ...all, ...options }, server.ask) };
};

test("a large file begins with as much as its type needs, and goes on until the server has all of it", async () => {
  const server = tus({ takes: 2_000_000 });
  const { places, done } = resumably(server, { replaces: "m" });
  assert.deepEqual(await done, { mediaId: "m", parked: false });
  assert.deepEqual(server.asked, ["POST", "PATCH", "PATCH", "PATCH"]);
  assert.deepEqual(places[0], { url: "/api/uploads/1", offset: 65536 });
  assert.equal(places.at(-1).offset, large().size);
  const [name, replaces] = server.described.split(",").map((pair) => Buffer.from(pair.split(" ")[1], "base64"));
  assert.deepEqual([name.toString(), replaces.toString()], ["groß.odp", "m"]);
});

test("an upload that was begun goes on at the byte that the server names", async () => {
  const server = tus({ offset: 3_000_000 });
  await resumably(server, { url: "/api/uploads/1" }).done;
  assert.deepEqual(server.asked, ["HEAD", "PATCH"]);
});

test("an upload whose last answer was lost is not sent again", async () => {
  const server = tus({ offset: large().size });
  assert.equal((await resumably(server, { url: "/api/uploads/1" }).done).mediaId, "m");
  assert.deepEqual(server.asked, ["HEAD"]);
});

test("an upload that has expired is begun anew", async () => {
  const server = tus();
  await resumably(server, { url: "/api/uploads/0" }).done;
  assert.deepEqual(server.asked, ["HEAD", "POST", "PATCH"]);
});

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
