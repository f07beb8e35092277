// Bands: what an agent believes above what the platform knows, over time, with the discrepancies.

/** @import { Day, DiscrepancyKind, StatusSpan, World } from "./told" */

import {
  bdi,
  clockTime,
  h,
  HOUR,
  MINUTE,
  pictureButtons,
  roundTimes,
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
/** Rows of a run above those of its discrepancies: its title, events, belief, truth. */
const ROWS = 4;
const TICKS = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];
/** Below this many px polls are too close to be told apart. */
const CLOSEST_POLLS = 4;

// Each mark is a shape of its own, so that colour is never the only channel.
const MARKS = new Map([
  ["list", { words: "List replaced", path: "M-1.5,-6H1.5V6H-1.5Z", color: "#1f5fa8" }],
  ["page", { words: "Page loaded", path: "M-4,-5H4V5H-4Z", color: "#45525e" }],
  ["accepted", { words: "Choice accepted", path: "M0,-6L6,5H-6Z", color: "#2e7d32" }],
  ["refused", { words: "Choice refused or not applied", path: "M-5,-5L5,5M5,-5L-5,5", color: "#b00020" }],
  ["lost", { words: "Choice not possible", path: "M-5,0A5,5 0 1 0 5,0A5,5 0 1 0 -5,0Z", color: "#b00020" }],
  ["override", { words: "Status overwritten", path: "M0,6L6,-5H-6Z", color: "#8f4700" }],
  ["edit", { words: "Reason edited", path: "M0,-7L2,-2L7,-2L3,1L5,6L0,3L-5,6L-3,1L-7,-2L-2,-2Z", color: "#6a1b9a" }],
  ["transfer", { words: "Transferred", path: "M0,-6L6,0L0,6L-6,0Z", color: "#6a1b9a" }],
  ["renewal", { words: "Token renewed", path: "M-5,0H5M0,-5V5", color: "#00695c" }],
  ["expiry", { words: "Token died", path: "M-5,-6H5L-5,6H5Z", color: "#b00020" }],
  ["tab", { words: "Tab or network", path: "M-5,-4V4M5,-4V4M-5,0H5", color: "#45525e" }],
  ["lock", { words: "Locked", path: "M-4,-2H4V2H-4Z", color: "#45525e" }],
]);
const HOLLOW = new Set(["lost", "refused", "renewal", "tab", "page"]);

