// The first screen of a lab: one sentence, the stage, one timeline, and what leads on.

/** @import { Lab } from "../lab/lab.js" */
/** @import { Stage, Story, StoryQuestion, StoryStep } from "./told" */

import { bdi, fillSelect, h, say, uid } from "../frontend/dom.js";
import { numberWords, tr, trn } from "../frontend/words.js";
import { legsOf, momentAt, stepFrom, wallAt } from "./pace.js";
import { StageView } from "./stage.js";
import { Timeline } from "./timeline.js";

/** Pixels below which the stage stands in two columns: as in stage.css, less what surrounds it. */
const NARROW = 680;
/** What is lit where no step says anything. */
const NOTHING_LIT = /** @type {StoryStep["lit"]} */ ([]);

export class StoryScreen {
  /**
   * `lab` holds the moment and asks the kernel; `explore` is called by who wants to see all.
   *
   * @param {Lab} lab
   * @param {() => void} explore
   */
  constructor(lab, explore) {
    this.lab = lab;
    this.story = /** @type {Story} */ ({ known: true, agent: "", steps: [] });
    this.stages = /** @type {Stage[]} */ ([]);
    this.views = /** @type {StageView[]} */ ([]);
    /** The step that is told; -1 before the story begins. */
    this.step = -1;
    /** What is shown of the answer to the question of each step, once it is locked. */
    this.answers = /** @type {Map<number, string>} */ (new Map());
    /** Called with the step of a question and what was answered, once it is locked. */
    this.locked = (/** @type {number} */ _step, /** @type {string} */ _words) => {};
    this.legs = legsOf([], 0, 0);
    /** What is said, so that nothing is said twice. */
    this.said = "";
    this.frame = 0;
    this.playing = false;
    this.badge = h("span", { class: "badge", "aria-hidden": "true" });
    const trap = h("select", {
      class: "trap",
      "aria-label": tr("The trap"),
      change: () => void lab.commands.ask("trap", trap.value),
    });
    this.trap = trap;
    trap.hidden = lab.model.get("told_only"); // another trap is another page
    this.switch = h("div", { class: "switch", role: "group", "aria-label": tr("Trap or fix") });
    this.sentence = h("p", { class: "sentence", role: "status", tabindex: -1 });
    this.small = h("p", { class: "small" });
    this.question = h("div", { class: "question", tabindex: -1 });
    this.dots = h("span", { class: "dots", "aria-hidden": "true" });
    this.count = h("span", { class: "step" });
    this.back = h("button", { type: "button", click: () => this.go(this.step - 1) }, tr("Back"));
    this.next = h("button", { type: "button", class: "main", click: () => this.goOn() }, tr("Next"));
    this.rows = h("div", { class: "stages" });
    this.play = h("button", { type: "button", class: "main play", click: () => this.toggle() }, tr("▶ Play"));
    this.timeline = new Timeline(
      (t) => this.stray(t),
      (direction, what) => this.move(direction, what),
    );
    this.finding = h("p", { class: "finding-of-day" });
    this.more = h("button", { type: "button", click: explore }, tr("Explore ▸"));
    this.day = h(
      "div",
      { class: "of-day" },
      h("div", { class: "lead-on" }, this.play, lab.whole ? this.more : null),
      h("div", { class: "lanes-part" }, this.finding, this.timeline.element),
    );
    this.element = h(
      "div",
      { class: "story" },
      h("div", { class: "head" }, this.badge, this.trap, this.switch),
      h(
        "div",
        { class: "tell" },
        h("div", { class: "say" }, this.sentence, this.small),
        h("div", { class: "lead" }, h("span", { class: "where" }, this.dots, this.count), this.back, this.next),
        this.question,
      ),
      this.rows,
      this.day,
    );
  }

  // What is told.

