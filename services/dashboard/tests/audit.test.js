import assert from "node:assert/strict";
import { test } from "node:test";

import { AuditApi, csvAddress, differencesOf } from "../public/app/api/audit.js";

const json = {
  entry_id: "e1",
  at: "2026-11-27T10:00:00Z",
  actor: "ada",
  what: "group.changed",
  subject: "g1",
  subject_name: "Foyer",
  before: { name: "Hall", hours: [{ starts: "07:00" }], language: "de" },
  after: { name: "Foyer", hours: [{ starts: "07:00" }], timezone: "UTC" },
};

test("a page asks for what the filter names, after the page before", async () => {
  const asked = [];
  const api = new AuditApi({ get: async (path) => (asked.push(path), { items: [json], next_cursor: "e1" }) });
  const page = await api.page({ actor: "ada & co", subject: "" }, "e0");
  assert.deepEqual(asked, ["/api/audit?actor=ada+%26+co&cursor=e0"]);
  assert.equal(page.cursor, "e1");
  assert.equal(page.items[0].name, "Foyer");
});

test("only fields that differ are told, also those that one side lacks", () => {
  assert.deepEqual(differencesOf(json), [
    { field: "name", before: "Hall", after: "Foyer" },
    { field: "language", before: "de", after: null },
    { field: "timezone", before: null, after: "UTC" },
  ]);
});

test("what is created has every field after, and none before", () => {
  const created = differencesOf({ before: null, after: { name: "Foyer" } });
  assert.deepEqual(created, [{ field: "name", before: null, after: "Foyer" }]);
});

test("the file has what the page shows", () => {
  assert.equal(csvAddress({ actor: "", subject: "g1" }), "/api/audit.csv?subject=g1");
});
