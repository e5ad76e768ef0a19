import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf, sheetOf } from "../public/app/view/page_pictures.js";

test("a page is found on its sheet, whose last row may be the only one", () => {
  assert.deepEqual(placeOf(0, 3), { rows: 1, columns: 4, x: 0, y: 0 });
  assert.deepEqual(placeOf(2, 3), { rows: 1, columns: 4, x: 2 / 3, y: 0 });
  assert.deepEqual(placeOf(23, 24), { rows: 6, columns: 4, x: 1, y: 1 });
  assert.deepEqual([sheetOf(23), sheetOf(24)], [0, 1]);
  assert.deepEqual(placeOf(24, 30), { rows: 2, columns: 4, x: 0, y: 0 });
  assert.deepEqual(placeOf(29, 30), { rows: 2, columns: 4, x: 1 / 3, y: 1 });
});
