// What is drawn of the architect's picture at one width: its scales and what stands in them. All of
// it is told, and only the places on the page are worked out here.

/** @import { Curve, Picture, Place } from "./told" */

import { s } from "../frontend/dom.js";

const EDGE = { left: 64, right: 18, top: 14, bottom: 42 };
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Give a logarithmic scale from values to places, a little wider than the values.
 *
 * @param {number[]} values
 * @param {number} from
 * @param {number} to
 */
function logScale(values, from, to) {
  const known = values.filter((value) => value > 0).map(Math.log10);
  const low = (known.length ? Math.min(...known) : -1) - 0.15;
  const high = Math.max(known.length ? Math.max(...known) : 0, low + 1) + 0.15;
  const place = (/** @type {number} */ value) =>
    from + ((Math.min(Math.max(value > 0 ? Math.log10(value) : low, low), high) - low) / (high - low)) * (to - from);
  const decades = [];
  for (let n = Math.ceil(low); n <= high; n++) decades.push(10 ** n);
  return Object.assign(place, {
    decades,
    holds: (/** @type {number} */ value) => value > 0 && Math.log10(value) >= low && Math.log10(value) <= high,
  });
}

/** @param {number} value */
function tickWords(value) {
  if (value >= 1e6)
    return `10${[...String(Math.round(Math.log10(value)))].map((d) => SUPERSCRIPTS[Number(d)]).join("")}`;
  return value >= 1 ? value.toLocaleString("en") : String(Number(value.toPrecision(1)));
}

export class Drawing {
  /**
   * @param {Picture} picture
   * @param {keyof Place} axis what the lower axis shows
   * @param {number} width
   */
  constructor(picture, axis, width) {
    this.picture = picture;
    this.axis = axis;
    this.width = width;
    this.height = Math.max(Math.min(Math.round(width * 0.4), 290), 240);
    this.inBytes = axis === "bytes_per_s";
    this.unit = this.inBytes ? 1000 : 1;
    const spots = picture.curves.flatMap((curve) => curve.spots);
    this.x = logScale(
      spots.map((each) => each.x[axis] / this.unit),
      EDGE.left,
      width - EDGE.right,
    );
    this.y = logScale(
      spots.map((each) => 100 * each.y),
      this.height - EDGE.bottom,
      EDGE.top,
    );
  }

  /** @param {Place} x */
  px(x) {
    return this.x(x[this.axis] / this.unit);
  }

  /** @param {number} y */
  py(y) {
    return this.y(100 * y);
  }

  axes() {
    const { width, height } = this;
    const title = this.inBytes ? "Reply bodies a second, mean (KB/s)" : "Requests a second, mean";
    const base = height - EDGE.bottom;
    /** @type {SVGElement[]} */
    const parts = [];
    for (const value of this.x.decades) {
      const x = this.x(value);
      parts.push(s("line", { class: "rule", x1: x, x2: x, y1: EDGE.top, y2: base }));
      parts.push(s("text", { class: "axis", x, y: base + 15, "text-anchor": "middle" }, tickWords(value)));
    }
    for (const value of this.y.decades) {
      const y = this.y(value);
      parts.push(s("line", { class: "rule", x1: EDGE.left, x2: width - EDGE.right, y1: y, y2: y }));
      parts.push(s("text", { class: "axis", x: EDGE.left - 6, y: y + 4, "text-anchor": "end" }, tickWords(value)));
    }
    parts.push(
      s("path", { class: "tick", fill: "none", d: `M${EDGE.left},${EDGE.top}V${base}H${width - EDGE.right}` }),
    );
    const middle = (EDGE.top + base) / 2;
    parts.push(s("text", { x: (EDGE.left + width - EDGE.right) / 2, y: height - 8, "text-anchor": "middle" }, title));
    parts.push(
      s("text", { transform: `translate(14,${middle}) rotate(-90)`, "text-anchor": "middle" }, this.picture.y_axis),
    );
    return parts;
  }

