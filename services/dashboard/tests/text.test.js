import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";

import { bestLanguage, hasText, LANGUAGES, setLanguage, t } from "../public/app/text/index.js";
import { errorOf } from "../public/app/api/client.js";
import { sources } from "./sources.js";

afterEach(() => setLanguage("en"));

const forms = (text) => (typeof text === "string" ? [text] : Object.values(text));
const placeholders = (text) => [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();

for (const [code, texts] of Object.entries(LANGUAGES)) {
  test(`${code} has every text, in the same forms and with the same placeholders`, () => {
    // English has no `problem.` texts: those are the server's own.
    const own = Object.entries(texts).filter(([key]) => !key.startsWith("problem."));
    assert.deepEqual(own.map(([key]) => key).sort(), Object.keys(LANGUAGES.en).sort());
    for (const [key, text] of own) {
      assert.equal(typeof text, typeof LANGUAGES.en[key], key);
      assert.deepEqual(placeholders(text), placeholders(LANGUAGES.en[key]), key);
      for (const form of forms(text)) assert.notEqual(form.trim(), "", key);
    }
  });
}

test("every text that the page asks for by name is there", () => {
  const missing = sources()
    .filter((path) => !path.includes("/text/"))
    .flatMap((path) => [...readFileSync(path, "utf8").matchAll(/\bt\(\s*"([^"]+)"/g)].map(([, key]) => key))
    .filter((key) => !hasText(key));
  assert.deepEqual(missing, []);
});

test("every text is asked for somewhere", () => {
  const code = sources()
    .filter((path) => !path.includes("/text/"))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  // Some names are put together: `status.${status}` asks for everything that begins with "status.".
  const families = [...code.matchAll(/`([\w.]+\.)\$\{/g)].map(([, prefix]) => prefix);
  const chosen = ["theme.", "language."]; // `${name}.${value}` in the account menu
  const used = (key) => code.includes(`"${key}"`) || [...families, ...chosen].some((prefix) => key.startsWith(prefix));
  assert.deepEqual(
    Object.keys(LANGUAGES.en).filter((key) => !used(key)),
    [],
  );
});

test("words of the page are nowhere but in the texts", () => {
  const written = sources()
    .filter((path) => path.includes("/elements/"))
    .flatMap((path) => [...readFileSync(path, "utf8").matchAll(/(?:aria-label|title|placeholder)"?: "([^"]+)"/g)]);
  assert.deepEqual(
    written.map(([text]) => text),
    [],
  );
});

test("a problem of the server's is told in the page's language, where it has words for it", () => {
  const body = JSON.stringify({ code: "empty_file", detail: "The file is empty." });
  assert.equal(errorOf(400, body).message, "The file is empty.");
  setLanguage("de");
  assert.match(errorOf(400, body).message, /ist leer/);
  assert.equal(errorOf(400, JSON.stringify({ code: "constructor", detail: "New." })).message, "New.");
});

test("a number chooses the form and is written as the language does", () => {
  assert.equal(t("library.count", { n: 1 }), "1 file");
  assert.equal(t("library.count", { n: 4812 }), "4,812 files");
  setLanguage("de");
  assert.equal(t("library.count", { n: 4812 }), "4.812 Dateien");
});

test("a filename with braces stays what it is", () => {
  assert.equal(t("media.deleted", { name: "{n} {name}.pptx" }), "Deleted: {n} {name}.pptx");
});

test("the page speaks the first preferred language that it has", () => {
  assert.equal(bestLanguage(["fr-FR", "de-AT", "en"]), "de");
  assert.equal(bestLanguage(["fr-FR"]), "en");
  assert.equal(bestLanguage([]), "en");
});

test("an unknown language is English", () => {
  setLanguage("constructor");
  assert.equal(t("action.undo"), "Undo");
});
