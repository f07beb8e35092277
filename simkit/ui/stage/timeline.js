// The timeline of the first screen: one lane of discrepancies a run, and the moment.

/** @import { Day, World } from "../lab/told" */

import { clockTime, h, HOUR, MINUTE, roundTimes, s, stripes, uid } from "../frontend/dom.js";
import { tr } from "../frontend/words.js";

const LANE = 20;
const GAP = 4;
const FOOT = 26;
/** Pixels that a time on the axis needs. */
const TIME_WIDTH = 64;
const AXIS_STEPS = [5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];

export class Timeline {
  /**
   * `moveTo` is called with a moment, `step` with a direction and what is stepped over.
   *
   * @param {(t: number) => void} moveTo
   * @param {(direction: 1 | -1, what: "beat" | "discrepancy") => void} step
   */
  constructor(moveTo, step) {
    this.moveTo = moveTo;
    this.step = step;
    this.start = 0;
    this.end = 1;
    this.width = 400;
    this.hatch = uid("hatch");
    this.world = /** @type {World | null} */ (null);
    this.cursor = s("line", { class: "cursor", y1: 0 });
    this.picture = s("svg", { class: "lanes", "aria-hidden": "true" });
    this.now = h("output", { class: "moment" });
    this.element = h(
      "div",
      {
        class: "timeline",
        role: "slider",
        tabindex: "0",
        "aria-label": tr("Moment of the day"),
        keydown: (event) => this.onKey(event),
        pointerdown: (event) => this.onPointer(event),
        pointermove: (event) => {
          if (event.buttons) this.onPointer(event);
        },
      },
      this.picture,
      this.now,
    );
  }

  /** @param {PointerEvent} event */
  onPointer(event) {
    const box = this.element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    if (event.type === "pointerdown") this.element.setPointerCapture(event.pointerId);
    this.moveTo(Math.round(this.start + share * (this.end - this.start)));
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowRight: () => this.step(1, "beat"),
      ArrowUp: () => this.step(1, "beat"),
      ArrowLeft: () => this.step(-1, "beat"),
      ArrowDown: () => this.step(-1, "beat"),
      PageUp: () => this.step(1, "discrepancy"),
      PageDown: () => this.step(-1, "discrepancy"),
      Home: () => this.moveTo(this.start),
      End: () => this.moveTo(this.end),
    };
    if (!(event.key in keys)) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  }

  /** @param {number} t */
  x(t) {
    return ((t - this.start) / (this.end - this.start)) * this.width;
  }

  /**
   * Draw the discrepancies of the runs side by side.
   *
   * @param {readonly Day[]} sides
   * @param {World} world
   * @param {number} width
   */
  draw(sides, world, width) {
    this.world = world;
    this.start = Math.min(...sides.map((side) => side.start));
    this.end = Math.max(...sides.map((side) => side.end)) - 1;
    this.width = Math.max(width, 200);
    const lanes = sides.length * (LANE + GAP);
    const step = AXIS_STEPS.find((each) => ((this.end - this.start) / each) * TIME_WIDTH <= this.width) ?? 4 * HOUR;
    const times = roundTimes(world, this.start, this.end, step).filter((t) => this.x(t) > 24 && this.x(t) < width - 24);
    this.cursor.setAttribute("y2", String(lanes));
    this.picture.replaceChildren(
      s("defs", {}, stripes(this.hatch)),
      ...sides.map((side, i) => this.lane(side, i * (LANE + GAP))),
      ...times.map((t) =>
        s("text", { x: this.x(t), y: lanes + 18, "text-anchor": "middle" }, clockTime(world, t).slice(0, 5)),
      ),
      this.cursor,
    );
    const [wide, high] = [String(this.width), String(lanes + FOOT)];
    this.picture.setAttribute("width", wide);
    this.picture.setAttribute("height", high);
    this.picture.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    this.element.setAttribute("aria-valuemin", String(this.start));
    this.element.setAttribute("aria-valuemax", String(this.end));
  }

  /**
   * @param {Day} side
   * @param {number} y
   */
  lane(side, y) {
    const [a, b] = [this.x(side.start), this.x(side.end)];
    return s(
      "g",
      {},
      s("rect", { class: "shift", x: a, y, width: b - a, height: LANE, rx: 4 }),
      side.discrepancies.map(({ start, end }) =>
        s("rect", {
          class: "wrong-span",
          fill: `url(#${this.hatch})`,
          x: this.x(start),
          y,
          width: Math.max(2, this.x(end) - this.x(start)),
          height: LANE,
        }),
      ),
    );
  }

  /** @param {number} t */
  show(t) {
    if (!this.world) return;
    const x = this.x(t);
    const words = clockTime(this.world, t);
    this.cursor.setAttribute("x1", String(x));
    this.cursor.setAttribute("x2", String(x));
    this.now.textContent = words;
    this.now.style.left = `${Math.min(Math.max(x, 40), this.width - 40)}px`;
    for (const text of this.picture.querySelectorAll("text"))
      text.style.visibility = Math.abs(Number(text.getAttribute("x")) - x) < TIME_WIDTH ? "hidden" : "visible";
    this.element.setAttribute("aria-valuenow", String(t));
    this.element.setAttribute("aria-valuetext", words);
  }
}
