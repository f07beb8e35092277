// The architect's picture: how long lists are out of date against what the policy costs. Both axes
// are logarithmic. Its points are buttons; it has a legend and the same as a table.

/** @import { CurveSpot, Picture, Place } from "./told" */

import { Drawing } from "./drawing.js";
import { h, pictureButtons, s, say, tableOf, twin, uid } from "../frontend/dom.js";

const POINT = { plain: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", version: "M0,-5.5L5,4H-5Z" };
/** @type {Record<string, number | undefined>} */
const ALONG = { ArrowRight: 1, ArrowLeft: -1 };
const ACROSS = ["ArrowUp", "ArrowDown"];

export class Frontier {
  /**
   * `choose` is called with an interval and whether there is a version.
   *
   * @param {(interval_ms: number, version: boolean) => void} choose
   */
  constructor(choose) {
    this.choose = choose;
    /** @type {Picture | null} */
    this.picture = null;
    this.width = 0;
    /** @type {keyof Place} */
    this.axis = "requests_per_s";
    /** @type {SVGGElement[][]} */
    this.marks = [];
    /** @type {{ curve: number, spot: number } | null} */
    this.at = null;
    this.title = h("h2", { id: uid("title") });
    this.svg = s("svg", { class: "frontier", role: "group", "aria-labelledby": this.title.id });
    this.tip = h("div", { class: "tip", hidden: true });
    this.frame = h("div", { class: "frame" }, this.svg, this.tip);
    this.bytes = h("input", { type: "checkbox", change: () => this.turn() });
    this.words = h("div", { class: "legend" });
    this.twin = twin(() => (this.picture ? [this.table(this.picture)] : []));
    this.element = h("div", { class: "picture-part" }, this.frame, this.words);
    this.extras = h(
      "div",
      { class: "picture-part" },
      this.title,
      h("label", { class: "each" }, this.bytes, "Bytes in place of requests"),
      pictureButtons(() => this.frame, "simkit-interval"),
      this.twin,
    );
  }

  turn() {
    this.axis = this.bytes.checked ? "bytes_per_s" : "requests_per_s";
    this.draw();
  }

  /**
   * @param {Picture} picture
   * @param {number} width
   */
  show(picture, width) {
    this.picture = picture;
    this.width = width;
    say(this.title, picture.title);
    this.draw();
    this.twin.refresh();
  }

  draw() {
    if (!this.picture) return;
    const drawing = new Drawing(this.picture, this.axis, this.width);
    const focused = this.svg.contains(document.activeElement);
    this.svg.replaceChildren(
      ...drawing.axes(),
      ...drawing.forbidden(),
      ...drawing.capacity(),
      ...this.picture.curves.map((curve) => drawing.line(curve)),
      ...this.points(drawing), // those of the curve chosen come last, above the others
      ...drawing.labels(),
      ...drawing.recommended(),
      ...drawing.present(),
      ...drawing.day(),
      ...drawing.simulated(),
    );
    this.svg.setAttribute("width", String(drawing.width));
    this.svg.setAttribute("height", String(drawing.height));
    this.drawLegend(drawing);
    this.hide();
    if (focused) this.mark()?.focus(); // which says it again
  }

  /**
   * Draw the policies as buttons. One takes part in the order of Tab; arrows go on from there.
   *
   * @param {Drawing} drawing
   */
  points(drawing) {
    const { curves } = drawing.picture;
    this.marks = curves.map(({ spots, version }, row) =>
      spots.map((spot, i) =>
        s(
          "g",
          {
            class: `spot${version ? " version" : ""}${spot.over ? " over" : ""}`,
            transform: `translate(${drawing.px(spot.x).toFixed(1)},${drawing.py(spot.y).toFixed(1)})`,
            role: "button",
            tabindex: -1,
            "aria-label": `Choose ${spot.words}`,
            click: () => this.choose(spot.interval_ms, version),
            keydown: (event) => this.key(event, spot, version),
            mouseenter: () => this.say(drawing, spot),
            mouseleave: () => this.hide(),
            focus: () => this.land(drawing, spot, { curve: row, spot: i }),
            blur: () => this.hide(),
          },
          s("circle", { class: "reach", r: 11 }),
          s("path", { d: version ? POINT.version : POINT.plain }),
        ),
      ),
    );
    const chosen = curves.findIndex((curve) => curve.chosen);
    const now = curves[chosen].spots.findIndex((spot) => spot.now);
    const { curve, spot } = this.at ?? { curve: chosen, spot: Math.max(now, 0) };
    this.at = { curve, spot: Math.min(spot, this.marks[curve].length - 1) };
    this.mark()?.setAttribute("tabindex", "0");
    return [...this.marks[1 - chosen], ...this.marks[chosen]];
  }

  /** Give the point that takes part in the order of Tab. */
  mark() {
    return this.at && this.marks[this.at.curve][this.at.spot];
  }

  /**
   * @param {KeyboardEvent} event
   * @param {CurveSpot} spot
   * @param {boolean} version
   */
  key(event, spot, version) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(spot.interval_ms, version);
      return;
    }
    const along = ALONG[event.key];
    const across = ACROSS.includes(event.key);
    if (!this.at || (!along && !across)) return;
    event.preventDefault();
    const row = this.marks[across ? 1 - this.at.curve : this.at.curve];
    row[Math.min(Math.max(this.at.spot + (along ?? 0), 0), row.length - 1)].focus();
  }

  /**
   * Take the focus along: Tab comes back to the point that had it.
   *
   * @param {Drawing} drawing
   * @param {CurveSpot} spot
   * @param {{ curve: number, spot: number }} at
   */
  land(drawing, spot, at) {
    this.mark()?.setAttribute("tabindex", "-1");
    this.at = at;
    this.mark()?.setAttribute("tabindex", "0");
    this.say(drawing, spot);
  }

  /**
   * @param {Drawing} drawing
   * @param {CurveSpot} spot
   */
  say(drawing, spot) {
    say(this.tip, spot.words);
    this.tip.hidden = false;
    const x = drawing.px(spot.x);
    const left = x > drawing.width / 2;
    this.tip.style.left = left ? "" : `${x + 12}px`;
    this.tip.style.right = left ? `${drawing.width - x + 12}px` : "";
    this.tip.style.top = `${Math.max(drawing.py(spot.y) - 44, 2)}px`;
  }

  hide() {
    this.tip.hidden = true;
  }

  /** @param {Drawing} drawing */
  drawLegend(drawing) {
    const key = (/** @type {boolean} */ version, /** @type {string} */ words) =>
      h(
        "span",
        { class: "key" },
        s(
          "svg",
          { width: 34, height: 14, "aria-hidden": "true" },
          s("line", { class: `curve${version ? " version" : ""}`, x1: 1, x2: 33, y1: 7, y2: 7 }),
          s("path", { class: "key-point", d: version ? POINT.version : POINT.plain, transform: "translate(17,7)" }),
        ),
        words,
      );
    const { curves, day, simulated } = drawing.picture;
    const beyond = drawing.beyond();
    this.words.replaceChildren(
      ...curves.map(({ version, label }) => key(version, label)),
      h("span", { class: "key" }, "hollow: over a limit by the formulas"),
      ...(day && !simulated ? [h("span", { class: "key" }, "✕ the simulated day")] : []),
      ...(beyond ? [h("span", { class: "key" }, `outside the picture: ${beyond.label}`)] : []),
    );
  }

  /** @param {Picture} picture */
  table({ curves, title }) {
    const [without, withVersion] = curves.map(({ spots }) => new Map(spots.map((spot) => [spot.label, spot.cells])));
    const heads = [
      "Interval",
      ...curves.flatMap(({ label }) => ["out of date", "requests", "bytes"].map((what) => `${what}, ${label}`)),
    ];
    const empty = ["–", "–", "–"];
    const rows = [...without].map(([label, cells]) => [label, ...cells, ...(withVersion.get(label) || empty)]);
    return h(
      "div",
      { class: "scrolls", tabindex: 0, role: "region", "aria-label": "All intervals" },
      tableOf(title, heads, rows),
    );
  }
}
