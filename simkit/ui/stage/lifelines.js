// One ladder: the lines of page and platform, the messages between them, and who acts on either.

/** @import { Child } from "../frontend/types" */
/** @import { Day, World } from "../lab/told" */
/** @import { Actor } from "./told" */
/** @import { Act, Fold, Happening, Item, Row, Sent } from "./sequence.js" */

import { clockTime, h, placeAt, s, uid } from "../frontend/dom.js";
import { tr } from "../frontend/words.js";
import { discrepanciesAt } from "../lab/why.js";
import { broken, currentOf, foldWords, heightAt, ORDER } from "./sequence.js";
import { WHO } from "./stage.js";

/** As in ladder.css, where some texts are bold: what a text needs is reckoned before it is drawn. */
const TEXT = 'bold 16px "Liberation Sans", Arial, sans-serif';
const TEXT_LINE = 20;
/** Room for a time beside a line, and between a line and its texts. */
const TIME = 104;
const INSET = 10;
/** From this width on, in px, what the platform says stands beside its time, not below. */
const WIDE = 620;
const WIDEST = 1000;
/** How much of the width is the platform's, and how little is enough for it. */
const PLATFORM = 0.42;
const NARROW_PLATFORM = 150;
/** Where the names of the lines end and the rows begin. */
export const HEAD = 54;
const END_ROOM = 14;
const HALF = 13;
const NOT_KEPT = new Set(["thrown away", "outdated", "unread"]);
const NAMES = new Map(WHO);
const OUTSIDE = new Set(NAMES.keys());
const WRITERS = new Set(/** @type {Actor[]} */ (["wfm", "routing"]));
const PLACE_OF = {
  admin: ORDER.outside,
  wfm: ORDER.outside,
  routing: ORDER.outside,
  network: ORDER.outside,
  page: ORDER.page,
  agent: ORDER.agent,
};

/** Made when something is written first: to name a font takes longer than to measure a text. */
const measure = { by: /** @type {CanvasRenderingContext2D | null} */ (null) };

/** @param {string} text */
function textWidth(text) {
  if (!measure.by) {
    measure.by = h("canvas").getContext("2d");
    if (measure.by) measure.by.font = TEXT;
  }
  return measure.by ? measure.by.measureText(text).width : 8 * text.length;
}

/**
 * What is written of an item: beside the page's line, and beside the platform's, with what becomes of
 * the status there.
 *
 * @typedef {{ item: Item, asks: string[], answers: string[], status: string[], ends: string[], astray: boolean, happens: Happening[] }} Written
 */

export class Lifelines {
  /**
   * `pick` is called with what is clicked, `key` with a key that is pressed.
   *
   * @param {Day} side
   * @param {World} world
   * @param {number} width
   * @param {(item: Item) => void} pick
   * @param {(event: KeyboardEvent) => void} key
   */
  constructor(side, world, width, pick, key) {
    this.side = side;
    this.world = world;
    this.width = Math.min(width, WIDEST);
    this.pick = pick;
    this.wide = this.width >= WIDE;
    this.page = TIME;
    this.platform = this.width - (this.wide ? Math.round(PLATFORM * this.width) : NARROW_PLATFORM);
    this.id = uid("ladder");
    this.now = s("path", { class: "now", d: "M0,-7L9,0L0,7Z" });
    this.rows = /** @type {readonly Row[]} */ ([]);
    this.written = /** @type {Written[]} */ ([]);
    this.drawn = /** @type {Map<Item, { element: SVGElement, top: number, bottom: number }>} */ (new Map());
    this.picture = s("svg", { class: "lifelines", role: "listbox", tabindex: "0", keydown: key });
    // It stays in sight while the picture is scrolled; in the picture itself the names stand as well.
    const name = (/** @type {string} */ words, /** @type {number} */ x) =>
      h("span", { class: "line-name", style: `left:${x}px` }, words);
    this.head = h(
      "div",
      { class: "heads", "aria-hidden": "true", style: `width:${this.width}px` },
      h("b", {}, side.label),
      name(tr("Page"), this.page),
      name(tr("Platform"), this.platform),
    );
    this.element = h("div", { class: "ladder" }, this.head, this.picture);
  }

