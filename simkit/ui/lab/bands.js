// Bands: who did what, in a row each, what an agent believes above what the platform knows, and the
// discrepancies, over time.

/** @import { Child } from "../frontend/types" */
/** @import { Day, DiscrepancyKind, Lane, StatusSpan, World } from "./told" */

import {
  bdi,
  clockTime,
  h,
  HOUR,
  MINUTE,
  pictureButtons,
  pointOn,
  roundTimes,
  s,
  showTip,
  spanWords,
  stripes,
  tableOf,
  twin,
  uid,
} from "../frontend/dom.js";
import { tr, trn, trNoop } from "../frontend/words.js";
import { folded } from "./crowd.js";
import { kindRows } from "./kinds.js";

const RIGHT = 12;
const ROW = 24;
/** What a line of a title, or of a label above its row, takes. */
const LINE = 20;
/** Pixels of the labels beside the rows; where the picture is narrower than `ROOMY` they stand above. */
const LABELS = 172;
const ROOMY = 600;
const TICKS = [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];
/** Below this many px polls are too close to be told apart. */
const CLOSEST_POLLS = 4;
/** Marks of a row that are closer than this stand as one, with their number. */
const CLOSEST_MARKS = 28;
/** Of marks that stand as one this many are told of. */
const MOST_TOLD = 5;

// Each mark is a shape of its own, so that colour is never the only channel.
const MARKS = new Map([
  ["list", { words: trNoop("List replaced"), path: "M-2,-7H2V7H-2Z" }],
  ["page", { words: trNoop("Page loaded"), path: "M-5,-6H5V6H-5Z" }],
  ["accepted", { words: trNoop("Choice accepted"), path: "M0,-7L7,6H-7Z" }],
  ["refused", { words: trNoop("Choice refused or not applied"), path: "M-6,-6L6,6M6,-6L-6,6" }],
  ["lost", { words: trNoop("Choice not possible"), path: "M-6,0A6,6 0 1 0 6,0A6,6 0 1 0 -6,0Z" }],
  ["override", { words: trNoop("Status overwritten"), path: "M0,7L7,-6H-7Z" }],
  ["edit", { words: trNoop("Reason edited"), path: "M0,-8L2,-2L8,-2L3,2L5,8L0,4L-5,8L-3,2L-8,-2L-2,-2Z" }],
  ["transfer", { words: trNoop("Transferred"), path: "M0,-7L7,0L0,7L-7,0Z" }],
  ["renewal", { words: trNoop("Token renewed"), path: "M-6,0H6M0,-6V6" }],
  ["expiry", { words: trNoop("Token died"), path: "M-6,-7H6L-6,7H6Z" }],
  ["tab", { words: trNoop("Tab or network"), path: "M-6,-5V5M6,-5V5M-6,0H6" }],
  ["lock", { words: trNoop("Locked: a status change is due"), path: "M-7,-3H7V3H-7Z" }],
]);
const HOLLOW = new Set(["lost", "refused", "renewal", "tab", "page"]);
const WRONG = new Set(["lost", "refused", "expiry"]);

/**
 * What is marked at a moment; a place below 0 is that of no record.
 *
 * @typedef {{ t: number, kind: string, words: string, place: number }} Marked
 */

/**
 * Give what is marked in groups, each of which needs so much room from its first one on.
 *
 * @template {{ t: number }} Row
 * @param {readonly Row[]} rows
 * @param {(t: number) => number} x
 * @param {number} room
 */
