// All agents: who was bitten, and when. The worst come first; a click or Enter chooses one.

const FLAGS = ["listed, not usable", "usable, not listed", "status differs", "no response"];

class Overview {
  constructor(choose) {
    this.choose = choose;
    this.title = h("h3", {});
    this.picture = s("svg", { class: "overview", role: "img", click: (event) => this.onClick(event) });
    this.frame = h("div", { class: "frame scroll", tabindex: "0", role: "group", "aria-label": "All agents over time" }, this.picture);
    this.table = h("div", {});
    this.cursor = s("line", { class: "cursor" });
    this.element = h(
      "div",
      { class: "overview-part" },
      h("div", { class: "row" }, this.title, pictureButtons(() => this.frame, "simkit-agents")),
      h("p", { class: "muted" }, "Each line is an agent's shift; a red block is time in trouble. Click a line to go there."),
      this.frame,
      twin(this.table),
    );
  }

  /** Draw all agents; `agent` is the id of the one whose desk is shown. */
  draw(overview, world, agent, width) {
    const rows = overview.agents;
    const row = rows.length > 60 ? 4 : 15;
    const [left, right, top] = [150, 10, 6];
    const span = overview.end - overview.start;
    const x = (t) => left + ((t - overview.start) / span) * (Math.max(width, 360) - left - right);
    const parts = rows.flatMap((each, i) => {
      const y = top + i * row;
      const own = each.id === agent;
      const named = row > 10 || own;
      return [
        s("rect", { class: "shift", x: x(each.shift[0]), width: x(each.shift[1]) - x(each.shift[0]), y: y + row * 0.2, height: row * 0.6 }),
        ...each.spans.map(([a, b]) =>
          s("rect", { class: "harm", x: x(a), width: Math.max(x(b) - x(a), 1), y, height: row - 1 }),
        ),
        named ? s("text", { class: own ? "row-label own" : "row-label", x: left - 6, y: y + row / 2 + 4, "text-anchor": "end" }, `${own ? "▶ " : ""}${each.name}`) : null,
      ];
    });
    const height = top + rows.length * row;
    for (let t = Math.ceil(overview.start / 3600000) * 3600000; t <= overview.end; t += 3600000)
      parts.push(
        s("line", { class: "tick", x1: x(t), x2: x(t), y1: height, y2: height + 4 }),
        s("text", { class: "axis", x: x(t), y: height + 16, "text-anchor": "middle" }, clockTime(world, t).slice(0, 5)),
      );
    parts.push(s("text", { class: "axis", x: (left + width) / 2, y: height + 30, "text-anchor": "middle" }, `Local time (${world.zone})`));
    Object.assign(this, { overview, row, top, x, left, width });
    Object.entries({ y1: top, y2: height }).forEach(([key, value]) => this.cursor.setAttribute(key, value));
    this.picture.replaceChildren(...parts, this.cursor);
    this.picture.setAttribute("width", Math.max(width, 360));
    this.picture.setAttribute("height", height + 36);
    this.picture.setAttribute("aria-label", overview.title);
    say(this.title, overview.title);
    this.table.replaceChildren(
      tableOf(
        "All agents, the one longest in trouble first",
        ["Agent", "Division", "In trouble", "First at", "What"],
        rows.map((each) => [
          h("button", { type: "button", class: "link", click: () => this.choose(each.id) }, bdi(each.name)),
          bdi(each.division),
          each.harm ? spanWords(each.harm) : "no trouble",
          each.spans.length ? clockTime(world, each.spans[0][0]) : "–",
          FLAGS.filter((_, bit) => each.spans.some((one) => (one[2] >> bit) & 1)).join(", ") || "–",
        ]),
      ),
    );
  }

  showMoment(t) {
    if (!this.x) return;
    this.cursor.setAttribute("x1", this.x(t));
    this.cursor.setAttribute("x2", this.x(t));
  }

  onClick(event) {
    const box = this.picture.getBoundingClientRect();
    const i = Math.floor((event.clientY - box.top - this.top) / this.row);
    const agent = this.overview.agents[i];
    if (agent) this.choose(agent.id);
  }
}
