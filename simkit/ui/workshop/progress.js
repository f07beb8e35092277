// What a learner has done on the lane: kept in the browser where it keeps anything, and given as one file.

/** @import { StoryQuestion } from "../stage/told" */

import { numberWords, tr } from "../frontend/words.js";

const KEY = "simkit-progress";
export const LONGEST_NAME = 80;

/** @typedef {{ kind: "guess", trap: string, step: number, guess: string | number, unit: string }} Guess */
/** @typedef {{ reached: number, of: number }} Reached */
/** @typedef {{ getItem(key: string): string | null, setItem(key: string, value: string): void }} Storing */

/**
 * Give a guess as the progress file has it, out of what the story locked: of a number, in English with its unit.
 *
 * @param {string} trap
 * @param {number} step
 * @param {StoryQuestion} question
 * @param {string} words
 * @returns {Guess}
 */
export function guessOf(trap, step, { options, unit }, words) {
  const guess = options.length ? words : Number.parseFloat(words);
  return { kind: "guess", trap, step, guess, unit: options.length ? "" : unit };
}

/**
 * Give a guess in the words of the story.
 *
 * @param {Guess} guess
 */
export function guessWords({ guess, unit }) {
  const words = typeof guess === "number" ? numberWords(String(guess)) : guess;
  return unit ? `${words} ${unit}` : words;
}

export class Progress {
  /**
   * `storage` gives where to keep it, and may throw: then it lasts as long as the page.
   *
   * @param {() => Storing} storage
   */
  constructor(storage) {
    this.storage = storage;
    /** Whether it is there again when the page is opened anew. */
    this.lasts = true;
    this.name = "";
    this.code = "";
    /** By what the room's server knows whose file it is. */
    this.receipt = "";
    /** @type {Guess[]} */
    this.guesses = [];
    /** @type {Record<string, Reached>} */
    this.traps = {};
    this.read();
  }

  read() {
    try {
      const kept = parsed(this.storage().getItem(KEY));
      for (const name of /** @type {const} */ (["name", "code", "receipt"]))
        if (typeof kept[name] === "string") this[name] = kept[name];
      if (Array.isArray(kept.guesses)) this.guesses = kept.guesses.filter(isGuess);
      for (const [trap, entry] of Object.entries(kept.traps ?? {})) if (isReached(entry)) this.traps[trap] = entry;
    } catch {
      this.lasts = false;
    }
    this.write();
  }

  write() {
    const { name, code, receipt, guesses, traps } = this;
    try {
      this.storage().setItem(KEY, JSON.stringify({ name, code, receipt, guesses, traps }));
    } catch {
      this.lasts = false;
    }
  }

  /** @param {Guess} guess */
  lock(guess) {
    if (this.guessAt(guess.trap, guess.step)) return;
    this.guesses.push(guess);
    this.write();
  }

  /**
   * @param {string} trap
   * @param {number} step
   */
  guessAt(trap, step) {
    return this.guesses.find((guess) => guess.trap === trap && guess.step === step);
  }

  /**
   * Take that a step of so many was reached.
   *
   * @param {string} trap
   * @param {number} step
   * @param {number} of
   */
  reach(trap, step, of) {
    this.traps[trap] = { reached: Math.max(step, this.traps[trap]?.reached ?? -1), of };
    this.write();
  }

  /** @param {string} trap */
  done(trap) {
    const entry = this.traps[trap];
    return Boolean(entry) && entry.reached >= entry.of - 1;
  }

  /**
   * Say how far a trap is.
   *
   * @param {string} trap
   */
  words(trap) {
    const entry = this.traps[trap];
    if (this.done(trap)) return tr("✓ Done");
    if (!entry || entry.reached < 0) return tr("Not begun");
    return tr("Step {step} of {steps}", { step: entry.reached + 1, steps: entry.of });
  }

  /** Forget all of it. */
  forget() {
    Object.assign(this, { name: "", code: "", receipt: "", guesses: [], traps: {} });
    this.write();
  }

  /** Give the progress file. */
  text() {
    const { name, guesses } = this;
    return `${JSON.stringify({ format: "simkit-progress", version: 1, name, entries: guesses }, null, 1)}\n`;
  }
}

/**
 * Give what was kept; nothing where it is none of ours.
 *
 * @param {string | null} text
 * @returns {Record<string, any>}
 */
function parsed(text) {
  try {
    return JSON.parse(text ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/** @param {any} value */
function isGuess(value) {
  const { trap, step, guess, unit } = value ?? {};
  const answers = typeof guess === "string" || Number.isFinite(guess);
  return typeof trap === "string" && Number.isInteger(step) && answers && typeof unit === "string";
}

/** @param {any} value */
function isReached(value) {
  return Number.isInteger(value?.reached) && Number.isInteger(value?.of);
}
