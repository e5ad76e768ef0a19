import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST_CHOSEN, Selection } from "../public/app/state/selection.js";

const chosen = (selection) => [...selection.ids.value].sort();

test("media are chosen and left out one by one", () => {
  const selection = new Selection();
  selection.set("a", true);
  selection.set("b", true);
  selection.set("a", false);
  assert.deepEqual(chosen(selection), ["b"]);
  selection.clear();
  assert.deepEqual(chosen(selection), []);
});

test("with the shift key the choice reaches from the last one up to this one, either way", () => {
  const selection = new Selection();
  const order = ["a", "b", "c", "d"];
  selection.set("c", true);
  selection.reach("a", true, order);
  assert.deepEqual(chosen(selection), ["a", "b", "c"]);
  selection.reach("b", false, order);
  assert.deepEqual(chosen(selection), ["c"]);
  const fresh = new Selection();
  fresh.reach("d", true, order);
  assert.deepEqual(chosen(fresh), ["d"]);
});

test("no more are chosen than the API takes at once", () => {
  const selection = new Selection();
  const order = Array.from({ length: 300 }, (_, number) => String(number));
  selection.set("0", true);
  selection.reach("299", true, order);
  assert.equal(selection.ids.value.size, MOST_CHOSEN);
});
