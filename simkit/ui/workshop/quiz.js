// The quiz at the end of a story: its own questions, what was guessed, and what was measured.

/** @import { Story, StoryQuestion } from "../stage/told" */
/** @import { Guess } from "./progress.js" */

import { h, tableOf } from "../frontend/dom.js";
import { guessWords } from "./progress.js";

/** So far from the measured value, as a share of it, a number counts as close. */
const CLOSE = 0.2;

/**
 * Give the true answer to a question in words.
 *
 * @param {StoryQuestion} question
 */
export function answerWords({ options, right, unit, value }) {
  if (value !== null) return `${Number(value.toPrecision(3))} ${unit}`;
  return right < 0 ? "a matter of judgement" : options[right];
}

/**
 * Say how a guess compares with what was measured.
 *
 * @param {StoryQuestion} question
 * @param {Guess} guess
 */
export function verdictOf({ options, right, value }, { guess }) {
  if (value !== null && typeof guess === "number") {
    if (Math.abs(guess - value) <= CLOSE * Math.abs(value)) return "close";
    return guess < value ? "too low" : "too high";
  }
  if (right < 0) return "no wrong answer";
  return guess === options[right] ? "right" : "not so";
}

export class Quiz {
  constructor() {
    this.table = h("div", {});
    this.element = h(
      "section",
      { class: "quiz", hidden: true, "aria-label": "What you guessed" },
      h("h2", {}, "What you guessed, and what it was"),
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
    const heads = ["Question", "You said", "It was", ""];
    this.table.replaceChildren(tableOf("The questions of this story", heads, rows));
  }
}