  // What is written.

  /** @param {number} t */
  clock(t) {
    return clockTime(this.world, t, true);
  }

  /** @param {number} t */
  statusAt(t) {
    const { pieces, truths } = this.side;
    const piece = pieces[placeAt(pieces, t, ({ start }) => start)];
    return piece ? truths[piece.truth].status : "";
  }

  /**
   * Say what becomes of the status on the platform at a moment.
   *
   * @param {number} t
   */
  statusWords(t) {
    const [before, after] = [this.statusAt(t - 1), this.statusAt(t)];
    if (!before) return tr("status: {status}", { status: after });
    return before === after
      ? tr("status stays {status}", { status: after })
      : tr("status: {before} → {after}", { before, after });
  }

  /**
   * Say what becomes of the status by an item, or nothing where it has to do with none.
   *
   * @param {Item} item
   */
  statusOf(item) {
    if (item.what === "fold") return "";
    if (item.what === "message")
      return item.look.kind === "submit" && item.arrives >= 0 ? this.statusWords(item.arrives) : "";
    const before = this.statusAt(item.t - 1);
    const writes = WRITERS.has(item.beat.actor) || (before && before !== this.statusAt(item.t));
    return writes ? this.statusWords(item.t) : "";
  }

  /** @param {Act} act */
  deed({ beat }) {
    if (OUTSIDE.has(beat.actor)) return beat.short;
    return beat.record < 0 ? "" : this.side.records[beat.record].words;
  }

  /** @param {Act} act */
  actWords(act) {
    const who = NAMES.get(act.beat.actor);
    return who ? `${tr(who)}: ${this.deed(act)}` : this.deed(act);
  }

  /**
   * Say what an item is, for who does not see the picture.
   *
   * @param {Item} item
   */
  words(item) {
    if (item.what === "fold") return `${foldWords(item)}, ${this.span(item)}`;
    if (item.what === "act") return `${this.clock(item.t)}: ${this.actWords(item)}`;
    const { asks, answers, ends } = item.look;
    const answer = answers ? `${answers}; ` : "";
    return `${this.clock(item.t)}: ${asks} ${answer}${ends}`;
  }

  /** @param {Fold} fold */
  span({ t, end }) {
    const [from, to] = [clockTime(this.world, t), clockTime(this.world, end)];
    if (from === to) return from;
    const short = from.slice(0, 5) === to.slice(0, 5) ? 8 : 5;
    return `${from.slice(0, short)} – ${to.slice(0, short)}`;
  }

  /**
   * @param {string} text
   * @param {number} room
   */
  lines(text, room) {
    return text ? broken(text, room, textWidth) : [];
  }

  /**
   * Take what is to be drawn; give what needs a row, in the order of the items.
   *
   * @param {readonly Item[]} items
   */
  write(items) {
    this.written = items.map((item) => {
      if (item.what === "message") return this.writeMessage(item);
      return item.what === "act" ? this.writeAct(item) : this.writeFold(item);
    });
    return this.written.flatMap(({ happens }) => happens);
  }

  get between() {
    return this.platform - this.page - 2 * INSET;
  }

  get beside() {
    const room = this.width - this.platform - 2 * INSET;
    return this.wide ? room - TIME : room;
  }

  /** @param {number} lines */
  belowPlatform(lines) {
    return Math.max(HALF, (this.wide ? lines - 1 : lines) * TEXT_LINE + HALF);
  }

