// The ladder: what is shown around a moment, what is folded, and where it stands.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  around,
  broken,
  currentOf,
  foldWords,
  heightAt,
  itemsOf,
  laidOut,
  ORDER,
  stopsOf,
} from "../../simkit/ui/stage/sequence.js";

/** @type {(kind: string, fate: string, chip: string, wrong?: boolean) => any} */
const look = (kind, fate, chip, wrong = false) => ({
  kind,
  fate,
  chip,
  wrong,
  status: 200,
  asks: "",
  answers: "",
  ends: "",
});
const LOOKS = {
  list: look("list", "taken", "3 reasons"),
  thrown: look("list", "thrown away", "2 reasons", true),
  config: look("config", "taken", "version 1"),
  renew: look("renew", "taken", "token"),
  submit: look("submit", "applied", "200"),
};
/** @typedef {[number, keyof typeof LOOKS, number?, number?]} Left */

/**
 * Give a stage of messages, each 40 ms on its way up and 60 ms down unless told otherwise.
 *
 * @param {Left[]} left
 * @param {any[]} beats
 * @returns {any}
 */
function stageOf(left, beats) {
  const names = Object.keys(LOOKS);
  return {
    messages: {
      looks: Object.values(LOOKS),
      look: left.map(([, name]) => names.indexOf(name)),
      leaves: left.map(([t]) => t),
      up: left.map(([, , up = 40]) => up),
      total: left.map(([, , , total = 100]) => total),
    },
    beats,
  };
}
/** @type {(t: number, message: number, record?: number, actor?: string) => any} */
const beat = (t, message, record = -1, actor = "page") => ({ t, message, record, actor, short: "", quiet: 0 });

/** @type {(from: number, to: number) => Left[]} */
const polls = (from, to) => Array.from({ length: (to - from) / 1000 }, (_, i) => [from + 1000 * i, "list"]);
/** @type {(items: any[]) => string[]} */
const brief = (items) =>
  items.map((item) => (item.what === "fold" ? `${item.t}–${item.end}: ${item.polls}` : `${item.what} ${item.t}`));

const all = {
  shown: [
    { t: 0, sends: true },
    { t: 20_500, sends: true },
  ],
  last: true,
};
// Polls each second from 0 to 39 s, and a choice at 20.5 s.
const plain = stageOf(
  [...polls(0, 21_000), [20_500, "submit"], ...polls(21_000, 40_000)],
  [beat(0, 0, 4), beat(20_500, 21, 9)],
);

test("stops are those of all runs, once each and in order", () => {
  const one = stageOf([], [beat(10, -1), beat(30, 0)]);
  const other = stageOf([], [beat(10, 0), beat(20, -1)]);
  assert.deepEqual(stopsOf([one, other]), [
    { t: 10, sends: true },
    { t: 20, sends: false },
    { t: 30, sends: true },
  ]);
});

test("eleven stops are around any moment, the one of the moment with five before it where there are", () => {
  const stops = Array.from({ length: 30 }, (_, i) => ({ t: 10 * i, sends: false }));
  /** @type {(t: number) => number[]} */
  const ends = (t) => [around(stops, t).shown[0].t, around(stops, t).shown.length];
  assert.deepEqual(ends(105), [50, 11]);
  assert.deepEqual(ends(-5), [0, 11]);
  assert.deepEqual(ends(295), [190, 11]);
  assert.deepEqual([around(stops, 100).last, around(stops, 240).last, around(stops, 290).last], [false, true, true]);
  assert.equal(around(stops.slice(0, 4), 0).shown.length, 4);
});

test("polls that changed nothing are one row, and the message at the moment is taken out of it", () => {
  assert.deepEqual(brief(itemsOf(plain, all, 20_550)), [
    "message 0",
    "1000–20000: 20",
    "message 20500",
    "21000–39000: 19",
  ]);
  assert.deepEqual(brief(itemsOf(plain, all, 7_050)), [
    "message 0",
    "1000–6000: 6",
    "message 7000",
    "8000–20000: 13",
    "message 20500",
    "21000–39000: 19",
  ]);
});

