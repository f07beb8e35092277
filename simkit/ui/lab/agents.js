// All agents: who was misled, and when. The worst come first; a click or Enter chooses one. Of
// thousands, each row of the picture is a group of agents.

/** @import { Child } from "../frontend/types" */
/** @import { AgentLine, AgentLines, AgentSum, Choices, Crowd, Overview as OverviewTold, World } from "./told" */

import {
  bdi,
  clockTime,
  h,
  HOUR,
  pictureButtons,
  pointOn,
  roundTimes,
  s,
  say,
  showTip,
  spanWords,
  stripes,
  tableOf,
  twin,
  uid,
} from "../frontend/dom.js";
import { tr, trn } from "../frontend/words.js";
import { crowdPictures, crowdTable, folded } from "./crowd.js";
import { wordsOfBits } from "./kinds.js";

/**
 * A picture as it stands there: its lines that show the moment, and where a moment is.
 *
 * @typedef {{ picture: SVGSVGElement, cursors: readonly SVGElement[], x(t: number): number }} Drawn
 */

/**
 * Give what the table says of an agent whose spans are known.
 *
 * @param {AgentLine} line
 * @returns {AgentSum}
 */
export function sumOf({ id, name, division, discrepancy_ms, spans }) {
  const kinds = spans.reduce((all, span) => all | span.kinds, 0);
  return { id, name, division, discrepancy_ms, first: spans.length ? spans[0].start : null, kinds };
}

export class Overview {
  /** @param {(agent: string) => void} choose */
  constructor(choose) {
    this.choose = choose;
    /** @type {readonly Drawn[]} */
    this.drawn = [];
    /** @type {() => Element[]} */
    this.tables = () => [];
    this.pictures = h("div", { class: "row top" });
    this.words = h("p", { class: "muted" });
    this.tip = h("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.frame = h(
      "div",
      { class: "frame scroll", tabindex: "0", role: "group", "aria-label": tr("All agents over time") },
      this.pictures,
    );
    this.twin = twin(() => this.tables());
    this.element = h(
      "div",
      { class: "overview-part" },
      this.words,
      this.frame,
      h(
        "div",
        { class: "row" },
        pictureButtons(() => this.pictures, tr("simkit-agents")),
        this.twin,
      ),
    );
  }

  /**
   * Draw all agents of each run; one of them is the one whose desk is shown.
   *
   * @param {OverviewTold} overview
   * @param {World} world
   * @param {Pick<Choices, "agent" | "rank">} choices
   * @param {number} width
   */
  draw({ sides }, world, { agent, rank }, width) {
    const crowds = sides.flatMap((side) => ("groups" in side ? [side] : []));
    const crowd = crowds.length > 0;
    const beside = width / sides.length - 12;
    const each = beside < (crowd ? 470 : 370) ? width : beside;
    this.drawn = crowd
      ? this.crowds(crowds, world, rank, each)
      : sides.flatMap((side) => ("groups" in side ? [] : [this.one(side, world, agent, each)]));
    this.tables = () => sides.flatMap((side) => this.tablesOf(side, world, sides[0].label));
    this.frame.classList.toggle("scroll", !crowd);
    say(
      this.words,
      crowd
        ? tr(
            "Each row is a group of agents, those misled for longest first; its shade says how many of those on shift meet a discrepancy. Click a row to go to its first agent.",
          )
        : tr("Each line is an agent's shift; hatched is time with a discrepancy. Click a line to go there."),
    );
    this.pictures.replaceChildren(...this.drawn.map(({ picture }) => picture));
    this.twin.refresh();
  }

