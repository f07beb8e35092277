// A crowd over time: how many agents meet a discrepancy, and below it who, in groups, as shades.

/** @import { Crowd, CrowdGroup, World } from "./told" */

import { clockTime, HOUR, pointOn, roundTimes, s, tableOf } from "../frontend/dom.js";
import { decimal, tr } from "../frontend/words.js";

const CHART = 90;
const GROUP = 6;
const SAMPLE = 20;

/** One picture of all agents of a run; `heads` is its title, `order` says how its rows are ordered. */
class CrowdPicture {
  /**
   * @param {Crowd} side
   * @param {World} world
   * @param {{ rank: number, width: number, heads: readonly string[], lines: number, order: string }} layout
   */
  constructor(side, world, { rank, width, heads, lines, order }) {
    this.side = side;
    this.world = world;
    this.width = width;
    this.order = order;
    this.left = 122;
    this.right = 24;
    this.legendTop = heads.length * 20 + 10;
    this.chartTop = this.legendTop + lines * SAMPLE + 4;
    this.scaleTop = this.chartTop + CHART + 24;
    this.top = this.scaleTop + 56;
    this.bottom = this.top + side.groups.length * GROUP;
    const words = side.lines.map((line) => line.words).join("; ");
    this.cursors = [
      s("line", { class: "cursor", y1: this.chartTop, y2: this.chartTop + CHART }),
      s("line", { class: "halo", y1: this.top, y2: this.bottom }), // black is not seen on the darkest shade
      s("line", { class: "cursor", y1: this.top, y2: this.bottom }),
    ];
    this.picture = s(
      "svg",
      {
        class: "overview",
        role: "img",
        "aria-label": `${heads.join(" ").trim()}. ${words}.`,
        width,
        height: this.bottom + 42,
      },
      heads.map((head, i) => s("text", { class: "title", x: 0, y: 15 + 20 * i }, head)),
      this.legend(),
      this.chart(),
      this.scale(this.scaleTop),
      this.shades(),
      this.labels(rank),
      this.hours(),
      this.cursors,
    );
  }

  /** @param {number} t */
  x(t) {
    const { start, end } = this.side;
    return this.left + ((t - start) / (end - start)) * (this.width - this.left - this.right);
  }

  /**
   * Give the place of a moment, or of the end of the run that it is beyond.
   *
   * @param {number} t
   */
  within(t) {
    const { start, end } = this.side;
    return this.x(Math.min(Math.max(t, start), end));
  }

  // The lines.

  legend() {
    const left = this.width < 470 ? 0 : this.left;
    return this.side.lines.flatMap(({ kind, words }, i) => {
      const y = this.legendTop + i * SAMPLE + 7;
      return [
        s("line", { class: `count ${kind}`, x1: left, x2: left + 30, y1: y, y2: y }),
        s("text", { class: "axis", x: left + 36, y: y + 5 }, words),
      ];
    });
  }

  chart() {
    const { side, left, chartTop } = this;
    const base = chartTop + CHART;
    const most = Math.max(...side.lines.flatMap((line) => line.values), 1);
    const y = (/** @type {number} */ n) => base - (n / most) * (CHART - 8);
    /** @type {SVGElement[]} */
    const parts = [0, 0.5, 1].flatMap((share) => [
      s("line", { class: "rule", x1: left, x2: this.width - this.right, y1: y(share * most), y2: y(share * most) }),
      s(
        "text",
        { class: "axis", x: left - 6, y: y(share * most) + 5, "text-anchor": "end" },
        decimal(Math.round(share * most)),
      ),
    ]);
    for (const { kind, values } of side.lines) {
      const points = values.map((n, i) => `${this.middle(i).toFixed(1)},${y(n).toFixed(1)}`);
      parts.push(s("polyline", { class: `count ${kind}`, points: points.join(" ") }));
    }
    return [...parts, this.upright(tr("Agents"), chartTop + CHART / 2)];
  }

  /** @param {number} bin */
  middle(bin) {
    return this.within(this.side.first + (bin + 0.5) * this.side.every);
  }

  /**
   * @param {string} words
   * @param {number} y
   */
  upright(words, y) {
    const at = { x: 15, y, transform: `rotate(-90 15 ${y})`, "text-anchor": "middle" };
    return s("text", { class: "axis", ...at }, words);
  }

  // The groups.

  /** Draw the cells of each shade as one path, equal neighbours as one rectangle. */
  shades() {
    /** @type {Map<string, string>} */
    const paths = new Map();
    this.side.shares.forEach((row, i) => {
      const y = this.top + i * GROUP;
      for (const { value: shade, start, end } of stretches(row.map((share) => shadeOf(share, this.side.limits)))) {
        if (!shade) continue;
        const [a, b] = [this.edge(start), this.edge(end)];
        paths.set(shade, `${paths.get(shade) || ""}M${a},${y}H${b}V${y + GROUP}H${a}Z`);
      }
    });
    return [...paths].map(([shade, d]) => s("path", { class: `shade ${shade}`, "shape-rendering": "crispEdges", d }));
  }

  /** @param {number} bin */
  edge(bin) {
    return this.within(this.side.first + bin * this.side.every).toFixed(1);
  }

  /**
   * Label some rows, and that of the chosen agent.
   *
   * @param {number} rank
   */
  labels(rank) {
    const { groups, size } = this.side;
    const own = Math.floor(rank / size);
    const parts = groups.map(({ agents }, i) => {
      const y = this.top + i * GROUP + GROUP / 2 + 5;
      const near = Math.abs(i - own) < 3;
      if (i !== own && (i % 5 || near)) return null;
      const words = i === own ? `▶ ${agents}` : agents;
      return s(
        "text",
        { class: i === own ? "row-label own" : "row-label", x: this.left - 6, y, "text-anchor": "end" },
        words,
      );
    });
    return [...parts, this.upright(this.order, (this.top + this.bottom) / 2)];
  }

