// Tabs, after the ARIA pattern: arrows, Home and End move among them, and open what they reach.

import { h, uid } from "../frontend/dom.js";

/**
 * @template {string} Id
 */
export class Tabs {
  /**
   * `opened` is called with the id of the tab that somebody opens.
   *
   * @param {string} label
   * @param {{ id: Id, words: string, content: Node[] }[]} tabs
   * @param {(id: Id) => void} opened
   */
  constructor(label, tabs, opened) {
    const name = uid("tab");
    this.ids = tabs.map(({ id }) => id);
    this.opened = opened;
    this.current = this.ids[0];
    this.buttons = tabs.map(({ id, words }, i) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `${name}-${id}`,
          "aria-controls": `${name}-${id}-panel`,
          click: () => this.open(id),
          keydown: (event) => this.onKey(event, i),
        },
        words,
      ),
    );
    this.panels = tabs.map(({ id, content }) =>
      h("div", { role: "tabpanel", id: `${name}-${id}-panel`, "aria-labelledby": `${name}-${id}` }, content),
    );
    const list = h("div", { class: "tabs", role: "tablist", "aria-label": label }, this.buttons);
    this.element = h("div", { class: "tabbed" }, list, this.panels);
    this.mark();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} i
   */
  onKey(event, i) {
    const n = this.ids.length;
    const places = new Map([
      ["Home", 0],
      ["End", n - 1],
      ["ArrowRight", (i + 1) % n],
      ["ArrowLeft", (i - 1 + n) % n],
    ]);
    const to = places.get(event.key);
    if (to === undefined) return;
    event.preventDefault();
    this.open(this.ids[to]);
    this.buttons[to].focus();
  }

  /** @param {Id} id */
  open(id) {
    this.current = id;
    this.mark();
    this.opened(id);
  }

  mark() {
    this.ids.forEach((id, i) => {
      const open = id === this.current;
      this.buttons[i].setAttribute("aria-selected", String(open));
      this.buttons[i].tabIndex = open ? 0 : -1;
      this.panels[i].hidden = !open;
    });
  }
}
