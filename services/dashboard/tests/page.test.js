import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

import { PUBLIC, sources } from "./sources.js";

const html = readFileSync(join(PUBLIC, "index.html"), "utf8");
const docs = readFileSync(join(PUBLIC, "docs.html"), "utf8");
const importsOf = (path) =>
  [...readFileSync(path, "utf8").matchAll(/^(?:import|export)\s(?:[^;]*?from\s)?"([^"]+)";/gms)].map(([, name]) =>
    resolve(dirname(path), name),
  );

function reachable(entry) {
  const found = new Set();
  const open = [entry];
  while (open.length) {
    const path = open.pop();
    if (found.has(path)) continue;
    found.add(path);
    open.push(...importsOf(path));
  }
  return found;
}

const modules = reachable(join(PUBLIC, "app/main.js"));
const documentation = reachable(join(PUBLIC, "app/docs/main.js"));

test("every module that is imported is there", () => {
  for (const path of [...modules, ...documentation]) assert.ok(existsSync(path), path);
});

test("every module that is there is used", () => {
  const unused = sources().filter(
    (path) => !modules.has(path) && !documentation.has(path) && !path.endsWith("early.js"),
  );
  assert.deepEqual(unused, []);
});

test("the page asks for all its modules at once, instead of one import after the other", () => {
  const preloaded = [...html.matchAll(/<link rel="modulepreload" href="([^"]+)"/g)].map(([, href]) => href);
  const expected = [...modules].map((path) => relative(PUBLIC, path)).filter((path) => path !== "app/main.js");
  assert.deepEqual(preloaded, expected.sort());
});

test("nothing is written into the page that the content security policy forbids", () => {
  for (const page of [html, docs]) assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  for (const path of sources()) {
    const code = readFileSync(path, "utf8");
    assert.doesNotMatch(code, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, path);
    assert.doesNotMatch(code, /setAttribute\(\s*"style"|cssText/, path);
  }
});

test("nothing is loaded from elsewhere", () => {
  for (const path of [...sources(), ...sources(".css"), ...sources(".html")]) {
    const text = readFileSync(path, "utf8").replaceAll("http://www.w3.org/2000/svg", "");
    assert.doesNotMatch(text, /https?:\/\//, path);
  }
});

test("modules say why they exist, are checked for types, and stay small", () => {
  for (const path of sources()) {
    const code = readFileSync(path, "utf8");
    if (!path.endsWith("early.js")) assert.match(code, /^\/\/ @ts-check\n\/\*\*/, path);
    assert.ok(path.includes("/text/") || code.split("\n").length <= 250, path);
  }
});