  /**
   * @param {Sent} item
   * @returns {Written}
   */
  writeMessage(item) {
    const { look, t, arrives, back } = item;
    const asks = this.lines(look.asks, this.between);
    const answers = arrives < 0 ? [] : this.lines(this.wide ? look.answers : look.chip, this.beside);
    const status = this.lines(this.statusOf(item), this.beside);
    const said = look.fate === "from cache" ? `${look.chip}: ${look.ends}` : look.ends;
    const ends = this.lines(said, this.between);
    const happens = [{ t, order: ORDER.leaves, above: asks.length * TEXT_LINE + 10, below: HALF }];
    if (arrives >= 0) {
      const order = arrives === t ? ORDER.arrivesAtOnce : ORDER.arrives;
      happens.push({ t: arrives, order, above: HALF, below: this.belowPlatform(answers.length + status.length) });
    }
    const order = back === t ? ORDER.backAtOnce : ORDER.back;
    happens.push({ t: back, order, above: HALF, below: ends.length * TEXT_LINE + 12 });
    return { item, asks, answers, status, ends, astray: look.wrong, happens };
  }

  /**
   * @param {Act} item
   * @returns {Written}
   */
  writeAct(item) {
    const { t, beat } = item;
    const outside = OUTSIDE.has(beat.actor);
    const who = NAMES.get(beat.actor) ?? "";
    // What is written stands in the line of the status.
    const words = WRITERS.has(beat.actor) ? tr(who) : this.actWords(item);
    const said = this.lines(words, outside ? this.beside : this.between);
    const status = this.lines(this.statusOf(item), this.beside);
    const onPlatform = (outside ? said.length : 0) + status.length;
    const onPage = outside ? 0 : (said.length - 1) * TEXT_LINE + HALF;
    const below = Math.max(onPage, onPlatform ? this.belowPlatform(onPlatform) : HALF);
    const astray = status.length > 0 && discrepanciesAt(this.side, t).some(({ kind }) => kind === "status");
    const happens = [{ t, order: PLACE_OF[beat.actor], above: HALF, below }];
    return outside
      ? { item, asks: [], answers: said, status, ends: [], astray, happens }
      : { item, asks: said, answers: [], status, ends: [], astray, happens };
  }

  /**
   * @param {Fold} item
   * @returns {Written}
   */
  writeFold(item) {
    const asks = this.lines(`${foldWords(item)}, ${this.span(item)}`, this.width - 2 * INSET - 16);
    const half = (asks.length * TEXT_LINE) / 2 + 10;
    const happens = [{ t: item.t, order: ORDER.leaves, above: half, below: half }];
    return { item, asks, answers: [], status: [], ends: [], astray: item.look?.wrong ?? false, happens };
  }

  // The picture.

  /**
   * Draw what was written, each in its rows; `all` are the rows of all ladders side by side.
   *
   * @param {readonly Row[]} rows
   * @param {readonly Row[]} all
   */
  draw(rows, all) {
    this.rows = all;
    this.drawn.clear();
    const last = all[all.length - 1];
    const high = (last ? last.y + last.below : HEAD) + END_ROOM;
    let next = 0;
    const parts = this.written.map((written) => {
      const own = rows.slice(next, next + written.happens.length);
      next += own.length;
      return this.part(written, own);
    });
    const line = (/** @type {number} */ x) => s("line", { class: "lifeline", x1: x, x2: x, y1: HEAD - 8, y2: high });
    const name = (/** @type {string} */ words, /** @type {number} */ x) =>
      s("text", { class: "line-name", x, y: 40, "text-anchor": "middle" }, words);
    this.picture.replaceChildren(
      s("rect", { class: "ground", width: this.width, height: high }),
      s("text", { class: "run-name", x: INSET, y: 16 }, this.side.label),
      name(tr("Page"), this.page),
      name(tr("Platform"), this.platform),
      line(this.page),
      line(this.platform),
      ...parts,
      this.now,
    );
    this.picture.setAttribute("width", String(this.width));
    this.picture.setAttribute("height", String(high));
    this.picture.setAttribute("viewBox", `0 0 ${this.width} ${high}`);
    this.picture.setAttribute("aria-label", tr("Messages between page and platform, {run}", { run: this.side.label }));
  }

