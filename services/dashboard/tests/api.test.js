import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, errorOf } from "../public/app/api/client.js";
import { arePages, tidyPages, toPdfOptions, toQuery } from "../public/app/api/pdf_options.js";
import { presence, toPlayer } from "../public/app/api/players.js";
import { isMediaId } from "../public/app/api/media.js";
import { secretOf } from "../public/app/api/session.js";
import { toMediaPage, toMediumDetail, toReport } from "../public/app/api/shapes.js";
import { MediaStore } from "../public/app/state/media_store.js";
import { Refresher } from "../public/app/state/refresher.js";
import { routeOf } from "../public/app/router.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const answering = (status, body) => async () => new Response(body, { status });

test("a refusal carries the server's own words", async () => {
  const problem = JSON.stringify({ detail: "Make it smaller.", code: "too_large", status: 413 });
  await assert.rejects(new Client("", answering(413, problem)).get("/api/media"), {
    message: "Make it smaller.",
    status: 413,
    code: "too_large",
  });
});

test("a proxy's page is no message for people", () => {
  assert.match(errorOf(502, "<html>Bad gateway</html>").message, /server has trouble/);
  assert.match(errorOf(413, "").message, /too large/);
  assert.match(errorOf(418, "").message, /418/);
  assert.match(errorOf(500, '{"detail": 7}').message, /server has trouble/);
});

test("a network that is away is told in words", async () => {
  const away = async () => {
    throw new TypeError("Failed to fetch");
  };
  await assert.rejects(new Client("", away).get("/api/media"), { status: 0, message: /cannot be reached/ });
});

test("options of a PDF are asked for as they are told of a finished one", () => {
  const usual = { pages: "", imageQuality: null, archival: false };
  assert.deepEqual(toPdfOptions("default"), usual);
  assert.deepEqual(toPdfOptions(null), usual);
  assert.equal(String(toQuery(usual)), "pages=all&archival=false");
  const unusual = { pages: "1-3,7", imageQuality: 50, archival: true };
  assert.deepEqual(toPdfOptions("pdfa__p1-3_7__q50"), unusual);
  assert.deepEqual(toPdfOptions("q50"), { ...usual, imageQuality: 50 });
  assert.equal(String(toQuery(unusual)), "pages=1-3%2C7&archival=true&image_quality=50");
});

test("pages are understood as people type them", () => {
  assert.equal(tidyPages(" 1 – 3; 7 "), "1-3,7");
  for (const pages of ["", "1", "1-3,7", "2-2"]) assert.ok(arePages(pages), pages);
  for (const pages of ["0", "3-1", "1-", ",", "1,,2", "all", "-3"]) assert.ok(!arePages(pages), pages);
});

test("a session that ended is told once for all", async () => {
  const client = new Client("", answering(401, ""));
  let told = 0;
  client.addEventListener("unauthorized", () => (told += 1));
  await assert.rejects(client.get("/api/media"));
  assert.equal(told, 1);
});

test("an answer without a body is fine", async () => {
  assert.equal(await new Client("", answering(204, null)).request("DELETE", "/api/media/1"), null);
});

test("a sign-in link's token is found, and nothing else is taken for one", () => {
  assert.equal(secretOf("#token=iso_a-b_c", "token"), "iso_a-b_c");
  assert.equal(secretOf("#/library?q=token=x", "token"), null);
  assert.equal(secretOf("", "token"), null);
});

test("an invite's secret is found, and a token is none", () => {
  assert.equal(secretOf("#invite=isi_a-b", "invite"), "isi_a-b");
  assert.equal(secretOf("#token=iso_a", "invite"), null);
});

test("invalid or cut addresses break nothing", () => {
  assert.equal(routeOf("#/nowhere").page, "library");
  assert.equal(routeOf("#/media/").page, "library");
  assert.equal(routeOf("#/media/%E0%A4%A").id, "%E0%A4%A");
  assert.deepEqual({ ...routeOf("#/media/a%2Fb"), parameters: 0 }, { page: "medium", id: "a/b", parameters: 0 });
});

test("a detail takes what the list does not tell from the current conversion", () => {
  const detail = toMediumDetail({
    media_id: "m",
    filename: "a.pptx",
    conversion_status: "ready",
    conversions: [
      { target_format: "pdf", status: "obsolete", duration_seconds: 9, pdf_size_bytes: 9 },
      { target_format: "pdf", status: "ready", duration_seconds: 1.5, pdf_size_bytes: 2048, attempts: 2 },
    ],
    history: [{ type: "media.uploaded", at: "2026-03-01T12:00:00Z" }],
  });
  assert.deepEqual([detail.durationSeconds, detail.pdfSizeBytes, detail.attempts], [1.5, 2048, 2]);
  assert.equal(detail.history[0].at?.getUTCFullYear(), 2026);
});

