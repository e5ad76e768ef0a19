import assert from "node:assert/strict";
import { test } from "node:test";

import { factsAfter } from "../public/app/api/facts.js";
import { minutes, noActivity, noted, quantile, SPAN_MS } from "../public/app/state/activity.js";
import { niceMaximum } from "../public/app/view/chart.js";

const START = new Date("2026-03-01T12:00:00Z").getTime();
const fact = (sequence, type, seconds, mediaId = "m") => ({
  sequence,
  type: `conversion.${type}`,
  mediaId,
  at: new Date(START + seconds * 1000),
  reason: null,
});
const told = (...facts) => facts.reduce(noted, noActivity(0));

test("a conversion lasts from its start to its end", () => {
  const activity = told(fact(1, "started", 0, "a"), fact(2, "started", 1, "b"), fact(3, "succeeded", 4, "a"));
  assert.deepEqual(
    activity.conversions.map(({ seconds, failed }) => ({ seconds, failed })),
    [{ seconds: 4, failed: false }],
  );
});

test("a fact that is read twice counts once", () => {
  const end = fact(2, "succeeded", 4);
  assert.equal(told(fact(1, "started", 0), end, end).conversions.length, 1);
});

test("a conversion whose start is out of reach is counted, without a duration", () => {
  const [minute] = minutes(told(fact(5, "succeeded", 1)), new Date(START - SPAN_MS));
  assert.deepEqual({ finished: minute.finished, p50: minute.p50 }, { finished: 1, p50: null });
});

test("figures are by the minute; failures are no durations", () => {
  const activity = told(
    fact(1, "started", 0, "a"),
    fact(2, "succeeded", 2, "a"),
    fact(3, "started", 10, "b"),
    fact(4, "failed", 50, "b"),
    fact(5, "started", 61, "c"),
    fact(6, "succeeded", 64, "c"),
  );
  const [first, second] = minutes(activity, new Date(START));
  assert.deepEqual(first, { at: new Date(START), finished: 1, failed: 1, p50: 2, p95: 2 });
  assert.deepEqual(second, { at: new Date(START + 60_000), finished: 1, failed: 0, p50: 3, p95: 3 });
});

test("what is longer ago than is shown is forgotten", () => {
  const activity = told(fact(1, "succeeded", 0), fact(2, "succeeded", SPAN_MS / 1000 + 5));
  assert.equal(activity.conversions.length, 1);
});

test("a quantile is a value that occurred", () => {
  assert.equal(quantile([], 0.5), null);
  assert.equal(quantile([3, 1, 2], 0.5), 2);
  assert.equal(quantile([4, 1, 2, 3], 0.5), 2);
  assert.equal(
    quantile(
      Array.from({ length: 100 }, (_, index) => index + 1),
      0.95,
    ),
    95,
  );
});

test("a scale ends at a number people count in", () => {
  assert.deepEqual([0, 0.3, 1, 1.2, 7, 11, 230].map(niceMaximum), [1, 0.5, 1, 2, 10, 20, 500]);
});

test("the stream is read on from a sequence, however its bytes are cut", async () => {
  const text =
    ': connected\n\nevent: alive\ndata: {}\n\nevent: programme\ndata: {"changed":["entry"]}\n\nevent: conversion.failed\nid: 7\ndata: {"sequence":7,"type":"conversion.failed","media_id":"ä","at":"2026-03-01T12:00:00Z","reason":"corrupt"}\n\n';
  const bytes = new TextEncoder().encode(text);
  let asked = null;
  const fetcher = async (_, options) => {
    asked = options.headers["Last-Event-ID"];
    const body = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    return new Response(body, { status: 200 });
  };
  const read = [];
  for await (const one of factsAfter(6, new AbortController().signal, fetcher)) read.push(one);
  assert.equal(asked, "6");
  assert.deepEqual(
    read.map(({ sequence, mediaId, reason }) => ({ sequence, mediaId, reason })),
    [{ sequence: 7, mediaId: "ä", reason: "corrupt" }],
  );
});
