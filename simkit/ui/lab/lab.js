// The lab: everything around one moment of one agent's day. The kernel makes runs; this looks up.

import { bdi, clockTime, h, placeAt, saveText, say, uid } from "../frontend/dom.js";
import { Overview } from "./agents.js";
import { Bands } from "./bands.js";
import { Desk } from "./desk.js";
import { Files } from "./files.js";
import { Numbers } from "./numbers.js";
import { Settings } from "./settings.js";
import { Toolbar } from "./toolbar.js";
import { Transport } from "./transport.js";
import { DivisionTree } from "./tree.js";
import { Why } from "./why.js";

const TABS = [
  ["why", "Why"],
  ["divisions", "Divisions"],
  ["agents", "All agents"],
  ["numbers", "Numbers"],
  ["settings", "Change by hand"],
  ["files", "Files and code"],
];
const MOMENT_REST_MS = 150;
const BUSY_MS = 200;
const EACH_COUNTS = new Set(["act", "undo", "save", "load"]);

class Lab {
  constructor(model, el) {
    this.model = model;
    this.queue = [];
    this.asked = 0;
    this.waiting = 0;
    this.span = 0;
    this.tab = "why";
    this.width = 1000;
    this.stale = new Set();
    this.t = model.get("moment");
    this.build(el);
    this.listen();
    this.take(true);
  }

  // The page.

