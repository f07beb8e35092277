// Why: all records of the day, the chain of causes of one of them, and the rule that decided it.

import { bdi, clockTime, fillSelect, h, labelled, placeAt, uid } from "../frontend/dom.js";
import { kindRows } from "./kinds.js";

export class Why {
  constructor(lab) {
    this.lab = lab;
    this.side = h("select", { change: () => this.pickSide(Number(this.side.value)) });
    this.sideField = labelled("Run", this.side);
    this.list = h("ul", {
      class: "records",
      role: "listbox",
      tabindex: "0",
      "aria-label": "Records of the day",
      keydown: (event) => this.onKey(event),
    });
    this.parting = h("p", { class: "muted whole" });
    this.gap = h("div", { class: "gap" });
    this.chain = h("ol", { class: "chain" });
    this.rule = h("div", { class: "rule-source" });
    this.element = h(
      "div",
      { class: "why-part" },
      this.parting,
      h("div", { class: "column" }, this.sideField, this.list),
      h("div", { class: "column wide" }, this.gap, h("h3", {}, "Chain of causes"), this.chain, this.rule),
    );
    this.chosen = -1;
  }

  /** Take new runs: one in which belief and truth part is looked at first, else the last one. */
  take({ sides, parting }, world, rules) {
    Object.assign(this, { sides, world, rules, gapShown: undefined, chainShown: undefined });
    this.parting.replaceChildren(...(parting ? [bdi(parting.words)] : []));
    fillSelect(this.side, sides.map((side, i) => [String(i), side.label]), String(sides.length - 1));
    this.sideField.hidden = sides.length < 2;
    const parted = sides.findIndex((side) => gapsAt(side, this.lab.t).length);
    this.pickSide(parted >= 0 ? parted : sides.length - 1, false);
  }

  get records() {
    return this.sides[this.at].records;
  }

  pickSide(i, show = true) {
    this.at = i;
    this.side.value = String(i);
    this.chosen = -1;
    this.list.replaceChildren(
      ...this.records.map((record, place) =>
        h(
          "li",
          { role: "option", id: `${this.list.id || (this.list.id = uid("records"))}-${place}`, "aria-selected": "false", click: () => this.choose(place) },
          h("span", { class: "clock" }, clockTime(this.world, record[0], true)),
          h("span", { class: `side ${record[1]}` }, { ui: "desk", platform: "platform", script: "outside" }[record[1]]),
          bdi(record[3]),
        ),
      ),
    );
    this.now = -2;
    this.gapShown = this.chainShown = undefined;
    if (show) this.show(this.lab.t);
  }

  onKey(event) {
    const last = this.records.length - 1;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const from = this.chosen >= 0 ? this.chosen : this.now;
    this.choose(Math.min(Math.max(from + steps[event.key], 0), last));
  }

  /** Choose a record: the moment moves to it, and its causes are shown. */
  choose(place, side = this.at) {
    if (side !== this.at) this.pickSide(side, false);
    this.chosen = place;
    this.lab.moveTo(this.records[place][0]);
    this.chosen = place;
    this.show(this.lab.t);
  }

  show(t) {
    if (!this.sides) return;
    const now = placeAt(this.records, t);
    if (this.chosen >= 0 && this.records[this.chosen][0] !== t) this.chosen = -1;
    const marked = this.chosen >= 0 ? this.chosen : now;
    if (this.now !== marked) {
      this.list.children[this.now]?.setAttribute("aria-selected", "false");
      const row = this.list.children[marked];
      row?.setAttribute("aria-selected", "true");
      if (row) {
        this.list.setAttribute("aria-activedescendant", row.id);
        // Once a frame: asking for a place makes the browser lay out.
        cancelAnimationFrame(this.scrolling);
        this.scrolling = requestAnimationFrame(() => {
          this.list.scrollTop = row.offsetTop - this.list.clientHeight / 2;
        });
      }
      this.now = marked;
    }
    const gap = this.showGap(t);
    // Unless a record was chosen, a discrepancy is explained before what happened to come last.
    if (this.chosen < 0 && gap && gap[4] >= 0) this.showChain(gap[4], gap[6]);
    else this.showChain(marked, marked >= 0 ? this.records[marked][5] : "");
  }

  /** Tell of the discrepancies at a moment; give the one that began last. */
  showGap(t) {
    const gaps = gapsAt(this.sides[this.at], t);
    const last = gaps.reduce((one, other) => (one && one[0] >= other[0] ? one : other), null);
    const names = new Map(kindRows(this.world));
    const key = gaps.map(([a, , kind]) => `${kind}${a}`).join();
    if (this.gapShown === key) return last;
    this.gapShown = key;
    const told = !last
      ? []
      : [
          h("pre", { tabindex: "0", role: "group", "aria-label": "Why, in words" }, last[5]),
          ...gaps.map(([, , kind, , culprit, , rule]) => {
            const words = gaps.length > 1 ? ` (${names.get(kind)})` : "";
            return h(
              "div",
              { class: "row" },
              culprit >= 0
                ? h("button", { type: "button", click: () => this.choose(culprit) }, `Go to the culprit${words}`)
                : null,
              rule ? h("button", { type: "button", click: () => this.showRule(rule) }, `Rule: ${rule}`) : null,
            );
          }),
        ];
    this.gap.replaceChildren(...(told.length ? told : [h("p", {}, "Belief and truth agree at this moment.")]));
    return last;
  }

  showChain(place, rule) {
    if (this.chainShown === `${place} ${rule}`) return;
    this.chainShown = `${place} ${rule}`;
    const chain = [];
    for (let i = place; i >= 0 && chain.length < 50; i = this.records[i][4]) chain.push(i);
    this.chain.replaceChildren(
      ...chain.map((i, depth) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "link", click: () => this.choose(i) },
            h("span", { class: "clock" }, clockTime(this.world, this.records[i][0], true)),
            ` ${depth ? `${this.records[chain[depth - 1]][7]} ` : ""}`,
            bdi(this.records[i][3]),
          ),
        ),
      ),
    );
    this.showRule(rule);
  }

  showRule(rule) {
    const parts = rule
      ? [h("h3", {}, `The deciding rule, as it runs: ${rule}`), h("pre", { tabindex: "0", role: "group", "aria-label": `Source of the rule: ${rule}` }, this.rules[rule])]
      : [h("p", { class: "muted" }, "No rule decided this: it came from outside, or the agent wanted it.")];
    this.rule.replaceChildren(...parts);
  }
}

/** Give the discrepancies of a run that hold at a moment. */
const gapsAt = (side, t) => side.gaps.filter(([from, until]) => from <= t && t < until);