test("every message of a day is either shown or folded, at whatever moment", () => {
  for (let t = 0; t < 40_000; t += 333) {
    const items = itemsOf(plain, all, t);
    const folded = items.map((item) => (item.what === "fold" ? item.polls : 1)).reduce((sum, n) => sum + n, 0);
    assert.equal(folded, 41, `at ${t}`);
  }
});

test("where stops follow that are not shown, nothing is folded after the last", () => {
  assert.deepEqual(brief(itemsOf(plain, { ...all, last: false }, 20_550)).slice(-1), ["message 20500"]);
});

test("a message knows the record of its beat, and when it arrives and is answered", () => {
  const choice = itemsOf(plain, all, 20_550)[2];
  assert.equal(choice.what, "message");
  const { beat: known, arrives, back, place } = /** @type {any} */ (choice);
  assert.deepEqual([known.record, arrives, back, place], [9, 20_540, 20_600, 21]);
  const poll = /** @type {any} */ (itemsOf(plain, all, 7_050)[2]);
  assert.equal(poll.beat, null);
});

test("what does not get there arrives never", () => {
  const lost = stageOf([[0, "list", -1, 10_000]], [beat(0, 0)]);
  const item = /** @type {any} */ (itemsOf(lost, { shown: [{ t: 0, sends: true }], last: true }, 0)[0]);
  assert.deepEqual([item.arrives, item.back], [-1, 10_000]);
});

test("a configuration and the list that waits for it are shown together and are one poll", () => {
  const left = /** @type {Left[]} */ (
    [0, 1000, 2000, 3000].flatMap((t) => [
      [t, "config"],
      [t + 100, "list"],
    ])
  );
  left.push([4000, "config"]);
  const stage = stageOf(left, [beat(100, 1)]);
  const stops = { shown: [{ t: 100, sends: true }], last: true };
  assert.deepEqual(brief(itemsOf(stage, stops, 500)), ["message 0", "message 100", "1000–4000: 4"]);
});

test("runs side by side show what leaves at once, so that they can be compared", () => {
  const other = stageOf(polls(0, 40_000), [beat(0, 0)]);
  const stops = {
    shown: [
      { t: 0, sends: true },
      { t: 12_000, sends: true },
    ],
    last: true,
  };
  assert.deepEqual(brief(itemsOf(other, stops, 0)), [
    "message 0",
    "1000–11000: 11",
    "message 12000",
    "13000–39000: 27",
  ]);
  const acts = {
    shown: [
      { t: 0, sends: true },
      { t: 12_000, sends: false },
    ],
    last: true,
  };
  assert.deepEqual(brief(itemsOf(other, acts, 0)), ["message 0", "1000–39000: 39"]);
});

test("what is at a moment is what began last, and of what happens at once what is worth stopping at", () => {
  const stage = stageOf(polls(0, 3_000), [beat(0, 0), beat(1000, -1, 2, "wfm"), beat(1500, -1, 3, "agent")]);
  const stops = { shown: [0, 1000, 1500].map((t) => ({ t, sends: t === 0 })), last: true };
  /** @type {(t: number) => string[]} */
  const here = (t) => brief([currentOf(itemsOf(stage, stops, t), t)].filter(Boolean));
  assert.deepEqual(here(999), ["message 0"]);
  assert.deepEqual(brief(itemsOf(stage, stops, 1000)).slice(1, 3), ["act 1000", "message 1000"]);
  assert.deepEqual(here(1000), ["act 1000"]);
  assert.deepEqual(here(1600), ["act 1500"]);
  assert.deepEqual(here(2000), ["message 2000"]);
  assert.deepEqual(here(-1), []);
});

