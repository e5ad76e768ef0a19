import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, test } from "node:test";

import { errorOf } from "../public/app/api/client.js";
import { presence, toPlayer } from "../public/app/api/players.js";
import { toMedium } from "../public/app/api/shapes.js";
import { LANGUAGES, setLanguage } from "../public/app/text/index.js";
import { historySentence } from "../public/app/view/status.js";

afterEach(() => setLanguage("en"));

const DOCS = fileURLToPath(new URL("../../../docs", import.meta.url));
const document = (path) => JSON.parse(readFileSync(join(DOCS, path), "utf8"));
const openapi = readdirSync(join(DOCS, "api")).map((name) => document(join("api", name)));
const asyncapi = document("asyncapi.json");
assert.ok(openapi.length >= 3);

const statusText = (code) => [`status.${toMedium({ conversion_status: code }).status}`];
const NOT_SHOWN = () => [];
/** What a receipt says of a screen. */
const RECEIPT = {
  showing: "receipt.on",
  held: "receipt.on",
  older: "receipt.stillShows",
  downloading: "receipt.downloading",
  failed: "receipt.failed",
  offline: "receipt.offlineSince",
};
/** Where the page says what a code means: by the enum's name, or its owner's and its own. */
const TEXTS = {
  FailureReason: (code) => [`reason.${code}`, `cause.${code}`],
  RequestReason: (code) => [`request.${code}`],
  Priority: (code) => [`lane.${code}`],
  Role: (code) => [`role.${code}`],
  role: (code) => [`role.${code}`], // of an account
  FindingKind: (code) => [`finding.${code}`, `advice.${code}`],
  Topic: (code) => [`topic.${code}`],
  Kind: (code) => [`channel.${code}`],
  MediaKind: (code) => [`kind.${code}`],
  MediaSort: (code) => [`sort.${code}`],
  status: (code) => (code === "not_needed" ? statusText(code) : [...statusText(code), `status.${code}`]),
  conversion_status: statusText,
  state: (code) => [`presence.${presence(toPlayer({ player_id: "p", name: "Foyer", state: code }))}`],
  UnsupportedKind: NOT_SHOWN, // English is the server's own sentence; German has a test below
  ScreenState: (code) => [RECEIPT[code]],
  orientation: (code) => [`orientation.${code}`],
  Action: NOT_SHOWN, // the page sends them
  CommandKind: NOT_SHOWN, // the page sends none
  "HeldFile.state": NOT_SHOWN, // the catalog makes a receipt of it
  "ProgrammeDocument.version": NOT_SHOWN, // of the manifest
  "MediaAccepted.status": NOT_SHOWN, // of the upload, which the page tells by the HTTP status
};

/** Every closed list of codes in a document, with the names to look it up by. */
function* enumsIn(node, names) {
  if (typeof node !== "object" || node === null) return;
  const codes = node.enum ?? ("const" in node ? [node.const] : null);
  if (codes) yield { names, codes };
  for (const [key, value] of Object.entries(node)) {
    const owner = names[0] ?? "";
    const structure = ["properties", "items", "anyOf", "schema"].includes(key) || Array.isArray(node);
    yield* enumsIn(value, structure ? names : [key, `${owner}.${key}`]);
  }
}

/** A schema of its own, the property of a schema, or a parameter. */
function* documented({ paths = {}, components }) {
  for (const path of Object.values(paths))
    for (const { parameters = [] } of Object.values(path))
      for (const { name, schema } of parameters) yield* enumsIn(schema, [name]);
  for (const [name, schema] of Object.entries(components.schemas)) yield* enumsIn(schema, [name]);
}

for (const [language, texts] of Object.entries(LANGUAGES)) {
  test(`every code that the services document has a text: ${language}`, () => {
    const enums = [...openapi, asyncapi].flatMap((one) => [...documented(one)]);
    for (const known of ["FailureReason", "RequestReason", "Priority", "conversion_status", "state"])
      assert.ok(
        enums.some(({ names }) => names.includes(known)),
        `${known} is in no document`,
      );
    const missing = enums.flatMap(({ names, codes }) => {
      const [, specific] = names;
      const keys = TEXTS[specific] ?? TEXTS[names[0]];
      return keys ? codes.flatMap(keys).filter((key) => !Object.hasOwn(texts, key)) : [`no text for ${names[0]}`];
    });
    assert.deepEqual(missing, []);
  });

  test(`every event that the services document has a name: ${language}`, () => {
    const types = Object.values(asyncapi.channels).map(({ address }) => address.split(".").slice(0, 2).join("."));
    assert.ok(types.includes("conversion.requested"));
    assert.deepEqual(
      types.filter((type) => !Object.hasOwn(texts, `event.${type}`)),
      [],
    );
  });

  test(`no reason of a request is told as a failure of ours: ${language}`, () => {
    setLanguage(language);
    for (const reason of asyncapi.components.schemas.RequestReason.enum) {
      const entry = { type: "conversion.requested", at: null, attempt: null, worker: null, reason, message: null };
      assert.equal(historySentence(entry), texts[`request.${reason}`]);
      assert.notEqual(historySentence(entry), texts["reason.internal"]);
    }
  });
}

test("every kind of file that is refused is named in German, with what to do", () => {
  const kinds = openapi.flatMap(({ components }) => components.schemas.UnsupportedKind?.enum ?? []);
  assert.ok(kinds.includes("keynote"));
  setLanguage("de");
  const body = (kind) => JSON.stringify({ code: "unsupported_type", kind, detail: "English." });
  const told = kinds.map((kind) => errorOf(415, body(kind)).message);
  assert.equal(new Set([...told, errorOf(415, body(null)).message]).size, kinds.length + 1);
  assert.match(errorOf(415, body("archive")).message, /Entpacken/);
  assert.match(errorOf(415, JSON.stringify({ code: "damaged_file", detail: "English." })).message, /beschädigt/);
});

test("an entry of the history says why it failed, by whom it was done, or nothing", () => {
  const entry = { type: "conversion.succeeded", at: null, attempt: 1, worker: "c-1", reason: null, message: null };
  assert.equal(historySentence(entry), "by c-1");
  const failed = { ...entry, type: "conversion.failed", reason: "corrupt", message: "It is broken." };
  assert.match(historySentence(failed), /damaged or incomplete/);
  assert.equal(historySentence({ ...failed, reason: "of_a_newer_server" }), "It is broken.");
  const requested = { ...entry, type: "conversion.requested", worker: null, reason: "of_a_newer_server" };
  assert.equal(historySentence(requested), "");
});
