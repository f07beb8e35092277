// Bands: what an agent believes above what the platform knows, over time, with the gaps marked.

import {
  bdi,
  clockTime,
  fill,
  h,
  pictureButtons,
  s,
  say,
  spanWords,
  tableOf,
  twin,
  uid,
} from "../frontend/dom.js";
import { kindRows } from "./kinds.js";

const LEFT = 132;
const RIGHT = 12;
const ROW = 17;
// Each mark is a shape of its own, so that colour is never the only channel.
const MARKS = {
  list: ["List replaced", "M-1.5,-6H1.5V6H-1.5Z", "#1f5fa8"],
  page: ["Page loaded", "M-4,-5H4V5H-4Z", "#45525e"],
  accepted: ["Choice accepted", "M0,-6L6,5H-6Z", "#2e7d32"],
  refused: ["Choice refused or not applied", "M-5,-5L5,5M5,-5L-5,5", "#b00020"],
  lost: ["Choice not possible", "M-5,0A5,5 0 1 0 5,0A5,5 0 1 0 -5,0Z", "#b00020"],
  override: ["Status overwritten", "M0,6L6,-5H-6Z", "#8f4700"],
  edit: ["Reason edited", "M0,-7L2,-2L7,-2L3,1L5,6L0,3L-5,6L-3,1L-7,-2L-2,-2Z", "#6a1b9a"],
  transfer: ["Transferred", "M0,-6L6,0L0,6L-6,0Z", "#6a1b9a"],
  renewal: ["Token renewed", "M-5,0H5M0,-5V5", "#00695c"],
  expiry: ["Token died", "M-5,-6H5L-5,6H5Z", "#b00020"],
  tab: ["Tab or network", "M-5,-4V4M5,-4V4M-5,0H5", "#45525e"],
  lock: ["Locked", "M-4,-2H4V2H-4Z", "#45525e"],
};
const HOLLOW = new Set(["lost", "refused", "renewal", "tab", "page"]);
export const HOUR = 3600000;

