// All agents: who was misled, and when. The worst come first; a click or Enter chooses one. Of
// thousands, each row of the picture is a group of agents.

import {
  bdi,
  clockTime,
  h,
  pictureButtons,
  s,
  say,
  spanWords,
  tableOf,
  twin,
} from "../frontend/dom.js";
import { crowdPictures, crowdTable } from "./crowd.js";
import { wordsOfBits } from "./kinds.js";

export class Overview {
  constructor(choose) {
    this.choose = choose;
    this.sides = [];
    this.pictures = h("div", { class: "row top" });
    this.words = h("p", { class: "muted" });
    this.tip = h("div", { class: "tip", "aria-hidden": "true", hidden: true });
    this.frame = h("div", { class: "frame scroll", tabindex: "0", role: "group", "aria-label": "All agents over time" }, this.pictures);
    this.twin = twin(() => this.sides.flatMap((side) => this.tables(side)));
    this.element = h(
      "div",
      { class: "overview-part" },
      this.words,
      this.frame,
      h("div", { class: "row" }, pictureButtons(() => this.pictures, "simkit-agents"), this.twin),
    );
  }

  /** Draw all agents of each run; one of them is the one whose desk is shown. */
  draw({ sides }, world, { agent, rank }, width) {
    Object.assign(this, { sides, world });
    const each = Math.max(width / sides.length - 10, 330);
    const crowd = Boolean(sides[0].groups);
    this.drawn = crowd ? this.crowds(rank, each < 400 ? width : each) : sides.map((side) => this.one(side, world, agent, each));
    this.frame.classList.toggle("scroll", !crowd);
    say(
      this.words,
      crowd
        ? "Each row is a group of agents, those misled for longest first; the darker, the more of those on shift meet a discrepancy. Click a row to go to its first agent."
        : "Each line is an agent's shift; a red block is time with a discrepancy. Click a line to go there.",
    );
    this.pictures.replaceChildren(...this.drawn.map(({ picture }) => picture));
    this.twin.refresh();
  }

  one(side, world, agent, width) {
    const rows = side.agents;
    const row = rows.length > 60 ? 4 : 15;
    const [left, right, top] = [104, 8, 24];
    const x = (t) => left + ((t - side.start) / (side.end - side.start)) * (width - left - right);
    const parts = rows.flatMap((line, i) => {
      const y = top + i * row;
      const own = line.id === agent;
      const [start, end] = line.shift;
      return [
        s("rect", { class: "shift", x: x(start), width: x(end) - x(start), y: y + row * 0.2, height: row * 0.6 }),
        ...line.spans.map(([a, b]) =>
          s("rect", { class: "discrepancy", x: x(a), width: Math.max(x(b) - x(a), 1), y, height: row - 1 }),
        ),
        row > 10 || own
          ? s("text", { class: own ? "row-label own" : "row-label", x: left - 6, y: y + row / 2 + 4, "text-anchor": "end" }, `${own ? "▶ " : ""}${[...line.name].slice(0, 14).join("")}`)
          : null,
      ];
    });
    const height = top + rows.length * row;
    for (let t = Math.ceil(side.start / 3600000) * 3600000; t <= side.end; t += 3600000)
      parts.push(
        s("line", { class: "tick", x1: x(t), x2: x(t), y1: height, y2: height + 4 }),
        s("text", { class: "axis", x: x(t), y: height + 16, "text-anchor": "middle" }, clockTime(world, t).slice(0, width > 500 ? 5 : 2)),
      );
    const middle = (left + width) / 2;
    const title = `${side.label}: ${side.title}`;
    const cursor = s("line", { class: "cursor", y1: top, y2: height });
    const onClick = (event) => {
      const box = picture.getBoundingClientRect();
      const line = rows[Math.floor((event.clientY - box.top - top) / row)];
      if (line) this.choose(line.id);
    };
    const picture = s(
      "svg",
      { class: "overview", role: "img", "aria-label": title, width, height: height + 36, click: onClick },
      s("text", { class: "title", x: 0, y: 14 }, title),
      parts,
      s("text", { class: "axis", x: middle, y: height + 30, "text-anchor": "middle" }, `Local time (${world.zone})`),
      cursor,
    );
    return { picture, cursors: [cursor], x };
  }

  crowds(rank, width) {
    const drawn = crowdPictures(this.sides, this.world, rank, width);
    this.tip.hidden = true;
    this.frame.append(this.tip);
    for (const each of drawn) {
      each.picture.addEventListener("click", (event) => {
        const group = each.groupAt(event);
        if (group) this.choose(group.id);
      });
      each.picture.addEventListener("pointermove", (event) => this.point(event, each.words(event)));
      each.picture.addEventListener("pointerleave", () => (this.tip.hidden = true));
    }
    return drawn;
  }

  /** Show words beside the pointer, within the frame. */
  point(event, words) {
    this.tip.hidden = !words;
    if (!words) return;
    say(this.tip, words);
    const box = this.frame.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 12, box.width - this.tip.offsetWidth - 4);
    this.tip.style.left = `${Math.max(0, left)}px`;
    this.tip.style.top = `${event.clientY - box.top + 14}px`;
  }

  tables(side) {
    const title = `${side.label}: ${side.title}`;
    if (!side.groups) return [this.table(title, side.agents.map((line) => this.told(line)))];
    const worst = `${side.label}: the ${side.agents.length} agents misled for longest in ${this.sides[0].label}`;
    return [crowdTable(title, side, this.world), this.table(worst, side.agents)];
  }

  /** Give what the table says of an agent whose spans are known. */
  told(line) {
    const kinds = line.spans.reduce((all, [, , held]) => all | held, 0);
    return { ...line, kinds, first: line.spans.length ? line.spans[0][0] : null };
  }

  table(caption, agents) {
    return tableOf(
      caption,
      ["Agent", "Division", "Discrepancies", "First at", "What"],
      agents.map((line) => [
        h("button", { type: "button", class: "link", click: () => this.choose(line.id) }, bdi(line.name)),
        bdi(line.division),
        line.discrepancy ? spanWords(line.discrepancy) : "none",
        line.first === null ? "–" : clockTime(this.world, line.first),
        wordsOfBits(this.world, line.kinds).join(", ") || "–",
      ]),
    );
  }

  showMoment(t) {
    for (const { cursors, x } of this.drawn || [])
      for (const cursor of cursors) {
        cursor.setAttribute("x1", x(t));
        cursor.setAttribute("x2", x(t));
      }
  }
}
