// Why: all records of the day, the chain of causes of one of them, and the rule that decided it.

/** @import { Day, Sides, World } from "./told" */
/** @import { Lab } from "./lab.js" */

import { bdi, clockTime, fillSelect, h, labelled, placeAt, uid } from "../frontend/dom.js";
import { tr, trNoop } from "../frontend/words.js";
import { kindRows } from "./kinds.js";

const SIDES = { ui: trNoop("desk"), platform: trNoop("platform"), script: trNoop("outside") };
/** Records that a key moves the choice by. */
const STEPS = new Map([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
  ["PageDown", 10],
  ["PageUp", -10],
  ["Home", -Infinity],
  ["End", Infinity],
]);
const LONGEST_CHAIN = 50;

export class Why {
  /** @param {Lab} lab */
  constructor(lab) {
    this.lab = lab;
    this.world = lab.world;
    this.sides = /** @type {Day[]} */ ([]);
    this.rules = /** @type {Record<string, string>} */ ({});
    this.at = 0;
    this.chosen = -1;
    /** The place of the record that is marked in the list, or -1; null before anything is drawn. */
    this.marked = /** @type {number | null} */ (null);
    this.told = /** @type {string | null} */ (null);
    this.chainTold = /** @type {string | null} */ (null);
    this.scrolling = 0;
    this.side = h("select", {
      change: () => {
        this.pickSide(Number(this.side.value));
      },
    });
    this.sideField = labelled(tr("Run"), this.side);
    this.list = h("ul", {
      class: "records",
      role: "listbox",
      tabindex: "0",
      id: uid("records"),
      "aria-label": tr("Records of the day"),
      keydown: (event) => this.onKey(event),
    });
    this.parting = h("p", { class: "muted whole extra" });
    this.words = h("div", { class: "gap" });
    this.chain = h("ol", { class: "chain" });
    this.rule = h("div", { class: "rule-source" });
    this.element = h(
      "div",
      { class: "why-part" },
      this.parting,
      h("div", { class: "column" }, this.sideField, this.list),
      h("div", { class: "column wide" }, this.words, h("h3", {}, tr("Chain of causes")), this.chain, this.rule),
    );
  }

  /**
   * Take new runs: one in which belief and truth part is looked at first, else the last one.
   *
   * @param {Sides} told
   * @param {World} world
   * @param {Record<string, string>} rules
   */
  take({ sides, parting }, world, rules) {
    this.sides = sides;
    this.world = world;
    this.rules = rules;
    this.parting.replaceChildren(...(parting ? [bdi(parting.words)] : []));
    const labels = sides.map((side, i) => ({ value: String(i), text: side.label }));
    fillSelect(this.side, labels, String(sides.length - 1));
    this.sideField.hidden = sides.length < 2;
    const parted = sides.findIndex((side) => discrepanciesAt(side, this.lab.t).length);
    this.pickSide(parted >= 0 ? parted : sides.length - 1, false);
  }

  get records() {
    return this.sides[this.at].records;
  }

  /** @param {number} i */
  pickSide(i, show = true) {
    this.at = i;
    this.side.value = String(i);
    this.chosen = -1;
    this.list.replaceChildren(
      ...this.records.map(({ t, side, words }, place) =>
        h(
          "li",
          {
            role: "option",
            id: `${this.list.id}-${place}`,
            "aria-selected": "false",
            click: () => this.choose(place),
          },
          h("span", { class: "clock" }, clockTime(this.world, t, true)),
          h("span", { class: `side ${side}` }, tr(SIDES[side])),
          bdi(words),
        ),
      ),
    );
    this.marked = this.told = this.chainTold = null;
    if (show) this.show(this.lab.t);
  }

  /** What was marked before the page was laid out is out of sight: it is marked again. */
  forgetPlace() {
    this.marked = null;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = STEPS.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    const from = this.chosen >= 0 ? this.chosen : (this.marked ?? -1);
    this.choose(Math.min(Math.max(from + step, 0), this.records.length - 1));
  }

  /**
   * Choose a record: the moment moves to it, and its causes are shown.
   *
   * @param {number} place
   */
  choose(place, side = this.at) {
    if (side !== this.at) this.pickSide(side, false);
    this.chosen = place;
    this.lab.moveTo(this.records[place].t);
    this.chosen = place;
    this.show(this.lab.t);
  }

