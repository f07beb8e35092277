// The quiz at the end of a story: its own questions, what was guessed, and what was measured.

/** @import { Story, StoryQuestion } from "../stage/told" */
/** @import { Guess } from "./progress.js" */

import { h, tableOf } from "../frontend/dom.js";
import { numberWords, tr } from "../frontend/words.js";
import { guessWords } from "./progress.js";

/** So far from the measured value, as a share of it, a number counts as close. */
const CLOSE = 0.2;

/**
 * Give the true answer to a question in words.
 *
 * @param {StoryQuestion} question
 */
export function answerWords({ options, right, unit, value }) {
  if (value !== null) return `${numberWords(String(Number(value.toPrecision(3))))} ${unit}`;
  return right < 0 ? tr("a matter of judgement") : options[right];
}

/**
 * Say how a guess compares with what was measured.
 *
 * @param {StoryQuestion} question
 * @param {Guess} guess
 */
export function verdictOf({ options, right, value }, { guess }) {
  if (value !== null && typeof guess === "number") {
    if (Math.abs(guess - value) <= CLOSE * Math.abs(value)) return tr("close");
    return guess < value ? tr("too low") : tr("too high");
  }
  if (right < 0) return tr("no wrong answer");
  return guess === options[right] ? tr("right") : tr("not so");
}

export class Quiz {
  constructor() {
    this.table = h("div", {});
    const [said, was] = [tr("You said"), tr("It was")];
    // Where it is narrow these stand before each cell, in place of its head.
    this.table.style.setProperty("--said", JSON.stringify(`${said}: `));
    this.table.style.setProperty("--was", JSON.stringify(`${was}: `));
    this.element = h(
      "section",
      { class: "quiz", hidden: true, "aria-label": tr("What you guessed") },
      h("h2", {}, tr("What you guessed, and what it was")),
      this.table,
    );
  }

  /**
   * Show the questions of a story beside the guesses, once all of it was told.
   *
   * @param {Story} story
   * @param {(step: number) => Guess | undefined} guessAt
   * @param {boolean} done
   */
  show(story, guessAt, done) {
    this.element.hidden = !done;
    if (!done) return;
    const rows = story.steps.flatMap(({ question }, step) => {
      if (!question) return [];
      const guess = guessAt(step);
      const said = guess ? [guessWords(guess), answerWords(question), verdictOf(question, guess)] : ["", "", ""];
      return [[question.ask, ...said]];
    });
    const heads = [tr("Question"), tr("You said"), tr("It was"), ""];
    this.table.replaceChildren(tableOf(tr("The questions of this story"), heads, rows));
  }
}
