// The division tree: where the agent is, which divisions the list comes from, codes in each.

/** @import { Day, TruthShown, World } from "./told" */

import { bdi, h, withNodes } from "../frontend/dom.js";
import { tr, trn } from "../frontend/words.js";

/**
 * Give how many codes of each division are deactivated at a moment.
 *
 * @param {Pick<World, "divisions" | "changes">} world
 * @param {number} t
 */
export function deactivated({ divisions, changes }, t) {
  const gone = divisions.map(() => 0);
  for (const change of changes) if (change.t <= t) gone[change.division] -= change.codes;
  return gone;
}

/**
 * Say how many codes of a division are active, and how many are deactivated.
 *
 * @param {number} active
 * @param {number} gone
 */
export function codesWords(active, gone) {
  const values = { n: String(active), gone: String(gone) };
  if (!gone) return trn("{n} code", "{n} codes", active, values);
  return trn("{n} code, {gone} deactivated", "{n} codes, {gone} deactivated", active, values);
}

export class DivisionTree {
  constructor() {
    /** @type {World | null} */
    this.world = null;
    this.key = "";
    this.sentence = h("p", {});
    this.trees = h("div", { class: "trees" });
    this.element = h("div", { class: "tree-part" }, this.sentence, this.trees);
  }

  /**
   * Show the tree of each side at a moment.
   *
   * @param {World} world
   * @param {readonly Day[]} sides
   * @param {readonly TruthShown[]} truths
   * @param {number} t
   */
  show(world, sides, truths, t) {
    const gone = deactivated(world, t);
    const places = truths.map((truth) => [truth.home, truth.asked, truth.visible]);
    const key = JSON.stringify([sides.map((side) => side.label), places, gone]);
    if (this.world === world && this.key === key) return;
    this.world = world;
    this.key = key;
    this.trees.replaceChildren(...sides.map((side, i) => this.tree(world, side.label, truths[i], gone)));
    this.sentence.replaceChildren(...sides.flatMap((side, i) => this.words(world, side.label, truths[i])));
  }

  /**
   * @param {World} world
   * @param {string} label
   * @param {TruthShown} truth
   */
  words(world, label, truth) {
    const at = world.divisions[truth.home].name;
    const asked = truth.asked >= 0 ? world.divisions[truth.asked].name : tr("no known division");
    const from = truth.visible.map((i) => world.divisions[i].name).join(", ") || tr("none");
    const words = tr("{run}: the agent is in {division}, the list was asked for {asked} and shows codes of {shown}.");
    const names = { run: label, division: bdi(at), asked: bdi(asked), shown: bdi(from) };
    return [h("span", {}, withNodes(words, names), " ")];
  }

  /**
   * @param {World} world
   * @param {string} label
   * @param {TruthShown} truth
   * @param {readonly number[]} gone
   */
  tree(world, label, truth, gone) {
    /** @type {number[][]} */
    const children = world.divisions.map(() => []);
    let root = 0;
    world.divisions.forEach(({ parent }, i) => {
      if (parent < 0) root = i;
      else children[parent].push(i);
    });
    /**
     * @param {number} i
     * @returns {HTMLLIElement}
     */
    const node = (i) => {
      const division = world.divisions[i];
      const visible = truth.visible.includes(i);
      const astray = truth.asked === i && truth.home !== i;
      const marks = [
        visible ? tr("listed") : "",
        truth.asked === i ? tr("asked for") : "",
        truth.home === i ? tr("agent is here") : "",
      ].filter(Boolean);
      const active = division.codes - gone[i];
      const codes = codesWords(active, gone[i]);
      const classes = ["node", visible ? "visible" : "", truth.home === i ? "home" : "", astray ? "astray" : ""].join(
        " ",
      );
      return h(
        "li",
        {},
        h(
          "span",
          { class: classes },
          truth.home === i ? h("span", { class: "pin", "aria-hidden": "true" }, "● ") : "",
          h("b", {}, bdi(division.name)),
          h("span", { class: "count" }, ` ${codes}`),
          ...marks.map((words) => h("span", { class: "badge" }, words)),
        ),
        children[i].length ? h("ul", {}, children[i].map(node)) : null,
      );
    };
    return h("div", { class: "tree" }, h("h3", {}, label), h("ul", { class: "root" }, node(root)));
  }
}
