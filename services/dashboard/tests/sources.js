/** The page's own files, for tests that read rather than run them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const PUBLIC = fileURLToPath(new URL("../public", import.meta.url));

/** @param {string} [ending] */
export function sources(ending = ".js") {
  return readdirSync(PUBLIC, { recursive: true })
    .map((path) => join(PUBLIC, String(path)))
    .filter((path) => path.endsWith(ending))
    .sort();
}
