// Look-ups that the labs make for every moment under the slider, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { clockTime, HOUR, placeAt, roundTimes, spanWords } from "../../simkit/ui/frontend/dom.js";
import { Requests } from "../../simkit/ui/frontend/requests.js";
import { queued } from "../../simkit/ui/lab/commands.js";
import { kindRows, wordsOfBits } from "../../simkit/ui/lab/kinds.js";
import { chainOf, discrepanciesAt } from "../../simkit/ui/lab/why.js";

test("the last row at or before a moment is found, and none before the first", () => {
  const rows = [[10], [20], [20], [35]];
  const found = [9, 10, 19, 20, 34, 35, 99].map((t) => placeAt(rows, t, ([first]) => first));
  assert.deepEqual(found, [-1, 0, 0, 2, 2, 3, 3]);
  assert.equal(
    placeAt([], 5, (row) => row),
    -1,
  );
});

test("rows may keep their key anywhere", () => {
  assert.equal(
    placeAt([{ t: 3 }, { t: 8 }], 7, (row) => row.t),
    0,
  );
});

test("a moment is shown in local time, midnight crossed and clocks put back", () => {
  // The run begins at 22:00; after five hours the clocks go back by one.
  const world = {
    clock: [
      { start: 0, offset: 22 * HOUR },
      { start: 5 * HOUR, offset: 21 * HOUR },
    ],
  };
  assert.equal(clockTime(world, 0), "22:00:00");
  assert.equal(clockTime(world, 2 * HOUR + 61_000), "00:01:01");
  assert.equal(clockTime(world, 5 * HOUR - 1), "02:59:59");
  assert.equal(clockTime(world, 5 * HOUR), "02:00:00");
});

test("milliseconds are shown where they count and are asked for", () => {
  const world = { clock: [{ start: 0, offset: 8 * HOUR }] };
  assert.equal(clockTime(world, 42, true), "08:00:00.042");
  assert.equal(clockTime(world, 1_000, true), "08:00:01");
  assert.equal(clockTime(world, 42), "08:00:00");
});

test("spans are told in two units at most", () => {
  /** @type {[number, string][]} */
  const told = [
    [0, "0 ms"],
    [999, "999 ms"],
    [61_000, "1 min 1 s"],
    [120_000, "2 min"],
    [HOUR + 119_000, "1 h 1 min"],
    [26 * HOUR, "26 h"],
  ];
  for (const [ms, words] of told) assert.equal(spanWords(ms), words);
});

test("kinds of discrepancies come from the kernel, the status first", () => {
  const world = {
    kinds: [
      { kind: "unusable", words: "listed, not usable" },
      { kind: "missing", words: "usable, not listed" },
      { kind: "status", words: "status differs" },
    ],
  };
  assert.deepEqual(kindRows(world), [
    { kind: "status", words: "Status differs" },
    { kind: "unusable", words: "Listed, not usable" },
    { kind: "missing", words: "Usable, not listed" },
  ]);
  assert.deepEqual(world.kinds[0].kind, "unusable", "what was told stays as it is");
  assert.deepEqual(wordsOfBits(world, 0b101), ["listed, not usable", "status differs"]);
  assert.deepEqual(wordsOfBits(world, 0), []);
});

test("a discrepancy holds from its start until just before its end", () => {
  const day = {
    discrepancies: [
      { start: 10, end: 20 },
      { start: 15, end: 30 },
    ],
  };
  const found = [9, 10, 15, 19, 20, 29, 30].map((t) => discrepanciesAt(day, t).length);
  assert.deepEqual(found, [0, 1, 2, 2, 1, 1, 0]);
});

test("a chain of causes goes back to what nothing caused, and has an end", () => {
  const records = [{ cause: -1 }, { cause: 0 }, { cause: -1 }, { cause: 1 }];
  assert.deepEqual(chainOf(records, 3), [3, 1, 0]);
  assert.deepEqual(chainOf(records, 2), [2]);
  assert.deepEqual(chainOf(records, -1), []);
  assert.ok(chainOf([{ cause: 0 }], 0).length <= 50, "even where a record is its own cause");
});

test("of commands of a kind that wait the last counts, and every act does", () => {
  const kinds = (/** @type {[string, unknown][]} */ ...asked) =>
    asked.reduce((queue, [kind, value]) => queued(queue, { kind, value }), []).map(({ kind, value }) => [kind, value]);
  assert.deepEqual(kinds(["seed", 1], ["preset", "E4a"], ["seed", 2]), [
    ["preset", "E4a"],
    ["seed", 2],
  ]);
  assert.deepEqual(kinds(["act", 1], ["act", 2]), [
    ["act", 1],
    ["act", 2],
  ]);
  const fields = kinds(["field", ["a", 1]], ["field", ["b", 1]], ["field", ["a", 2]]);
  assert.deepEqual(fields, [
    ["field", ["b", 1]],
    ["field", ["a", 2]],
  ]);
});

test("marks stand at whole hours of the local clock, also where it is half an hour beside the run", () => {
  const world = { clock: [{ start: 0, offset: 8.5 * HOUR }] }; // the run begins at 08:30
  const marks = roundTimes(world, 0, 2 * HOUR, HOUR);
  assert.deepEqual(marks, [0.5 * HOUR, 1.5 * HOUR]);
});

test("one request is awaited at a time, by its number", () => {
  const sent = [];
  const model = { answered: 4, get: () => model.answered, send: (asked) => sent.push(asked) };
  const attributes = {};
  const root = { setAttribute: (name, value) => (attributes[name] = value), classList: { add() {}, remove() {} } };
  const requests = new Requests(model, root);
  assert.equal(requests.answered(), false, "nothing is asked yet");
  requests.send("seed", 7, () => assert.equal(requests.awaited, 5, "what is called before comes to no other"));
  assert.deepEqual(sent, [{ ask: "seed", value: 7, n: 5 }]);
  assert.deepEqual([requests.answered(), attributes["aria-busy"]], [false, "true"]);
  model.answered = 5;
  assert.deepEqual([requests.answered(), requests.awaited, attributes["aria-busy"]], [true, 0, "false"]);
  assert.equal(requests.answered(), false, "an answer is taken once");
});