  /** @param {number} t */
  show(t) {
    if (!this.sides.length) return;
    if (this.chosen >= 0 && this.records[this.chosen].t !== t) this.chosen = -1;
    const marked = this.chosen >= 0 ? this.chosen : placeAt(this.records, t, (record) => record.t);
    this.mark(marked);
    const last = this.showDiscrepancies(t);
    // Unless a record was chosen, a discrepancy is explained before what happened to come last.
    if (this.chosen < 0 && last && last.culprit >= 0) this.showChain(last.culprit, last.rule);
    else this.showChain(marked, marked >= 0 ? this.records[marked].rule : "");
  }

  /** @param {number} place */
  mark(place) {
    if (this.marked === place) return;
    if (this.marked !== null) this.list.children[this.marked]?.setAttribute("aria-selected", "false");
    this.marked = place;
    const row = this.list.children[place];
    if (!(row instanceof HTMLElement)) return;
    row.setAttribute("aria-selected", "true");
    this.list.setAttribute("aria-activedescendant", row.id);
    // Once a frame: asking for a place makes the browser lay out.
    cancelAnimationFrame(this.scrolling);
    this.scrolling = requestAnimationFrame(() => {
      this.list.scrollTop = row.offsetTop - this.list.clientHeight / 2;
    });
  }

  /**
   * Tell of the discrepancies at a moment; give the one that began last.
   *
   * @param {number} t
   */
  showDiscrepancies(t) {
    const here = discrepanciesAt(this.sides[this.at], t);
    const last = here.length ? here.reduce((one, other) => (one.start >= other.start ? one : other)) : null;
    const key = here.map(({ kind, start }) => `${kind}${start}`).join();
    if (this.told === key) return last;
    this.told = key;
    if (!last) {
      this.words.replaceChildren(h("p", {}, tr("Belief and truth agree at this moment.")));
      return null;
    }
    const names = new Map(kindRows(this.world).map(({ kind, words }) => [kind, words]));
    this.words.replaceChildren(
      h("pre", { tabindex: "0", role: "group", "aria-label": tr("Why, in words") }, last.why),
      ...here.map(({ kind, culprit, rule }) => {
        const go =
          here.length > 1 ? tr("Go to the culprit ({kind})", { kind: names.get(kind) ?? "" }) : tr("Go to the culprit");
        return h(
          "div",
          { class: "row" },
          culprit >= 0 ? h("button", { type: "button", click: () => this.choose(culprit) }, go) : null,
          rule ? h("button", { type: "button", click: () => this.showRule(rule) }, tr("Rule: {rule}", { rule })) : null,
        );
      }),
    );
    return last;
  }

  /**
   * @param {number} place
   * @param {string} rule
   */
  showChain(place, rule) {
    const key = `${place} ${rule}`;
    if (this.chainTold === key) return;
    this.chainTold = key;
    const chain = chainOf(this.records, place);
    this.chain.replaceChildren(
      ...chain.map((i, depth) => {
        const { t, words } = this.records[i];
        const join = depth ? `${this.records[chain[depth - 1]].join} ` : "";
        const clock = h("span", { class: "clock" }, clockTime(this.world, t, true));
        const attributes = { type: "button", class: "link", click: () => this.choose(i) };
        return h("li", {}, h("button", attributes, clock, ` ${join}`, bdi(words)));
      }),
    );
    this.showRule(rule);
  }

  /** @param {string} rule */
  showRule(rule) {
    const source = { tabindex: "0", role: "group", "aria-label": tr("Source of the rule: {rule}", { rule }) };
    const parts = rule
      ? [h("h3", {}, tr("The deciding rule, as it runs: {rule}", { rule })), h("pre", source, this.rules[rule])]
      : [h("p", { class: "muted" }, tr("No rule decided this: it came from outside, or the agent wanted it."))];
    this.rule.replaceChildren(...parts);
  }
}

/**
 * Give the discrepancies of a run that hold at a moment.
 *
 * @param {Pick<Day, "discrepancies">} side
 * @param {number} t
 */
export function discrepanciesAt({ discrepancies }, t) {
  return discrepancies.filter(({ start, end }) => start <= t && t < end);
}

/**
 * Give the places of a record, of its cause, of the cause of that, and so on.
 *
 * @param {readonly { cause: number }[]} records
 * @param {number} place
 */
export function chainOf(records, place) {
  const chain = [];
  for (let i = place; i >= 0 && chain.length < LONGEST_CHAIN; i = records[i].cause) chain.push(i);
  return chain;
}
