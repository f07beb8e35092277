// What the lab's panels reckon before they draw anything, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { sumOf } from "../../simkit/ui/lab/agents.js";
import { folded, shadeOf, stretches } from "../../simkit/ui/lab/crowd.js";
import { placeOfTyped } from "../../simkit/ui/lab/desk.js";
import { sliding } from "../../simkit/ui/lab/settings.js";
import { deactivated } from "../../simkit/ui/lab/tree.js";

test("words are folded into lines that they just fill, and no word is broken", () => {
  assert.deepEqual(folded("one two three", 13), ["one two three"]);
  assert.deepEqual(folded("one two three", 12), ["one two", "three"]);
  assert.deepEqual(folded("one two three", 7), ["one two", "three"]);
  assert.deepEqual(folded("one two three", 6), ["one", "two", "three"]);
  assert.deepEqual(folded("extraordinarily so", 5), ["extraordinarily", "so"]);
  assert.deepEqual(folded("", 5), [""]);
});

test("a share has the first shade whose limit it keeps; nobody on shift is no shade", () => {
  const shades = [-1, 0, 1, 2, 3, 5, 6, 100].map((share) => shadeOf(share, [2, 5, 100]));
  assert.deepEqual(shades, ["", "none", "shade-0", "shade-0", "shade-1", "shade-1", "shade-2", "shade-2"]);
});

test("equal neighbours are one stretch, equal values further on another", () => {
  assert.deepEqual(stretches(["a", "a", "", "a", "b"]), [
    { value: "a", start: 0, end: 2 },
    { value: "", start: 2, end: 3 },
    { value: "a", start: 3, end: 4 },
    { value: "b", start: 4, end: 5 },
  ]);
  assert.deepEqual(stretches([]), []);
});

const control = (kind, low, high) => ({ path: "section.field", kind, low, high });

test("a narrow range is slid evenly", () => {
  const whole = sliding(control("whole", 0, 10));
  assert.deepEqual([0, 449, 500, 1000].map(whole.toValue), [0, 4, 5, 10]);
  assert.deepEqual([0, 5, 10].map(whole.toPlace), [0, 500, 1000]);
  const share = sliding(control("decimal", 0, 1));
  assert.deepEqual([0, 1, 250, 1000].map(share.toValue), [0, 0.001, 0.25, 1]);
  const shifted = sliding(control("decimal", -2, 2));
  assert.deepEqual([0, 125, 500, 1000].map(shifted.toValue), [-2, -1.5, 0, 2]);
  assert.deepEqual([-2, -1.5, 0, 2].map(shifted.toPlace), [0, 125, 500, 1000]);
});

test("a wide range is slid by powers, from its lowest number to its highest", () => {
  // A million numbers: half the way is a thousand of them, a third of it a hundred.
  const million = sliding(control("whole", 1, 1_000_000));
  assert.deepEqual([0, 333, 500, 1000].map(million.toValue), [1, 100, 1000, 1_000_000]);
  assert.deepEqual([1, 100, 1000, 1_000_000].map(million.toPlace), [0, 333, 500, 1000]);
  assert.equal(sliding(control("whole", 0, 999_999)).toValue(500), 999);
});

test("a range of a thousand is narrow, and one more is wide", () => {
  assert.equal(sliding(control("whole", 0, 1000)).toValue(500), 500);
  assert.equal(sliding(control("whole", 0, 1001)).toValue(500), 31, "the root of 1002, less one");
});

test("a slider that is shown what it was slid to stays there", () => {
  for (const [kind, low, high] of [
    ["whole", 1000, 3_600_000],
    ["whole", 0, 28_800_000],
    ["whole", 1, 10_000_000],
    ["whole", 0, 100],
    ["decimal", 0, 1],
  ]) {
    const { toValue, toPlace } = sliding(control(kind, low, high));
    for (let at = 0; at <= 1000; at++) assert.equal(toValue(toPlace(toValue(at))), toValue(at), `${high} at ${at}`);
  }
});

test("a number without bounds cannot be slid", () => {
  assert.throws(() => sliding(control("whole", null, 10)), /section\.field has no bounds/);
  assert.throws(() => sliding(control("whole", 0, null)), /section\.field has no bounds/);
});

const NAMES = ["Break", "Lunch", "Meeting", "meal", "Training"];

test("letters find the name that begins with them, whatever their case", () => {
  assert.equal(placeOfTyped(NAMES, "t", -1), 4);
  assert.equal(placeOfTyped(NAMES, "me", -1), 2);
  assert.equal(placeOfTyped(NAMES, "mea", 2), 3);
  assert.equal(placeOfTyped(NAMES, "eeting", -1), -1, "only beginnings count");
  assert.equal(placeOfTyped(NAMES, "x", 1), -1);
  assert.equal(placeOfTyped([], "m", -1), -1);
});

test("more letters may stay where they are, and look at what stands before at last", () => {
  assert.equal(placeOfTyped(NAMES, "me", 2), 2);
  assert.equal(placeOfTyped(NAMES, "me", 3), 3);
  assert.equal(placeOfTyped(NAMES, "lu", 4), 1);
});

test("one letter again and again goes round the names that begin with it", () => {
  assert.equal(placeOfTyped(NAMES, "m", -1), 2);
  assert.equal(placeOfTyped(NAMES, "mm", 2), 3);
  assert.equal(placeOfTyped(NAMES, "mmm", 3), 2);
  assert.equal(placeOfTyped(NAMES, "b", 0), 0, "the only one");
});

test("deactivated codes are counted by division, up to and with the moment", () => {
  const world = {
    divisions: [{}, {}, {}],
    changes: [
      { t: 10, division: 1, codes: -1 },
      { t: 20, division: 1, codes: -1 },
      { t: 20, division: 2, codes: -1 },
      { t: 30, division: 1, codes: 1 },
    ],
  };
  const gone = [9, 10, 20, 30].map((t) => deactivated(world, t));
  assert.deepEqual(gone, [
    [0, 0, 0],
    [0, 1, 0],
    [0, 2, 1],
    [0, 1, 1],
  ]);
});

test("of an agent's spans the first counts, and every kind that there is", () => {
  const who = { id: "a1", name: "Ann", division: "North", discrepancy_ms: 30 };
  const shift = { start: 0, end: 99 };
  const spans = [
    { start: 10, end: 20, kinds: 0b100 },
    { start: 20, end: 30, kinds: 0b101 },
    { start: 50, end: 60, kinds: 0b001 },
  ];
  assert.deepEqual(sumOf({ ...who, shift, spans }), { ...who, first: 10, kinds: 0b101 });
  assert.deepEqual(sumOf({ ...who, shift, spans: [] }), { ...who, first: null, kinds: 0 });
});
