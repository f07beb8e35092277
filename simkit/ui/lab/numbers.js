// Numbers: the symptom and the costs, healthy beside trap beside fix, and what replications say.

/** @import { Numbers as NumbersTold, Symptom } from "./told" */

import { h, pictureButtons, s, say, stripes, tableOf, uid } from "../frontend/dom.js";
import { folded } from "./crowd.js";

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
    this.bars(symptom, Math.min(Math.max(0.85 * width, 300), 460));
  }

  /**
   * Draw one bar for each run: the symptom metric, with its value written at its end.
   *
   * @param {Symptom} symptom
   * @param {number} width
   */
  bars({ title, what, values }, width) {
    const hatch = uid("hatch");
    const heads = folded(title, width / 8.6);
    const longest = Math.max(...values.map(({ words }) => words.length));
    const [left, right, row, top] = [88, 8 * longest + 10, 30, heads.length * 20 + 8];
    const most = Math.max(...values.map(({ value }) => value ?? 0), 1e-12);
    /** @type {SVGElement[]} */
    const parts = [
      s("defs", {}, stripes(hatch)),
      ...heads.map((head, i) => s("text", { class: "title", x: 0, y: 15 + 20 * i }, head)),
    ];
    values.forEach(({ label, value, words }, i) => {
      const y = top + i * row;
      const length = ((value ?? 0) / most) * (width - left - right);
      parts.push(
        s("text", { class: "row-label", x: left - 6, y: y + 18, "text-anchor": "end" }, label),
        s("rect", {
          class: `bar bar-${i}`,
          fill: i === 1 ? `url(#${hatch})` : null,
          x: left,
          y: y + 3,
          width: Math.max(length, 1),
          height: row - 8,
        }),
        s("text", { class: "axis", x: left + length + 5, y: y + 18 }, words),
      );
    });
    const base = top + values.length * row;
    parts.push(s("line", { class: "tick", x1: left, x2: width - right, y1: base, y2: base }));
    const foot = folded(what, width / 7);
    parts.push(...foot.map((line, i) => s("text", { class: "axis", x: 0, y: base + 20 + 18 * i }, line)));
    this.picture.replaceChildren(...parts);
    this.picture.setAttribute("width", String(width));
    this.picture.setAttribute("height", String(base + 10 + 18 * foot.length));
    const said = values.map(({ label, words }) => `${label}: ${words}`).join("; ");
    this.picture.setAttribute("aria-label", `${title}. ${said}.`);
  }
}
