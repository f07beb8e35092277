// The stage: where a message is at a moment, what the page keeps, and the pace by event.

import assert from "node:assert/strict";
import { test } from "node:test";

import { actOf, alike, beatAt, flightAt, keptAt, tokenAt } from "../../simkit/ui/stage/lookups.js";
import { legsOf, momentAt, stepFrom, wallAt } from "../../simkit/ui/stage/pace.js";
import { tellingRows } from "../../simkit/ui/stage/stage.js";

/** @type {(kind: "list" | "submit", fate: "taken" | "thrown away" | "lost" | "applied", chip: string) => any} */
const look = (kind, fate, chip) => ({
  kind,
  fate,
  chip,
  status: 200,
  shown: "",
  asks: "",
  answers: "",
  ends: "",
  wrong: false,
});

// Polls at 1,000, 2,000, 3,000 and 4,000; a choice at 2,500 that is lost. 40 ms up, 60 ms down.
const messages = {
  looks: [look("list", "taken", "3"), look("list", "thrown away", "2"), look("submit", "lost", "")],
  look: [0, 1, 2, 1, 0],
  leaves: [1000, 2000, 2500, 3000, 4000],
  up: [40, 40, -1, 40, 40],
  total: [100, 100, 100, 100, 100],
};
/** @type {(t: number, message: number, actor?: any, quiet?: number) => any} */
const beat = (t, message, actor = "page", quiet = 0) => ({
  t,
  message,
  actor,
  short: "",
  quiet,
});
const stage = {
  messages,
  beats: [beat(900, -1, "admin"), beat(1000, 0), beat(2500, 2, "page", 1)],
  tokens: [
    { start: 0, dies: 3000 },
    { start: 2000, dies: 5000 },
  ],
  token_life: 3000,
  list_life: 0,
};

test("a message is found on its way there, on its way back, and at its end", () => {
  assert.equal(flightAt(messages, 999), null);
  assert.deepEqual(flightAt(messages, 1000), { place: 0, way: 0 });
  assert.deepEqual(flightAt(messages, 1020), { place: 0, way: 0.5 });
  assert.deepEqual(flightAt(messages, 1040), { place: 0, way: 1 });
  assert.deepEqual(flightAt(messages, 1070), { place: 0, way: 1.5 });
  assert.deepEqual(flightAt(messages, 1100), { place: 0, way: 2 });
  assert.deepEqual(flightAt(messages, 1999), { place: 0, way: 2 });
});

test("what is lost gets half-way at most, until the page knows", () => {
  assert.deepEqual(flightAt(messages, 2530), { place: 2, way: 0.3 });
  assert.deepEqual(flightAt(messages, 2590), { place: 2, way: 0.5 });
  assert.deepEqual(flightAt(messages, 2600), { place: 2, way: 2 });
});

test("the list that is kept is that of the last answer which was taken and has come", () => {
  assert.deepEqual(
    [999, 1099, 1100, 2999, 4099, 4100].map((t) => keptAt(messages, t)),
    [-1, -1, 1000, 1000, 1000, 4000],
  );
});

test("answers in a row are counted without the choices between them", () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((place) => alike(messages, place)),
    [1, 1, 1, 2, 1],
  );
});

test("beats and acts are those by a moment", () => {
  assert.equal(beatAt(stage, 899), null);
  assert.equal(beatAt(stage, 2499)?.t, 1000);
  assert.equal(actOf(stage, 5000, "admin")?.t, 900);
  assert.equal(actOf(stage, 5000, "wfm"), null);
});

test("a token drains over its life, and one that is renewed begins anew", () => {
  assert.deepEqual(tokenAt(stage, 1500), { left: 0.5, dies: 3000 });
  assert.deepEqual(tokenAt(stage, 2000), { left: 1, dies: 5000 });
  assert.deepEqual(tokenAt(stage, 5000), { left: 0, dies: 5000 });
  assert.deepEqual(tokenAt({ ...stage, tokens: [] }, 5000), { left: 0, dies: -1 });
});

test("the legs of a day follow each other without a gap, from its begin to its end", () => {
  const legs = legsOf([stage], 0, 6000);
  assert.equal(legs[0].from, 0);
  assert.equal(legs[legs.length - 1].to, 6000);
  for (const [i, leg] of legs.entries()) if (i) assert.equal(leg.from, legs[i - 1].to);
  const quiet = legs.filter((leg) => leg.quiet);
  assert.deepEqual(
    quiet.map(({ from, to }) => [from, to]),
    [[1100, 2500]],
  );
});

test("a flight of 40 ms takes as long on the wall as a quiet stretch of more than a second and more", () => {
  const legs = legsOf([stage], 0, 6000);
  const wall = (/** @type {number} */ from, /** @type {number} */ to) => wallAt(legs, to) - wallAt(legs, from);
  assert.ok(wall(1000, 1039) > wall(1101, 2499));
});

test("a moment and its place on the wall lead to each other", () => {
  const legs = legsOf([stage], 0, 6000);
  for (const t of [10, 450, 1010, 1039, 1077, 1800, 2550, 5999]) assert.equal(momentAt(legs, wallAt(legs, t)).t, t);
  assert.deepEqual(momentAt(legs, 1e9), { t: 6000, leg: null });
});

test("two stages are gone through together, what overlaps in order", () => {
  const later = { ...stage, beats: [beat(1020, -1, "wfm"), beat(1000, 0)] };
  const legs = legsOf([stage, later], 0, 6000);
  for (const [i, leg] of legs.entries()) if (i) assert.equal(leg.from, legs[i - 1].to);
  assert.ok(legs.every(({ from, to }) => to >= from));
});

test("a step goes to where a message is known about, and back to the one before", () => {
  assert.equal(stepFrom([stage], 0, 1), 900);
  assert.equal(stepFrom([stage], 900, 1), 1100);
  assert.equal(stepFrom([stage], 1100, 1), 2600);
  assert.equal(stepFrom([stage], 2600, 1), 2600);
  assert.equal(stepFrom([stage], 2600, -1), 1100);
  assert.equal(stepFrom([stage], 500, -1), 500);
});

test("of a long list the rows that tell something stay, in their order", () => {
  const rows = [..."abcdefg"].map((name) => ({ name, unusable: name === "f" ? "off" : "" }));
  const names = (/** @type {number} */ most) => tellingRows(rows, most).shown.map(({ name }) => name);
  assert.deepEqual(names(3), ["a", "b", "f"]);
  assert.deepEqual(tellingRows(rows, 3).more, 4);
  assert.deepEqual(names(7), [..."abcdefg"]);
  const all = rows.map((row) => ({ ...row, unusable: "off" }));
  assert.equal(tellingRows(all, 3).shown.length, 3);
});
