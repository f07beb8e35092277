// The architect's picture: how long lists are out of date against what the policy costs. Both axes
// are logarithmic; what is drawn is told, and only the places on the page are worked out here.

import { h, pictureButtons, s, say, tableOf, twin, uid } from "../frontend/dom.js";

const EDGE = { left: 64, right: 18, top: 14, bottom: 42 };
const POINT = { false: "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0", true: "M0,-5.5L5,4H-5Z" };
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Give a logarithmic scale from values to places, a quarter of a decade wider than the values. */
function logScale(values, from, to) {
  const known = values.filter((value) => value > 0).map(Math.log10);
  const low = (known.length ? Math.min(...known) : -1) - 0.15;
  const high = Math.max(known.length ? Math.max(...known) : 0, low + 1) + 0.15;
  const place = (value) =>
    from + ((Math.min(Math.max(value > 0 ? Math.log10(value) : low, low), high) - low) / (high - low)) * (to - from);
  const decades = [];
  for (let n = Math.ceil(low); n <= high; n++) decades.push(10 ** n);
  return Object.assign(place, { decades, holds: (value) => value > 0 && Math.log10(value) >= low && Math.log10(value) <= high });
}

function tickWords(value) {
  if (value >= 1e6) return `10${[...String(Math.round(Math.log10(value)))].map((d) => SUPERSCRIPTS[d]).join("")}`;
  return value >= 1 ? value.toLocaleString("en") : String(Number(value.toPrecision(1)));
}

export class Frontier {
  /** `choose` is called with an interval and whether there is a version. */
  constructor(choose) {
    this.choose = choose;
    this.axis = 0;
    this.at = null;
    this.title = h("h2", { id: uid("title") });
    this.svg = s("svg", { class: "frontier", role: "group", "aria-labelledby": this.title.id });
    this.tip = h("div", { class: "tip", hidden: true });
    this.frame = h("div", { class: "frame" }, this.svg, this.tip);
    this.bytes = h("input", { type: "checkbox", change: () => this.turn() });
    this.legend = h("div", { class: "legend" });
    this.twin = twin(() => [this.table()]);
    this.element = h("div", { class: "picture-part" }, this.title, this.frame, this.legend, this.twin);
  }

  turn() {
    this.axis = this.bytes.checked ? 1 : 0;
    this.draw();
  }

  show(picture, width) {
    this.picture = picture;
    this.width = width;
    say(this.title, picture.title);
    this.draw();
    this.twin.refresh();
  }

  draw() {
    const { picture, axis, width } = this;
    const height = Math.max(Math.min(Math.round(width * 0.4), 290), 240);
    Object.assign(this, { height });
    const spots = picture.curves.flatMap((curve) => curve.spots);
    const unit = axis ? 1000 : 1;
    this.x = logScale([...spots.map((each) => each.x[axis] / unit)], EDGE.left, width - EDGE.right);
    this.y = logScale(spots.map((each) => 100 * each.y), height - EDGE.bottom, EDGE.top);
    this.px = (x) => this.x(x[axis] / unit);
    this.py = (y) => this.y(100 * y);
    const focused = this.svg.contains(document.activeElement);
    this.svg.replaceChildren(
      ...this.axes(axis ? "Reply bodies a second, mean (KB/s)" : "Requests a second, mean"),
      ...this.forbidden(),
      ...this.capacity(),
      ...picture.curves.map((curve) => this.line(curve)),
      ...this.points(), // those of the curve chosen come last, above the others
      ...this.labels(),
      ...this.present(),
      ...this.day(),
      ...this.simulated(),
    );
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    if (focused) this.focus();
    this.drawLegend();
    this.hide();
  }

  axes(title) {
    const { width, height } = this;
    const base = height - EDGE.bottom;
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
    parts.push(s("path", { class: "tick", fill: "none", d: `M${EDGE.left},${EDGE.top}V${base}H${width - EDGE.right}` }));
    const middle = (EDGE.top + base) / 2;
    parts.push(s("text", { x: (EDGE.left + width - EDGE.right) / 2, y: height - 8, "text-anchor": "middle" }, title));
    parts.push(s("text", { transform: `translate(14,${middle}) rotate(-90)`, "text-anchor": "middle" }, this.picture.y_axis));
    return parts;
  }