export function groupsOf(rows, x, room) {
  /** @type {Row[][]} */
  const groups = [];
  for (const row of [...rows].sort((one, other) => one.t - other.t)) {
    const last = groups.at(-1);
    if (last && x(row.t) - x(last[0].t) < room) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

/**
 * Give how long lies between two polls for most of the day, or 0 where there are none.
 *
 * @param {Pick<Day, "polls">} side
 */
export function usualStep({ polls }) {
  const longest = [...polls].sort((one, other) => other.end - other.start - (one.end - one.start));
  return longest.length ? longest[0].step : 0;
}

export class Bands {
  /**
   * `moveTo` is called with a time, `pick` with the side and place of a record that was clicked.
   *
   * @param {(t: number) => void} moveTo
   * @param {(side: Day, place: number) => void} pick
   */
  constructor(moveTo, pick) {
    this.moveTo = moveTo;
    this.pick = pick;
    this.sides = /** @type {Day[]} */ ([]);
    this.world = /** @type {World | null} */ (null);
    this.from = 0;
    this.to = 1;
    this.width = LABELS + RIGHT + 1;
    this.left = LABELS;
    /** Where a pointer went down last. */
    this.touched = { x: 0, y: 0 };
    this.hatch = uid("hatch");
    this.stripe = uid("stripe");
    this.cursor = s("line", { class: "cursor" });
    this.picture = s("svg", { class: "bands", role: "img" });
    this.tip = h("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.frame = h("div", { class: "frame" }, this.picture, this.tip);
    this.legend = h("div", { class: "legend" });
    this.twin = twin(() => this.tables());
    this.element = h("div", { class: "bands-part" }, this.frame, this.legend);
    for (const kind of /** @type {const} */ (["pointerdown", "pointermove", "click"]))
      this.picture.addEventListener(kind, (event) => this.onPointer(event));
    this.picture.addEventListener("pointerleave", () => (this.tip.hidden = true));
  }

  /**
   * A mouse drags the moment. A finger that goes sideways does so, too; one that goes up or down
   * scrolls the page, and moves nothing.
   *
   * @param {MouseEvent} event
   */
  onPointer(event) {
    const finger = event instanceof PointerEvent && event.pointerType === "touch";
    const at = pointOn(event, this.picture, this.width);
    if (event.type === "pointerdown") this.touched = at;
    const sideways = Math.abs(at.x - this.touched.x) > Math.abs(at.y - this.touched.y);
    const drags = event.buttons && (sideways || !finger);
    const moves = event.type === "pointermove" ? drags : finger === (event.type === "click");
    // What is pressed on a mark is the mark's: if the moment moved, words above could push it away.
    const onMark = event.type !== "pointermove" && event.target instanceof Element && event.target.matches(".mark");
    if (moves && !onMark) this.moveTo(this.timeAt(at.x));
    const text = event.target instanceof Element && event.target.getAttribute("data-tip");
    showTip(this.tip, this.frame, event, text || "");
  }

  /** @param {number} x */
  timeAt(x) {
    const share = (x - this.left) / (this.width - this.left - RIGHT);
    return Math.round(this.from + share * (this.to - this.from));
  }

  /** @param {number} t */
  x(t) {
    return this.left + ((t - this.from) / (this.to - this.from)) * (this.width - this.left - RIGHT);
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
    this.width = Math.max(width, 300);
    this.left = this.width < ROOMY ? 8 : LABELS;
    const there = new Set(sides.flatMap((side) => side.discrepancies.map(({ kind }) => kind)));
    const kinds = kindRows(world).filter(({ kind }) => there.has(kind));
    /** @type {Child[]} */
    const drawn = [];
    let base = 0;
    for (const side of sides) {
      const { parts, bottom } = this.side(side, base, kinds, world);
      drawn.push(parts);
      base = bottom + 10;
    }
    this.cursor.setAttribute("y1", String(LINE));
    this.cursor.setAttribute("y2", String(base + 4));
    // Words are drawn last: where it is narrow they stand in the way of the lines.
    const isWords = (/** @type {Child} */ part) => part instanceof SVGTextElement;
    const parts = drawn.flat();
    this.picture.replaceChildren(
      s("defs", {}, stripes(this.hatch), stripes(this.stripe, "stripe")),
      s(
        "g",
        {},
        parts.filter((part) => !isWords(part)),
      ),
      this.axis(world, base, parting),
      this.cursor,
      s("g", {}, parts.filter(isWords)),
    );
    const [wide, high] = [String(this.width), String(base + (this.left < LABELS && parting !== null ? 60 : 42))];
    this.picture.setAttribute("width", wide);
    this.picture.setAttribute("height", high);
    this.picture.setAttribute("viewBox", `0 0 ${wide} ${high}`);
    const words = sides.map((side) => `${side.label}: ${side.title}. ${side.shift}`).join(" ");
    this.picture.setAttribute("aria-label", words);
    this.showLegend();
    this.twin.refresh();
  }

  /**
   * Draw a run from a height on: its title, a row for each who acts in any run, and what comes of it.
   *
   * @param {Day} side
   * @param {number} top
   * @param {DiscrepancyKind[]} kinds
   * @param {World} world
   */
  side(side, top, kinds, world) {
    const title = folded(`${side.label} — ${side.title}`, this.width / 8.6);
    let y = top + title.length * LINE;
    /** @type {Child[]} */
    const parts = title.map((line, i) => s("text", { class: "title", x: 0, y: top + 14 + i * LINE }, line));
    const row = (/** @type {string} */ words, /** @type {(y: number) => Child} */ draw) => {
      const above = this.left < LABELS;
      const head = above ? LINE - 2 : 0;
      const label = { class: "row-label", y: y + (above ? 14 : 17), "text-anchor": above ? "start" : "end" };
      const under = y + head + ROW - 0.5;
      parts.push(
        s("text", { ...label, x: above ? 0 : LABELS - 10 }, words),
        s("line", { class: "rule", x1: this.left, x2: this.width - RIGHT, y1: under, y2: under }),
        draw(y + head),
      );
      y += head + ROW;
    };
    for (const { lane, words } of world.lanes)
      if (this.sides.some((each) => this.marked(each, lane).length))
        row(words, (at) => s("g", { class: "lane-of", "data-lane": lane }, this.lane(side, lane, at)));
    row(tr("Agent believes"), (at) => this.status(side.belief, at));
    row(tr("Platform knows"), (at) => this.status(side.truth, at));
    if (this.sides.some(({ locks }) => locks.length))
      row(tr("Locked"), (at) =>
        side.locks.map(({ start, end }) => this.bar("lock", start, end, at, tr("locked: a status change is due"))),
      );
    for (const { kind, words } of kinds)
      row(words, (at) =>
        side.discrepancies
          .filter((each) => each.kind === kind)
          .map((each) => this.bar("discrepancy", each.start, each.end, at, each.words, this.hatch)),
      );
    return { parts, bottom: y };
  }

  /**
   * Give what is marked in a row: records, and the ends of tokens, which are none.
   *
   * @param {Day} side
   * @param {Lane} lane
   * @returns {Marked[]}
   */
  marked({ records, expiries }, lane) {
    const found = records.flatMap(({ t, mark, words, cause, join, lane: own }, place) => {
      const before = cause >= 0 ? ` — ${join} ${records[cause].words}` : "";
      return mark && own === lane ? [{ t, kind: mark, words: `${words}${before}`, place }] : [];
    });
    const died = lane === "page" ? expiries.map(({ t, words }) => ({ t, kind: "expiry", words, place: -1 })) : [];
    return [...found, ...died];
  }

  /**
   * @param {Day} side
   * @param {Lane} lane
   * @param {number} y
   */
  lane(side, lane, y) {
    const within = this.marked(side, lane).filter(({ t }) => this.from <= t && t < this.to);
    const groups = groupsOf(within, (t) => this.x(t), CLOSEST_MARKS);
    return [
      lane === "page" ? this.polls(side, y) : null,
      groups.map((group) => this.mark(side, group, y + ROW / 2 - 1)),
    ];
  }

  /**
   * Draw what is marked at about one time: a click picks the first record.
   *
   * @param {Day} side
   * @param {readonly Marked[]} group
   * @param {number} y
   */
  mark(side, group, y) {
    const lines = group.slice(0, MOST_TOLD).map(({ t, words }) => `${this.clock(t, true)}: ${words}`);
    if (group.length > MOST_TOLD) lines.push(trn("and {n} more", "and {n} more", group.length - MOST_TOLD));
    const first = group.find(({ place }) => place >= 0);
    const attributes = {
      transform: `translate(${this.x(group[0].t).toFixed(1)},${y.toFixed(1)})`,
      "data-tip": lines.join("\n"),
      click: () => first && this.pick(side, first.place),
    };
    const [{ kind }] = group;
    const alike = group.length < 10 && group.every((each) => each.kind === kind);
    const wrong = group.some((each) => WRONG.has(each.kind)) ? "wrong" : "";
    const shape = alike
      ? s("path", { class: lookOf(kind), d: MARKS.get(kind)?.path, ...attributes })
      : s("circle", { class: `mark ${wrong}`, r: 9.5, ...attributes });
    if (group.length === 1) return shape;
    const place = { x: this.x(group[0].t) + (alike ? 9 : 0), y: y + 5, "text-anchor": alike ? "start" : "middle" };
    const count = group.length > 9 ? "9+" : String(group.length);
    return [shape, s("text", { class: `many ${alike ? "" : "within"}`, ...place }, count)];
  }

  /**
   * @param {string} look
   * @param {number} start
   * @param {number} end
   * @param {number} y
   * @param {string} tip
   */
  bar(look, start, end, y, tip, pattern = "") {
    const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
    if (b <= a) return null;
    const box = { x: this.x(a), width: Math.max(this.x(b) - this.x(a), 1.5), y: y + 2, height: ROW - 5 };
    const fill = pattern ? `url(#${pattern})` : null;
    const words = tr("{start} to {end}: {what}", { start: this.clock(start), end: this.clock(end), what: tip });
    return s("rect", { class: look, ...box, fill, "data-tip": words });
  }

  /**
   * @param {StatusSpan[]} spans
   * @param {number} y
   */
  status(spans, y) {
    return spans.flatMap(({ start, end, words, kind }) => {
      const bar = this.bar(kind, start, end, y, words, kind === "scheduled" ? this.stripe : "");
      if (!bar) return [];
      const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
      const room = this.x(b) - this.x(a);
      if (room < 8 * Math.min(words.length, 60) + 8) return [bar];
      const middle = this.x((a + b) / 2);
      return [bar, s("text", { class: `in-band ${kind}`, x: middle, y: y + 16, "text-anchor": "middle" }, words)];
    });
  }

  /**
   * Draw the polls at the foot of a row.
   *
   * @param {Day} side
   * @param {number} y
   */
  polls(side, y) {
    const foot = y + ROW - 2;
    return side.polls.flatMap(({ start, end, step }) => {
      const [a, b] = [Math.max(start, this.from), Math.min(end, this.to)];
      if (b <= a) return [];
      const pixels = (step / (this.to - this.from)) * (this.width - this.left - RIGHT);
      if (pixels < CLOSEST_POLLS) {
        const tip = tr("polls leave every {span}", { span: spanWords(step) });
        return [s("line", { class: "polling", x1: this.x(a), x2: this.x(b), y1: foot, y2: foot, "data-tip": tip })];
      }
      const ticks = [];
      for (let t = start + Math.ceil((a - start) / step) * step; t < b; t += step) {
        const at = { x1: this.x(t), x2: this.x(t), y1: foot - 3, y2: foot + 2 };
        const tip = tr("{time}: a poll leaves", { time: this.clock(t) });
        ticks.push(s("line", { class: "poll", ...at, "data-tip": tip }));
      }
      return ticks;
    });
  }

  /**
   * @param {World} world
   * @param {number} y
   * @param {number | null} parting
   */
  axis(world, y, parting) {
    const room = (this.width - this.left - RIGHT) / 64;
    const step = TICKS.find((each) => (this.to - this.from) / each <= room) || 8 * HOUR;
    const times = roundTimes(world, this.from, this.to, step).filter((t) => this.x(t) < this.width - 22);
    const ticks = times.map((t) => [
      s("line", { class: "tick", x1: this.x(t), x2: this.x(t), y1: y, y2: y + 5 }),
      s("text", { class: "axis", x: this.x(t), y: y + 19, "text-anchor": "middle" }, this.clock(t).slice(0, 5)),
    ]);
    const there = parting !== null && parting >= this.from && parting < this.to ? this.x(parting) : null;
    // Where the runs part is written on the half that the name of the axis is not on.
    const early = there !== null && there < this.width / 2;
    const ends = (/** @type {boolean} */ right) => ({ y: y + 37, "text-anchor": right ? "end" : "start" });
    const lower = this.left < LABELS ? y + 54 : y + 37;
    const words = tr("Local time ({zone})", { zone: world.zone });
    return s(
      "g",
      {},
      ticks,
      s("text", { class: "axis", x: early ? this.width - RIGHT : this.left, ...ends(early) }, words),
      there === null
        ? null
        : [
            s("line", { class: "parting", x1: there, x2: there, y1: LINE, y2: lower - 11 }),
            s("text", { class: "parting-text", x: there, ...ends(!early), y: lower }, tr("they part")),
          ],
    );
  }

  /** @param {number} t */
  showMoment(t) {
    const x = String(this.x(Math.min(Math.max(t, this.from), this.to)));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
  }

  showLegend() {
    const there = new Set(this.sides.flatMap((side) => side.records.map(({ mark }) => mark)));
    if (this.sides.some((side) => side.expiries.length)) there.add("expiry");
    if (this.sides.some((side) => side.locks.length)) there.add("lock");
    const key = (/** @type {string} */ words, /** @type {SVGElement[]} */ ...drawn) => {
      const picture = { width: 18, height: 18, viewBox: "-9 -9 18 18", "aria-hidden": "true" };
      return h("span", { class: "key" }, s("svg", picture, drawn), words);
    };
    const steps = [...new Set(this.sides.map(usualStep))].filter(Boolean).map(spanWords);
    const polls = [-6, 0, 6].map((x) => s("line", { class: "poll", x1: x, x2: x, y1: -3, y2: 3 }));
    const many = s("text", { class: "many within", y: 5, "text-anchor": "middle" }, "2");
    this.legend.replaceChildren(
      ...[...MARKS]
        .filter(([kind]) => there.has(kind))
        .map(([kind, { words, path }]) => key(tr(words), s("path", { class: lookOf(kind), d: path }))),
      ...(this.picture.querySelector(".within")
        ? [key(tr("Several at once"), s("circle", { class: "mark", r: 9.5 }), many)]
        : []),
      ...(steps.length ? [key(tr("A poll, every {span}", { span: steps.join(" → ") }), ...polls)] : []),
      pictureButtons(() => this.frame, tr("simkit-day")),
      this.twin,
    );
  }

  tables() {
    if (!this.world) return [];
    const names = new Map(kindRows(this.world).map(({ kind, words }) => [kind, words]));
    return this.sides.map((side) =>
      tableOf(
        tr("{run}: where belief and truth part", { run: side.label }),
        [tr("From"), tr("Until"), tr("Kind"), tr("What and why")],
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
 * Give the classes of a mark.
 *
 * @param {string} kind
 */
function lookOf(kind) {
  return `mark ${HOLLOW.has(kind) ? "hollow" : ""} ${WRONG.has(kind) ? "wrong" : ""}`;
}