export class Bands {
  /**
   * `moveTo` is called with a time, `pick` with the side and place of a record that was clicked.
   *
   * @param {(t: number) => void} moveTo
   * @param {(side: Day, place: number) => void} pick
   */
  constructor(moveTo, pick) {
    this.pick = pick;
    this.sides = /** @type {Day[]} */ ([]);
    this.world = /** @type {World | null} */ (null);
    this.from = 0;
    this.to = 1;
    this.width = LEFT + RIGHT + 1;
    this.hatch = uid("hatch");
    this.stripe = uid("stripe");
    this.cursor = s("line", { class: "cursor" });
    this.picture = s("svg", { class: "bands", role: "img" });
    this.tip = h("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.frame = h("div", { class: "frame" }, this.picture, this.tip);
    this.legend = h("div", { class: "legend" });
    this.twin = twin(() => this.tables());
    this.element = h("div", { class: "bands-part" }, this.frame, this.legend);
    const drag = (/** @type {PointerEvent} */ event) => {
      if (event.type === "pointermove" && !event.buttons) return this.showTip(event);
      const box = this.picture.getBoundingClientRect();
      moveTo(this.timeAt(event.clientX - box.left));
    };
    this.picture.addEventListener("pointerdown", drag);
    this.picture.addEventListener("pointermove", drag);
    this.picture.addEventListener("pointerleave", () => this.hideTip());
  }

  /** @param {number} x */
  timeAt(x) {
    const share = (x - LEFT) / (this.width - LEFT - RIGHT);
    return Math.round(this.from + share * (this.to - this.from));
  }

  /** @param {number} t */
  x(t) {
    return LEFT + ((t - this.from) / (this.to - this.from)) * (this.width - LEFT - RIGHT);
  }

  /** @param {number} t */
  clock(t, withMs = false) {
    return this.world ? clockTime(this.world, t, withMs) : "";
  }

  /**
   * Draw the sides within [from, to); `parting` is where their records part.
   *
   * @param {Day[]} sides
   * @param {World} world
   * @param {number} from
   * @param {number} to
   * @param {number | null} parting
   * @param {number} width
   */
  draw(sides, world, from, to, parting, width) {
    this.sides = sides;
    this.world = world;
    this.from = from;
    this.to = to;
    this.width = Math.max(width, 360);
    const there = new Set(sides.flatMap((side) => side.discrepancies.map(({ kind }) => kind)));
    const kinds = kindRows(world).filter(({ kind }) => there.has(kind));
    const each = (ROWS + kinds.length) * ROW + 8;
    const base = sides.length * each;
    this.cursor.setAttribute("y1", String(ROW));
    this.cursor.setAttribute("y2", String(base + 4));
    this.picture.replaceChildren(
      this.patterns(),
      ...sides.map((side, i) => this.side(side, i * each, kinds)),
      this.axis(world, base),
      ...this.partingLine(parting, base),
      this.cursor,
    );
    const [wide, high] = [String(this.width), String(base + 34)];
    this.picture.setAttribute("width", wide);
    this.picture.setAttribute("height", high);
    this.picture.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    const words = sides.map((side) => `${side.label}: ${side.title}. ${side.shift}`).join(" ");
    this.picture.setAttribute("aria-label", words);
    this.showLegend();
    this.twin.refresh();
  }

  patterns() {
    /** @type {(id: string, color: string, turn: number) => SVGElement} */
    const striped = (id, color, turn) =>
      s(
        "pattern",
        { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` },
        s("rect", { width: 6, height: 6, fill: color }),
        s("rect", { width: 2, height: 6, fill: "#ffffff" }),
      );
    return s("defs", {}, striped(this.hatch, "#c2185b", 45), striped(this.stripe, "#8a97a3", -45));
  }

  /**
   * @param {number | null} parting
   * @param {number} base
   */
  partingLine(parting, base) {
    if (parting === null || parting < this.from || parting >= this.to) return [];
    const x = this.x(parting);
    const atEnd = x > this.width - 90;
    const place = { x: x + (atEnd ? -3 : 3), y: base + 31, "text-anchor": atEnd ? "end" : "start" };
    return [
      s("line", { class: "parting", x1: x, x2: x, y1: ROW, y2: base }),
      s("text", { class: "parting-text", ...place }, "they part"),
    ];
  }

  /**
   * @param {Day} side
   * @param {number} top
   * @param {DiscrepancyKind[]} kinds
   */
  side(side, top, kinds) {
    const [events, belief, truth] = [top + ROW, top + 2 * ROW, top + 3 * ROW];
    return s(
      "g",
      {},
      s("text", { class: "title", x: 0, y: top + 12 }, `${side.label} — ${side.title}`),
      this.label("Events", events),
      this.label("Agent believes", belief),
      this.label("Platform knows", truth),
      this.polls(side, belief - 2),
      this.status(side.belief, belief),
      this.status(side.truth, truth),
      side.locks.map(({ start, end }) =>
        this.bar(start, end, belief + 11, 4, "#45525e", "locked: a status change is due"),
      ),
      kinds.map((kind, i) => this.discrepancies(side, kind, top + (ROWS + i) * ROW)),
      side.records.map((record, place) => (record.mark ? this.recordMark(side, place, events + 8) : null)),
      side.expiries.map(({ t, words }) => this.mark("expiry", t, events + 8, words)),
    );
  }

  /**
   * @param {Day} side
   * @param {DiscrepancyKind} row
   * @param {number} y
   */
  discrepancies(side, { kind, words }, y) {
    const own = side.discrepancies.filter((each) => each.kind === kind);
    const bars = own.map((each) =>
      this.bar(each.start, each.end, y + 2, ROW - 4, `url(#${this.hatch})`, each.words, "#c2185b"),
    );
    return [this.label(words, y), bars];
  }

  /**
   * @param {string} words
   * @param {number} y
   */
  label(words, y) {
    return s(
      "g",
      {},
      s("text", { class: "row-label", x: LEFT - 8, y: y + 12, "text-anchor": "end" }, words),
      s("line", { class: "rule", x1: LEFT, x2: this.width - RIGHT, y1: y + ROW - 0.5, y2: y + ROW - 0.5 }),
    );
  }

  /**
   * @param {number} start
   * @param {number} end
   * @param {number} y
   * @param {number} height
   * @param {string} fill
   * @param {string} tip
   */
  bar(start, end, y, height, fill, tip, stroke = "none") {
    const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
    if (b <= a) return null;
    const box = { x: this.x(a), width: Math.max(this.x(b) - this.x(a), 1.5), y, height, fill, stroke };
    return s("rect", { ...box, "data-tip": `${this.clock(start)} to ${this.clock(end)}: ${tip}` });
  }

  /**
   * @param {StatusSpan[]} spans
   * @param {number} y
   */
  status(spans, y) {
    const colors = { available: "#d5e3f0", reason: "#1f5fa8", scheduled: `url(#${this.stripe})` };
    return spans.flatMap(({ start, end, words, kind }) => {
      const bar = this.bar(start, end, y + 1, ROW - 2, colors[kind], words);
      if (!bar) return [];
      const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
      const room = this.x(b) - this.x(a);
      if (room < 7 * Math.min(words.length, 60) + 8) return [bar];
      const middle = this.x((a + b) / 2);
      return [bar, s("text", { class: `in-band ${kind}`, x: middle, y: y + 12, "text-anchor": "middle" }, words)];
    });
  }

  /**
   * @param {Day} side
   * @param {number} y
   */
  polls(side, y) {
    return side.polls.flatMap(({ start, end, step }) => {
      const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
      if (b <= a) return [];
      const pixels = (step / (this.to - this.from)) * (this.width - LEFT - RIGHT);
      if (pixels < CLOSEST_POLLS) {
        const tip = `polls leave every ${spanWords(step)}`;
        return [s("line", { class: "polling", x1: this.x(a), x2: this.x(b), y1: y, y2: y, "data-tip": tip })];
      }
      const ticks = [];
      for (let t = start + Math.ceil((a - start) / step) * step; t < b; t += step) {
        const tip = `${this.clock(t)}: a poll leaves`;
        ticks.push(s("line", { class: "poll", x1: this.x(t), x2: this.x(t), y1: y - 5, y2: y + 2, "data-tip": tip }));
      }
      return ticks;
    });
  }

  /**
   * Mark a record; a click picks it.
   *
   * @param {Day} side
   * @param {number} place
   * @param {number} y
   */
  recordMark(side, place, y) {
    const { mark, t, words, cause, join } = side.records[place];
    const before = cause >= 0 ? ` — ${join} ${side.records[cause].words}` : "";
    return this.mark(mark, t, y, `${words}${before}`, () => this.pick(side, place));
  }

  /**
   * @param {string} kind
   * @param {number} t
   * @param {number} y
   * @param {string} words
   * @param {(() => void) | null} click
   */
  mark(kind, t, y, words, click = null) {
    const mark = MARKS.get(kind);
    if (!mark || t < this.from || t >= this.to) return null;
    const tip = `${this.clock(t, true)}: ${words}`;
    const at = { transform: `translate(${this.x(t).toFixed(1)},${y})`, "data-tip": tip };
    return s("path", { class: "mark", ...painted(kind, mark), ...at, ...(click ? { click } : {}) });
  }

  /**
   * @param {World} world
   * @param {number} y
   */
  axis(world, y) {
    const room = (this.width - LEFT - RIGHT) / 58;
    const step = TICKS.find((each) => (this.to - this.from) / each <= room) || 8 * HOUR;
    const ticks = roundTimes(world, this.from, this.to, step).map((t) => [
      s("line", { class: "tick", x1: this.x(t), x2: this.x(t), y1: y, y2: y + 4 }),
      s("text", { class: "axis", x: this.x(t), y: y + 17, "text-anchor": "middle" }, this.clock(t).slice(0, 5)),
    ]);
    const middle = (LEFT + this.width - RIGHT) / 2;
    const words = `Local time (${world.zone})`;
    return s("g", {}, ticks, s("text", { class: "axis", x: middle, y: y + 31, "text-anchor": "middle" }, words));
  }

  /** @param {number} t */
  showMoment(t) {
    const x = String(this.x(Math.min(Math.max(t, this.from), this.to)));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
  }

  /** @param {PointerEvent} event */
  showTip(event) {
    const text = event.target instanceof Element && event.target.getAttribute("data-tip");
    if (!text) return this.hideTip();
    this.tip.hidden = false;
    say(this.tip, text);
    const box = this.frame.getBoundingClientRect();
    const x = event.clientX - box.left;
    this.tip.style.left = `${Math.min(x + 12, Math.max(box.width - 320, 0))}px`;
    this.tip.style.top = `${event.clientY - box.top + 14}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }

  showLegend() {
    const there = new Set(this.sides.flatMap((side) => side.records.map(({ mark }) => mark)));
    if (this.sides.some((side) => side.expiries.length)) there.add("expiry");
    if (this.sides.some((side) => side.locks.length)) there.add("lock");
    const picture = { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" };
    this.legend.replaceChildren(
      ...[...MARKS]
        .filter(([kind]) => there.has(kind))
        .map(([kind, mark]) =>
          h("span", { class: "key" }, s("svg", picture, s("path", painted(kind, mark))), mark.words),
        ),
      pictureButtons(() => this.frame, "simkit-day"),
      this.twin,
    );
  }

  tables() {
    if (!this.world) return [];
    const names = new Map(kindRows(this.world).map(({ kind, words }) => [kind, words]));
    return this.sides.map((side) =>
      tableOf(
        `${side.label}: where belief and truth part`,
        ["From", "Until", "Kind", "What and why"],
        side.discrepancies.map(({ start, end, kind, words }) => [
          this.clock(start),
          this.clock(end),
          names.get(kind),
          bdi(words),
        ]),
      ),
    );
  }
}

/**
 * Give the attributes that draw a mark.
 *
 * @param {string} kind
 * @param {{ path: string, color: string }} mark
 */
function painted(kind, { path, color }) {
  return { d: path, fill: HOLLOW.has(kind) ? "none" : color, stroke: color, "stroke-width": 1.5 };
}
