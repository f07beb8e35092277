// The architect's panel: what is recommended beside what is chosen, the picture, and few controls; all
// else behind More. The kernel works it out.

/**
 * @import { Advice, ChoiceControl, Chosen, Command, Control, ControlGroup, FlagControl } from "./told"
 * @import { Cell, PanelTold, SliderControl, Step, Summary, Told } from "./told"
 * @import { Model, Shown } from "../frontend/types"
 */

/** @typedef {Chosen[keyof Chosen]} Value */
/** @typedef {Partial<Record<keyof Chosen, Value>>} Changes */
/**
 * What shows a value; a slider is also offered steps.
 *
 * @typedef {{ show: (value: Value | undefined) => void, offer?: (steps: Step[]) => void }} Field
 */

import { Frontier } from "./picture.js";
import { Company } from "../frontend/company.js";
import { bdi, fillSelect, h, say, tableOf, twin, uid } from "../frontend/dom.js";
import { Requests } from "../frontend/requests.js";

/** @type {Partial<Record<Command, string>>} */
const WORKING = {
  cheapest: "Weighing policies, then simulating the cheapest … this takes up to half a minute.",
};
const MARKS = { over: "bad", open: "open", kept: "good", "": null };
const REST_MS = 250;

class Controls {
  /**
   * `set` is called with a name and a value.
   *
   * @param {(name: keyof Chosen, value: Value) => void} set
   */
  constructor(set) {
    this.set = set;
    /** @type {Map<keyof Chosen, Field>} */
    this.fields = new Map();
    this.first = h("div", { class: "controls" });
    this.others = h("div", { class: "others" });
  }

  /**
   * Make the controls once, those without a heading for the first screen; later only what they
   * offer may change.
   *
   * @param {ControlGroup[]} groups
   */
  offer(groups) {
    if (!this.fields.size)
      for (const { group, controls } of groups) {
        const made = controls.map((control) => this.made(control));
        if (group) this.others.append(h("fieldset", {}, h("legend", {}, group), ...made));
        else this.first.append(...made);
      }
    for (const { controls } of groups)
      for (const control of controls)
        if (control.kind === "slider") this.fields.get(control.name)?.offer?.(control.steps);
  }

  /** @param {Record<keyof Chosen, Value | undefined>} chosen */
  show(chosen) {
    for (const [name, field] of this.fields) field.show(chosen[name]);
  }

  /** @param {Control} control */
  made(control) {
    if (control.kind === "flag") return this.flag(control);
    return control.kind === "choice" ? this.choice(control) : this.slider(control);
  }

  /** @param {SliderControl} control */
  slider({ name, label }) {
    /** @type {Step[]} */
    let steps = [];
    const input = h("input", { type: "range", min: 0, step: 1, id: uid(name) });
    const words = h("output", { for: input.id });
    const read = () => {
      const { value, text } = steps[Number(input.value)];
      say(words, text);
      input.setAttribute("aria-valuetext", text);
      return value;
    };
    input.addEventListener("input", () => this.set(name, read()));
    this.fields.set(name, {
      offer: (given) => {
        steps = given;
        input.max = String(steps.length - 1);
      },
      show: (chosen) => {
        input.value = String(steps.findIndex(({ value }) => value === chosen));
        read();
      },
    });
    return h("div", { class: "control" }, h("label", { for: input.id }, label), input, words);
  }

  /** @param {FlagControl} control */
  flag({ name, label }) {
    const input = h("input", { type: "checkbox", id: uid(name) });
    input.addEventListener("change", () => this.set(name, input.checked));
    this.fields.set(name, {
      show: (value) => {
        input.checked = value === true;
      },
    });
    return h("div", { class: "control flag" }, input, h("label", { for: input.id }, label));
  }

  /** @param {ChoiceControl} control */
  choice({ name, label, steps }) {
    const input = h("select", { id: uid(name) });
    input.addEventListener("change", () => {
      const step = steps.find(({ value }) => value === input.value);
      if (step) this.set(name, step.value);
    });
    fillSelect(input, steps, steps[0].value);
    this.fields.set(name, {
      show: (value) => {
        input.value = String(value);
      },
    });
    return h("div", { class: "control wide" }, h("label", { for: input.id }, label), input);
  }
}

/**
 * Give a value with its mark, and below it what parts.
 *
 * @param {Cell} cell
 */