  /** Shade what the limits forbid: too stale lies above, too many requests to the right. */
  forbidden() {
    const { width, height, picture } = this;
    const [right, base] = [width - EDGE.right, height - EDGE.bottom];
    /** @type {SVGElement[]} */
    const parts = [];
    const stale = picture.most_stale;
    if (stale) {
      const y = this.py(stale.at);
      parts.push(
        s("rect", { class: "forbidden", x: EDGE.left, y: EDGE.top, width: right - EDGE.left, height: y - EDGE.top }),
      );
      parts.push(s("line", { class: "limit", x1: EDGE.left, x2: right, y1: y, y2: y }));
      const under = y - EDGE.top < 18;
      parts.push(
        s(
          "text",
          { class: "limit-text", x: right - 4, y: under ? y + 14 : y - 5, "text-anchor": "end" },
          `✗ ${stale.label}`,
        ),
      );
    }
    picture.limits.forEach((limit, i) => {
      const everywhere = !limit.at[this.axis];
      const x = everywhere ? EDGE.left : this.px(limit.at);
      parts.push(s("rect", { class: "forbidden", x, y: EDGE.top, width: right - x, height: base - EDGE.top }));
      parts.push(s("line", { class: "limit", x1: x, x2: x, y1: EDGE.top, y2: base }));
      const words = everywhere ? `✗ ${limit.label} at all intervals` : `✗ ${limit.label}`;
      parts.push(this.sideText(everywhere ? (EDGE.left + right) / 2 : x, i, words, "limit-text"));
    });
    return parts;
  }

  /**
   * Write beside an upright line, at the top, where no curve comes by.
   *
   * @param {number} x
   * @param {number} row
   * @param {string} words
   * @param {string} kind
   */
  sideText(x, row, words, kind) {
    const left = x > 0.6 * this.width;
    const y = EDGE.top + 14 + 16 * row;
    return s("text", { class: kind, x: x + (left ? -6 : 6), y, "text-anchor": left ? "end" : "start" }, words);
  }

  /** Give what the tokens carry, where that is told of requests and lies outside the picture. */
  beyond() {
    const { capacity } = this.picture;
    return capacity && !this.inBytes && !this.x.holds(capacity.at) ? capacity : null;
  }

  capacity() {
    const { capacity, limits } = this.picture;
    if (!capacity || this.inBytes || this.beyond()) return [];
    const [x, base] = [this.x(capacity.at), this.height - EDGE.bottom];
    return [
      s("line", { class: "capacity", x1: x, x2: x, y1: EDGE.top, y2: base }),
      this.sideText(x, limits.length, capacity.label, "capacity-text"),
    ];
  }

  /** @param {Curve} curve */
  line(curve) {
    const places = curve.spots.map(({ x, y }) => `${this.px(x).toFixed(1)},${this.py(y).toFixed(1)}`);
    return s("polyline", { class: `curve${curve.version ? " version" : ""}`, points: places.join(" ") });
  }

  /** Write intervals along the curve that is chosen, and along the other where it lies apart. */
  labels() {
    /** @type {SVGElement[]} */
    const parts = [];
    for (const curve of this.picture.curves) {
      if (!curve.chosen && !this.inBytes) continue;
      let last = -Infinity;
      for (const spot of curve.spots) {
        const [x, y] = [this.px(spot.x), this.py(spot.y)];
        if (!spot.labelled || x - last < 34 || (spot.now && curve.chosen)) continue;
        last = x;
        const below = curve.version && this.inBytes;
        parts.push(
          s(
            "text",
            {
              class: "along",
              x: x + (below ? -8 : 8),
              y: y + (below ? 14 : -8),
              "text-anchor": below ? "end" : "start",
            },
            spot.label,
          ),
        );
      }
    }
    return parts;
  }

  present() {
    const { x, y, label } = this.picture.present;
    const [px, py] = [this.px(x), this.py(y)];
    const left = px > EDGE.left + 90;
    return [
      s("circle", { class: "present", cx: px, cy: py, r: 9 }),
      s(
        "text",
        { class: "present-text", x: px + (left ? -13 : 13), y: py + 18, "text-anchor": left ? "end" : "start" },
        label,
      ),
    ];
  }

  day() {
    const { day, simulated } = this.picture;
    if (!day || simulated || !(day.y > 0)) return [];
    const [x, y] = [this.px(day.x), this.py(day.y)];
    return [s("path", { class: "one-day", d: `M${x - 5},${y - 5}l10,10M${x - 5},${y + 5}l10,-10` })];
  }

  simulated() {
    const { simulated } = this.picture;
    if (!simulated) return [];
    const [along, up] = [simulated.x[this.axis], simulated.y];
    const [x, x1, x2] = [along.mean, along.low, along.high].map((value) => this.x(value / this.unit));
    const [y, y1, y2] = [up.mean, up.low, up.high].map((value) => this.py(value));
    const left = x > 0.75 * this.width;
    const bars = `M${x1},${y}H${x2}M${x},${y1}V${y2}M${x - 5},${y1}h10M${x - 5},${y2}h10`;
    return [
      s("path", { class: "simulated", d: `${bars}M${x - 5},${y - 5}l10,10M${x - 5},${y + 5}l10,-10` }),
      s(
        "text",
        { class: "simulated-text", x: x + (left ? -13 : 13), y: y2 - 20, "text-anchor": left ? "end" : "start" },
        simulated.label,
      ),
    ];
  }
}
