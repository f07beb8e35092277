// What a learner has done: kept where the browser keeps anything, locked once, given as a file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { guessOf, guessWords, Progress } from "../../simkit/ui/workshop/progress.js";
import { answerWords, verdictOf } from "../../simkit/ui/workshop/quiz.js";

const NUMBER = { ask: "How long?", options: [], right: -1, unit: "min", value: 23.12095 };
const CHOICE = { ask: "What?", options: ["Done", "Refused"], right: 1, unit: "", value: null };
const OPEN = { ...CHOICE, right: -1 };

/** Give a storage that holds what it is given. */
function storage(text = null) {
  const held = { text };
  return [
    held,
    () => ({
      getItem: () => held.text,
      setItem: (_key, value) => {
        held.text = value;
      },
    }),
  ];
}

test("what was done is there again, and a guess is locked", () => {
  const [, keep] = storage();
  const progress = new Progress(keep);
  progress.lock(guessOf("E4", 1, NUMBER, "5 min"));
  progress.lock(guessOf("E4", 1, NUMBER, "99 min"));
  progress.reach("E4", 4, 6);
  progress.reach("E4", 2, 6);
  const again = new Progress(keep);
  assert.equal(guessWords(again.guessAt("E4", 1)), "5 min");
  assert.deepEqual([again.lasts, again.done("E4"), again.words("E4")], [true, false, "Step 5 of 6"]);
  again.reach("E4", 5, 6);
  assert.deepEqual([again.done("E4"), again.words("E4"), again.words("T1")], [true, "✓ Done", "Not begun"]);
  again.forget();
  assert.deepEqual([new Progress(keep).guesses, again.words("E4")], [[], "Not begun"]);
});

test("where storage throws it lasts as long as the page, and says so", () => {
  const progress = new Progress(() => {
    throw new Error("no storage");
  });
  progress.lock(guessOf("T3", 1, CHOICE, "Done"));
  assert.deepEqual([progress.lasts, progress.guessAt("T3", 1).guess], [false, "Done"]);
});

test("what is kept and is none of ours is left alone", () => {
  for (const text of [
    "no json",
    "null",
    "[]",
    "3",
    '{"guesses":[1,{"trap":"E4"}],"traps":{"E4":{"reached":"x"}},"name":3}',
  ]) {
    const progress = new Progress(storage(text)[1]);
    assert.deepEqual([progress.guesses, progress.traps, progress.name, progress.lasts], [[], {}, "", true]);
  }
});

test("the file has the form that the room's server takes", () => {
  const progress = new Progress(storage()[1]);
  progress.name = "Kim";
  progress.code = "SECRET";
  progress.lock(guessOf("E4", 1, NUMBER, "5.5 min"));
  progress.lock(guessOf("T3", 1, CHOICE, "Done"));
  assert.deepEqual(JSON.parse(progress.text()), {
    format: "simkit-progress",
    version: 1,
    name: "Kim",
    entries: [
      { kind: "guess", trap: "E4", step: 1, guess: 5.5, unit: "min" },
      { kind: "guess", trap: "T3", step: 1, guess: "Done", unit: "" },
    ],
  });
});

test("a guess is judged by the question's own answer, and not at all where it has none", () => {
  assert.deepEqual(
    ["5 min", "25 min", "60 min"].map((words) => verdictOf(NUMBER, guessOf("E4", 1, NUMBER, words))),
    ["too low", "close", "too high"],
  );
  assert.deepEqual(
    ["Done", "Refused"].map((words) => verdictOf(CHOICE, guessOf("T3", 1, CHOICE, words))),
    ["not so", "right"],
  );
  assert.equal(verdictOf(OPEN, guessOf("T3", 1, OPEN, "Done")), "no wrong answer");
  assert.deepEqual([NUMBER, CHOICE, OPEN].map(answerWords), ["23.1 min", "Refused", "a matter of judgement"]);
});
