// The lab: everything around one moment of one agent's day. The kernel makes runs; this looks up.

/** @import { Day, LabTold, PartName } from "./told" */
/** @import { Model, Shown } from "../frontend/types" */

import { Company } from "../frontend/company.js";
import { bdi, clockTime, h, placeAt, saveText, say, withNodes } from "../frontend/dom.js";
import { Requests } from "../frontend/requests.js";
import { languageTag, speak, tr } from "../frontend/words.js";
import { Overview } from "./agents.js";
import { Bands } from "./bands.js";
import { Commands } from "./commands.js";
import { Desk } from "./desk.js";
import { Files } from "./files.js";
import { Numbers } from "./numbers.js";
import { Settings } from "./settings.js";
import { Tabs } from "./tabs.js";
import { Toolbar } from "./toolbar.js";
import { Transport } from "./transport.js";
import { DivisionTree } from "./tree.js";
import { Ladder } from "../stage/ladder.js";
import { StoryScreen } from "../stage/story.js";
import { Why } from "./why.js";

const MOMENT_REST_MS = 150;
/** Pixels for which pictures are drawn where there is less room, as in a tab that is hidden. */
const LEAST_WIDTH = 280;
/**
 * The panel that a part shows, where it is one.
 *
 * @type {Partial<Record<LabTold["part"] | PartName, string>>}
 */
const PANELS = {
  divisions: "divisions",
  causes: "why",
  numbers: "numbers",
  everyone: "agents",
  settings_form: "settings",
};

/** Panels of no use where nobody can be asked for another run, or another agent's day. */
const ASKING = new Set(["agents", "settings", "files"]);

/** What a lab's module gives to those that show a part of it. */
/** @typedef {{ show: (el: HTMLElement, part: PartName) => () => void }} Exports */

export class Lab {
  /**
   * Show a lab, a day, or one part of a lab by itself.
   *
   * @param {Model<LabTold>} model
   * @param {HTMLElement} el
   * @param {LabTold["part"] | PartName} part
   */
  constructor(model, el, part) {
    this.model = model;
    this.part = part;
    /** Whether this is a lab with all that belongs to it. */
    this.whole = part === "lab";
    this.picture = this.whole || part === "day";
    this.telling = this.whole || part === "stage" || part === "timeline";
    this.world = model.get("world");
    this.sides = model.get("sides").sides;
    this.start = 0;
    this.end = 0;
    this.t = model.get("moment");
    this.live = false;
    this.exploring = false;
    /** Whether all controls were shown when the lab was turned last. */
    this.facing = /** @type {boolean | null} */ (null);
    this.span = 0;
    this.width = 1000;
    this.resting = 0;
    /** Whether the kernel has yet to hear the moment. */
    this.unsent = false;
    /** Whether this view itself is setting what it would otherwise take. */
    this.setting = false;
    /** Panels to be drawn again when they are opened. */
    this.stale = new Set();
    this.desks = /** @type {Desk[]} */ ([]);
    this.deskNames = "";
    /** What was told last, so that nothing is drawn twice. */
    this.told = /** @type {Partial<LabTold>} */ ({});

    this.root = h("div", {
      class: "simkit-lab",
      role: "region",
      lang: languageTag(),
      // JupyterLab asks the focused element itself whether its shortcuts may take the key.
      focusin: ({ target }) => {
        if (target instanceof Element) target.setAttribute("data-lm-suppress-shortcuts", "true");
      },
    });
    this.requests = new Requests(model, this.root);
    this.commands = new Commands(this.requests, () => this.sendMoment());
    this.company = new Company(model, this.requests, {
      turnBack: () => this.turnBack(),
      cancel: () => this.commands.ask("cancel", null),
    });
    /** @type {Commands["ask"]} */
    const ask = (kind, value) => this.commands.ask(kind, value);
    const toldOnly = model.get("told_only");
    this.bar = new Toolbar(ask, toldOnly);
    this.error = h("div", { class: "error", role: "alert" });
    this.notes = h("div", { class: "notes", role: "status" });
    this.finding = h("p", { class: "finding", role: "status", "data-busy": tr("working…") });
    this.lesson = h("div", { class: "lesson" });
    this.bands = new Bands(
      (t) => this.moveTo(t),
      (side, place) => this.pickRecord(side, place),
    );
    this.transport = new Transport(this, (span) => this.zoom(span));
    this.deskRow = h("div", { class: "desks" });
    this.why = new Why(this);
    this.ladder = new Ladder(this);
    this.divisions = new DivisionTree();
    this.agents = new Overview((agent) => ask("agent", agent));
    this.numbers = new Numbers(this.company.beside);
    this.settings = new Settings((path, value) => ask("field", [path, value]));
    this.files = new Files(ask);
    this.tabs = new Tabs(
      tr("More about this moment"),
      [
        { id: "why", words: tr("Why"), content: [this.why.element] },
        { id: "messages", words: tr("Messages"), content: [this.ladder.element] },
        { id: "divisions", words: tr("Divisions"), content: [this.divisions.element] },
        { id: "agents", words: tr("All agents"), content: [this.agents.element] },
        { id: "numbers", words: tr("Numbers"), content: [this.numbers.element] },
        { id: "settings", words: tr("Change by hand"), content: [this.bar.world, this.settings.element] },
        { id: "files", words: tr("Files and code"), content: [this.files.element] },
      ].filter(({ id }) => !toldOnly || !ASKING.has(id)),
      () => this.showPanel(),
    );
    this.story = new StoryScreen(this, () => this.turn(true));
    this.back = h("button", { type: "button", class: "back", click: () => this.turn(false) }, tr("◂ The story"));
    this.explored = h("div", { class: "explored" });
    this.root.append(this.company.element, this.error, ...this.content());
    if (!this.picture) this.root.classList.add("part", part);
    el.replaceChildren(this.root);
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(this.root);

    this.onChange = () => {
      if (!this.setting) this.take();
    };
    this.onMessage = (/** @type {{ save?: { text: string, filename: string } }} */ { save }) => {
      if (save) saveText(save.text, save.filename);
    };
    model.on("change", this.onChange);
    model.on("msg:custom", this.onMessage);
    this.take();
  }

