// What is said in the language of a page: texts, texts that depend on a number, and numbers.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { spanWords } from "../../simkit/ui/frontend/dom.js";
import { decimal, languageTag, numberWords, speak, tr, trn, trNoop } from "../../simkit/ui/frontend/words.js";
import { restWords } from "../../simkit/ui/lab/desk.js";
import { codesWords } from "../../simkit/ui/lab/tree.js";
import { foldWords } from "../../simkit/ui/stage/sequence.js";
import { few } from "../../simkit/ui/stage/stage.js";
import { guessOf, guessWords, Progress } from "../../simkit/ui/workshop/progress.js";
import { answerWords } from "../../simkit/ui/workshop/quiz.js";

const ENGLISH = { tag: "en", words: {} };

afterEach(() => speak(ENGLISH));

test("places are filled, each as often as it stands there, and only those that have a value", () => {
  assert.equal(tr("{one}, {other}, {one}", { one: "a", other: "b" }), "a, b, a");
  assert.equal(tr("{one} {unknown}", { one: "a" }), "a {unknown}");
  assert.equal(tr("{one}"), "{one}");
});

test("a name that looks like a place stays a name", () => {
  assert.equal(tr("{who} is {what}", { who: "{what}", what: "here" }), "{what} is here");
  assert.equal(tr("{who}", { who: "$& $1" }), "$& $1");
  assert.equal(tr("{constructor}"), "{constructor}");
});

test("a translation has its places where its own order wants them", () => {
  speak({ tag: "de", words: { "{run}: go on to {name}": "Weiter zu {name} ({run})" } });
  assert.equal(tr("{run}: go on to {name}", { run: "Trap", name: "Kim" }), "Weiter zu Kim (Trap)");
});

test("what is in no catalogue stays English, whatever it is called", () => {
  speak({ tag: "de", words: { Back: "Zurück" } });
  assert.deepEqual(
    ["Back", "Next", "toString"].map((text) => tr(text)),
    ["Zurück", "Next", "toString"],
  );
  assert.deepEqual([trn("{n} poll", "{n} polls", 1), trn("{n} poll", "{n} polls", 3)], ["1 poll", "3 polls"]);
});

test("a text that is marked is said later, in what is spoken then", () => {
  const words = trNoop("Back");
  assert.equal(words, "Back");
  speak({ tag: "de", words: { Back: "Zurück" } });
  assert.equal(tr(words), "Zurück");
});

test("where a page is given no language, what is spoken stays", () => {
  speak({ tag: "de", words: {} });
  for (const none of [null, undefined, /** @type {any} */ ({})]) speak(none);
  assert.equal(languageTag(), "de");
});

test("English and German have a form for one and a form for all else", () => {
  const said = () => [0, 1, 2, 21].map((n) => trn("{n} act", "{n} acts", n));
  assert.deepEqual(said(), ["0 acts", "1 act", "2 acts", "21 acts"]);
  speak({ tag: "de", words: { "{n} act": ["{n} Tat", "{n} Taten"] } });
  assert.deepEqual(said(), ["0 Taten", "1 Tat", "2 Taten", "21 Taten"]);
});

test("a language with more forms takes each where its own rules say so", () => {
  // Polish by CLDR: one is 1, few is 2 to 4 but for 12 to 14, many is the other whole numbers.
  speak({ tag: "pl", words: { "{n} act": ["{n} czyn", "{n} czyny", "{n} czynów", "{n} czynu"] } });
  const said = [1, 2, 4, 5, 12, 22, 0].map((n) => trn("{n} act", "{n} acts", n));
  assert.deepEqual(said, ["1 czyn", "2 czyny", "4 czyny", "5 czynów", "12 czynów", "22 czyny", "0 czynów"]);
});

test("a catalogue with fewer forms than its language has takes its last one", () => {
  speak({ tag: "pl", words: { "{n} act": ["{n} czyn", "{n} czyny"], "{n} code": "{n} kodów" } });
  assert.equal(trn("{n} act", "{n} acts", 5), "5 czyny");
  assert.equal(trn("{n} code", "{n} codes", 1), "1 kodów");
});

