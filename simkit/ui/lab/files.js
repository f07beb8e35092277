// Files and code: what reproduces this state, what can be saved, what can be loaded.

/** @import { Command } from "./told" */

import { h, labelled, say } from "../frontend/dom.js";
import { tr } from "../frontend/words.js";

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
      "aria-label": tr("Code that reproduces this state"),
    });
    this.copied = h("span", { role: "status", class: "muted" });
    this.load = h("input", { type: "file", accept: ".yaml,.yml,.json,.csv", change: () => this.send(ask) });
    const button = (/** @type {string} */ text, /** @type {() => unknown} */ click) =>
      h("button", { type: "button", click }, text);
    this.element = h(
      "div",
      { class: "files-part" },
      h("h3", {}, tr("The same again, in a cell")),
      this.code,
      h(
        "div",
        { class: "row" },
        button(tr("Copy the code"), () => this.copy()),
        this.copied,
      ),
      h("h3", {}, tr("Save")),
      h(
        "div",
        { class: "row" },
        button(tr("Scenario (YAML)"), () => ask("save", "scenario")),
        button(tr("Workload (CSV)"), () => ask("save", "workload")),
      ),
      h("h3", {}, tr("Load")),
      labelled(tr("Scenario or organisation (YAML, JSON), or workload (CSV)"), this.load),
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
      say(this.copied, tr("copied"));
    } catch {
      getSelection()?.selectAllChildren(this.code);
      say(this.copied, tr("selected: copy it with the keyboard"));
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
