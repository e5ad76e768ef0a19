import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../public/app/api/client.js";
import { Names } from "../public/app/state/names.js";

const ADA = "01a20601-2b3c-7d4e-8f90-a1b2c3d4e5f6";
const GONE = "01a20601-2b3c-7d4e-8f90-a1b2c3d4e5f7";

test("an account is called by its name, a token of the file by its own, and an id is shown to no one", async () => {
  const names = new Names({ names: async () => [{ id: ADA, name: "Ada", mayOwn: true }] });
  await names.load();
  assert.deepEqual(
    [ADA, "kitchen", GONE].map((one) => names.of(one)),
    ["Ada", "kitchen", "An unknown account"],
  );
});

test("media are handed over to those that may own them", async () => {
  const people = [
    { id: ADA, name: "Ada", mayOwn: true },
    { id: GONE, name: "Bob", mayOwn: false },
  ];
  const names = new Names({ names: async () => people });
  await names.load();
  assert.deepEqual(names.owners, [people[0]]);
});

test("names that cannot be read leave those that were known", async () => {
  const answers = [async () => [{ id: ADA, name: "Ada", mayOwn: true }]];
  const names = new Names({
    names: () => (answers.pop() ?? (() => Promise.reject(new ApiError(503, "unavailable", "away"))))(),
  });
  await names.load();
  await names.load();
  assert.equal(names.of(ADA), "Ada");
});