test("numbers are written as people write them", () => {
  const said = () => [tr("{n}", { n: 1234567 }), tr("{n}", { n: 2.5 }), tr("{n}", { n: "1234" }), decimal(1234.5)];
  assert.deepEqual(said(), ["1,234,567", "2.5", "1234", "1,234.5"]);
  speak({ tag: "de", words: {} });
  assert.deepEqual(said(), ["1.234.567", "2,5", "1234", "1.234,5"]);
});

test("a number that is written already keeps its digits", () => {
  const said = () => ["1,234.50", "0.5", "-3", "1e-7", "1.4"].map(numberWords);
  assert.deepEqual(said(), ["1,234.50", "0.5", "-3", "1e-7", "1.4"]);
  speak({ tag: "de", words: {} });
  assert.deepEqual(said(), ["1.234,50", "0,5", "-3", "1e-7", "1,4"]);
});

test("spans of time are told in the language, tenths with its own mark", () => {
  speak({ tag: "de", words: { "{hours} h {minutes} min": "{hours} Std. {minutes} Min." } });
  assert.deepEqual([1_400, 7_260_000, 937_000].map(spanWords), ["1,4 s", "2 Std. 1 Min.", "15 min 37 s"]);
});

test("what depends on a number is a whole text for each case", () => {
  assert.deepEqual([few(["a", "b", "c"]), few(["a", "b", "c", "d"])], ["a, b, c", "a, b and 2 more"]);
  assert.deepEqual(
    [codesWords(1, 0), codesWords(0, 1), codesWords(1, 2), codesWords(1200, 0)],
    ["1 code", "0 codes, 1 deactivated", "1 code, 2 deactivated", "1200 codes"],
  );
  const rest = [
    restWords(0, 0, false),
    ...[false, true].flatMap((beside) => [2, 1, 0].map((bad) => restWords(2, bad, beside))),
  ];
  assert.deepEqual(rest, [
    "All names",
    ...["2 more, not usable", "2 more", "2 more usable"],
    ...["2 others, not usable", "2 others", "2 others usable"],
  ]);
  assert.deepEqual(
    [1, 0].map((bad) => restWords(1, bad, true)),
    ["1 other, not usable", "1 other usable"],
  );
});

test("what becomes of a poll is told in the language, and compared in English", () => {
  const look = /** @type {any} */ ({ chip: "2 reasons", fate: "thrown away" });
  const fold = /** @type {any} */ ({ polls: 2, renewals: 1, look });
  speak({
    tag: "de",
    words: {
      "thrown away": "weggeworfen",
      "{n} poll that changed nothing ({alike})": ["{n} Abruf ({alike})", "{n} Abrufe ({alike})"],
      "a new token": ["ein neues Token", "{n} neue Token"],
      "{polls} and {tokens}": "{polls} und {tokens}",
    },
  });
  assert.equal(foldWords(fold), "2 Abrufe (2 reasons, weggeworfen) und ein neues Token");
});

test("a guess is kept with a point and shown with the mark of the language", () => {
  const question = { ask: "How long?", options: [], right: -1, unit: "min", value: 23.12095 };
  speak({ tag: "de", words: { "✓ Done": "✓ Fertig", "Step {step} of {steps}": "Schritt {step} von {steps}" } });
  const guess = guessOf("E4", 1, question, "5.5 min");
  assert.equal(guess.guess, 5.5);
  assert.deepEqual([guessWords(guess), answerWords(question)], ["5,5 min", "23,1 min"]);
  const progress = new Progress(() => ({ getItem: () => null, setItem: () => {} }));
  progress.reach("E4", 1, 3);
  assert.equal(progress.words("E4"), "Schritt 2 von 3");
  progress.reach("E4", 2, 3);
  assert.equal(progress.words("E4"), "✓ Fertig");
});