  /**
   * @param {Written} written
   * @param {readonly Row[]} rows
   */
  part(written, rows) {
    const { item } = written;
    const [first, last] = [rows[0], rows[rows.length - 1]];
    const top = first.y - written.happens[0].above;
    const bottom = last.y + written.happens[rows.length - 1].below;
    const id = `${this.id}-${this.drawn.size}`;
    const kind = item.what === "message" ? item.look.kind : item.what;
    const still = item.what === "fold";
    const element = s(
      "g",
      {
        class: `item ${kind} ${written.astray ? "wrong" : ""}`,
        id,
        ...(still
          ? { role: "presentation" }
          : { role: "option", "aria-selected": "false", "aria-label": this.words(item), click: () => this.pick(item) }),
      },
      still ? null : s("rect", { class: "hit", x: 1, y: top, width: this.width - 2, height: bottom - top, rx: 6 }),
      item.what === "message"
        ? this.message(item, written, rows)
        : item.what === "act"
          ? this.act(item, written, rows[0].y)
          : this.fold(written, rows[0].y),
    );
    this.drawn.set(item, { element, top, bottom });
    return element;
  }

  /**
   * Write lines, the middle of the first of them at a height.
   *
   * @param {readonly string[]} lines
   * @param {number} x
   * @param {number} y
   */
  text(lines, x, y, kind = "") {
    return lines.map((line, i) => s("text", { class: kind, x, y: y + 5 + i * TEXT_LINE }, line));
  }

  /**
   * @param {number} t
   * @param {number} x
   * @param {number} y
   */
  time(t, x, y) {
    return s("text", { class: "when", x, y: y + 5, "text-anchor": x < this.page ? "end" : "start" }, this.clock(t));
  }

  /**
   * Write at the platform's line: when, what it does, and what becomes of the status.
   *
   * @param {number} t
   * @param {number} y
   * @param {Written} written
   */
  atPlatform(t, y, { item, answers, status }) {
    const x = this.platform + INSET;
    const at = this.wide ? { x: x + TIME - INSET, y } : { x, y: y + TEXT_LINE };
    return [
      this.time(t, x, y),
      this.text(answers, at.x, at.y, "answer"),
      this.text(status, at.x, at.y + answers.length * TEXT_LINE, "status"),
      this.platformMark(item, y, status.length > 0),
    ];
  }

  /**
   * Mark the platform's line: filled where a status is written, on its point where somebody acts there.
   *
   * @param {Item} item
   * @param {number} y
   * @param {boolean} told
   */
  platformMark(item, y, told) {
    const writes = told && (item.what !== "message" || item.look.fate === "applied");
    const path = item.what === "act" && OUTSIDE.has(item.beat.actor) ? "M0,-8L8,0L0,8L-8,0Z" : "M-5,-5H5V5H-5Z";
    const attributes = { d: path, transform: `translate(${this.platform},${y})` };
    return s("path", { class: writes ? "mark writes" : "mark", ...attributes });
  }

