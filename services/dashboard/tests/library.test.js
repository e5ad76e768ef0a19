import assert from "node:assert/strict";
import { test } from "node:test";

import * as library from "../public/app/state/library.js";

const medium = (id, change = {}) => {
  const filename = change.filename ?? `${id}.pptx`;
  return { id, filename, title: filename, tags: [], status: "ready", generation: 1, ...change };
};
const page = (ids, cursor = null, total = null) => ({ items: ids.map((id) => medium(id)), cursor, total });
const shown = (ids, cursor = null, query = library.EVERYTHING) =>
  library.started(library.opened(query), page(ids, cursor, ids.length));

test("a page that was moved on by new media shows none of them twice", () => {
  const state = library.continued(shown(["9", "8", "7"], "next"), page(["7", "6"], null));
  assert.deepEqual(state.order, ["9", "8", "7", "6"]);
  assert.equal(state.cursor, null);
});

const changed = (state, it) => library.changed(state, it, (id) => medium(id));

test("a new medium takes its place by age", () => {
  const state = shown(["9", "7", "5"]);
  assert.deepEqual(changed(state, medium("a")).order, ["a", "9", "7", "5"]);
  assert.deepEqual(changed(state, medium("8")).order, ["9", "8", "7", "5"]);
  assert.deepEqual(changed(state, medium("1")).order, ["9", "7", "5", "1"]);
  assert.equal(changed(state, medium("a")).total, 4);
  const oldest = shown(["5", "7"], null, { ...library.EVERYTHING, sort: "oldest" });
  assert.deepEqual(changed(oldest, medium("6")).order, ["5", "6", "7"]);
});

test("a new medium takes its place by name or size, where that is the order", () => {
  const media = { 1: { filename: "a.odp", sizeBytes: 30 }, 2: { filename: "Ä.odp", sizeBytes: 20 } };
  const known = (id) => medium(id, media[id]);
  const b = medium("3", { filename: "B.odp", sizeBytes: 25 });
  const order = (sort, ids, it = b) =>
    library.changed(shown(ids, null, { ...library.EVERYTHING, sort }), it, known).order;
  assert.deepEqual(order("name", ["1", "2"]), ["1", "2", "3"]);
  assert.deepEqual(order("-name", ["2", "1"]), ["3", "2", "1"]);
  assert.deepEqual(order("size", ["2", "1"]), ["2", "3", "1"]);
  assert.deepEqual(order("-size", ["1", "2"]), ["1", "3", "2"]);
  assert.deepEqual(order("-size", ["1", "2"], medium("0", media[2])), ["1", "2", "0"]);
});

test("a change to a medium of a page that is not loaded does not bring it in", () => {
  assert.deepEqual(changed(shown(["9", "7"], "next"), medium("1")).order, ["9", "7"]);
});

test("a new medium that does not match the query stays away", () => {
  const failed = shown(["9"], null, { search: "", status: "failed", sort: "newest" });
  assert.deepEqual(changed(failed, medium("a")).order, ["9"]);
  const searched = shown(["9"], null, { search: "menu", status: "", sort: "newest" });
  assert.deepEqual(changed(searched, medium("a")).order, ["9"]);
  assert.deepEqual(changed(searched, medium("a", { filename: "The MENU.odp" })).order, ["a", "9"]);
});

test("a medium that no longer matches the filter leaves", () => {
  const state = shown(["9", "8"], null, { search: "", status: "processing", sort: "newest" });
  assert.deepEqual(changed(state, medium("8", { status: "ready" })).order, ["9"]);
});

test("a known medium changes nothing about the order", () => {
  const state = shown(["9", "8"]);
  assert.equal(changed(state, medium("8", { status: "failed" })), state);
});

test("what is shown as it is counts as ready", () => {
  const query = { search: "", status: "ready", sort: "newest" };
  assert.ok(library.matches(medium("1", { status: "original" }), query));
});

test("each further filter keeps what does not match it away", () => {
  const other = { tags: [], mediaType: "video/mp4", uploadedBy: "bob", findings: 0 };
  const wanted = { tags: ["menu"], mediaType: "application/pdf", uploadedBy: "ann", findings: 2 };
  for (const filter of [{ kind: "pdf" }, { tag: "menu" }, { by: "ann" }, { findings: true }]) {
    const query = { ...library.EVERYTHING, ...filter };
    assert.ok(library.matches(medium("1", wanted), query));
    assert.ok(!library.matches(medium("1", other), query));
  }
  const documents = { ...library.EVERYTHING, kind: "document" };
  assert.ok(library.matches(medium("1", { mediaType: "application/vnd.ms-excel" }), documents));
});

test("only the server knows what screens are to show: nothing comes by itself, what is there stays", () => {
  const state = shown(["9"], null, { ...library.EVERYTHING, onScreen: true });
  assert.deepEqual(changed(state, medium("a")).order, ["9"]);
  assert.deepEqual(changed(state, medium("9")).order, ["9"]);
});

test("a deletion hides at once, and undoing it brings the medium back to its place", () => {
  const state = library.hidden(shown(["9", "8", "7"]), "8");
  assert.deepEqual(library.visible(state), ["9", "7"]);
  assert.deepEqual(library.visible(library.restored(state, "8")), ["9", "8", "7"]);
});

test("a deleted medium is gone from order, total and hidden ones", () => {
  const state = library.removed(library.hidden(shown(["9", "8"]), "8"), "8");
  assert.deepEqual(state.order, ["9"]);
  assert.equal(state.total, 1);
  assert.equal(state.hidden.size, 0);
});

test("a deletion that can still be undone survives another search", () => {
  const state = library.hidden(shown(["9", "8"]), "8");
  const again = library.started(library.opened({ ...library.EVERYTHING, search: "x" }, state.hidden), page(["8"]));
  assert.deepEqual(library.visible(again), []);
});

test("the address holds the query, and only what is not the default", () => {
  assert.equal(library.toParameters(library.EVERYTHING), "");
  const further = { kind: "pdf", tag: "a&b", by: "Ann", onScreen: true, findings: true };
  const query = { search: "a&b #1", status: "failed", sort: "newest", ...further };
  assert.equal(library.furtherFilters(query), 5);
  assert.deepEqual(library.fromParameters(new URLSearchParams(library.toParameters(query))), query);
});

test("an invalid address gives the default query", () => {
  assert.deepEqual(
    library.fromParameters(new URLSearchParams("status=__proto__&sort=1&type=x&screens=x")),
    library.EVERYTHING,
  );
});

test("a search finds names whatever kind of space was typed", () => {
  const typed = " 会議\u3000資料\u00a0v2\u202f ";
  assert.equal(library.tidySearch(typed), "会議 資料 v2");
  assert.equal(library.fromParameters(new URLSearchParams({ q: typed })).search, "会議 資料 v2");
  assert.equal(library.tidySearch("👩\u200d🚀 می\u200cخواهم"), "👩\u200d🚀 می\u200cخواهم");
});
