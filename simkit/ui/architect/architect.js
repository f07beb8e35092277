// The architect's panel: controls at the left, what they give at the right. The kernel works it out.

import { Frontier } from "./picture.js";
import { bdi, fillSelect, h, say, tableOf, twin, uid } from "../frontend/dom.js";

const BUSY_MS = 200;
const WORKING = {
  confirm: "Simulating five days … this takes up to ten seconds.",
  cheapest: "Weighing policies, then simulating the cheapest … this takes up to half a minute.",
};

class Controls {
  /** `set` is called with a name and a value. */
  constructor(set) {
    this.set = set;
    this.fields = new Map();
    this.element = h("div", { class: "controls" });
  }

  /** Make the controls once; later only what they offer may change. */
  offer(groups) {
    if (!this.fields.size)
      this.element.replaceChildren(
        ...groups.map(({ group, controls }) =>
          h("fieldset", {}, h("legend", {}, group), ...controls.map((control) => this.field(control))),
        ),
      );
    for (const { controls } of groups) for (const { name, steps } of controls) this.fields.get(name).offer?.(steps);
  }

  show(chosen) {
    for (const [name, field] of this.fields) field.show(chosen[name]);
  }

  field(control) {
    const [element, field] = this[control.kind](control);
    this.fields.set(control.name, field);
    return element;
  }

  slider({ name, label }) {
    let steps = [];
    const input = h("input", { type: "range", min: 0, step: 1, id: uid(name) });
    const words = h("output", { for: input.id });
    const read = () => {
      const [value, text] = steps[Number(input.value)];
      say(words, text);
      input.setAttribute("aria-valuetext", text);
      return value;
    };
    input.addEventListener("input", () => this.set(name, read()));
    const element = h("div", { class: "control" }, h("label", { for: input.id }, label), input, words);
    const offer = (given) => {
      steps = given;
      input.max = steps.length - 1;
    };
    const show = (value) => {
      input.value = steps.findIndex(([each]) => each === value);
      read();
    };
    return [element, { offer, show }];
  }

  flag({ name, label }) {
    const input = h("input", { type: "checkbox", id: uid(name), change: () => this.set(name, input.checked) });
    const element = h("div", { class: "control" }, h("label", { for: input.id }, label), h("span", {}, input));
    return [element, { show: (value) => (input.checked = value) }];
  }

  choice({ name, label, steps }) {
    const input = h("select", { id: uid(name), change: () => this.set(name, input.value) });
    fillSelect(input, steps, steps[0][0]);
    const element = h("div", { class: "control wide" }, h("label", { for: input.id }, label), input);
    return [element, { show: (value) => (input.value = value) }];
  }
}

class Architect {
  constructor(model, el) {
    this.model = model;
    this.waiting = 0;
    this.asked = 0;
    this.changes = {};
    this.width = 700;
    this.controls = new Controls((name, value) => this.set({ [name]: value }));
    this.frontier = new Frontier((interval_ms, version) => this.set({ interval_ms, version }));
    this.build(el);
    this.handler = () => this.take();
    model.on("change", this.handler);
    this.take();
  }

  build(el) {
    const button = (kind, words) => h("button", { type: "button", click: () => this.ask(kind, null) }, words);
    this.buttons = [button("confirm", "Confirm by simulation"), button("cheapest", "What is cheapest within these limits?")];
    this.error = h("div", { class: "error", role: "alert" });
    this.working = h("p", { class: "muted", role: "status" });
    this.finding = h("p", { class: "finding", role: "status" });
    this.policy = h("p", {});
    this.answer = h("div", {});
    this.notes = h("ul", { class: "notes" });
    this.advice = h("div", { class: "advice", hidden: true });
    this.sources = twin(() => [this.sourceTable()]);
    this.sources.querySelector("summary").textContent = "How these numbers are worked out";
    const left = h("div", { class: "left" }, this.controls.element, ...this.buttons, this.working, this.error);
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
        focusin: ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"),
      },
      left,
      this.right,
    );
    el.replaceChildren(this.root);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.right);
  }

  // From and to the kernel.

  /** Choose values. While an answer is awaited, of the changes of a value the last one counts. */
  set(values) {
    Object.assign(this.changes, values);
    this.next();
  }

  next() {
    if (this.waiting || !Object.keys(this.changes).length) return;
    const values = this.changes;
    this.changes = {};
    this.ask("set", values);
  }

  ask(kind, value) {
    this.asked = Math.max(this.asked, this.model.get("answered")) + 1;
    this.waiting = this.asked;
    this.root.setAttribute("aria-busy", "true");
    this.busy = setTimeout(() => this.root.classList.add("busy"), BUSY_MS);
    if (kind in WORKING) this.block(WORKING[kind]);
    this.model.send({ ask: kind, value, n: this.waiting });
  }

  block(words) {
    say(this.working, words);
    for (const button of this.root.querySelectorAll("button")) button.disabled = words !== "";
  }

  /** Take what the kernel tells. A control that has been moved since keeps its place. */
  take() {
    const { model } = this;
    if (this.waiting && model.get("answered") >= this.waiting) {
      this.waiting = 0;
      clearTimeout(this.busy);
      this.root.classList.remove("busy");
      this.root.setAttribute("aria-busy", "false");
      this.block("");
      this.refused = model.get("error") !== "";
    }
    say(this.error, model.get("error"));
    const told = model.get("told");
    if (told !== this.told || this.refused) this.show(told);
    this.refused = false;
    this.next();
  }

  show(told) {
    this.told = told;
    this.controls.offer(this.model.get("controls"));
    this.controls.show({ ...told.chosen, ...this.changes });
    this.finding.className = `finding ${{ over: "wrong", open: "open", kept: "right" }[told.standing]}`;
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
    const heads = ["", "Closed form", ...(day ? [day] : []), "Limit", ...(simulated ? ["Simulated, 95 % interval", "Closed form there"] : [])];
    const cells = rows.map(({ title, value, mark, standing, day: measured, simulated: found }) => [
      title,
      h("b", {}, value),
      ...(day ? [measured] : []),
      mark ? h("span", { class: { over: "bad", open: "open", kept: "good" }[standing] }, mark) : "",
      ...(found || []),
    ]);
    return tableOf("What this policy gives", heads, cells, { class: "answer" });
  }

  sourceTable() {
    const rows = this.told.rows.map(({ title, form, source }) => [title, form, source]);
    return tableOf("Closed forms", ["", "in short", "in words"], rows);
  }

  showAdvice(advice) {
    this.advice.hidden = !advice;
    if (!advice) return;
    const apply = h("button", { type: "button", disabled: advice.applied, click: () => this.ask("apply", null) }, "Use this policy");
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
    if (this.told) this.frontier.show(this.told.picture, this.width);
  }

  close() {
    this.resizer.disconnect();
    clearTimeout(this.busy);
    this.model.off("change", this.handler);
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const panel = new Architect(model, el);
    return () => panel.close();
  },
};