  /**
   * @param {Sent} item
   * @param {Written} written
   * @param {readonly Row[]} rows
   * @returns {Child}
   */
  message(item, written, rows) {
    const { look, t, arrives, back } = item;
    const [from, to] = [rows[0].y, rows[rows.length - 1].y];
    const left = this.page - INSET;
    const inner = this.page + INSET;
    const words = [
      this.text(written.asks, inner, from - 6 - (written.asks.length - 0.5) * TEXT_LINE, "asks"),
      this.text(written.ends, inner, to + 6 + TEXT_LINE / 2, "ends"),
      this.time(t, left, from),
      back === t ? null : this.time(back, left, to),
    ];
    if (look.fate === "from cache") {
      const turn = this.page + 44;
      const path = `M${this.page},${from}C${turn},${from} ${turn},${to} ${this.page},${to}`;
      return [s("path", { class: "arrow back", d: path }), this.arrowHead(this.page, to, Math.PI, "back"), words];
    }
    if (arrives < 0) {
      const middle = (this.page + this.platform) / 2;
      return [
        this.arrow(this.page, from, middle, (from + to) / 2, "up lost"),
        this.cross(middle, (from + to) / 2),
        words,
      ];
    }
    const y = rows[1].y;
    const kept = !NOT_KEPT.has(look.fate);
    return [
      this.arrow(this.page, from, this.platform - 6, y, "up"),
      this.arrow(this.platform - 6, y, this.page, to, kept ? "back" : "back thrown"),
      kept ? null : this.cross(this.page, to),
      this.atPlatform(arrives, y, written),
      words,
    ];
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  cross(x, y) {
    return s("path", { class: "cross", d: `M${x - 6},${y - 6}l12,12M${x + 6},${y - 6}l-12,12` });
  }

  /**
   * @param {number} fromX
   * @param {number} fromY
   * @param {number} toX
   * @param {number} toY
   * @param {string} kind
   */
  arrow(fromX, fromY, toX, toY, kind) {
    const line = s("line", { class: `arrow ${kind}`, x1: fromX, y1: fromY, x2: toX, y2: toY });
    if (kind !== "up" && kind !== "back") return [line];
    return [line, this.arrowHead(toX, toY, Math.atan2(toY - fromY, toX - fromX), kind)];
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} angle
   * @param {string} kind
   */
  arrowHead(x, y, angle, kind) {
    const turn = `translate(${x},${y}) rotate(${((angle * 180) / Math.PI).toFixed(1)})`;
    return s("path", { class: `arrow-head ${kind}`, d: "M0,0L-11,-5V5Z", transform: turn });
  }

  /**
   * @param {Act} item
   * @param {Written} written
   * @param {number} y
   */
  act({ t, beat }, written, y) {
    const outside = OUTSIDE.has(beat.actor);
    return [
      outside || written.status.length ? this.atPlatform(t, y, written) : null,
      outside ? null : this.time(t, this.page - INSET, y),
      outside ? null : s("circle", { class: "mark", cx: this.page, cy: y, r: 5.5 }),
      this.text(written.asks, this.page + INSET, y, "asks"),
    ];
  }

  /**
   * @param {Written} written
   * @param {number} y
   */
  fold({ asks }, y) {
    const high = asks.length * TEXT_LINE + 8;
    const wide = Math.max(...asks.map(textWidth)) + 20;
    const x = Math.max(wide / 2 + 1, Math.min((this.page + this.platform) / 2, this.width - wide / 2 - 1));
    const lines = asks.map((line, i) =>
      s(
        "text",
        { class: "asks", x, y: y + 5 + (i - (asks.length - 1) / 2) * TEXT_LINE, "text-anchor": "middle" },
        line,
      ),
    );
    return [s("rect", { class: "quiet", x: x - wide / 2, y: y - high / 2, width: wide, height: high, rx: 6 }), lines];
  }

  // The moment.

  /**
   * Mark a moment, and what happens then or came last; give between which heights that is drawn.
   *
   * @param {number} t
   */
  show(t) {
    const current = this.currentAt(t);
    let found = null;
    for (const [item, drawn] of this.drawn) {
      const here = item === current;
      drawn.element.classList.toggle("here", here);
      if (item.what !== "fold") drawn.element.setAttribute("aria-selected", String(here));
      if (here) found = drawn;
    }
    if (found) this.picture.setAttribute("aria-activedescendant", found.element.id);
    else this.picture.removeAttribute("aria-activedescendant");
    this.now.setAttribute("transform", `translate(0,${heightAt(this.rows, t)})`);
    return found;
  }

  /** @param {number} t */
  currentAt(t) {
    return currentOf(
      this.written.map(({ item }) => item),
      t,
    );
  }
}
