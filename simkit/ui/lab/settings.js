// Settings by hand: one control for each field, made from the field's kind, bounds and words.

/** @import { FieldControl } from "./told" */

import { fillSelect, h, say, spanWords, uid } from "../frontend/dom.js";
import { numberWords, tr } from "../frontend/words.js";

const POSITIONS = 1000;

/**
 * A control: what is on the page, what of it the field's label belongs to, and how it shows a value,
 * which is of the field's kind.
 *
 * @typedef {{ parts: (Node | null)[], main: HTMLElement, show: (value: any) => void }} Made
 */

/**
 * Give how a slider stands for the numbers of a field; wide ranges are slid by powers.
 *
 * @param {Pick<FieldControl, "path" | "kind" | "low" | "high">} control
 */
export function sliding({ path, kind, low, high }) {
  if (low === null || high === null) throw new Error(`${path} has no bounds to slide between`);
  const range = high - low;
  const wide = range > 1000;
  const fine = kind === "whole" ? 1 : 1000;
  return {
    low,
    high,
    /** @param {number} at */
    toValue(at) {
      const value = wide ? low - 1 + (range + 1) ** (at / POSITIONS) : low + (range * at) / POSITIONS;
      return Math.round(value * fine) / fine;
    },
    /** @param {number} value */
    toPlace(value) {
      const share = wide ? Math.log(value - low + 1) / Math.log(range + 1) : (value - low) / range;
      return Math.round(POSITIONS * share);
    },
  };
}

export class Settings {
  /**
   * `set` is called with a path and a value.
   *
   * @param {(path: string, value: unknown) => void} set
   */
  constructor(set) {
    this.set = set;
    /** @type {Record<string, readonly FieldControl[]>} */
    this.sections = {};
    /** @type {Record<string, any>} */
    this.values = {};
    /** @type {string | null} */
    this.key = null;
    /** @type {Map<string, Made["show"][]>} */
    this.fields = new Map();
    this.main = h("div", { class: "fields" });
    this.rest = h("div", {});
    this.all = h(
      "details",
      { class: "all-fields", toggle: () => this.showRest() },
      h("summary", {}, tr("All settings")),
      this.rest,
    );
    const names = h("input", {
      type: "checkbox",
      change: () => {
        this.element.classList.toggle("named", names.checked);
      },
    });
    /** @type {HTMLElement} */
    this.element = h(
      "div",
      { class: "settings-part" },
      h(
        "p",
        { class: "muted" },
        tr("What is changed here is changed on top of the trap; the settings then read Custom."),
      ),
      h("label", { class: "each" }, names, tr("Names of the fields, as code and files have them")),
      this.main,
      this.all,
    );
  }