  /** Give what is shown, in its order. */
  content() {
    const { story } = this;
    const middle = [this.finding, this.lesson, this.bands.element, this.transport.element, this.deskRow];
    switch (this.part) {
      case "lab":
        this.explored.append(this.back, this.bar.element, ...middle, this.tabs.element);
        return [this.notes, story.element, this.explored];
      case "day":
        this.explored.append(...middle);
        return [this.notes, this.explored];
      case "desk":
      case "truth":
        return [this.deskRow];
      case "stage":
        return [h("div", { class: "story" }, story.rows)];
      case "timeline":
        return [h("div", { class: "story" }, story.day)];
      case "settings_form":
        return [this.bar.world, this.settings.element];
      case "divisions":
        return [this.divisions.element];
      case "causes":
        return [this.why.element];
      case "numbers":
        return [this.numbers.element];
      case "everyone":
        return [this.agents.element];
    }
  }

  /** Whether the story is not what is shown: all controls are, or a part. */
  get explores() {
    if (!this.whole) return !this.telling;
    return this.exploring || !this.storied;
  }

  /** Whether there is a story to tell, as far as is known. */
  get storied() {
    const { known, steps } = this.model.get("story");
    return !known || steps.length > 0;
  }

  /** The panel that is open, or nothing. */
  get panel() {
    return this.whole ? this.tabs.current : PANELS[this.part] || "";
  }

  /** @param {boolean} exploring */
  turn(exploring) {
    this.exploring = exploring;
    this.showFace();
    (exploring ? this.back : this.story.more).focus(); // the button that was pressed is hidden now
    this.commands.ask("explore", exploring);
  }

  showFace() {
    const { explores } = this;
    this.story.element.hidden = explores;
    this.back.hidden = !this.storied;
    this.explored.hidden = !explores;
    this.root.classList.toggle("telling", !explores);
    if (this.facing !== explores) {
      this.story.pause();
      this.transport.stop();
    }
    this.facing = explores;
    if (explores) this.drawBands();
    else this.takeStory();
    this.moveTo(this.t, false);
  }

  takeStory() {
    this.story.take(this.model.get("story"), this.model.get("stages"));
  }

  // From and to the kernel.