test("a fold says what its polls have in common, and what was renewed", () => {
  const alike = itemsOf(plain, all, 20_550)[1];
  assert.equal(foldWords(/** @type {any} */ (alike)), "20 polls that changed nothing (3 reasons, taken)");
  const left = /** @type {Left[]} */ ([
    [0, "list"],
    [1000, "list"],
    [1500, "renew"],
    [2000, "thrown"],
  ]);
  const mixed = itemsOf(stageOf(left, [beat(0, 0)]), { shown: [{ t: 0, sends: true }], last: true }, 0)[1];
  assert.equal(foldWords(/** @type {any} */ (mixed)), "2 polls that changed nothing and a new token");
  const fold = { what: /** @type {const} */ ("fold"), t: 0, end: 0, polls: 1, renewals: 0, look: LOOKS.thrown };
  assert.equal(foldWords(fold), "1 poll that changed nothing (2 reasons, thrown away)");
  assert.equal(foldWords({ ...fold, polls: 0, renewals: 2 }), "2 new tokens");
});

/** @type {(t: number, order: number, above?: number, below?: number) => any} */
const happening = (t, order, above = 10, below = 10) => ({ t, order, above, below });

test("rows come in the order of time, each as high as what stands in it needs", () => {
  const { rows, of } = laidOut(
    [[happening(5, ORDER.leaves, 30, 10), happening(9, ORDER.back), happening(7, ORDER.arrives, 10, 40)]],
    100,
  );
  assert.deepEqual(
    rows.map(({ t, y }) => [t, y]),
    [
      [5, 130],
      [7, 150],
      [9, 200],
    ],
  );
  assert.deepEqual(
    of[0].map(({ t }) => t),
    [5, 9, 7],
  );
});

test("of two writes the one that arrives later stands lower, whichever left first", () => {
  const first = [happening(0, ORDER.leaves), happening(90, ORDER.arrives), happening(120, ORDER.back)];
  const second = [happening(10, ORDER.leaves), happening(50, ORDER.arrives), happening(70, ORDER.back)];
  const { of } = laidOut([[...first, ...second]], 0);
  const [, late, , , early] = of[0];
  assert.ok(late.y > early.y);
});

test("what happens at once in two runs is at one height, and what only one has leaves room in the other", () => {
  const { of } = laidOut(
    [
      [happening(5, 0), happening(8, 0)],
      [happening(5, 0, 10, 50), happening(6, 0), happening(8, 0)],
    ],
    0,
  );
  assert.equal(of[0][0], of[1][0]);
  assert.equal(of[0][1], of[1][2]);
  assert.equal(of[0][1].y - of[0][0].y, 10 + 50 + 20);
});

test("two things in one ms have a row each, the administrator's before an answer, the agent's last", () => {
  const orders = [ORDER.agent, ORDER.outside, ORDER.back, ORDER.agent];
  const { rows, of } = laidOut([orders.map((order) => happening(5, order))], 0);
  assert.equal(rows.length, 4);
  const [agent, admin, back, again] = of[0].map(({ y }) => y);
  assert.deepEqual(
    [admin, back, agent, again],
    [...[admin, back, agent, again]].sort((a, b) => a - b),
  );
});

test("an instant answer stands below its question", () => {
  const at = [ORDER.leaves, ORDER.arrivesAtOnce, ORDER.backAtOnce].map((order) => happening(5, order));
  const [leaves, arrives, back] = laidOut([at], 0).of[0].map(({ y }) => y);
  assert.ok(leaves < arrives && arrives < back);
});

test("a moment is at what happens then, else between what comes before and after", () => {
  const { rows } = laidOut([[happening(5, 0), happening(8, 0)]], 100);
  assert.deepEqual(
    [4, 5, 6, 8, 9].map((t) => heightAt(rows, t)),
    [100, 110, 120, 130, 140],
  );
  assert.equal(heightAt([], 5), 0);
});

/** @type {(text: string, room: number) => string[]} */
const inLines = (text, room) => broken(text, room, (each) => each.length);

test("a text is broken at spaces and after underscores, a long word where it has to be, and cut in the end", () => {
  assert.deepEqual(inLines("one two three", 13), ["one two three"]);
  assert.deepEqual(inLines("one two three", 9), ["one two", "three"]);
  assert.deepEqual(inLines("403 NOT_FOUND_HERE", 10), ["403 NOT_", "FOUND_HERE"]);
  assert.deepEqual(inLines("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
  assert.deepEqual(inLines("", 3), []);
  const long = inLines("a b c d e f g", 1);
  assert.deepEqual(long, ["a", "b", "c", "d", "e", "f…"]);
});