  /**
   * Show the fields that matter for the trap, and all of them by section when they are asked for.
   *
   * @param {readonly FieldControl[]} main
   * @param {Record<string, readonly FieldControl[]>} sections
   * @param {Record<string, any>} values
   */
  show(main, sections, values) {
    this.sections = sections;
    this.values = values;
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

  /** @param {FieldControl} control */
  field(control) {
    const { path, label, kind, description } = control;
    const { parts, main, show } = this.made(control);
    this.fields.set(path, [...(this.fields.get(path) ?? []), show]);
    const about = h("span", { class: "about", id: uid("about") }, description);
    const several = kind === "several";
    const words = several ? h("b", { id: uid("label"), title: path }, label) : h("label", { title: path }, label);
    main.id = uid("control");
    if (several) main.setAttribute("aria-labelledby", words.id);
    else words.setAttribute("for", main.id);
    main.setAttribute("aria-describedby", about.id);
    return h(
      "div",
      { class: "setting" },
      h("div", { class: "told" }, words, h("span", { class: "dotted" }, path), about),
      h("div", { class: "control" }, parts),
    );
  }

  /**
   * @param {FieldControl} control
   * @returns {Made}
   */
  made(control) {
    switch (control.kind) {
      case "flag":
        return this.flag(control);
      case "whole":
      case "decimal":
        return this.number(control);
      case "choice":
        return this.choice(control);
      case "several":
        return this.several(control);
      case "text":
      case "json":
        return this.text(control);
    }
  }

  /**
   * @param {FieldControl} control
   * @returns {Made}
   */
  flag({ path }) {
    const box = h("input", {
      type: "checkbox",
      change: () => {
        this.set(path, box.checked);
      },
    });
    const show = (/** @type {boolean} */ value) => {
      box.checked = value;
    };
    return { parts: [box], main: box, show };
  }

  /**
   * @param {FieldControl} control
   * @returns {Made}
   */
  choice({ path, options, option_words }) {
    const select = h("select", {
      change: () => {
        this.set(path, select.value);
      },
    });
    const entries = options.map((each, i) => ({ value: each, text: option_words[i] }));
    fillSelect(select, entries, options[0]);
    const show = (/** @type {string} */ value) => {
      select.value = value;
    };
    return { parts: [select], main: select, show };
  }

  /**
   * @param {FieldControl} control
   * @returns {Made}
   */
  several({ path, options }) {
    const change = () => {
      const chosen = boxes.filter((box) => box.checked);
      this.set(
        path,
        chosen.map((box) => box.value),
      );
    };
    const boxes = options.map((each) => h("input", { type: "checkbox", value: each, change }));
    const rows = boxes.map((box) => h("label", { class: "each" }, box, box.value));
    const show = (/** @type {readonly string[]} */ values) => {
      for (const box of boxes) box.checked = values.includes(box.value);
    };
    const group = h("div", { class: "several", role: "group" }, ...rows);
    return { parts: [group], main: group, show };
  }

  /**
   * @param {FieldControl} control
   * @returns {Made}
   */
  text({ path, options, option_words }) {
    const list = options.length
      ? h(
          "datalist",
          { id: uid("options") },
          options.map((each, i) => h("option", { value: each }, option_words[i])),
        )
      : null;
    const input = h("input", {
      type: "text",
      list: list?.id,
      change: () => {
        this.set(path, input.value);
      },
    });
    const show = (/** @type {string} */ value) => {
      input.value = value;
    };
    return { parts: [input, list], main: input, show };
  }

  /**
   * A number: typed, or slid over its whole range; wide ranges are slid by powers.
   *
   * @param {FieldControl} control
   * @returns {Made}
   */
  number(control) {
    const { path, label, kind, optional } = control;
    const { low, high, toValue, toPlace } = sliding(control);
    const send = (/** @type {number | null} */ value) => this.set(path, value);
    const typed = h("input", {
      type: "number",
      min: low,
      max: high,
      step: kind === "whole" ? 1 : "any",
      change: () => {
        send(Number(typed.value));
      },
    });
    const slid = h("input", {
      type: "range",
      min: 0,
      max: POSITIONS,
      step: 1,
      "aria-label": tr("{label}, slider", { label }),
    });
    const none = h("input", {
      type: "checkbox",
      change: () => {
        send(none.checked ? null : toValue(POSITIONS / 2));
      },
    });
    const words = h("output", { class: "reading" });
    slid.addEventListener("input", () => {
      const value = toValue(Number(slid.value));
      typed.value = String(value);
      send(value);
    });
    const show = (/** @type {number | null} */ value) => {
      none.checked = value === null;
      typed.disabled = slid.disabled = value === null;
      if (value === null) return say(words, tr("none"));
      if (Number(typed.value) !== value || document.activeElement !== typed) typed.value = String(value);
      if (document.activeElement !== slid || toValue(Number(slid.value)) !== value) slid.value = String(toPlace(value));
      const text = path.endsWith("_ms")
        ? tr("ms, that is {span}", { span: spanWords(value) })
        : tr("{low} to {high}", { low: numberWords(String(low)), high: numberWords(String(high)) });
      say(words, text);
      slid.setAttribute("aria-valuetext", path.endsWith("_ms") ? text : numberWords(String(value)));
    };
    const without = optional ? h("label", { class: "each" }, none, tr("none")) : null;
    return { parts: [typed, slid, without, words], main: typed, show };
  }
}