  /**
   * Take the runs, the story of the trap, and what is chosen.
   *
   * @param {Story} story
   * @param {Stage[]} stages
   */
  take(story, stages) {
    const { sides, world, model } = this.lab;
    const choices = model.get("choices");
    if (story !== this.story) {
      this.answers.clear();
      this.story = story;
    }
    this.stages = stages;
    // While the kernel is on its way to a later step, what it tells of an earlier one is old.
    const late = this.lab.commands.queue.some(({ kind }) => kind === "step");
    if (!late) this.step = Math.min(model.get("step"), story.steps.length - 1);
    say(this.badge, choices.trap);
    fillSelect(
      this.trap,
      choices.traps.map(({ value, text }) => ({ value, text: text.replace(/^\w+: /, "") })),
      choices.trap,
    );
    if (this.views.length !== sides.length) {
      this.views = sides.map((side) => new StageView(side.label));
      this.rows.replaceChildren(...this.views.map((view) => view.element));
      this.rows.classList.toggle("two", sides.length > 1);
      this.element.classList.toggle("beside", sides.length > 1);
      for (const view of this.views) view.beside = sides.length > 1;
    }
    this.views.forEach((view, i) => {
      view.take(sides[i], stages[i], world);
    });
    const preset = choices.second ? "" : choices.preset;
    const { activeElement } = document;
    const focused = activeElement ? [...this.switch.children].indexOf(activeElement) : -1;
    this.switch.replaceChildren(
      ...choices.switch.map(({ value, text, title }) =>
        h(
          "button",
          { type: "button", title, "aria-pressed": String(value === preset), click: () => this.choose(value) },
          text,
        ),
      ),
    );
    const anew = this.switch.children[focused];
    if (anew instanceof HTMLElement) anew.focus({ preventScroll: true });
    this.legs = legsOf(stages, this.lab.start, this.lab.end);
    say(this.finding, model.get("sides").found);
    this.draw();
    this.tell();
  }

  /** @param {string} preset */
  choose(preset) {
    this.lab.commands.ask("preset", preset);
  }

  draw() {
    const { sides, world, width } = this.lab;
    for (const view of this.views) view.makeRoom(sides.length > 1 || width < NARROW ? 3 : 4);
    this.timeline.draw(sides, world, this.timeline.element.clientWidth);
    this.timeline.show(this.lab.t);
  }

  // The story.

  get now() {
    return this.story.steps[this.step] ?? null;
  }

  /** @param {number} step */
  go(step) {
    const wanted = this.story.steps[step];
    if (!wanted) return;
    this.pause();
    this.step = step;
    const { agent, preset } = this.lab.model.get("choices");
    // Where no other run is needed the kernel need not be waited for.
    if (agent === this.story.agent && preset === wanted.preset) this.lab.moveTo(wanted.t);
    this.lab.commands.ask("step", step);
    this.tell();
  }

  /** Show the sentence of the step, and the question that it asks. */
  tell() {
    const { story } = this;
    const steps = story.steps.length;
    this.dots.replaceChildren(...story.steps.map((_, i) => h("i", { class: i <= this.step ? "done" : "" })));
    const where =
      this.step < 0
        ? trn("{n} steps", "{n} steps", steps)
        : tr("Step {step} of {steps}", { step: this.step + 1, steps });
    say(this.count, story.known ? where : "");
    this.back.disabled = this.step <= 0;
    this.said = "";
    this.show(this.lab.t);
  }

  /** The step, where what is shown is what it tells of; null where somebody looks elsewhere. */
  get told() {
    const { agent, preset, second } = this.lab.model.get("choices");
    const here = this.now?.t === this.lab.t && this.story.agent === agent && this.now.preset === preset && !second;
    return here && !this.playing ? this.now : null;
  }

  /**
   * Say what the step tells, or elsewhere what is found at the moment.
   *
   * @param {StoryStep | null} step
   */
  showSentence(step) {
    const days = step ? (this.lab.model.get("intervals")?.story[this.step] ?? "") : "";
    const said = step ? `step ${this.step} ${days}` : this.lab.findingWords();
    if (this.said === said) return;
    this.said = said;
    const parts = step ? step.parts : [{ text: said, wrong: false }];
    this.sentence.replaceChildren(...parts.map(({ text, wrong }) => (wrong ? h("b", {}, bdi(text)) : bdi(text))));
    const guess = step && !step.question ? this.answers.get(this.step - 1) : undefined;
    const small = [guess === undefined ? "" : tr("You said: {guess}.", { guess }), days, step?.small ?? ""]
      .filter(Boolean)
      .join(" ");
    say(this.small, small);
    this.small.hidden = !small;
    this.ask(step?.question ?? null);
    this.showWayOn(step);
  }