  build(el) {
    this.bar = new Toolbar((kind, value) => this.ask(kind, value));
    this.error = h("div", { class: "error", role: "alert" });
    this.notes = h("div", { class: "notes", role: "status" });
    this.finding = h("p", { class: "finding", role: "status" });
    this.lesson = h("div", { class: "lesson" });
    this.bands = new Bands((t) => this.moveTo(t), (side, place) => this.pickRecord(side, place));
    this.transport = new Transport(this, (span) => this.zoom(span));
    this.desks = h("div", { class: "desks" });
    this.panels = {
      why: new Why(this),
      divisions: new DivisionTree(),
      agents: new Overview((agent) => this.ask("agent", agent)),
      numbers: new Numbers(() => this.ask("measure", null)),
      settings: new Settings((path, value) => this.ask("field", [path, value])),
      files: new Files((kind, value) => this.ask(kind, value)),
    };
    this.compact = this.model.get("part") === "day";
    this.root = h(
      "div",
      {
        class: "simkit-lab",
        role: "region",
        lang: "en",
        // JupyterLab asks the focused element itself whether its shortcuts may take the key.
        focusin: ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"),
      },
      this.compact ? null : this.bar.element,
      this.error,
      this.notes,
      this.finding,
      this.lesson,
      this.bands.element,
      this.transport.element,
      this.desks,
      this.compact ? null : this.tabs(),
    );
    el.replaceChildren(this.root);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.root);
  }

  tabs() {
    const name = uid("tab");
    this.tabButtons = TABS.map(([id, words], i) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `${name}-${id}`,
          "aria-controls": `${name}-${id}-panel`,
          click: () => this.openTab(id),
          keydown: (event) => this.onTabKey(event, i),
        },
        words,
      ),
    );
    this.tabPanels = TABS.map(([id]) =>
      h(
        "div",
        { role: "tabpanel", id: `${name}-${id}-panel`, "aria-labelledby": `${name}-${id}` },
        id === "settings" ? this.bar.world : null,
        this.panels[id].element,
      ),
    );
    const list = h("div", { class: "tabs", role: "tablist", "aria-label": "More about this moment" }, this.tabButtons);
    const element = h("div", { class: "tabbed" }, list, this.tabPanels);
    this.markTab();
    return element;
  }

  onTabKey(event, i) {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const last = TABS.length - 1;
    let to = { Home: 0, End: last }[event.key];
    if (event.key in steps) to = (i + steps[event.key] + TABS.length) % TABS.length;
    if (to === undefined) return;
    event.preventDefault();
    this.openTab(TABS[to][0]);
    this.tabButtons[to].focus();
  }

  openTab(id) {
    this.tab = id;
    this.markTab();
    this.showPanel();
  }

  markTab() {
    TABS.forEach(([id], i) => {
      const open = id === this.tab;
      this.tabButtons[i].setAttribute("aria-selected", String(open));
      this.tabButtons[i].tabIndex = open ? 0 : -1;
      this.tabPanels[i].hidden = !open;
    });
  }

  // From and to the kernel.

  listen() {
    const { model } = this;
    this.handlers = {
      change: () => this.take(false),
      "msg:custom": (message) => message.save && saveText(message.save.text, message.save.filename),
    };
    for (const [event, handler] of Object.entries(this.handlers)) model.on(event, handler);
  }

  /** Ask the kernel, one command at a time. Of choices of a kind that wait, the last counts. */
  ask(kind, value) {
    const same = (command) => command.kind === kind && (kind !== "field" || command.value[0] === value[0]);
    if (!EACH_COUNTS.has(kind)) this.queue = this.queue.filter((command) => !same(command));
    this.queue.push({ kind, value });
    this.next();
  }

  next() {
    if (this.waiting || !this.queue.length) return;
    const command = this.queue.shift();
    this.asked = Math.max(this.asked, this.model.get("answered")) + 1;
    this.waiting = this.asked;
    this.busy = setTimeout(() => this.root.classList.add("busy"), BUSY_MS);
    this.root.setAttribute("aria-busy", "true");
    this.sendMoment(); // only now: it changes the model, and so comes back here
    this.model.send({ ask: command.kind, value: command.value, n: this.waiting });
  }

  sendMoment() {
    clearTimeout(this.resting);
    if (this.model.get("moment") === this.t) return;
    this.model.set("moment", this.t);
    this.model.save_changes();
  }

  /** Take what the kernel tells; what has not changed is not drawn again. */
  take(first) {
    const { model } = this;
    const changed = (name) => {
      const value = model.get(name);
      const differs = this[`told_${name}`] !== value;
      this[`told_${name}`] = value;
      return differs;
    };
    const told = model.get("sides");
    const answered = changed("answered");
    const world = changed("world");
    const sides = changed("sides");
    const choices = changed("choices");
    const numbers = changed("numbers");
    const overview = changed("overview");
    const agents = changed("agents");
    const snippet = changed("snippet");
    const moment = changed("moment");
    if (changed("notes")) this.notes.replaceChildren(...model.get("notes").map((words) => h("p", {}, "Note: ", bdi(words))));
    this.complain(model.get("error"));
    if (answered && model.get("answered") >= this.waiting) {
      this.waiting = 0;
      clearTimeout(this.busy);
      this.root.classList.remove("busy");
      this.root.setAttribute("aria-busy", "false");
    }
    this.world = model.get("world");
    if (moment) this.t = model.get("moment");
    if (sides || world) {
      this.sides = told.sides;
      this.start = Math.min(...this.sides.map((side) => side.start));
      this.end = Math.max(...this.sides.map((side) => side.end)) - 1;
      this.root.setAttribute("aria-label", told.title);
      this.makeDesks();
      this.transport.partingAt(told.parting ? told.parting.t : null);
      this.panels.why.take(told, this.world, model.get("rules"));
    }
    // What was refused is not in the model: the controls turn back to what is.
    const refused = answered && model.get("error");
    if (refused) this.stale.add("settings");
    if (choices || first || refused) this.showChoices();
    if (agents && !this.compact) this.bar.showAgents(model.get("agents"), model.get("choices").agent);
    if (sides || world || choices) this.drawBands();
    if (snippet) this.panels.files.show(model.get("snippet"));
    if (numbers || overview || choices || sides || world)
      for (const panel of ["numbers", "agents", "settings"]) this.stale.add(panel);
    this.moveTo(this.t, false);
    this.next();
  }

  showChoices() {
    const choices = this.model.get("choices");
    if (!this.compact) this.bar.show(choices);
    this.live = choices.live;
    this.lesson.replaceChildren(...choices.lesson.map(([kind, words]) => h("p", { class: kind }, bdi(words))));
  }

  makeDesks() {
    const names = this.sides.map((side) => side.label).join("\u0000");
    if (this.deskNames === names) return;
    this.deskNames = names;
    this.deskList = this.sides.map((_, i) => new Desk((code) => this.act(i, code)));
    this.desks.replaceChildren(...this.deskList.map((desk) => desk.element));
  }

  act(side, code) {
    this.ask("act", { side, code, t: this.t });
  }

  // The moment.

  complain(text) {
    say(this.error, text);
  }

  stops() {
    return [...new Set(this.sides.flatMap((side) => side.stops))].sort((a, b) => a - b);
  }

  recordTimes() {
    const times = this.sides.flatMap((side) => side.records.map((record) => record[0]));
    return [...new Set(times)].filter((t) => this.start <= t && t <= this.end).sort((a, b) => a - b);
  }

  /** Show another moment: looks up and runs nothing. */
  moveTo(t, tell = true) {
    this.t = Math.min(Math.max(Math.round(t), this.start), this.end);
    const words = clockTime(this.world, this.t, true);
    this.truths = this.sides.map((side, i) => {
      const [, desk, truth] = side.pieces[Math.max(placeAt(side.pieces, this.t), 0)];
      const title = `${side.agent} — ${side.label}`;
      this.deskList[i].show(title, side.desks[desk], side.truths[truth], this.live);
      return side.truths[truth];
    });
    this.showFinding();
    this.transport.show(this.t, words);
    if (this.span) this.drawBands();
    this.bands.showMoment(this.t);
    this.showPanel();
    if (tell) {
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.sendMoment(), MOMENT_REST_MS);
    }
  }

  showFinding() {
    const words = this.sides.map((side) => {
      const said = side.says[side.pieces[Math.max(placeAt(side.pieces, this.t), 0)][3]];
      return this.sides.length > 1 ? `${side.label}: ${said}.` : `${said}.`;
    });
    const wrong = this.truths.some((truth) => truth.wrong);
    this.finding.className = `finding ${wrong ? "wrong" : "right"}`;
    say(this.finding, `At ${clockTime(this.world, this.t)} ${words.join(" ")}`);
  }

  pickRecord(side, place) {
    if (this.compact) return this.moveTo(side.records[place][0]);
    this.openTab("why");
    this.panels.why.choose(place, this.sides.indexOf(side));
  }

  zoom(span) {
    this.span = span;
    this.drawBands();
    this.bands.showMoment(this.t);
  }

  // What depends on the width, or is out of sight.

  resize() {
    const width = Math.max(this.root.clientWidth - 20, 340);
    if (this.width === width) return;
    this.width = width; // read here only: elsewhere it would make the browser lay out at once
    this.drawBands();
    this.bands.showMoment(this.t);
    this.panels.why.now = -2; // what was marked before the page was laid out is out of sight
    for (const panel of ["numbers", "agents"]) this.stale.add(panel);
    this.showPanel();
  }

  drawBands() {
    const edge = (this.end - this.start) / 100;
    let [from, to] = [this.start - edge, this.end + edge];
    if (this.span) {
      from = this.t - this.span / 2;
      to = this.t + this.span / 2;
    }
    const { parting } = this.model.get("sides");
    this.bands.draw(this.sides, this.world, from, to, parting ? parting.t : null, this.width);
  }

  showPanel() {
    if (this.compact || !this.truths) return;
    const { model, tab } = this;
    if (tab === "why") this.panels.why.show(this.t);
    if (tab === "divisions") this.panels.divisions.show(this.world, this.sides, this.truths, this.t);
    if (this.stale.has(tab)) {
      this.stale.delete(tab);
      const choices = model.get("choices");
      if (tab === "agents") this.panels.agents.draw(model.get("overview"), this.world, choices, this.width);
      if (tab === "numbers") this.panels.numbers.show(model.get("numbers"), this.width / 2);
      if (tab === "settings") this.panels.settings.show(choices.fields, model.get("fields"), choices.values);
    }
    if (tab === "agents") this.panels.agents.showMoment(this.t);
  }

  close() {
    this.transport.stop();
    this.resizer.disconnect();
    clearTimeout(this.resting);
    clearTimeout(this.busy);
    for (const [event, handler] of Object.entries(this.handlers)) this.model.off(event, handler);
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const lab = new Lab(model, el);
    return () => lab.close();
  },
};
