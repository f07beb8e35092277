// The ladder: the messages of a day around the moment, in the order of time; a click asks why.

/** @import { Lab } from "../lab/lab.js" */
/** @import { Day } from "../lab/told" */
/** @import { Actor, Stage } from "./told" */
/** @import { Item, Stop } from "./sequence.js" */

import { bdi, clockTime, h, pictureButtons, say, tableOf, twin } from "../frontend/dom.js";
import { tr, trNoop } from "../frontend/words.js";
import { HEAD, Lifelines } from "./lifelines.js";
import { stepFrom } from "./pace.js";
import { around, foldWords, itemsOf, laidOut, stopsOf } from "./sequence.js";
import { WHO } from "./stage.js";

/** Below this width of all, in px, one run stands under the other. */
const TWO_ABREAST = 700;
const BETWEEN = 16;
/** What a frame that scrolls keeps for itself of the width. */
const FRAME = 18;
const ACTORS = new Map(
  /** @type {[Actor, string][]} */ ([
    ["page", trNoop("Page")],
    ["agent", trNoop("Agent")],
    ["network", trNoop("Network")],
    ...WHO,
  ]),
);

export class Ladder {
  /** @param {Lab} lab */
  constructor(lab) {
    this.lab = lab;
    this.stages = /** @type {readonly Stage[]} */ ([]);
    this.stops = /** @type {readonly Stop[]} */ ([]);
    this.ladders = /** @type {Lifelines[]} */ ([]);
    /** What is drawn, so that a moment that changes nothing draws nothing. */
    this.drawn = "";
    this.shown = -1;
    this.scrolling = 0;
    this.before = h("button", { type: "button", click: () => this.step(-1) }, tr("▲ Before"));
    this.after = h("button", { type: "button", click: () => this.step(1) }, tr("▼ After"));
    this.words = h("p", { class: "hint" });
    this.pictures = h("div", { class: "ladders" });
    this.frame = h("div", { class: "frame" }, this.pictures);
    this.twin = twin(() => this.tables());
    this.element = h(
      "div",
      { class: "ladder-part" },
      h("div", { class: "row" }, this.before, this.after, this.words),
      this.frame,
      h(
        "div",
        { class: "row" },
        pictureButtons(() => this.pictures, tr("simkit-messages")),
        this.twin,
      ),
    );
  }

  /**
   * Show what happens around a moment; drawn again only where that is something else.
   *
   * @param {readonly Stage[]} stages
   * @param {number} t
   * @param {number} width
   */
  show(stages, t, width) {
    if (stages !== this.stages) {
      this.stages = stages;
      this.stops = stopsOf(stages);
      this.drawn = "";
    }
    if (!this.stops.length) return;
    const stops = around(this.stops, t);
    const items = stages.map((stage) => itemsOf(stage, stops, t));
    const key = `${width} ${items.map((all) => all.map((item) => item.t)).join(" ")}`;
    if (key !== this.drawn) {
      this.draw(items, width);
      this.drawn = key;
      this.shown = -1;
    }
    const { world } = this.lab;
    say(this.words, tr("Around {time}. Click a message or an act for its why.", { time: clockTime(world, t) }));
    const places = this.ladders.map((ladder) => ladder.show(t));
    if (t !== this.shown) this.bringIntoSight(places);
    this.shown = t;
  }

