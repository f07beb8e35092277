// A page of the play lane: a trap's lab over what was told beforehand, or the list of all traps.

/** @import { Language } from "../frontend/types" */
/** @import { LaneTold } from "./told" */

import { h } from "../frontend/dom.js";
import { speak, tr } from "../frontend/words.js";
import { Lab } from "../lab/lab.js";
import { HandingIn } from "./handing_in.js";
import { guessOf, guessWords, Progress } from "./progress.js";
import { Quiz } from "./quiz.js";
import { ToldModel } from "./told_model.js";

/** @typedef {{ simkitLane?: LaneTold, simkitLanguage?: Language }} Given What the page was given by its files. */

/**
 * Play a trap's story from where it was left.
 *
 * @param {LaneTold} told
 * @param {Progress} progress
 * @param {HandingIn} handing
 */
function play(told, progress, handing) {
  const { trap } = told;
  const model = new ToldModel(told);
  const { steps } = model.get("story");
  const reached = Math.min(progress.traps[trap]?.reached ?? -1, steps.length - 1);
  if (reached >= 0 && !progress.done(trap)) model.take(model.changes("step", reached) ?? {});
  const lab = new Lab(model, place("lab"), "lab");
  for (const guess of progress.guesses)
    if (guess.trap === trap && steps[guess.step]?.question) lab.story.answers.set(guess.step, guessWords(guess));
  lab.story.tell();
  const quiz = new Quiz();
  const show = () => quiz.show(model.get("story"), (step) => progress.guessAt(trap, step), progress.done(trap));
  lab.story.locked = (step, words) => {
    const { question } = steps[step];
    if (question) progress.lock(guessOf(trap, step, question, words));
    handing.sendAgain();
  };
  model.on("change:step", () => {
    progress.reach(trap, model.get("step"), steps.length);
    show();
  });
  place("quiz").append(quiz.element);
  show();
}

/**
 * Say on each card how far its trap is.
 *
 * @param {Progress} progress
 */
function mark(progress) {
  for (const card of document.querySelectorAll("[data-trap]")) {
    const trap = card.getAttribute("data-trap") ?? "";
    card.classList.toggle("done", progress.done(trap));
    card.querySelector(".state")?.replaceChildren(progress.words(trap));
  }
}

/** @param {string} id */
function place(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

const { simkitLane: told, simkitLanguage } = /** @type {Given} */ (globalThis);
speak(simkitLanguage);
const progress = new Progress(() => localStorage);
const handing = new HandingIn(progress);
place("handing-in").append(handing.element);
if (told) play(told, progress, handing);
else {
  mark(progress);
  const forget = () => {
    progress.forget();
    handing.show();
    mark(progress);
  };
  place("handing-in").append(
    h("button", { type: "button", class: "link", click: forget }, tr("Forget all I did here")),
  );
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload();
  });
}