  /**
   * @param {AgentLines} side
   * @param {World} world
   * @param {string} agent
   * @param {number} width
   */
  one(side, world, agent, width) {
    const rows = side.agents;
    const row = rows.length > 60 ? 4 : 20;
    const title = `${side.label}: ${side.title}`;
    const heads = folded(title, width / 8.6);
    const [left, right, top] = [112, 20, heads.length * 20 + 6];
    const hatch = uid("hatch");
    const x = (/** @type {number} */ t) => left + ((t - side.start) / (side.end - side.start)) * (width - left - right);
    /** @type {Child[]} */
    const parts = rows.flatMap((line, i) => {
      const y = top + i * row;
      const own = line.id === agent;
      const { start, end } = line.shift;
      return [
        s("rect", { class: "shift", x: x(start), width: x(end) - x(start), y: y + row * 0.2, height: row * 0.6 }),
        ...line.spans.map((span) => {
          const wide = Math.max(x(span.end) - x(span.start), 1);
          const fill = `url(#${hatch})`;
          return s("rect", { class: "discrepancy", fill, x: x(span.start), width: wide, y: y + 1, height: row - 3 });
        }),
        row > 10 || own
          ? s(
              "text",
              { class: own ? "row-label own" : "row-label", x: left - 6, y: y + row / 2 + 5, "text-anchor": "end" },
              `${own ? "▶ " : ""}${[...line.name].slice(0, 14).join("")}`,
            )
          : null,
      ];
    });
    const height = top + rows.length * row;
    const hour = x(HOUR) - x(0);
    for (const t of roundTimes(world, side.start, side.end, hour > 46 ? HOUR : 2 * HOUR))
      parts.push(
        s("line", { class: "tick", x1: x(t), x2: x(t), y1: height, y2: height + 4 }),
        s(
          "text",
          { class: "axis", x: x(t), y: height + 18, "text-anchor": "middle" },
          clockTime(world, t).slice(0, hour > 23 ? 5 : 2),
        ),
      );
    const middle = (left + width) / 2;
    const cursor = s("line", { class: "cursor", y1: top, y2: height });
    const onClick = (/** @type {MouseEvent} */ event) => {
      const line = rows[Math.floor((pointOn(event, picture, width).y - top) / row)];
      if (line) this.choose(line.id);
    };
    const picture = s(
      "svg",
      { class: "overview", role: "img", "aria-label": title, width, height: height + 42, click: onClick },
      s("defs", {}, stripes(hatch)),
      heads.map((head, i) => s("text", { class: "title", x: 0, y: 15 + 20 * i }, head)),
      parts,
      s(
        "text",
        { class: "axis", x: middle, y: height + 37, "text-anchor": "middle" },
        tr("Local time ({zone})", { zone: world.zone }),
      ),
      cursor,
    );
    return { picture, cursors: [cursor], x };
  }

  /**
   * @param {readonly Crowd[]} sides
   * @param {World} world
   * @param {number} rank
   * @param {number} width
   */
  crowds(sides, world, rank, width) {
    const drawn = crowdPictures(sides, world, rank, width);
    this.tip.hidden = true;
    this.frame.append(this.tip);
    for (const each of drawn) {
      each.picture.addEventListener("click", (event) => {
        const group = each.groupAt(event);
        if (group) this.choose(group.id);
      });
      const tell = (/** @type {MouseEvent} */ event) => showTip(this.tip, this.frame, event, each.words(event));
      each.picture.addEventListener("pointermove", tell);
      each.picture.addEventListener("pointerdown", tell);
      each.picture.addEventListener("pointerleave", () => (this.tip.hidden = true));
    }
    return drawn;
  }

  /**
   * Give the tables of a run; `first` is the name of the run that orders the agents.
   *
   * @param {AgentLines | Crowd} side
   * @param {World} world
   * @param {string} first
   */
  tablesOf(side, world, first) {
    const title = `${side.label}: ${side.title}`;
    if (!("groups" in side)) return [this.table(title, side.agents.map(sumOf), world)];
    const worst = trn(
      "{run}: the {n} agents misled for longest in {first}",
      "{run}: the {n} agents misled for longest in {first}",
      side.agents.length,
      { run: side.label, first },
    );
    return [crowdTable(title, side, world), this.table(worst, side.agents, world)];
  }

  /**
   * @param {string} caption
   * @param {readonly AgentSum[]} agents
   * @param {World} world
   */
  table(caption, agents, world) {
    return tableOf(
      caption,
      [tr("Agent"), tr("Division"), tr("Discrepancies"), tr("First at"), tr("What")],
      agents.map((line) => [
        h("button", { type: "button", class: "link", click: () => this.choose(line.id) }, bdi(line.name)),
        bdi(line.division),
        line.discrepancy_ms ? spanWords(line.discrepancy_ms) : tr("none"),
        line.first === null ? "–" : clockTime(world, line.first),
        wordsOfBits(world, line.kinds).join(", ") || "–",
      ]),
    );
  }

  /** @param {number} t */
  showMoment(t) {
    for (const drawn of this.drawn) {
      const x = String(drawn.x(t));
      for (const cursor of drawn.cursors) {
        cursor.setAttribute("x1", x);
        cursor.setAttribute("x2", x);
      }
    }
  }
}