function cellOf({ text, note, state }) {
  const value = state ? h("b", { class: MARKS[state] }, text) : text;
  return note ? [value, h("span", { class: "small" }, note)] : [value];
}

class Architect {
  /**
   * @param {Model<PanelTold>} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    this.model = model;
    this.told = model.get("told");
    this.refused = false;
    /** @type {Changes} */
    this.changes = {};
    this.width = 420;
    /** Waits until the hand rests before more is asked to be simulated. */
    this.rest = 0;
    this.controls = new Controls((name, value) => this.set({ [name]: value }));
    this.frontier = new Frontier((interval_ms, version) => this.set({ interval_ms, version }));
    this.error = h("div", { class: "error", role: "alert" });
    this.working = h("p", { class: "muted", role: "status" });
    this.what = h("b", {});
    this.why = h("span", {});
    this.sentence = h("p", { class: "sentence", role: "status" }, this.what, this.why);
    this.use = h("button", { type: "button", class: "main", click: () => this.takeOver() }, "Use it");
    this.tell = h("div", { class: "tell" }, this.sentence, this.use);
    this.beside = h("div", { class: "beside" });
    this.finding = h("p", { class: "finding", role: "status" });
    this.policy = h("p", { class: "policy" });
    this.answer = h("div", {
      class: "scrolls",
      tabindex: 0,
      role: "region",
      "aria-label": "All that this policy gives",
    });
    this.notes = h("ul", { class: "notes" });
    this.advice = h("div", { class: "advice", hidden: true });
    this.sources = twin(() => [this.sourceTable()]);
    const summary = this.sources.querySelector("summary");
    if (summary) summary.textContent = "How these numbers are worked out";
    this.picture = h("div", { class: "picture" }, this.frontier.element);
    this.simulating = h("div", {});
    this.root = h(
      "div",
      {
        class: "simkit-lab simkit-architect",
        role: "region",
        lang: "en",
        "aria-label": "Architect's panel",
        // JupyterLab asks the focused element itself whether its shortcuts may take the key.
        focusin: ({ target }) => {
          if (target instanceof Element) target.setAttribute("data-lm-suppress-shortcuts", "true");
        },
      },
      h(
        "div",
        { class: "screen" },
        this.tell,
        this.error,
        h("div", { class: "middle" }, this.beside, this.picture),
        this.controls.first,
      ),
      h(
        "details",
        { class: "more" },
        h("summary", {}, "More"),
        h(
          "div",
          { class: "rest" },
          this.controls.others,
          h(
            "div",
            { class: "row" },
            this.button("cheapest", "Search tokens and waits too"),
            this.working,
            this.simulating,
          ),
          this.advice,
          this.finding,
          this.policy,
          this.answer,
          this.notes,
          this.frontier.extras,
          this.sources,
        ),
      ),
    );
    el.replaceChildren(this.root);
    this.requests = new Requests(model, this.root);
    this.company = new Company(model, this.requests, {
      turnBack: () => this.turnBack(),
      cancel: () => this.ask("cancel", null),
    });
    this.root.prepend(this.company.element);
    this.simulating.append(this.company.beside);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.picture);
    this.handler = () => this.take();
    model.on("change", this.handler);
    say(this.error, model.get("error"));
    this.show(this.told);
    this.check();
  }

  /**
   * @param {Command} kind
   * @param {string} words
   */
  button(kind, words) {
    return h("button", { type: "button", click: () => this.ask(kind, null) }, words);
  }

  // From and to the kernel.

  /**
   * Choose values. While an answer is awaited, of the changes of a value the last one counts.
   *
   * @param {Changes} values
   */
  set(values) {
    Object.assign(this.changes, values);
    this.next();
  }

  /** Choose the policy that is recommended at once. */
  takeOver() {
    const { interval_ms, version, topology } = this.told.summary;
    if (interval_ms !== null) this.set({ interval_ms, version, topology });
  }

  next() {
    if (this.requests.awaited || !Object.keys(this.changes).length) return;
    const values = this.changes;
    this.changes = {};
    this.ask("set", values);
  }

  /**
   * @param {Command} kind
   * @param {Changes | null} value
   */
  ask(kind, value) {
    const words = WORKING[kind];
    if (words) this.block(words);
    this.requests.send(kind, value);
  }

  /** @param {string} words */
  block(words) {
    say(this.working, words);
    for (const button of this.root.querySelectorAll("button")) button.disabled = words !== "";
  }

  /** Take what the kernel tells. A control that has been moved since keeps its place. */
  take() {
    const { model } = this;
    if (this.requests.answered()) {
      this.block("");
      this.refused = model.get("error") !== "";
    }
    say(this.error, model.get("error"));
    const told = model.get("told");
    if (told !== this.told || this.refused) this.show(told);
    this.refused = false;
    this.next();
    this.check();
  }

  /**
   * Once no hand has moved anything for a while, ask for a day of the policy recommended, and for
   * five of the one chosen.
   */
  check() {
    clearTimeout(this.rest);
    if (!this.told.summary.pending && !this.told.due) return;
    this.rest = setTimeout(() => {
      if (!this.requests.awaited) this.ask("check", null);
    }, REST_MS);
  }

  /** Show again what is so: nobody has done what was asked for. */
  turnBack() {
    this.changes = {};
    this.block("");
    this.show(this.told);
  }

  /** @param {Told} told */
  show(told) {
    this.told = told;
    this.controls.offer(this.model.get("controls"));
    this.controls.show({ ...told.chosen, ...this.changes });
    this.showSummary(told.summary);
    this.finding.className = `finding ${MARKS[told.standing]}`;
    say(this.finding, told.verdict);
    say(this.policy, `${told.crowd}. ${told.policy}`);
    this.answer.replaceChildren(this.answerTable());
    this.notes.replaceChildren(...told.notes.map((words) => h("li", {}, bdi(words))));
    this.showAdvice(told.advice);
    this.sources.refresh();
    this.draw();
  }

  /** @param {Summary} summary */
  showSummary({ what, why, state, heads, rows, applied, interval_ms, pending }) {
    this.tell.className = `tell ${(!pending && MARKS[state]) || ""}`;
    say(this.what, what);
    say(this.why, why);
    this.use.hidden = interval_ms === null || state === "over";
    this.use.disabled = applied;
    say(this.use, applied ? "In use" : "Use it");
    const cells = rows.map((row) => [row.label, ...row.cells.map(cellOf), row.at_most]);
    this.beside.replaceChildren(
      tableOf("What is recommended, beside what is chosen", ["", ...heads, "At most"], cells, { class: "compare" }),
    );
  }

  answerTable() {
    const { rows, day } = this.told;
    const simulated = rows.some((row) => row.simulated);
    const heads = [
      "",
      "By the formula",
      ...(day ? [day] : []),
      "Limit",
      ...(simulated ? ["Simulated, 95 % interval", "The formula there"] : []),
    ];
    const cells = rows.map(({ title, value, mark, standing, day: measured, simulated: found }) => [
      title,
      h("b", {}, value),
      ...(day ? [measured] : []),
      mark ? h("span", { class: MARKS[standing] }, mark) : "",
      ...(found ? [found.mean, found.closed_form] : []),
    ]);
    return tableOf("What this policy gives", heads, cells, { class: "answer" });
  }

  sourceTable() {
    const rows = this.told.rows.map(({ title, form, source }) => [title, form, source]);
    return tableOf("Formulas", ["", "in short", "in words"], rows);
  }

  /** @param {Advice | null} advice */
  showAdvice(advice) {
    this.advice.hidden = !advice;
    if (!advice) return;
    const apply = h(
      "button",
      { type: "button", disabled: advice.applied, click: () => this.ask("apply", null) },
      "Use this policy",
    );
    const lines = advice.lines.map((words) => h("p", {}, bdi(words)));
    this.advice.replaceChildren(
      h("p", {}, h("b", {}, bdi(advice.headline)), " ", apply, advice.applied ? " in use" : ""),
      h("details", { class: "twin" }, h("summary", {}, "Its margins, and what was weighed"), ...lines),
    );
  }

  // What depends on the width.

  resize() {
    const width = Math.max(this.picture.clientWidth, 260);
    if (this.width === width) return;
    this.width = width;
    this.draw();
  }

  draw() {
    this.frontier.show(this.told.picture, this.width);
  }

  close() {
    clearTimeout(this.rest);
    this.resizer.disconnect();
    this.company.close();
    this.model.off("change", this.handler);
    this.root.remove();
  }
}

export default {
  /** @param {Shown<PanelTold>} shown */
  render({ model, el }) {
    const panel = new Architect(model, el);
    return () => panel.close();
  },
};