export class Bands {
  /** `moveTo` is called with a time, `pick` with the side and place of a record that was clicked. */
  constructor(moveTo, pick) {
    this.pick = pick;
    this.cursor = s("line", { class: "cursor" });
    this.picture = s("svg", { class: "bands", role: "img" });
    this.tip = h("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.frame = h("div", { class: "frame" }, this.picture, this.tip);
    this.legend = h("div", { class: "legend" });
    this.twin = twin(() => this.tables());
    this.element = h("div", { class: "bands-part" }, this.frame, this.legend);
    const drag = (event) => {
      if (event.type === "pointermove" && !event.buttons) return this.showTip(event);
      const box = this.picture.getBoundingClientRect();
      moveTo(this.timeAt(event.clientX - box.left));
    };
    this.picture.addEventListener("pointerdown", drag);
    this.picture.addEventListener("pointermove", drag);
    this.picture.addEventListener("pointerleave", () => (this.tip.hidden = true));
  }

  timeAt(x) {
    const share = (x - LEFT) / (this.width - LEFT - RIGHT);
    return Math.round(this.from + share * (this.to - this.from));
  }

  x(t) {
    return LEFT + ((t - this.from) / (this.to - this.from)) * (this.width - LEFT - RIGHT);
  }

  /** Draw the sides within [from, to); `parting` is where their records part. */
  draw(sides, world, from, to, parting, width) {
    Object.assign(this, { sides, world, from, to, width: Math.max(width, 360) });
    const kinds = kindRows(world).filter(([kind]) => sides.some((side) => side.gaps.some((g) => g[2] === kind)));
    const parts = [this.patterns()];
    let y = 0;
    for (const side of sides) {
      parts.push(this.side(side, y, kinds));
      y += (4 + kinds.length) * ROW + 8;
    }
    parts.push(this.axis(y));
    if (parting !== null && parting >= from && parting < to) {
      const at = this.x(parting);
      parts.push(s("line", { class: "parting", x1: at, x2: at, y1: ROW, y2: y }));
      const anchor = at > this.width - 90 ? "end" : "start";
      parts.push(
        s("text", { class: "parting-text", x: at + (anchor === "end" ? -3 : 3), y: y + 31, "text-anchor": anchor }, "they part"),
      );
    }
    this.height = y + 34;
    this.cursor.setAttribute("y1", ROW);
    this.cursor.setAttribute("y2", y + 4);
    this.picture.replaceChildren(...parts, this.cursor);
    this.picture.setAttribute("width", this.width);
    this.picture.setAttribute("height", this.height);
    this.picture.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    const words = sides.map((side) => `${side.label}: ${side.title}. ${side.shift}`).join(" ");
    this.picture.setAttribute("aria-label", words);
    this.showLegend();
    this.twin.refresh();
  }

  patterns() {
    const id = (this.hatch = this.hatch || uid("hatch"));
    this.stripe = this.stripe || uid("stripe");
    return s(
      "defs",
      {},
      s(
        "pattern",
        { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
        s("rect", { width: 6, height: 6, fill: "#c2185b" }),
        s("rect", { width: 2, height: 6, fill: "#ffffff" }),
      ),
      s(
        "pattern",
        { id: this.stripe, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(-45)" },
        s("rect", { width: 6, height: 6, fill: "#8a97a3" }),
        s("rect", { width: 2, height: 6, fill: "#ffffff" }),
      ),
    );
  }

  side(side, top, kinds) {
    const parts = [
      s("text", { class: "title", x: 0, y: top + 12 }, `${side.label} — ${side.title}`),
      this.label("Events", top + ROW),
      this.label("Agent believes", top + 2 * ROW),
      this.label("Platform knows", top + 3 * ROW),
      ...this.polls(side, top + 2 * ROW - 2),
      ...this.status(side.belief, top + 2 * ROW),
      ...this.status(side.truth, top + 3 * ROW),
      ...side.locks.map(([a, b]) =>
        this.bar(a, b, top + 2 * ROW + 11, 4, "#45525e", "locked: a status change is due"),
      ),
    ];
    kinds.forEach(([kind, words], i) => {
      const y = top + (4 + i) * ROW;
      parts.push(this.label(words, y));
      for (const gap of side.gaps.filter((g) => g[2] === kind))
        parts.push(this.bar(gap[0], gap[1], y + 2, ROW - 4, `url(#${this.hatch})`, gap[3], "#c2185b"));
    });
    side.records.forEach((record, place) => {
      if (record[2]) parts.push(this.mark(side, record[2], record[0], top + ROW + 8, place));
    });
    for (const [t, words] of side.expiries)
      parts.push(this.mark(side, "expiry", t, top + ROW + 8, null, words));
    return s("g", {}, parts);
  }

  label(words, y) {
    return s(
      "g",
      {},
      s("text", { class: "row-label", x: LEFT - 8, y: y + 12, "text-anchor": "end" }, words),
      s("line", { class: "rule", x1: LEFT, x2: this.width - RIGHT, y1: y + ROW - 0.5, y2: y + ROW - 0.5 }),
    );
  }

  bar(start, end, y, height, fill, tip, stroke = "none") {
    const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
    if (b <= a) return null;
    const box = { x: this.x(a), width: Math.max(this.x(b) - this.x(a), 1.5), y, height, fill, stroke };
    return s("rect", { ...box, "data-tip": `${this.span(start, end)}: ${tip}` });
  }

  status(spans, y) {
    const colors = { available: "#d5e3f0", reason: "#1f5fa8", scheduled: `url(#${this.stripe})` };
    return spans.flatMap(([start, end, words, kind]) => {
      const bar = this.bar(start, end, y + 1, ROW - 2, colors[kind], words);
      if (!bar) return [];
      const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
      const room = this.x(b) - this.x(a);
      if (room < 7 * Math.min(words.length, 60) + 8) return [bar];
      const middle = this.x((a + b) / 2);
      return [bar, s("text", { class: `in-band ${kind}`, x: middle, y: y + 12, "text-anchor": "middle" }, words)];
    });
  }

  polls(side, y) {
    return side.polls.flatMap(([start, end, step]) => {
      const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
      if (b <= a) return [];
      const tip = `polls leave every ${spanWords(step)}`;
      const pixels = (step / (this.to - this.from)) * (this.width - LEFT - RIGHT);
      if (pixels < 4) {
        const line = { class: "polling", x1: this.x(a), x2: this.x(b), y1: y, y2: y };
        return [s("line", { ...line, "data-tip": tip })];
      }
      const ticks = [];
      for (let t = start + Math.ceil((a - start) / step) * step; t < b; t += step)
        ticks.push(s("line", { class: "poll", x1: this.x(t), x2: this.x(t), y1: y - 5, y2: y + 2, "data-tip": `${clockTime(this.world, t)}: a poll leaves` }));
      return ticks;
    });
  }

  mark(side, kind, t, y, place, words = "") {
    if (t < this.from || t >= this.to) return null;
    const [, path, color] = MARKS[kind];
    const paint = HOLLOW.has(kind) ? { fill: "none", stroke: color } : { fill: color, stroke: color };
    const at = { transform: `translate(${this.x(t).toFixed(1)},${y})` };
    const told = place === null ? words : side.records[place][3];
    const cause = place === null ? -1 : side.records[place][4];
    const before = cause >= 0 ? ` — ${side.records[place][7]} ${side.records[cause][3]}` : "";
    const tip = `${clockTime(this.world, t, true)}: ${told}${before}`;
    const pick = place === null ? {} : { click: () => this.pick(side, place) };
    return s("path", { d: path, class: "mark", "stroke-width": 1.5, ...paint, ...at, ...pick, "data-tip": tip });
  }

  axis(y) {
    const steps = [60000, 300000, 900000, 1800000, HOUR, 2 * HOUR, 4 * HOUR];
    const room = (this.width - LEFT - RIGHT) / 58;
    const step = steps.find((each) => (this.to - this.from) / each <= room) || 8 * HOUR;
    const offset = this.world.clock[0][1];
    const ticks = [];
    for (let t = Math.ceil((this.from + offset) / step) * step - offset; t <= this.to; t += step) {
      ticks.push(
        s("line", { class: "tick", x1: this.x(t), x2: this.x(t), y1: y, y2: y + 4 }),
        s("text", { class: "axis", x: this.x(t), y: y + 17, "text-anchor": "middle" }, clockTime(this.world, t).slice(0, 5)),
      );
    }
    const middle = (LEFT + this.width - RIGHT) / 2;
    const words = `Local time (${this.world.zone})`;
    return s("g", {}, ticks, s("text", { class: "axis", x: middle, y: y + 31, "text-anchor": "middle" }, words));
  }

  span(start, end) {
    return `${clockTime(this.world, start)} to ${clockTime(this.world, end)}`;
  }

  showMoment(t) {
    const x = this.x(Math.min(Math.max(t, this.from), this.to));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
  }

  showTip(event) {
    const text = event.target.getAttribute?.("data-tip");
    this.tip.hidden = !text;
    if (!text) return;
    say(this.tip, text);
    const box = this.frame.getBoundingClientRect();
    const x = event.clientX - box.left;
    this.tip.style.left = `${Math.min(x + 12, Math.max(box.width - 320, 0))}px`;
    this.tip.style.top = `${event.clientY - box.top + 14}px`;
  }

  showLegend() {
    const there = new Set(this.sides.flatMap((side) => side.records.map((record) => record[2])));
    if (this.sides.some((side) => side.expiries.length)) there.add("expiry");
    if (this.sides.some((side) => side.locks.length)) there.add("lock");
    this.legend.replaceChildren(
      ...Object.entries(MARKS)
        .filter(([kind]) => there.has(kind))
        .map(([kind, [words, path, color]]) =>
          h(
            "span",
            { class: "key" },
            s(
              "svg",
              { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" },
              s("path", { d: path, fill: HOLLOW.has(kind) ? "none" : color, stroke: color, "stroke-width": 1.5 }),
            ),
            words,
          ),
        ),
      pictureButtons(() => this.frame, "simkit-day"),
      this.twin,
    );
  }

  tables() {
    const words = new Map(kindRows(this.world));
    return this.sides.map((side) =>
      tableOf(
        `${side.label}: where belief and truth part`,
        ["From", "Until", "Kind", "What and why"],
        side.gaps.map(([a, b, kind, found]) => [
          clockTime(this.world, a),
          clockTime(this.world, b),
          words.get(kind),
          bdi(found),
        ]),
      ),
    );
  }
}