  /** Let all other views know the moment at once, and the kernel once it rests. */
  tellMoment() {
    this.setting = true;
    this.model.set("moment", this.t);
    this.setting = false;
    this.told.moment = this.t;
    this.unsent = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.sendMoment(), MOMENT_REST_MS);
  }

  sendMoment() {
    clearTimeout(this.resting);
    if (!this.unsent) return;
    this.unsent = false;
    this.model.save_changes();
    this.requests.expect();
  }

  /** Show again what is so: nobody has done what was asked for. */
  turnBack() {
    this.commands.queue = [];
    this.stale.add("settings");
    this.showChoices();
    this.showFace();
  }

  /** Take what the kernel tells; what has not changed is not drawn again. */
  take() {
    const { model } = this;
    /** @type {(...names: (keyof LabTold)[]) => boolean} */
    const changed = (...names) => names.filter((name) => this.changed(name)).length > 0;
    const answered = changed("answered");
    const runs = changed("world", "sides");
    const choices = changed("choices");
    const drawn = changed("metrics", "overview", "intervals");
    const agents = changed("agents");
    const told = changed("stages", "step");
    const turned = changed("explore", "story");
    if (changed("notes"))
      this.notes.replaceChildren(
        ...model.get("notes").map((words) => h("p", {}, withNodes(tr("Note: {words}"), { words: bdi(words) }))),
      );
    // What the lab itself complains of stays until the kernel says something.
    if (changed("error") || answered) this.complain(model.get("error"));
    this.requests.answered();
    if (changed("moment")) this.t = model.get("moment");
    if (runs) this.takeRuns();
    // What was refused is not in the model: the controls turn back to what is.
    const refused = answered && model.get("error") !== "";
    if (refused) this.stale.add("settings");
    if (choices || refused) this.showChoices();
    if (agents && this.whole) this.bar.showAgents(model.get("agents"), model.get("choices").agent);
    if ((runs || choices) && this.explores) this.drawBands();
    if (turned) this.exploring = model.get("explore");
    if (turned) this.showFace();
    else if (!this.explores && (told || runs || choices)) this.takeStory();
    if (changed("snippet")) this.files.show(model.get("snippet"));
    if (changed("owes")) this.tabs.element.setAttribute("aria-busy", String(model.get("owes")));
    if (drawn || choices || runs) for (const tab of ["numbers", "agents", "settings"]) this.stale.add(tab);
    this.moveTo(this.t, false);
    this.commands.next();
  }

  /**
   * Say whether what is told by a name is another than before.
   *
   * @param {keyof LabTold} name
   */
  changed(name) {
    const value = this.model.get(name);
    const differs = this.told[name] !== value;
    Object.assign(this.told, { [name]: value });
    return differs;
  }

  takeRuns() {
    const told = this.model.get("sides");
    this.world = this.model.get("world");
    this.sides = told.sides;
    this.start = Math.min(...this.sides.map((side) => side.start));
    this.end = Math.max(...this.sides.map((side) => side.end)) - 1;
    this.root.setAttribute("aria-label", told.title);
    this.makeDesks();
    this.transport.partingAt(told.parting ? told.parting.t : null);
    this.why.take(told, this.world, this.model.get("rules"));
  }

  showChoices() {
    const choices = this.model.get("choices");
    if (this.part !== "day") this.bar.show(choices);
    this.live = choices.live;
    this.lesson.replaceChildren(
      ...choices.lesson.map(({ kind, words, field }) =>
        h("p", { class: kind }, bdi(words), field ? h("span", { class: "dotted" }, field) : null),
      ),
    );
  }

  makeDesks() {
    const names = this.sides.map((side) => side.label).join("\u0000");
    if (this.deskNames === names) return;
    this.deskNames = names;
    this.desks = this.sides.map(
      (_, side) => new Desk((code) => this.commands.ask("act", { side, code, t: this.t }), this.part !== "desk"),
    );
    this.deskRow.replaceChildren(...this.desks.map((desk) => desk.element));
  }

  // The moment.

  /** @param {string} text */
  complain(text) {
    say(this.error, text);
  }

  stops() {
    return inOrder(this.sides.flatMap((side) => side.stops));
  }

  recordTimes() {
    const times = this.sides.flatMap((side) => side.records.map(({ t }) => t));
    return inOrder(times.filter((t) => this.start <= t && t <= this.end));
  }

  /**
   * Give the desk, the truth and the words that hold on a side.
   *
   * @param {Day} side
   */
  pieceOf(side) {
    return side.pieces[
      Math.max(
        placeAt(side.pieces, this.t, ({ start }) => start),
        0,
      )
    ];
  }

  get truths() {
    return this.sides.map((side) => side.truths[this.pieceOf(side).truth]);
  }

  /**
   * Show another moment: looks up and runs nothing.
   *
   * @param {number} t
   */
  moveTo(t, tell = true) {
    this.t = Math.min(Math.max(Math.round(t), this.start), this.end);
    if (tell) this.tellMoment();
    if (!this.explores) return this.story.show(this.t);
    this.sides.forEach((side, i) => {
      const { desk, truth } = this.pieceOf(side);
      this.desks[i].show(`${side.agent} — ${side.label}`, side.desks[desk], side.truths[truth], this.live);
    });
    this.showFinding();
    this.transport.show(this.t, clockTime(this.world, this.t, true));
    if (this.span) this.drawBands();
    this.bands.showMoment(this.t);
    this.showPanel();
  }

  /** Give what is found at the moment, in words. */
  findingWords() {
    const words = this.sides.map((side) => {
      const said = side.says[this.pieceOf(side).says];
      return this.sides.length > 1 ? `${side.label}: ${said}.` : `${said}.`;
    });
    return tr("At {time} {found}", { time: clockTime(this.world, this.t), found: words.join(" ") });
  }

  showFinding() {
    const wrong = this.truths.some((truth) => truth.wrong);
    this.finding.className = `finding ${wrong ? "wrong" : "right"}`;
    say(this.finding, this.findingWords());
  }

  /**
   * @param {Day} side
   * @param {number} place
   */
  pickRecord(side, place) {
    if (!this.whole) return this.moveTo(side.records[place].t);
    this.tabs.open("why");
    this.why.choose(place, this.sides.indexOf(side));
  }

  /** @param {number} span */
  zoom(span) {
    this.span = span;
    this.drawBands();
    this.bands.showMoment(this.t);
  }

  // What depends on the width, or is out of sight.

  resize() {
    const width = Math.max(this.root.clientWidth - 28, LEAST_WIDTH);
    if (this.width === width) return;
    this.width = width; // read here only: elsewhere it would make the browser lay out at once
    if (!this.explores) return this.story.draw();
    this.drawBands();
    this.bands.showMoment(this.t);
    this.why.forgetPlace();
    for (const tab of ["numbers", "agents"]) this.stale.add(tab);
    this.showPanel();
  }

  drawBands() {
    if (!this.picture) return;
    const edge = (this.end - this.start) / 100;
    const from = this.span ? this.t - this.span / 2 : this.start - edge;
    const to = this.span ? this.t + this.span / 2 : this.end + edge;
    const { parting } = this.model.get("sides");
    this.bands.draw(this.sides, this.world, from, to, parting ? parting.t : null, this.width);
  }

  showPanel() {
    const { model, panel: tab } = this;
    if (!tab) return;
    if (tab === "why") this.why.show(this.t);
    if (tab === "messages") this.ladder.show(model.get("stages"), this.t, this.width);
    if (tab === "divisions") this.divisions.show(this.world, this.sides, this.truths, this.t);
    if (this.stale.delete(tab)) {
      const choices = model.get("choices");
      const overview = model.get("overview");
      const metrics = model.get("metrics");
      if (tab === "agents" && overview) this.agents.draw(overview, this.world, choices, this.width);
      if (tab === "numbers" && metrics) this.numbers.show(metrics, model.get("intervals"), this.width / 2);
      if (tab === "settings") this.settings.show(choices.fields, model.get("fields"), choices.values);
    }
    if (tab === "agents") this.agents.showMoment(this.t);
  }

  close() {
    this.transport.stop();
    this.story.pause();
    this.resizer.disconnect();
    clearTimeout(this.resting);
    this.company.close();
    this.model.off("change", this.onChange);
    this.model.off("msg:custom", this.onMessage);
    this.root.remove();
  }
}

/**
 * Give numbers once each, the smallest first.
 *
 * @param {number[]} numbers
 */
function inOrder(numbers) {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

export default {
  /**
   * Give what shows parts of this lab elsewhere.
   *
   * @param {{ model: Model<LabTold> }} told
   * @returns {Exports}
   */
  initialize({ model }) {
    return {
      show(el, part) {
        speak(model.get("language"));
        const lab = new Lab(model, el, part);
        return () => lab.close();
      },
    };
  },

  /** @param {Shown<LabTold>} shown */
  render({ model, el }) {
    speak(model.get("language"));
    const lab = new Lab(model, el, model.get("part"));
    return () => lab.close();
  },
};
