import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../public/app/api/client.js";
import { EVERYTHING } from "../public/app/state/library.js";
import { LibraryList } from "../public/app/state/library_list.js";
import { MediaStore } from "../public/app/state/media_store.js";

const medium = (id, status = "ready") => ({
  id,
  filename: `${id}.pptx`,
  title: `${id}.pptx`,
  tags: [],
  status,
  generation: 1,
});
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A list whose requests the test answers. */
function listed() {
  const requests = [];
  const list = (query, cursor, limit, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      const answer = (ids, next = null) => resolve({ items: ids.map((id) => medium(id)), cursor: next, total: null });
      requests.push({ query, cursor, limit, answer, refuse: reject });
    });
  const store = new MediaStore();
  return { requests, store, library: new LibraryList({ list }, store) };
}

test("an answer to a question that is no longer asked is dropped", async () => {
  const { requests, library } = listed();
  void library.open({ ...EVERYTHING, search: "m" });
  void library.open({ ...EVERYTHING, search: "menu" });
  requests[1].answer(["2"]);
  requests[0].answer(["1"]);
  await settled();
  assert.deepEqual(library.state.value.order, ["2"]);
});

test("what changed while the list was on its way is newer than the list", async () => {
  const { requests, store, library } = listed();
  void library.open(EVERYTHING);
  store.put(medium("1", "failed"));
  requests[0].answer(["1"]);
  await settled();
  assert.equal(store.get("1").status, "failed");
  assert.deepEqual(library.state.value.order, ["1"]);
});

test("what was deleted while the list was on its way is not in it", async () => {
  const { requests, store, library } = listed();
  void library.open(EVERYTHING);
  store.remove("1");
  requests[0].answer(["2", "1"]);
  await settled();
  assert.equal(store.get("1"), undefined);
  assert.deepEqual(library.state.value.order, ["2"]);
});

test("the media of a page are no news", async () => {
  const { requests, library } = listed();
  let changes = 0;
  void library.open(EVERYTHING);
  library.state.addEventListener("change", () => (changes += 1));
  requests[0].answer(["3", "2", "1"]);
  await settled();
  assert.equal(changes, 1);
});

test("more is asked for once, however often the end is seen", async () => {
  const { requests, library } = listed();
  void library.open(EVERYTHING);
  requests[0].answer(["9"], "9");
  await settled();
  void library.more();
  void library.more();
  assert.equal(requests.length, 2);
  assert.equal(requests[1].cursor, "9");
});

test("a reload reads as many pages as were shown", async () => {
  const { requests, library } = listed();
  const ids = Array.from({ length: 250 }, (_, index) => String(999 - index));
  void library.open(EVERYTHING);
  requests[0].answer(ids, "x");
  await settled();
  void library.reload();
  requests[1].answer(ids.slice(0, 200), "y");
  await settled();
  requests[2].answer(ids.slice(200), "z");
  await settled();
  assert.equal(library.state.value.order.length, 250);
  assert.equal(library.state.value.cursor, "z");
});

test("a refusal keeps what is shown and says why", async () => {
  const { requests, library } = listed();
  void library.open(EVERYTHING);
  requests[0].answer(["1"]);
  await settled();
  void library.reload();
  requests[1].refuse(new ApiError(503, "", "Away."));
  await settled();
  const { order, phase, error } = library.state.value;
  assert.deepEqual({ order, phase, error }, { order: ["1"], phase: "failed", error: "Away." });
});