  /** Shade what the limits forbid: too stale lies above, too many requests to the right. */
  forbidden() {
    const { width, height, picture } = this;
    const [right, base] = [width - EDGE.right, height - EDGE.bottom];
    const parts = [];
    const stale = picture.most_stale;
    if (stale) {
      const y = this.py(stale.at);
      parts.push(s("rect", { class: "forbidden", x: EDGE.left, y: EDGE.top, width: right - EDGE.left, height: y - EDGE.top }));
      parts.push(s("line", { class: "limit", x1: EDGE.left, x2: right, y1: y, y2: y }));
      const under = y - EDGE.top < 18;
      parts.push(s("text", { class: "limit-text", x: right - 4, y: under ? y + 14 : y - 5, "text-anchor": "end" }, `✗ ${stale.label}`));
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

  /** Write beside an upright line, at the top, where no curve comes by. */
  sideText(x, row, words, kind) {
    const left = x > 0.6 * this.width;
    const y = EDGE.top + 14 + 16 * row;
    return s("text", { class: kind, x: x + (left ? -6 : 6), y, "text-anchor": left ? "end" : "start" }, words);
  }

  capacity() {
    const { capacity } = this.picture;
    if (!capacity || this.axis || !this.x.holds(capacity.at)) return [];
    const [x, base] = [this.x(capacity.at), this.height - EDGE.bottom];
    return [
      s("line", { class: "capacity", x1: x, x2: x, y1: EDGE.top, y2: base }),
      this.sideText(x, this.picture.limits.length, capacity.label, "capacity-text"),
    ];
  }

  line(curve) {
    const places = curve.spots.map(({ x, y }) => `${this.px(x).toFixed(1)},${this.py(y).toFixed(1)}`);
    return s("polyline", { class: `curve${curve.version ? " version" : ""}`, points: places.join(" ") });
  }

  /** Draw the policies as buttons. One takes part in the order of Tab; arrows go on from there. */
  points() {
    const { curves } = this.picture;
    this.marks = curves.map((curve) =>
      curve.spots.map((spot, i) =>
        s(
          "g",
          {
            class: `spot${curve.version ? " version" : ""}${spot.over ? " over" : ""}`,
            transform: `translate(${this.px(spot.x).toFixed(1)},${this.py(spot.y).toFixed(1)})`,
            role: "button",
            tabindex: -1,
            "aria-label": `Choose ${spot.words}`,
            click: () => this.choose(spot.interval_ms, curve.version),
            keydown: (event) => this.key(event, spot, curve),
            mouseenter: () => this.say(spot),
            mouseleave: () => this.hide(),
            focus: () => this.land(spot, curve, i),
            blur: () => this.hide(),
          },
          s("circle", { class: "reach", r: 11 }),
          s("path", { d: POINT[curve.version] }),
        ),
      ),
    );
    const chosen = curves.findIndex((curve) => curve.chosen);
    this.at ??= [chosen, Math.max(curves[chosen].spots.findIndex((spot) => spot.now), 0)];
    this.at[1] = Math.min(this.at[1], this.marks[this.at[0]].length - 1);
    this.mark().setAttribute("tabindex", 0);
    return [...this.marks[1 - chosen], ...this.marks[chosen]];
  }

  mark() {
    return this.marks[this.at[0]][this.at[1]];
  }

  focus() {
    this.mark().focus();
  }

  key(event, spot, curve) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.choose(spot.interval_ms, curve.version);
      return;
    }
    const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const across = { ArrowUp: 1, ArrowDown: 1 }[event.key];
    if (!along && !across) return;
    event.preventDefault();
    const [row, place] = [across ? 1 - this.at[0] : this.at[0], this.at[1] + (along || 0)];
    this.marks[row][Math.min(Math.max(place, 0), this.marks[row].length - 1)].focus();
  }

  /** Take the focus along: Tab comes back to the point that had it. */
  land(spot, curve, i) {
    this.mark().setAttribute("tabindex", -1);
    this.at = [this.picture.curves.indexOf(curve), i];
    this.mark().setAttribute("tabindex", 0);
    this.say(spot);
  }

