// The division tree: where the agent is, which divisions the list comes from, codes in each.

import { bdi, h } from "../frontend/dom.js";

export class DivisionTree {
  constructor() {
    this.sentence = h("p", { class: "sentence" });
    this.trees = h("div", { class: "trees" });
    this.element = h("div", { class: "tree-part" }, this.sentence, this.trees);
  }

  /** Show the tree of each side at a moment. */
  show(world, sides, truths, t) {
    const key = JSON.stringify([truths.map((truth) => [truth.home, truth.asked, truth.visible]), this.edits(world, t)]);
    if (this.world === world && this.key === key && this.labels === sides.map((x) => x.label).join()) return;
    Object.assign(this, { world, key, labels: sides.map((x) => x.label).join() });
    const gone = this.edits(world, t);
    this.trees.replaceChildren(
      ...sides.map((side, i) => this.tree(world, side.label, truths[i], gone)),
    );
    this.sentence.replaceChildren(...sides.flatMap((side, i) => this.words(world, side.label, truths[i])));
  }

  /** Give how many codes of each division are deactivated at a moment. */
  edits(world, t) {
    const gone = world.divisions.map(() => 0);
    for (const [at, division, sign] of world.edits) if (at <= t) gone[division] -= sign;
    return gone;
  }

  words(world, label, truth) {
    const at = world.divisions[truth.home].name;
    const asked = truth.asked >= 0 ? world.divisions[truth.asked].name : "no known division";
    const from = truth.visible.map((i) => world.divisions[i].name).join(", ") || "none";
    return [h("span", {}, `${label}: the agent is in `, bdi(at), ", the list was asked for ", bdi(asked), " and shows codes of ", bdi(from), ". ")];
  }

  tree(world, label, truth, gone) {
    const children = world.divisions.map(() => []);
    let root = 0;
    world.divisions.forEach(({ parent }, i) => (parent < 0 ? (root = i) : children[parent].push(i)));
    const node = (i) => {
      const division = world.divisions[i];
      const visible = truth.visible.includes(i);
      const marks = [
        visible ? "listed" : "",
        truth.asked === i ? "asked for" : "",
        truth.home === i ? "agent is here" : "",
      ].filter(Boolean);
      const active = division.codes - gone[i];
      const codes = `${active} ${active === 1 ? "code" : "codes"}${gone[i] ? `, ${gone[i]} deactivated` : ""}`;
      const classes = ["node", visible ? "visible" : "", truth.home === i ? "home" : ""].join(" ");
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
