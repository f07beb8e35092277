// The bar on top: which trap, which settings, whose desk, on what random numbers, and who acts.

/** @import { Attributes } from "../frontend/types" */
/** @import { Choices, Command, Entry } from "./told" */

import { fillSelect, h, labelled, say, uid } from "../frontend/dom.js";
import { tr, trn } from "../frontend/words.js";

export class Toolbar {
  /**
   * `toldOnly` says that there is nobody to ask: only what was told beforehand can be chosen.
   *
   * @param {(kind: Command, value: unknown) => void} ask
   * @param {boolean} toldOnly
   */
  constructor(ask, toldOnly) {
    this.toldOnly = toldOnly;
    const select = (/** @type {Command} */ kind) => {
      const element = h("select", {
        change: () => {
          ask(kind, element.value);
        },
      });
      return element;
    };
    const number = (/** @type {Command} */ kind, /** @type {Attributes} */ bounds) => {
      const element = h("input", {
        type: "number",
        ...bounds,
        step: 1,
        change: () => {
          ask(kind, Number(element.value));
        },
      });
      return element;
    };
    this.trap = select("trap");
    this.preset = select("preset");
    this.second = select("second");
    this.agent = select("agent");
    this.organisation = select("organisation");
    this.seed = number("seed", { min: 0 });
    this.minutes = number("minutes", { min: 1, max: 480 });
    const live = h("input", {
      type: "checkbox",
      change: () => {
        ask("live", live.checked);
      },
    });
    this.live = live;
    this.undo = h("button", { type: "button", click: () => ask("undo", null) }, tr("Undo the act"));
    // A select cuts what it has no room for; this does not.
    this.chosen = h("span", { class: "chosen", "aria-hidden": "true" });
    this.preset.id = uid("preset");
    this.acts = h("span", { class: "muted", role: "status" });
    this.minutesField = labelled(tr("For so many minutes"), this.minutes);
    this.presenter = h(
      "button",
      {
        type: "button",
        class: "presenter",
        title: tr("Larger, and less of it: for the back row"),
        click: () => present(),
      },
      tr("Presenter"),
    );
    this.secondField = labelled(tr("and"), this.second, { class: "field grow extra" });
    const preset = h(
      "span",
      { class: "field grow wide" },
      h("label", { for: this.preset.id }, tr("Settings")),
      this.preset,
      this.chosen,
    );
    const all = [
      labelled(tr("Trap"), this.trap, { class: "field grow" }),
      labelled(tr("Agent"), this.agent, { class: "field grow extra" }),
      preset,
      this.secondField,
      h("span", { class: "field plain" }, h("label", { class: "each" }, this.live, tr("Act as the agent"))),
      this.minutesField,
      this.undo,
      this.acts,
      this.presenter,
    ];
    this.element = h("div", { class: "toolbar" }, toldOnly ? [preset, this.presenter] : all);
    this.traced = h("span", { class: "muted", role: "status" });
    this.world = h(
      "div",
      { class: "toolbar" },
      labelled(tr("Organisation"), this.organisation),
      labelled(tr("Seed"), this.seed),
      h("button", { type: "button", click: () => ask("reset", null) }, tr("Reset to the trap")),
      this.traced,
    );
  }

  /**
   * Take the entries of the list of agents; they come after all else.
   *
   * @param {readonly Entry[]} agents
   * @param {string} agent
   */
  showAgents(agents, agent) {
    fillSelect(this.agent, agents, agent);
  }

  /** @param {Choices} choices */
  show(choices) {
    fillSelect(this.trap, choices.traps, choices.trap);
    const told = new Set(choices.switch.map(({ value }) => value));
    const presets = choices.presets.filter(({ value }) => !this.toldOnly || told.has(value));
    fillSelect(this.preset, presets, choices.preset);
    fillSelect(this.second, [{ value: "", text: tr("no second fix") }, ...choices.also], choices.second);
    say(this.chosen, choices.presets.find(({ value }) => value === choices.preset)?.text ?? "");
    this.second.disabled = !choices.also.length;
    this.secondField.hidden = this.second.disabled;
    this.presenter.setAttribute("aria-pressed", String(presenting()));
    this.agent.value = choices.agent;
    fillSelect(this.organisation, choices.organisations, choices.organisation);
    this.seed.value = String(choices.seed);
    say(this.traced, choices.trace ? tr("on the workload that was read") : "");
    this.live.checked = choices.live;
    this.minutes.value = String(choices.minutes);
    this.minutesField.hidden = !choices.live;
    this.undo.hidden = !choices.acts;
    say(this.acts, choices.acts ? trn("{n} act", "{n} acts", choices.acts) : "");
  }
}

/** Whether this page is shown to the back row. */
function presenting() {
  return "simkitPresenting" in document.body.dataset;
}

/** Show all labs of the page to the back row, or no longer. */
function present() {
  document.body.toggleAttribute("data-simkit-presenting", !presenting());
  for (const toggle of document.querySelectorAll(".simkit-lab .presenter"))
    toggle.setAttribute("aria-pressed", String(presenting()));
}
