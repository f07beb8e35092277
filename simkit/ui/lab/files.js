// Files and code: what reproduces this state, what can be saved, what can be loaded.

/** @import { Command } from "./told" */

import { h, labelled, say } from "../frontend/dom.js";

export class Files {
  /**
   * `ask` sends a command to the kernel.
   *
   * @param {(kind: Command, value: unknown) => void} ask
   */
  constructor(ask) {
    this.code = h("pre", {
      class: "code",
      tabindex: "0",
      role: "group",
      "aria-label": "Code that reproduces this state",
    });
    this.copied = h("span", { role: "status", class: "muted" });
    this.load = h("input", { type: "file", accept: ".yaml,.yml,.json,.csv", change: () => this.send(ask) });
    const button = (/** @type {string} */ text, /** @type {() => unknown} */ click) =>
      h("button", { type: "button", click }, text);
    this.element = h(
      "div",
      { class: "files-part" },
      h("h3", {}, "The same again, in a cell"),
      this.code,
      h(
        "div",
        { class: "row" },
        button("Copy the code", () => this.copy()),
        this.copied,
      ),
      h("h3", {}, "Save"),
      h(
        "div",
        { class: "row" },
        button("Scenario (YAML)", () => ask("save", "scenario")),
        button("Workload (CSV)", () => ask("save", "workload")),
      ),
      h("h3", {}, "Load"),
      labelled("Scenario or organisation (YAML, JSON), or workload (CSV)", this.load),
    );
  }

  /** @param {string} snippet */
  show(snippet) {
    say(this.code, snippet);
    say(this.copied, "");
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      say(this.copied, "copied");
    } catch {
      getSelection()?.selectAllChildren(this.code);
      say(this.copied, "selected: copy it with the keyboard");
    }
  }

  /** @param {(kind: Command, value: unknown) => void} ask */
  async send(ask) {
    const file = this.load.files?.[0];
    if (!file) return;
    ask("load", { name: file.name, text: await file.text() });
    this.load.value = "";
  }
}