  /**
   * Say where the way on leads: into the story, back to its step from elsewhere, or to the next one,
   * which waits for the answer to a question.
   *
   * @param {StoryStep | null} step
   */
  showWayOn(step) {
    const begun = this.step >= 0;
    say(this.next, begun ? (step ? tr("Next") : tr("Return")) : tr("Begin"));
    const open = Boolean(step?.question) && !this.answers.has(this.step);
    const last = this.step >= this.story.steps.length - 1;
    const disabled = !this.story.known || (step !== null && (open || last));
    // Where the way on ends, the focus goes to what keeps it, or else it would be lost.
    if (disabled && document.activeElement === this.next) (open ? this.question : this.sentence).focus();
    this.next.disabled = disabled;
  }

  goOn() {
    this.go(this.step >= 0 && !this.told ? this.step : this.step + 1);
  }

  /** @param {StoryQuestion | null} question */
  ask(question) {
    const given = this.answers.get(this.step);
    this.question.hidden = !question;
    this.element.classList.toggle("asking", Boolean(question));
    this.element.classList.toggle("guessing", Boolean(question) && given === undefined);
    if (!question) return this.question.replaceChildren();
    const words = h("span", { class: "ask" }, question.ask);
    if (given !== undefined)
      return this.question.replaceChildren(
        words,
        h("span", { class: "given" }, tr("You said: {guess}", { guess: given })),
      );
    if (question.options.length)
      return this.question.replaceChildren(
        words,
        ...question.options.map((option) =>
          h("button", { type: "button", class: "option", click: () => this.answer(option) }, option),
        ),
      );
    const number = h("input", { type: "number", min: 0, step: "any", id: uid("guess"), "aria-label": question.ask });
    const lock = h(
      "button",
      {
        type: "button",
        class: "option",
        click: () => {
          const { value } = number;
          if (value !== "") this.answer(`${value} ${question.unit}`, `${numberWords(value)} ${question.unit}`);
        },
      },
      tr("Lock it in"),
    );
    return this.question.replaceChildren(words, number, h("span", {}, question.unit), lock);
  }

  /**
   * Lock an answer: what is kept of a number is written in English, whatever is shown.
   *
   * @param {string} words
   */
  answer(words, shown = words) {
    this.answers.set(this.step, shown);
    this.locked(this.step, words);
    this.tell();
    this.next.focus();
  }

  // The moment.

  /**
   * Go to a moment that is not that of the step.
   *
   * @param {number} t
   */
  stray(t) {
    this.pause();
    this.lab.moveTo(t);
  }

  /**
   * @param {1 | -1} direction
   * @param {"beat" | "discrepancy"} what
   */
  move(direction, what) {
    const { lab } = this;
    if (what === "beat") return this.stray(stepFrom(this.stages, lab.t, direction));
    const stops = lab.stops();
    const found = direction > 0 ? stops.find((t) => t > lab.t) : stops.filter((t) => t < lab.t).pop();
    this.stray(found ?? lab.t);
  }

  /** @param {number} t */
  show(t) {
    const step = this.told;
    this.showSentence(step);
    for (const view of this.views) view.show(t, step?.lit ?? NOTHING_LIT);
    this.timeline.show(t);
  }

  toggle() {
    if (this.playing) return this.pause();
    this.playing = true;
    say(this.play, tr("❚❚ Pause"));
    const { lab } = this;
    if (lab.t >= lab.end) lab.moveTo(lab.start);
    let wall = wallAt(this.legs, lab.t);
    let last = performance.now();
    const frame = (/** @type {number} */ now) => {
      wall += now - last;
      last = now;
      const { t, leg } = momentAt(this.legs, wall);
      lab.moveTo(t);
      const quiet = leg?.quiet ?? 0;
      for (const view of this.views) view.pass(quiet);
      if (leg) this.frame = requestAnimationFrame(frame);
      else this.pause();
    };
    this.frame = requestAnimationFrame(frame);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.playing = false;
    say(this.play, tr("▶ Play"));
    for (const view of this.views) view.pass(0);
  }
}
