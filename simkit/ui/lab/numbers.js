// Numbers: the symptom and the costs, healthy beside trap beside fix, and what replications say.

/** @import { Numbers as NumbersTold, Symptom } from "./told" */

import { h, pictureButtons, s, say, tableOf } from "../frontend/dom.js";

export class Numbers {
  /**
   * `beside` says how far a measurement is.
   *
   * @param {() => void} measure
   * @param {HTMLElement} beside
   */
  constructor(measure, beside) {
    this.verdict = h("p", { class: "verdict" });
    this.measure = h("button", { type: "button", class: "measure", click: measure }, "Measure over 10 replications");
    this.picture = s("svg", { class: "bars", role: "img" });
    this.frame = h("div", { class: "frame" }, this.picture);
    this.table = h("div", {});
    this.element = h(
      "div",
      { class: "numbers-part" },
      h("div", { class: "row" }, this.verdict, this.measure, beside),
      h(
        "div",
        { class: "column" },
        this.frame,
        pictureButtons(() => this.frame, "simkit-symptom"),
      ),
      h("div", { class: "column wide" }, this.table),
    );
  }

  /**
   * @param {NumbersTold} numbers
   * @param {number} width
   */
  show({ heads, rows, symptom, verdict, caption }, width) {
    say(this.verdict, verdict.words);
    this.measure.hidden = !verdict.can_measure;
    this.table.replaceChildren(tableOf(caption, ["", ...heads], rows, { class: "numbers" }));
    this.bars(symptom, Math.min(Math.max(width, 300), 460));
  }

  /**
   * Draw one bar for each run: the symptom metric, with its value written at its end.
   *
   * @param {Symptom} symptom
   * @param {number} width
   */
  bars({ title, unit, values }, width) {
    const [left, right, row, top] = [76, 92, 26, 24];
    const most = Math.max(...values.map(({ value }) => value ?? 0), 1e-12);
    /** @type {SVGElement[]} */
    const parts = [s("text", { class: "title", x: 0, y: 13 }, title)];
    values.forEach(({ label, value, words }, i) => {
      const y = top + i * row;
      const length = ((value ?? 0) / most) * (width - left - right);
      parts.push(
        s("text", { class: "row-label", x: left - 6, y: y + 15, "text-anchor": "end" }, label),
        s("rect", { class: `bar bar-${i}`, x: left, y: y + 3, width: Math.max(length, 1), height: row - 8 }),
        s("text", { class: "axis", x: left + length + 5, y: y + 15 }, words),
      );
    });
    const base = top + values.length * row;
    parts.push(s("line", { class: "tick", x1: left, x2: width - right, y1: base, y2: base }));
    parts.push(s("text", { class: "axis", x: left, y: base + 15 }, unit));
    this.picture.replaceChildren(...parts);
    this.picture.setAttribute("width", String(width));
    this.picture.setAttribute("height", String(base + 22));
    const said = values.map(({ label, words }) => `${label}: ${words}`).join("; ");
    this.picture.setAttribute("aria-label", `${title}. ${said}.`);
  }
}
