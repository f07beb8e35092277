// The architect's panel: controls at the left, what they give at the right. The kernel works it out.

/**
 * @import { Advice, ChoiceControl, Chosen, Command, Control, ControlGroup, FlagControl } from "./told"
 * @import { PanelTold, SliderControl, Step, Told } from "./told"
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
  confirm: "Simulating five days … this takes up to ten seconds.",
  cheapest: "Weighing policies, then simulating the cheapest … this takes up to half a minute.",
};
const VERDICTS = { over: "wrong", open: "open", kept: "right" };
const MARKS = { over: "bad", open: "open", kept: "good", "": null };

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
    this.element = h("div", { class: "controls" });
  }

  /**
   * Make the controls once; later only what they offer may change.
   *
   * @param {ControlGroup[]} groups
   */
  offer(groups) {
    if (!this.fields.size)
      this.element.replaceChildren(
        ...groups.map(({ group, controls }) =>
          h("fieldset", {}, h("legend", {}, group), ...controls.map((control) => this.made(control))),
        ),
      );
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
    return h("div", { class: "control" }, h("label", { for: input.id }, label), h("span", {}, input));
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
    this.width = 700;
    this.controls = new Controls((name, value) => this.set({ [name]: value }));
    this.frontier = new Frontier((interval_ms, version) => this.set({ interval_ms, version }));
    this.error = h("div", { class: "error", role: "alert" });
    this.working = h("p", { class: "muted", role: "status" });
    this.finding = h("p", { class: "finding", role: "status" });
    this.policy = h("p", {});
    this.answer = h("div", {});
    this.notes = h("ul", { class: "notes" });
    this.advice = h("div", { class: "advice", hidden: true });
    this.sources = twin(() => [this.sourceTable()]);
    const summary = this.sources.querySelector("summary");
    if (summary) summary.textContent = "How these numbers are worked out";
    const left = h(
      "div",
      { class: "left" },
      this.controls.element,
      this.button("confirm", "Confirm by simulation"),
      this.button("cheapest", "What is cheapest within these limits?"),
      this.working,
      this.error,
    );
    this.right = h(
      "div",
      { class: "right" },
      this.finding,
      this.policy,
      this.answer,
      this.advice,
      this.frontier.element,
      this.notes,
      this.sources,
    );
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
      left,
      this.right,
    );
    el.replaceChildren(this.root);
    this.requests = new Requests(model, this.root);
    this.company = new Company(model, this.requests, { turnBack: () => this.turnBack() });
    left.prepend(this.company.element);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.right);
    this.handler = () => this.take();
    model.on("change", this.handler);
    say(this.error, model.get("error"));
    this.show(this.told);
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
    this.finding.className = `finding ${VERDICTS[told.standing]}`;
    say(this.finding, told.verdict);
    say(this.policy, `${told.crowd}. ${told.policy}`);
    this.answer.replaceChildren(this.answerTable());
    this.notes.replaceChildren(...told.notes.map((words) => h("li", {}, bdi(words))));
    this.showAdvice(told.advice);
    this.sources.refresh();
    this.draw();
  }

  answerTable() {
    const { rows, day } = this.told;
    const simulated = rows.some((row) => row.simulated);
    const heads = [
      "",
      "Closed form",
      ...(day ? [day] : []),
      "Limit",
      ...(simulated ? ["Simulated, 95 % interval", "Closed form there"] : []),
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
    return tableOf("Closed forms", ["", "in short", "in words"], rows);
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
    const width = Math.max(this.right.clientWidth, 300);
    if (this.width === width) return;
    this.width = width;
    this.draw();
  }

  draw() {
    this.frontier.show(this.told.picture, this.width);
  }

  close() {
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
