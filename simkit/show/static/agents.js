// All agents: who was bitten, and when. The worst come first; a click or Enter chooses one.

const FLAGS = ["listed, not usable", "usable, not listed", "status differs", "no response"];

class Overview {
  constructor(choose) {
    this.choose = choose;
    this.sides = [];
    this.pictures = h("div", { class: "row top" });
    this.frame = h("div", { class: "frame scroll", tabindex: "0", role: "group", "aria-label": "All agents over time" }, this.pictures);
    this.twin = twin(() => this.sides.map((side) => this.table(side)));
    this.element = h(
      "div",
      { class: "overview-part" },
      h("p", { class: "muted" }, "Each line is an agent's shift; a red block is time in trouble. Click a line to go there."),
      this.frame,
      h("div", { class: "row" }, pictureButtons(() => this.pictures, "simkit-agents"), this.twin),
    );
  }

  /** Draw all agents of each run; `agent` is the id of the one whose desk is shown. */
  draw({ sides }, world, agent, width) {
    Object.assign(this, { sides, world });
    const each = Math.max(width / sides.length - 10, 330);
    this.drawn = sides.map((side) => this.one(side, world, agent, each));
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
          s("rect", { class: "harm", x: x(a), width: Math.max(x(b) - x(a), 1), y, height: row - 1 }),
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
    return { picture, cursor, x };
  }

  table(side) {
    return tableOf(
      `${side.label}: ${side.title}`,
      ["Agent", "Division", "In trouble", "First at", "What"],
      side.agents.map((line) => [
        h("button", { type: "button", class: "link", click: () => this.choose(line.id) }, bdi(line.name)),
        bdi(line.division),
        line.harm ? spanWords(line.harm) : "no trouble",
        line.spans.length ? clockTime(this.world, line.spans[0][0]) : "–",
        FLAGS.filter((_, bit) => line.spans.some((one) => (one[2] >> bit) & 1)).join(", ") || "–",
      ]),
    );
  }

  showMoment(t) {
    for (const { cursor, x } of this.drawn || []) {
      cursor.setAttribute("x1", x(t));
      cursor.setAttribute("x2", x(t));
    }
  }
}
