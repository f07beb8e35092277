// A crowd over time: how many agents meet a discrepancy, and below it who, in groups, as shades.

import { clockTime, s, tableOf } from "../frontend/dom.js";
import { HOUR } from "./bands.js";

const CHART = 90;
const GROUP = 6;
const SAMPLE = 16;

/** One picture of all agents of a run; `heads` is its title, `order` says how its rows are ordered. */
class Crowd {
  constructor(side, world, { rank, width, heads, lines, order }) {
    Object.assign(this, { side, world, width, order });
    [this.left, this.right] = [104, 12];
    this.x = (t) => this.left + ((t - side.start) / (side.end - side.start)) * (width - this.left - this.right);
    this.legendTop = heads.length * 16 + 8;
    this.chartTop = this.legendTop + lines * SAMPLE + 4;
    this.scaleTop = this.chartTop + CHART + 24;
    this.top = this.scaleTop + 46;
    this.bottom = this.top + side.groups.length * GROUP;
    const words = side.lines.map((line) => line.words).join("; ");
    this.cursors = [
      s("line", { class: "cursor", y1: this.chartTop, y2: this.chartTop + CHART }),
      s("line", { class: "halo", y1: this.top, y2: this.bottom }), // black is not seen on the darkest shade
      s("line", { class: "cursor", y1: this.top, y2: this.bottom }),
    ];
    this.picture = s(
      "svg",
      { class: "overview", role: "img", "aria-label": `${heads.join(" ").trim()}. ${words}.`, width, height: this.bottom + 36 },
      heads.map((head, i) => s("text", { class: "title", x: 0, y: 14 + 16 * i }, head)),
      this.legend(),
      this.chart(),
      this.scale(this.scaleTop),
      this.shades(),
      this.labels(rank),
      this.hours(),
      this.cursors,
    );
  }

  // The lines.

  legend() {
    return this.side.lines.flatMap(({ kind, words }, i) => {
      const y = this.legendTop + i * SAMPLE + 6;
      return [
        s("line", { class: `count ${kind}`, x1: this.left, x2: this.left + 30, y1: y, y2: y }),
        s("text", { class: "axis", x: this.left + 36, y: y + 4 }, words),
      ];
    });
  }

  chart() {
    const { side, left, chartTop } = this;
    const base = chartTop + CHART;
    const most = Math.max(...side.lines.flatMap((line) => line.values), 1);
    const y = (n) => base - (n / most) * (CHART - 8);
    const parts = [0, 0.5, 1].flatMap((share) => [
      s("line", { class: "rule", x1: left, x2: this.width - this.right, y1: y(share * most), y2: y(share * most) }),
      s("text", { class: "axis", x: left - 6, y: y(share * most) + 4, "text-anchor": "end" }, Math.round(share * most).toLocaleString("en")),
    ]);
    for (const { kind, values } of side.lines) {
      const points = values.map((n, i) => `${this.x(this.middle(i)).toFixed(1)},${y(n).toFixed(1)}`);
      parts.push(s("polyline", { class: `count ${kind}`, points: points.join(" ") }));
    }
    return [...parts, this.upright("Agents", chartTop + CHART / 2)];
  }

  middle(bin) {
    const { first, every, start, end } = this.side;
    return Math.min(Math.max(first + (bin + 0.5) * every, start), end);
  }

  upright(words, y) {
    const at = { x: 11, y, transform: `rotate(-90 11 ${y})`, "text-anchor": "middle" };
    return s("text", { class: "axis", ...at }, words);
  }

  // The groups.

  /** Draw the cells of each shade as one path, equal neighbours as one rectangle. */
  shades() {
    const paths = new Map();
    this.side.shares.forEach((row, i) => {
      const y = this.top + i * GROUP;
      for (let bin = 0; bin < row.length; ) {
        const shade = this.shade(row[bin]);
        let next = bin + 1;
        while (next < row.length && this.shade(row[next]) === shade) next++;
        if (shade) {
          const [a, b] = [this.edge(bin), this.edge(next)];
          paths.set(shade, `${paths.get(shade) || ""}M${a},${y}H${b}V${y + GROUP}H${a}Z`);
        }
        bin = next;
      }
    });
    return [...paths].map(([shade, d]) => s("path", { class: `shade ${shade}`, "shape-rendering": "crispEdges", d }));
  }

  edge(bin) {
    const { first, every, start, end } = this.side;
    return this.x(Math.min(Math.max(first + bin * every, start), end)).toFixed(1);
  }

  /** Give the class of a share in %: none where nobody is on shift. */
  shade(share) {
    if (share < 0) return "";
    return share ? `shade-${this.side.limits.findIndex((limit) => share <= limit)}` : "none";
  }

