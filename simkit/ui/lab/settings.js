// Settings by hand: one control for each field, made from the field's kind, bounds and words.

import { fillSelect, h, labelled, say, spanWords, uid } from "../frontend/dom.js";

const POSITIONS = 1000;

export class Settings {
  /** `set` is called with a path and a value. */
  constructor(set) {
    this.set = set;
    this.sections = {};
    this.fields = new Map();
    this.main = h("div", { class: "fields" });
    this.rest = h("div", {});
    this.all = h("details", { class: "all-fields", toggle: () => this.showRest() }, h("summary", {}, "All settings"), this.rest);
    this.element = h(
      "div",
      { class: "settings-part" },
      h("p", { class: "muted" }, "What is changed here is changed on top of the trap; the settings then read Custom."),
      this.main,
      this.all,
    );
  }

  /** Show the fields that matter for the trap, and all of them by section when they are asked for. */
  show(main, sections, values) {
    Object.assign(this, { sections, values });
    const key = main.map((each) => each.path).join();
    if (this.key !== key) {
      this.key = key;
      this.fields.clear();
      this.rest.replaceChildren();
      this.main.replaceChildren(...main.map((each) => this.field(each)));
    }
    this.showRest();
    for (const [path, shows] of this.fields) for (const show of shows) show(values[path]);
  }

  showRest() {
    if (!this.all.open || this.rest.firstChild) return;
    this.rest.replaceChildren(
      ...Object.entries(this.sections).map(([section, controls]) =>
        h("fieldset", {}, h("legend", {}, section), ...controls.map((each) => this.field(each))),
      ),
    );
    for (const [path, shows] of this.fields) for (const show of shows) show(this.values[path]);
  }

  field(control) {
    const make = { flag: "flag", whole: "number", decimal: "number", choice: "choice", several: "several" };
    const [element, show] = this[make[control.kind] || "text"](control);
    if (!this.fields.has(control.path)) this.fields.set(control.path, []);
    this.fields.get(control.path).push(show);
    const about = h("span", { class: "about", id: uid("about") }, control.description);
    element.querySelectorAll("input,select").forEach((each) => each.setAttribute("aria-describedby", about.id));
    return h("div", { class: "setting" }, element, about);
  }

  flag({ path, label }) {
    const box = h("input", { type: "checkbox", change: () => this.set(path, box.checked) });
    return [labelled(label, box), (value) => (box.checked = value)];
  }

  choice({ path, label, options }) {
    const select = h("select", { change: () => this.set(path, select.value) });
    fillSelect(select, options.map((each) => [each, each]), options[0]);
    return [labelled(label, select), (value) => (select.value = value)];
  }

  several({ path, label, options }) {
    const boxes = options.map((each) => {
      const box = h("input", { type: "checkbox", value: each, change: () => send() });
      return [each, box];
    });
    const send = () => this.set(path, boxes.filter(([, box]) => box.checked).map(([each]) => each));
    const rows = boxes.map(([each, box]) => h("label", { class: "each" }, box, each));
    const element = h("fieldset", { class: "several" }, h("legend", {}, label), ...rows);
    return [element, (values) => boxes.forEach(([each, box]) => (box.checked = values.includes(each)))];
  }

  text({ path, label, options }) {
    const list = options.length ? h("datalist", { id: uid("options") }, options.map((each) => h("option", { value: each }))) : null;
    const input = h("input", { type: "text", list: list?.id, change: () => this.set(path, input.value) });
    return [h("span", {}, labelled(label, input), list), (value) => (input.value = value)];
  }

  /** A number: typed, or slid over its whole range; wide ranges are slid by powers. */
  number({ path, label, low, high, kind, optional }) {
    const whole = kind === "whole";
    const wide = high - low > 1000;
    const round = (value) => (whole ? Math.round(value) : Math.round(value * 1000) / 1000);
    const toValue = (at) =>
      round(wide ? low - 1 + (high - low + 1) ** (at / POSITIONS) : low + ((high - low) * at) / POSITIONS);
    const toPlace = (value) =>
      Math.round(POSITIONS * (wide ? Math.log(value - low + 1) / Math.log(high - low + 1) : (value - low) / (high - low)));
    const typed = h("input", { type: "number", min: low, max: high, step: whole ? 1 : "any", change: () => send(Number(typed.value)) });
    const slid = h("input", { type: "range", min: 0, max: POSITIONS, step: 1, "aria-label": `${label}, slider` });
    const none = optional ? h("input", { type: "checkbox", change: () => send(none.checked ? null : toValue(POSITIONS / 2)) }) : null;
    const words = h("output", { class: "reading" });
    const send = (value) => this.set(path, value);
    slid.addEventListener("input", () => {
      typed.value = toValue(Number(slid.value));
      send(Number(typed.value));
    });
    const show = (value) => {
      if (none) none.checked = value === null;
      typed.disabled = slid.disabled = value === null;
      if (value === null) return say(words, "none");
      if (Number(typed.value) !== value || document.activeElement !== typed) typed.value = value;
      if (document.activeElement !== slid || toValue(Number(slid.value)) !== value) slid.value = toPlace(value);
      const text = path.endsWith("_ms") ? spanWords(value) : `${low} to ${high}`;
      say(words, text);
      slid.setAttribute("aria-valuetext", path.endsWith("_ms") ? text : String(value));
    };
    const element = h("span", {}, labelled(label, typed), slid, none ? h("label", { class: "each" }, none, "none") : null, words);
    return [element, show];
  }
}
