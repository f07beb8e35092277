// Look-ups that the labs make for every moment under the slider, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { clockTime, placeAt, spanWords } from "../../simkit/ui/frontend/dom.js";
import { kindRows, wordsOfBits } from "../../simkit/ui/lab/kinds.js";

const HOUR = 3_600_000;

test("the last row at or before a moment is found, and none before the first", () => {
  const rows = [[10], [20], [20], [35]];
  const found = [9, 10, 19, 20, 34, 35, 99].map((t) => placeAt(rows, t));
  assert.deepEqual(found, [-1, 0, 0, 2, 2, 3, 3]);
  assert.equal(placeAt([], 5), -1);
});

test("rows may keep their key anywhere", () => {
  assert.equal(placeAt([{ t: 3 }, { t: 8 }], 7, (row) => row.t), 0);
});

test("a moment is shown in local time, midnight crossed and clocks put back", () => {
  // The run begins at 22:00; after five hours the clocks go back by one.
  const world = { clock: [[0, 22 * HOUR], [5 * HOUR, 21 * HOUR]] };
  assert.equal(clockTime(world, 0), "22:00:00");
  assert.equal(clockTime(world, 2 * HOUR + 61_000), "00:01:01");
  assert.equal(clockTime(world, 5 * HOUR - 1), "02:59:59");
  assert.equal(clockTime(world, 5 * HOUR), "02:00:00");
});

test("milliseconds are shown where they count and are asked for", () => {
  const world = { clock: [[0, 8 * HOUR]] };
  assert.equal(clockTime(world, 42, true), "08:00:00.042");
  assert.equal(clockTime(world, 1_000, true), "08:00:01");
  assert.equal(clockTime(world, 42), "08:00:00");
});

test("spans are told in two units at most", () => {
  const told = {
    0: "0 ms",
    999: "999 ms",
    61_000: "1 min 1 s",
    120_000: "2 min",
    [HOUR + 119_000]: "1 h 1 min",
    [26 * HOUR]: "26 h",
  };
  for (const [ms, words] of Object.entries(told)) assert.equal(spanWords(Number(ms)), words);
});

test("kinds of discrepancies come from the kernel, the status first", () => {
  const world = { kinds: [["unusable", "listed, not usable"], ["missing", "usable, not listed"], ["status", "status differs"]] };
  assert.deepEqual(kindRows(world), [
    ["status", "Status differs"],
    ["unusable", "Listed, not usable"],
    ["missing", "Usable, not listed"],
  ]);
  assert.deepEqual(world.kinds[0][0], "unusable", "what was told stays as it is");
  assert.deepEqual(wordsOfBits(world, 0b101), ["listed, not usable", "status differs"]);
  assert.deepEqual(wordsOfBits(world, 0), []);
});