  /**
   * @param {readonly Item[][]} items
   * @param {number} width
   */
  draw(items, width) {
    const { sides, world } = this.lab;
    const abreast = items.length > 1 && width >= TWO_ABREAST;
    const room = width - FRAME;
    const each = abreast ? Math.floor((room - BETWEEN * (items.length - 1)) / items.length) : room;
    const focused = this.ladders.findIndex(({ picture }) => picture === document.activeElement);
    this.ladders = items.map(
      (_, i) =>
        new Lifelines(
          sides[i],
          world,
          each,
          (item) => this.pick(sides[i], item),
          (event) => this.onKey(event, i),
        ),
    );
    const happens = this.ladders.map((ladder, i) => ladder.write(items[i]));
    if (abreast) {
      const { rows, of } = laidOut(happens, HEAD);
      this.ladders.forEach((ladder, i) => {
        ladder.draw(of[i], rows);
      });
    } else
      this.ladders.forEach((ladder, i) => {
        const { rows, of } = laidOut([happens[i]], HEAD);
        ladder.draw(of[0], rows);
      });
    this.pictures.classList.toggle("abreast", abreast);
    this.pictures.replaceChildren(...this.ladders.map(({ element }) => element));
    this.ladders[focused]?.picture.focus({ preventScroll: true });
    this.twin.refresh();
  }

  /**
   * Scroll to what is shown of the first run, once a frame: asking for a place makes the browser lay out.
   *
   * @param {readonly ({ top: number, bottom: number } | null)[]} places
   */
  bringIntoSight(places) {
    cancelAnimationFrame(this.scrolling);
    this.scrolling = requestAnimationFrame(() => {
      const found = places.findIndex(Boolean);
      const place = places[found];
      if (!place) return;
      const top = this.ladders[found].element.offsetTop;
      const middle = top + (place.top + place.bottom - this.frame.clientHeight + HEAD) / 2;
      this.frame.scrollTop = Math.min(middle, top + place.top - HEAD); // its beginning, where it is too high
    });
  }

  // Ways from here.

  /** @param {1 | -1} direction */
  step(direction) {
    this.lab.moveTo(stepFrom(this.stages, this.lab.t, direction));
  }

  /**
   * Go to what was clicked: to its record and why, or where it left none to the moment at which it ends.
   *
   * @param {Day} side
   * @param {Item} item
   */
  pick(side, item) {
    if (item.what === "fold") return;
    const record = item.beat?.record ?? -1;
    if (record < 0) return this.lab.moveTo(item.what === "act" ? item.t : item.back);
    this.lab.pickRecord(side, record);
    this.lab.why.list.focus({ preventScroll: true });
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} i
   */
  onKey(event, i) {
    const { lab } = this;
    const current = this.ladders[i].currentAt(lab.t);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowUp: () => this.step(-1),
      ArrowDown: () => this.step(1),
      Home: () => lab.moveTo(lab.start),
      End: () => lab.moveTo(lab.end),
      Enter: () => {
        if (current) this.pick(lab.sides[i], current);
      },
    };
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  }

  // The same as a table.

  tables() {
    return this.ladders.map((ladder) =>
      tableOf(
        tr("{run}: messages and acts", { run: ladder.side.label }),
        [tr("Time"), tr("Who"), tr("What is asked or done"), tr("Answer"), tr("What becomes of it")],
        ladder.written.map(({ item }) => this.cells(ladder, item)),
      ),
    );
  }

  /**
   * @param {Lifelines} ladder
   * @param {Item} item
   */
  cells(ladder, item) {
    if (item.what === "fold") return [ladder.span(item), tr("Page"), foldWords(item), "–", "–"];
    const link = (/** @type {string} */ words) =>
      h("button", { type: "button", class: "link", click: () => this.pick(ladder.side, item) }, words);
    if (item.what === "act") {
      const { actor } = item.beat;
      const who = ACTORS.get(actor) ?? "";
      const done = bdi(ladder.deed(item));
      return [link(ladder.clock(item.t)), tr(who), done, "–", bdi(ladder.statusOf(item) || "–")];
    }
    const { look, arrives, back, t } = item;
    const times = [...new Set([t, ...(arrives < 0 ? [] : [arrives]), back])].map((each) => ladder.clock(each));
    const becomes = [look.ends, ladder.statusOf(item)].filter(Boolean).join("; ");
    return [link(times.join(" → ")), tr("Page"), bdi(look.asks), bdi(look.answers || "–"), bdi(becomes)];
  }
}