  hours() {
    const { side, world, bottom } = this;
    const hour = this.x(HOUR) - this.x(0);
    const whole = hour > 23;
    const step = (hour > 46 ? 1 : whole || hour > 11 ? 2 : 4) * HOUR;
    const parts = roundTimes(world, side.start, side.end, step).flatMap((t) => [
      s("line", { class: "tick", x1: this.x(t), x2: this.x(t), y1: bottom, y2: bottom + 4 }),
      s(
        "text",
        { class: "axis", x: this.x(t), y: bottom + 18, "text-anchor": "middle" },
        clockTime(world, t).slice(0, whole ? 5 : 2),
      ),
    ]);
    const middle = (this.left + this.width - this.right) / 2;
    return [
      ...parts,
      s(
        "text",
        { class: "axis", x: middle, y: bottom + 37, "text-anchor": "middle" },
        tr("Local time ({zone})", { zone: world.zone }),
      ),
    ];
  }

  /**
   * Draw what the shades stand for.
   *
   * @param {number} y
   */
  scale(y) {
    const { left } = this;
    const { limits } = this.side;
    const wide = 29;
    const swatch = (/** @type {string} */ shade, /** @type {number} */ x, /** @type {number} */ top) =>
      s("rect", { class: `shade ${shade}`, x, y: top, width: wide, height: 11 });
    const number = (/** @type {number} */ n, /** @type {number} */ i) =>
      s("text", { class: "axis", x: left + i * wide, y: y + 24, "text-anchor": "middle" }, decimal(n));
    return [
      s("text", { class: "axis", x: left, y: y - 5 }, tr("% of those on shift, with a discrepancy")),
      limits.map((_, i) => swatch(`shade-${i}`, left + i * wide, y)),
      [0, ...limits].map(number),
      swatch("none", left, y + 34),
      s("text", { class: "axis", x: left + wide + 5, y: y + 44 }, tr("on shift, none with a discrepancy")),
    ].flat();
  }

  // The pointer.

  /**
   * Give (group, bin) under the pointer; a group is undefined outside the rows.
   *
   * @param {MouseEvent} event
   * @returns {{ group: CrowdGroup | undefined, bin: number, row: number }}
   */
  under(event) {
    const at = pointOn(event, this.picture, this.width);
    const { first, every, start, end, groups } = this.side;
    const row = Math.floor((at.y - this.top) / GROUP);
    const share = (at.x - this.left) / (this.width - this.left - this.right);
    return { group: groups[row], bin: Math.floor((start + share * (end - start) - first) / every), row };
  }

  /** @param {MouseEvent} event */
  groupAt(event) {
    return this.under(event).group;
  }

  /**
   * Say what the pointer is on.
   *
   * @param {MouseEvent} event
   */
  words(event) {
    const { group, bin, row } = this.under(event);
    const share = this.side.shares[row]?.[bin];
    if (!group || share === undefined) return "";
    const from = this.side.first + bin * this.side.every;
    const span = [from, from + this.side.every].map((t) => clockTime(this.world, t).slice(0, 5)).join("–");
    const where = { agents: group.agents, span };
    return share < 0
      ? tr("Agents {agents}, {span}: nobody on shift", where)
      : tr("Agents {agents}, {span}: {share} % with a discrepancy", { ...where, share });
  }
}

/**
 * Give the pictures of runs that stand side by side, in step; `rank` is the chosen agent's place.
 *
 * @param {readonly Crowd[]} sides
 * @param {World} world
 * @param {number} rank
 * @param {number} width
 */
export function crowdPictures(sides, world, rank, width) {
  const folds = sides.map((side) => folded(`${side.label}: ${side.title}`, width / 8.6));
  const most = Math.max(...folds.map((heads) => heads.length));
  const lines = Math.max(...sides.map((side) => side.lines.length));
  return sides.map((side, i) => {
    const heads = [...folds[i], ...Array(most - folds[i].length).fill("")];
    const order = i ? tr("Agents, in the same order") : tr("Agents, misled for longest first");
    return new CrowdPicture(side, world, { rank, width, heads, lines, order });
  });
}

/**
 * Give words in lines of so many characters.
 *
 * @param {string} words
 * @param {number} room
 */
export function folded(words, room) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const last = lines.length - 1;
    if (lines[last] && lines[last].length + word.length >= room) lines.push(word);
    else lines[last] += lines[last] ? ` ${word}` : word;
  }
  return lines;
}

/**
 * Give the class of a share in %: none where nobody is on shift.
 *
 * @param {number} share
 * @param {readonly number[]} limits
 */
export function shadeOf(share, limits) {
  if (share < 0) return "";
  return share ? `shade-${limits.findIndex((limit) => share <= limit)}` : "none";
}

/**
 * Give equal neighbours as stretches, the end not within them.
 *
 * @param {readonly string[]} values
 */
export function stretches(values) {
  /** @type {{ value: string, start: number, end: number }[]} */
  const found = [];
  values.forEach((value, i) => {
    const last = found.at(-1);
    if (last?.value === value) last.end = i + 1;
    else found.push({ value, start: i, end: i + 1 });
  });
  return found;
}

/**
 * Give the numbers of the picture, hour by hour.
 *
 * @param {string} caption
 * @param {Crowd} side
 * @param {World} world
 */
export function crowdTable(caption, side, { kinds }) {
  const heads = [tr("Hour from"), tr("On shift"), tr("With a discrepancy"), ...kinds.map(({ words }) => words)];
  return tableOf(tr("{run}. Agents, on average of each hour", { run: caption }), heads, side.hours);
}