  say(spot) {
    say(this.tip, spot.words);
    this.tip.hidden = false;
    const x = this.px(spot.x);
    const left = x > this.width / 2;
    this.tip.style.left = left ? "" : `${x + 12}px`;
    this.tip.style.right = left ? `${this.width - x + 12}px` : "";
    this.tip.style.top = `${Math.max(this.py(spot.y) - 44, 2)}px`;
  }

  hide() {
    this.tip.hidden = true;
  }

  /** Write intervals along the curve that is chosen, and along the other where it lies apart. */
  labels() {
    const parts = [];
    this.picture.curves.forEach((curve) => {
      if (!curve.chosen && !this.axis) return;
      let last = -Infinity;
      for (const spot of curve.spots) {
        const [x, y] = [this.px(spot.x), this.py(spot.y)];
        if (!spot.labelled || x - last < 34 || (spot.now && curve.chosen)) continue;
        last = x;
        const below = curve.version && this.axis;
        parts.push(s("text", { class: "along", x: x + (below ? -8 : 8), y: y + (below ? 14 : -8), "text-anchor": below ? "end" : "start" }, spot.label));
      }
    });
    return parts;
  }

  present() {
    const { x, y, label } = this.picture.present;
    const [px, py] = [this.px(x), this.py(y)];
    const left = px > EDGE.left + 90;
    return [
      s("circle", { class: "present", cx: px, cy: py, r: 9 }),
      s("text", { class: "present-text", x: px + (left ? -13 : 13), y: py + 18, "text-anchor": left ? "end" : "start" }, label),
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
    const [x, x1, x2] = simulated.x[this.axis].map((value) => this.x(this.axis ? value / 1000 : value));
    const [y, y1, y2] = simulated.y.map(this.py);
    const left = x > 0.75 * this.width;
    const bars = `M${x1},${y}H${x2}M${x},${y1}V${y2}M${x - 5},${y1}h10M${x - 5},${y2}h10`;
    return [
      s("path", { class: "simulated", d: `${bars}M${x - 5},${y - 5}l10,10M${x - 5},${y + 5}l10,-10` }),
      s("text", { class: "simulated-text", x: x + (left ? -13 : 13), y: y2 - 20, "text-anchor": left ? "end" : "start" }, simulated.label),
    ];
  }

  drawLegend() {
    const key = (version, words) =>
      h(
        "span",
        { class: "key" },
        s(
          "svg",
          { width: 34, height: 14, "aria-hidden": "true" },
          s("line", { class: `curve${version ? " version" : ""}`, x1: 1, x2: 33, y1: 7, y2: 7 }),
          s("path", { class: "key-point", d: POINT[version], transform: "translate(17,7)" }),
        ),
        words,
      );
    const { capacity, curves, day, simulated } = this.picture;
    const beyond = capacity && !this.axis && !this.x.holds(capacity.at);
    const switched = this.bytesLabel ??= h("label", { class: "each" }, this.bytes, "Bytes in place of requests");
    const buttons = this.buttons ??= pictureButtons(() => this.frame, "simkit-interval");
    this.words ??= h("span", { class: "legend" });
    this.words.replaceChildren(
      ...curves.map(({ version, label }) => key(version, label)),
      h("span", { class: "key" }, "hollow: over a limit"),
      ...(day && !simulated ? [h("span", { class: "key" }, "✕ one day, simulated")] : []),
      ...(beyond ? [h("span", { class: "key" }, `outside the picture: ${capacity.label}`)] : []),
    );
    if (!this.legend.firstChild) this.legend.append(switched, this.words, buttons);
  }

  table() {
    const [without, withVersion] = this.picture.curves.map(({ spots }) => new Map(spots.map((spot) => [spot.label, spot.cells])));
    const heads = ["Interval", ...this.picture.curves.flatMap(({ label }) => ["out of date", "requests", "bytes"].map((what) => `${what}, ${label}`))];
    const empty = ["–", "–", "–"];
    const rows = [...without].map(([label, cells]) => [label, ...cells, ...(withVersion.get(label) || empty)]);
    return h("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": "All intervals" }, tableOf(this.picture.title, heads, rows));
  }
}
