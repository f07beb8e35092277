// What is drawn of the architect's picture at one width: its scales and what stands in them. All of
// it is told, and only the places on the page are worked out here.

/** @import { Curve, Picture, Place, PresentSpot } from "./told" */

import { s } from "../frontend/dom.js";

const EDGE = { left: 48, right: 28, top: 30, bottom: 44 };
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

const LETTER = 7;

/**
 * Give where the words of a ringed policy stand: below it at the left, or above it at the right, and
 * within the picture.
 *
 * @param {number} px
 * @param {number} py
 * @param {string} label
 * @param {boolean} below
 * @param {{ width: number, height: number }} size
 */
export function labelPlace(px, py, label, below, { width, height }) {
  const long = LETTER * label.length;
  const [least, most] = [EDGE.left + 4, width - EDGE.right];
  const wanted = below ? px - 12 - long : px + 12;
  const x = Math.min(Math.max(wanted, least), Math.max(most - long, least));
  const y = below ? Math.min(py + 24, height - EDGE.bottom - 6) : Math.max(py - 14, EDGE.top + 16);
  return { x: Math.round(x), y: Math.round(y) };
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
    this.height = Math.max(Math.min(Math.round(width * 0.55), 520), 270);
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
    const title = this.inBytes ? "KB of replies a second" : "Requests a second";
    const base = height - EDGE.bottom;
    /** @type {SVGElement[]} */
    const parts = [];
    for (const value of this.x.decades) {
      const x = this.x(value);
      parts.push(s("line", { class: "rule", x1: x, x2: x, y1: EDGE.top, y2: base }));
      parts.push(s("text", { class: "axis", x, y: base + 17, "text-anchor": "middle" }, tickWords(value)));
    }
    for (const value of this.y.decades) {
      const y = this.y(value);
      parts.push(s("line", { class: "rule", x1: EDGE.left, x2: width - EDGE.right, y1: y, y2: y }));
      parts.push(s("text", { class: "axis", x: EDGE.left - 6, y: y + 5, "text-anchor": "end" }, tickWords(value)));
    }
    parts.push(
      s("path", { class: "tick", fill: "none", d: `M${EDGE.left},${EDGE.top}V${base}H${width - EDGE.right}` }),
    );
    parts.push(s("text", { x: (EDGE.left + width - EDGE.right) / 2, y: height - 8, "text-anchor": "middle" }, title));
    parts.push(s("text", { x: 2, y: 16 }, this.picture.y_axis));
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
      // Below its line at the left, or above it where the words of the policy chosen stand there.
      const { present } = picture;
      const now = labelPlace(this.px(present.x), this.py(present.y), present.label, true, this);
      const [x, below] = [EDGE.left + 4, Math.min(y + 17, base - 6)];
      const taken = Math.abs(now.y - below) < 18 && now.x < x + LETTER * (stale.label.length + 2);
      parts.push(s("text", { class: "limit-text", x, y: taken ? y - 6 : below }, stale.label));
    }
    picture.limits.forEach((limit, i) => {
      const everywhere = !limit.at[this.axis];
      const x = everywhere ? EDGE.left : this.px(limit.at);
      parts.push(s("rect", { class: "forbidden", x, y: EDGE.top, width: right - x, height: base - EDGE.top }));
      parts.push(s("line", { class: "limit", x1: x, x2: x, y1: EDGE.top, y2: base }));
      const words = everywhere ? `${limit.label} at all intervals` : limit.label;
      parts.push(this.sideText(x, i, words, "limit-text"));
    });
    return parts;
  }

  /**
   * Write at the right of an upright line, at the top, where no curve comes by: those begin at the
   * left and fall.
   *
   * @param {number} x
   * @param {number} row
   * @param {string} words
   * @param {string} kind
   */
  sideText(x, row, words, kind) {
    const most = this.width - EDGE.right - LETTER * words.length;
    const place = Math.min(Math.max(x + 6, EDGE.left + 0.25 * this.width), most);
    return s("text", { class: kind, x: Math.round(place), y: EDGE.top + 16 + 18 * row }, words);
  }

  /** Give what the tokens carry, where that is told of requests and lies outside the picture. */
  beyond() {
    const { capacity } = this.picture;
    return capacity && !this.inBytes && !this.x.holds(capacity.at) ? capacity : null;
  }

  capacity() {
    const { capacity } = this.picture;
    if (!capacity || this.inBytes || this.beyond()) return [];
    const [x, base] = [this.x(capacity.at), this.height - EDGE.bottom];
    return [
      s("line", { class: "capacity", x1: x, x2: x, y1: EDGE.top, y2: base }),
      s(
        "text",
        { class: "capacity-text", x: labelPlace(x + 6, 0, capacity.label, true, this).x, y: base - 8 },
        capacity.label,
      ),
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
    const { recommended } = this.picture;
    const named = recommended ? this.px(recommended.x) : -Infinity;
    for (const curve of this.picture.curves) {
      if (!curve.chosen && !this.inBytes) continue;
      let last = -Infinity;
      for (const spot of curve.spots) {
        const [x, y] = [this.px(spot.x), this.py(spot.y)];
        if (!spot.labelled || x - last < 34 || (spot.now && curve.chosen) || Math.abs(x - named) < 34) continue;
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
    return this.named(this.picture.present, "present", 10);
  }

  /** The policy recommended; it is where another one is chosen, and its words stand above. */
  recommended() {
    const { recommended } = this.picture;
    return recommended ? this.named(recommended, "recommended", 12) : [];
  }

  /**
   * Ring a policy and say which it is.
   *
   * @param {PresentSpot} spot
   * @param {string} kind
   * @param {number} r
   */
  named({ x, y, label }, kind, r) {
    const [px, py] = [this.px(x), this.py(y)];
    const words = s("text", { class: `${kind}-text`, ...labelPlace(px, py, label, kind === "present", this) }, label);
    return [s("circle", { class: kind, cx: px, cy: py, r }), words];
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