test("a report's fonts of the same widths are no findings, and what a server does not tell is empty", () => {
  const { findings, sameWidths } = toReport({
    findings: [
      {
        kind: "font_replaced",
        page: 1,
        pages: [1, 2],
        detail: "Aptos",
        replacement: "Carlito",
        count: 2,
        advice: "Use it.",
      },
      { kind: "of_tomorrow" },
    ],
    replaced_fonts: [
      { font: "Aptos", by: "Carlito", same_widths: false },
      { font: "Arial", by: "Liberation Sans", same_widths: true },
    ],
  });
  assert.deepEqual(findings[0].pages, [1, 2]);
  assert.deepEqual(findings[1], { kind: "of_tomorrow", pages: [], detail: "", replacement: "", count: 1, advice: "" });
  assert.deepEqual(sameWidths, [{ font: "Arial", by: "Liberation Sans" }]);
  assert.deepEqual(toReport({}), { findings: [], sameWidths: [] });
});

test("what needs no conversion is shown as it is", () => {
  const item = { media_id: "m", filename: "a.png", media_type: "image/png", conversion_status: "not_needed" };
  const [medium] = toMediaPage({ items: [item] }).items;
  assert.deepEqual([medium.status, medium.hasThumbnail], ["original", true]);
});

test("a field that an older server does not send breaks nothing", () => {
  const { items, cursor, total } = toMediaPage({ items: [{ media_id: "m", filename: "a" }] });
  assert.deepEqual([items[0].status, items[0].pages, cursor, total], ["pending", null, null, null]);
});

test("an answer that was overtaken by a newer generation is dropped", () => {
  const store = new MediaStore();
  store.put({ id: "m", generation: 5, status: "pending" });
  store.put({ id: "m", generation: 3, status: "ready" });
  assert.equal(store.get("m").status, "pending");
});

test("an answer that was overtaken by a later question's answer is dropped", () => {
  const store = new MediaStore();
  const [first, second] = [store.ask(), store.ask()];
  store.put({ id: "m", generation: 5, status: "ready" }, second);
  store.put({ id: "m", generation: 5, status: "processing" }, first);
  assert.equal(store.get("m").status, "ready");
});

test("an answer that was asked for before a deletion does not bring the medium back", () => {
  const store = new MediaStore();
  const before = store.ask();
  store.remove("m");
  store.put({ id: "m", generation: 5, status: "ready" }, before);
  assert.equal(store.get("m"), undefined);
  store.put({ id: "m", generation: 9, status: "pending" }, store.ask()); // uploaded again
  assert.equal(store.get("m").status, "pending");
});

test("a place in the queue does not overtake an answer that is under way", () => {
  const store = new MediaStore();
  store.put({ id: "m", generation: 5, status: "pending" });
  const question = store.ask();
  store.patch("m", { queuePosition: 3 });
  store.put({ id: "m", generation: 5, status: "ready" }, question);
  assert.equal(store.get("m").status, "ready");
});

test("many events about one medium become one request", async () => {
  const asked = [];
  const answers = [];
  const load = (id) => {
    asked.push(id);
    return new Promise((resolve) => answers.push(() => resolve({ id, generation: 1 })));
  };
  const refresher = new Refresher(load, new MediaStore());
  for (let n = 0; n < 50; n += 1) refresher.refresh(`m${n % 10}`);
  assert.ok(asked.length <= 4);
  while (answers.length) {
    answers.shift()();
    await settled();
  }
  assert.ok(asked.length <= 14, `${asked.length} requests`);
  assert.equal(new Set(asked).size, 10);
});

test("of two requests about one medium the later answer counts, because it is asked after the first", async () => {
  const answers = [];
  const store = new MediaStore();
  const refresher = new Refresher(
    (id) => new Promise((resolve) => answers.push((status) => resolve({ id, status, generation: 1 }))),
    store,
  );
  refresher.refresh("m");
  refresher.refresh("m");
  assert.equal(answers.length, 1);
  answers[0]("processing");
  await settled();
  answers[1]("ready");
  await settled();
  assert.equal(store.get("m").status, "ready");
});

test("a screen's report becomes what is on the wall: a file, several in turn, or a notice", () => {
  const showing = (report) => toPlayer({ player_id: "p", name: "Foyer", state: "enrolled", showing: report }).showing;
  const nothing = { mediaId: null, files: 1, notice: null, since: null };
  assert.equal(showing(null), null);
  assert.deepEqual(showing({ note: "Notice: nothing_assigned" }), { ...nothing, notice: "nothing_assigned" });
  assert.deepEqual(showing({ media_id: "m", note: null }), { ...nothing, mediaId: "m" });
  assert.deepEqual(showing({ media_id: "m", note: "The first of 3 files" }), { ...nothing, mediaId: "m", files: 3 });
});

test("an address names a medium only where it can be an id", () => {
  assert.ok(isMediaId("01935f3a-0000-7000-8000-000000000001"));
  for (const text of ["", ".", "..", "01935f3a-0000-7000-8000-00000000000", "menu.pptx"]) assert.ok(!isMediaId(text));
});

test("a screen is online while it is heard of", () => {
  const now = new Date("2026-03-01T12:00:00Z");
  const player = (state, last_seen_at) => toPlayer({ player_id: "p", name: "Foyer", state, last_seen_at });
  assert.equal(presence(player("enrolled", "2026-03-01T11:59:30Z"), now), "online");
  assert.equal(presence(player("enrolled", "2026-03-01T11:50:00Z"), now), "offline");
  assert.equal(presence(player("enrolled", null), now), "offline");
  assert.equal(presence(player("waiting", null), now), "waiting");
  assert.equal(presence(player("revoked", "2026-03-01T12:00:00Z"), now), "revoked");
});