  /** Label some rows, and that of the chosen agent. */
  labels(rank) {
    const { groups, size } = this.side;
    const own = Math.floor(rank / size);
    const parts = groups.map(({ agents }, i) => {
      const y = this.top + i * GROUP + GROUP / 2 + 4;
      const near = Math.abs(i - own) < 3;
      if (i !== own && (i % 5 || near)) return null;
      const words = i === own ? `▶ ${agents}` : agents;
      return s("text", { class: i === own ? "row-label own" : "row-label", x: this.left - 6, y, "text-anchor": "end" }, words);
    });
    return [...parts, this.upright(this.order, (this.top + this.bottom) / 2)];
  }

  hours() {
    const { side, world, bottom } = this;
    const hour = this.x(HOUR) - this.x(0);
    const whole = hour > 20;
    const step = (hour > 40 ? 1 : whole || hour > 10 ? 2 : 4) * HOUR;
    const parts = [];
    const offset = world.clock[0][1];
    for (let t = Math.ceil((side.start + offset) / step) * step - offset; t <= side.end; t += step) {
      parts.push(
        s("line", { class: "tick", x1: this.x(t), x2: this.x(t), y1: bottom, y2: bottom + 4 }),
        s("text", { class: "axis", x: this.x(t), y: bottom + 16, "text-anchor": "middle" }, clockTime(world, t).slice(0, whole ? 5 : 2)),
      );
    }
    const middle = (this.left + this.width - this.right) / 2;
    return [...parts, s("text", { class: "axis", x: middle, y: bottom + 31, "text-anchor": "middle" }, `Local time (${world.zone})`)];
  }

  /** Draw what the shades stand for. */
  scale(y) {
    const { left } = this;
    const { limits } = this.side;
    const wide = 26;
    const swatch = (shade, x, top) => s("rect", { class: `shade ${shade}`, x, y: top, width: wide, height: 10 });
    const number = (n, i) => s("text", { class: "axis", x: left + i * wide, y: y + 21, "text-anchor": "middle" }, `${n}`);
    return [
      s("text", { class: "axis", x: left, y: y - 5 }, "With a discrepancy, in % of a row's agents on shift"),
      limits.map((_, i) => swatch(`shade-${i}`, left + i * wide, y)),
      [0, ...limits].map(number),
      swatch("none", left, y + 28),
      s("text", { class: "axis", x: left + wide + 5, y: y + 37 }, "on shift, none with a discrepancy"),
    ].flat();
  }

  // The pointer.

  /** Give (group, bin) under the pointer; a group is undefined outside the rows. */
  under(event) {
    const box = this.picture.getBoundingClientRect();
    const { first, every, start, end, groups } = this.side;
    const row = Math.floor((event.clientY - box.top - this.top) / GROUP);
    const share = (event.clientX - box.left - this.left) / (this.width - this.left - this.right);
    return [groups[row], Math.floor((start + share * (end - start) - first) / every), row];
  }

  groupAt(event) {
    return this.under(event)[0];
  }

  /** Say what the pointer is on. */
  words(event) {
    const [group, bin, row] = this.under(event);
    const share = group && this.side.shares[row][bin];
    if (share === undefined) return "";
    const from = this.side.first + bin * this.side.every;
    const span = [from, from + this.side.every].map((t) => clockTime(this.world, t).slice(0, 5)).join("–");
    return `Agents ${group.agents}, ${span}: ${share < 0 ? "nobody on shift" : `${share} % with a discrepancy`}`;
  }
}

/** Give the pictures of runs that stand side by side, in step; `rank` is the chosen agent's place. */
export function crowdPictures(sides, world, rank, width) {
  const folds = sides.map((side) => folded(`${side.label}: ${side.title}`, width / 6.2));
  const most = Math.max(...folds.map((heads) => heads.length));
  const lines = Math.max(...sides.map((side) => side.lines.length));
  return sides.map((side, i) => {
    const heads = [...folds[i], ...Array(most - folds[i].length).fill("")];
    const order = i ? "Agents, in the same order" : "Agents, misled for longest first";
    return new Crowd(side, world, { rank, width, heads, lines, order });
  });
}

/** Give words in lines of so many characters. */
function folded(words, room) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const last = lines.length - 1;
    if (lines[last] && lines[last].length + word.length >= room) lines.push(word);
    else lines[last] += lines[last] ? ` ${word}` : word;
  }
  return lines;
}

/** Give the numbers of the picture, hour by hour. */
export function crowdTable(caption, side, { kinds }) {
  const heads = ["Hour from", "On shift", "With a discrepancy", ...kinds.map(([, words]) => words)];
  return tableOf(`${caption}. Agents, on average of each hour`, heads, side.hours);
}
