// Numbers: the symptom and the costs, healthy beside trap beside fix, and what replications say.

/** @import { Intervals, Numbers as NumbersTold, Symptom } from "./told" */

import { h, pictureButtons, s, say, stripes, tableOf, uid } from "../frontend/dom.js";
import { tr } from "../frontend/words.js";
import { folded } from "./crowd.js";

export class Numbers {
  /**
   * `beside` says how far the measurement over replications is.
   *
   * @param {HTMLElement} beside
   */
  constructor(beside) {
    this.verdict = h("p", { class: "verdict" });
    this.days = h("p", { class: "days", role: "status" });
    this.picture = s("svg", { class: "bars", role: "img" });
    this.frame = h("div", { class: "frame" }, this.picture);
    this.table = h("div", {});
    this.element = h(
      "div",
      { class: "numbers-part" },
      h("div", { class: "row" }, this.verdict, this.days, beside),
      h(
        "div",
        { class: "column" },
        this.frame,
        pictureButtons(() => this.frame, tr("simkit-symptom")),
      ),
      h("div", { class: "column wide" }, this.table),
    );
  }

  /**
   * @param {NumbersTold} numbers
   * @param {Intervals | null} over what replications say; null until they are measured
   * @param {number} width
   */
  show({ heads, rows, symptom, verdict, caption }, over, width) {
    say(this.verdict, verdict);
    say(this.days, over ? over.words : "");
    const cells = rows.map((row, i) =>
      row.map((cell, j) => {
        const days = j ? over?.cells[i]?.[j - 1] : "";
        return days ? h("span", {}, cell, h("small", { class: "over" }, days)) : cell;
      }),
    );
    this.table.replaceChildren(tableOf(caption, ["", ...heads], cells, { class: "numbers" }));
    this.bars(symptom, over ? over.ranges : [], Math.min(Math.max(0.85 * width, 300), 460));
  }

  /**
   * Draw one bar for each run: the symptom metric, with its value written at its end, and where it
   * is measured over replications the interval of their mean.
   *
   * @param {Symptom} symptom
   * @param {number[][]} ranges
   * @param {number} width
   */
  bars({ title, what, values }, ranges, width) {
    const hatch = uid("hatch");
    const heads = folded(title, width / 8.6);
    const longest = Math.max(...values.map(({ words }) => words.length));
    const [left, right, row, top] = [88, 8 * longest + 10, 30, heads.length * 20 + 8];
    const most = Math.max(...values.map(({ value }) => value ?? 0), ...ranges.flat(), 1e-12);
    /** @type {(value: number) => number} */
    const along = (value) => left + (value / most) * (width - left - right);
    /** @type {SVGElement[]} */
    const parts = [
      s("defs", {}, stripes(hatch)),
      ...heads.map((head, i) => s("text", { class: "title", x: 0, y: 15 + 20 * i }, head)),
    ];
    values.forEach(({ label, value, words }, i) => {
      const y = top + i * row;
      const length = along(value ?? 0) - left;
      const [, low = 0, high = 0] = ranges[i] ?? [];
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
        s("text", { class: "axis", x: Math.max(left + length, high && along(high)) + 6, y: y + 18 }, words),
      );
      if (high > low) parts.push(whisker(along(low), along(high), y + row / 2 - 1));
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

/**
 * Draw an interval.
 *
 * @param {number} low
 * @param {number} high
 * @param {number} y
 */
function whisker(low, high, y) {
  return s("path", { class: "whisker", d: `M${low} ${y - 5}v10M${low} ${y}H${high}M${high} ${y - 5}v10` });
}
