// The stage: an agent's desk, the page with what it keeps, the platform, and the message between them.

/** @import { Day, DeskShown, TruthShown, World } from "../lab/told" */
/** @import { Actor, Stage, StoryStep } from "./told" */

import { bdi, clockTime, h, placeAt, say, spanWords, uid, withNodes } from "../frontend/dom.js";
import { tr, trn, trNoop } from "../frontend/words.js";
import { actOf, alike, beatAt, flightAt, keptAt, tokenAt } from "./lookups.js";

export const WHO = /** @type {[Actor, string][]} */ ([
  ["admin", trNoop("Administrator")],
  ["wfm", trNoop("Workforce management")],
  ["routing", trNoop("Routing")],
]);
/** What lies between desk and platform, by the kind of record that ends or begins it. */
const PAGE_STATES = new Map([
  ["hidden", trNoop("the tab is hidden")],
  ["shown", ""],
  ["offline", trNoop("no network")],
  ["online", ""],
]);

/**
 * Give the rows of a list that say something, in their order, and how many are left out.
 *
 * @template {{ unusable: string }} Row
 * @param {readonly Row[]} rows
 * @param {number} most
 * @returns {{ shown: readonly Row[], more: number }}
 */
export function tellingRows(rows, most) {
  if (rows.length <= most) return { shown: rows, more: 0 };
  let room = most - rows.filter(({ unusable }) => unusable).length;
  const shown = rows.filter(({ unusable }) => unusable || room-- > 0).slice(0, most);
  return { shown, more: rows.length - shown.length };
}

/**
 * Give names in few words.
 *
 * @param {readonly string[]} names
 */
export function few(names) {
  if (names.length <= 3) return names.join(", ");
  const left = names.length - 2;
  const values = { names: names.slice(0, 2).join(", "), n: String(left) };
  return trn("{names} and {n} more", "{names} and {n} more", left, values);
}

export class StageView {
  /** @param {string} label */
  constructor(label) {
    this.day = /** @type {Day | null} */ (null);
    this.stage = /** @type {Stage | null} */ (null);
    this.world = /** @type {World | null} */ (null);
    this.desk = /** @type {DeskShown | null} */ (null);
    this.truth = /** @type {TruthShown | null} */ (null);
    this.opened = /** @type {boolean | null} */ (null);
    /** Whether another stage is beside this one, so that there is less room. */
    this.beside = false;
    this.rows = 4;
    this.lit = /** @type {StoryStep["lit"]} */ ([]);
    const list = uid("reasons");
    this.label = h("span", {}, label);
    /** Where two runs stand beside each other, what the agent believes is said here. */
    this.believed = h("span", { class: "pill" });
    this.title = h("h3", { class: "run" }, this.label, this.believed);
    this.face = h("span", { class: "face", "aria-hidden": "true" });
    this.name = h("span", { class: "who" });
    this.pill = h("span", { class: "pill" });
    this.value = h("span", { class: "value" });
    this.box = h(
      "button",
      { type: "button", class: "box", "aria-expanded": "false", "aria-controls": list, click: () => this.toggle() },
      this.value,
      h("span", { class: "arrow", "aria-hidden": "true" }, "▾"),
    );
    this.list = h("ul", { class: "reasons", id: list, "aria-label": tr("Status reasons") });
    this.said = h("p", { class: "said" });
    this.kept = h("p", { class: "kept" });
    this.bar = h("span", { class: "left" });
    this.token = h("p", { class: "token" }, tr("token"), h("span", { class: "bar", "aria-hidden": "true" }, this.bar));
    this.tokenWords = h("span", { class: "words" });
    this.state = h("p", { class: "state" });
    this.asks = h("p", { class: "asks" });
    this.dot = h("span", { class: "dot" });
    this.chip = h("span", { class: "chip" });
    this.fallen = h("span", { class: "chip fallen" });
    this.ends = h("p", { class: "ends" });
    this.code = h("p", { class: "code", hidden: true });
    this.before = h("p", { class: "before" });
    this.division = h("strong", {});
    this.status = h("p", { class: "status" });
    this.usable = h("ul", { class: "usable" });
    this.acts = WHO.map(([actor, words]) => {
      const said = h("p", { class: "act" });
      const card = h("div", { class: "card actor", hidden: true }, h("h4", {}, tr(words)), " ", said);
      return { actor, said, card };
    });
    const part = (/** @type {string} */ what, /** @type {string} */ head, /** @type {Node[]} */ ...content) =>
      h("section", { class: `part ${what}`, "aria-label": head }, h("h4", {}, head), content);
    this.deskCard = h(
      "div",
      { class: "card desktop" },
      h("div", { class: "bar-of-desk" }, this.face, this.name, this.pill),
      this.box,
      this.list,
      this.said,
    );
    this.pageCard = h("div", { class: "card page" }, this.kept, this.token, this.tokenWords, this.state);
    this.platformCard = h("div", { class: "card platform" }, this.division, this.status, this.usable);
    this.wire = h(
      "div",
      { class: "wire" },
      this.asks,
      h("div", { class: "lane up", "aria-hidden": "true" }, this.dot),
      h("div", { class: "lane down", "aria-hidden": "true" }, this.chip, this.fallen),
      this.ends,
      this.code,
      this.before,
    );
    /** What a step can light up. */
    this.lights = /** @type {[StoryStep["lit"][number], HTMLElement][]} */ ([
      ["desk", this.deskCard],
      ["said", this.said],
      ["page", this.pageCard],
      ["cache", this.kept],
      ["token", this.token],
      ["message", this.wire],
      ["platform", this.platformCard],
      ["codes", this.usable],
      ["status", this.status],
      ...this.acts.map(({ actor, card }) => [actor, card]),
    ]);
    this.element = h(
      "div",
      { class: "stage", role: "group", "aria-label": label },
      this.title,
      part("desk-part", tr("What the agent sees"), this.deskCard),
      part("page-part", tr("The page"), this.pageCard),
      this.wire,
      part("platform-part", tr("What the platform knows"), this.platformCard, ...this.acts.map(({ card }) => card)),
    );
  }

  /**
   * Take the day of an agent in a run.
   *
   * @param {Day} day
   * @param {Stage} stage
   * @param {World} world
   */
  take(day, stage, world) {
    this.day = day;
    this.stage = stage;
    this.world = world;
    this.desk = this.truth = null;
    say(this.label, day.label);
    this.element.setAttribute("aria-label", `${day.agent}: ${day.label}`);
    say(this.face, day.agent.replace(/^.*?(\d{1,3})$/, "$1").slice(-3));
    this.name.replaceChildren(bdi(day.agent));
    for (const { actor, card } of this.acts)
      card.hidden = !stage.beats.some((beat) => beat.actor === actor && beat.message < 0);
  }

  toggle() {
    this.opened = !this.isOpen;
    this.showList();
  }

  get isOpen() {
    if (this.opened !== null) return this.opened;
    if (this.lit.length) return this.lit.includes("list") || this.lit.includes("choice");
    return this.beside || !this.desk?.entries.length || this.desk.entries.some(({ unusable }) => unusable);
  }

  /**
   * Show a moment, with what is lit up.
   *
   * @param {number} t
   * @param {StoryStep["lit"]} lit
   */
  show(t, lit) {
    const { day, stage } = this;
    if (!day || !stage) return;
    const again = lit !== this.lit;
    if (again) this.opened = null;
    this.lit = lit;
    const piece =
      day.pieces[
        Math.max(
          0,
          placeAt(day.pieces, t, ({ start }) => start),
        )
      ];
    const [desk, truth] = [day.desks[piece.desk], day.truths[piece.truth]];
    if (again || desk !== this.desk || truth !== this.truth) {
      this.desk = desk;
      this.truth = truth;
      this.showDesk(desk, truth);
      this.showPlatform(desk, truth);
    }
    this.showPage(stage, day, t);
    this.showMessage(stage, t);
    this.showActs(stage, t);
    for (const [name, element] of this.lights) element.classList.toggle("lit", lit.includes(name));
  }

  /**
   * @param {DeskShown} desk
   * @param {TruthShown} truth
   */
  showDesk(desk, truth) {
    for (const pill of [this.pill, this.believed]) {
      pill.className = `pill ${truth.differs ? "wrong" : ""}`;
      pill.replaceChildren(bdi(desk.status));
    }
    /** @type {Partial<Record<DeskShown["state"], string>>} */
    const dead = {
      frozen: tr("does not respond"),
      locked: tr("locked until {time}", { time: desk.until }),
      loading: tr("loading…"),
    };
    this.value.replaceChildren(bdi(dead[desk.state] ?? desk.box ?? ""));
    this.box.classList.toggle("dead", desk.state in dead);
    this.box.disabled = desk.state in dead;
    const marks = {
      success: tr("✓ Done: {what}"),
      error: tr("✗ Refused: {what}"),
      warned: tr("⚠ Not sent: {what}"),
      "": "",
    };
    this.said.className = `said ${desk.said}`;
    this.said.replaceChildren(...withNodes(marks[desk.said], { what: bdi(desk.detail) }));
    this.showList();
  }

  /**
   * Say how many reasons of a list there is room for.
   *
   * @param {number} rows
   */
  makeRoom(rows) {
    if (this.rows === rows) return;
    this.rows = rows;
    this.showList();
  }

  showList() {
    const { desk } = this;
    if (!desk) return;
    const open = this.isOpen && !this.box.disabled;
    this.box.setAttribute("aria-expanded", String(open));
    this.list.hidden = !open;
    this.deskCard.classList.toggle("open", open);
    if (!open) return;
    const { shown, more } = tellingRows(desk.entries, this.rows);
    const rows = shown.map(({ name, color, unusable }) =>
      h(
        "li",
        { class: unusable ? "wrong" : "" },
        color ? h("span", { class: "mark", style: `background:${color}`, "aria-hidden": "true" }) : null,
        bdi(name),
        unusable ? h("span", { class: "unseen" }, ` (${unusable})`) : null,
      ),
    );
    if (!desk.entries.length) rows.push(h("li", { class: "none wrong" }, tr("No status reasons")));
    if (more) rows.push(h("li", { class: "more" }, trn("and {n} more", "and {n} more", more, { n: String(more) })));
    this.list.replaceChildren(...rows);
  }

  /**
   * @param {DeskShown} desk
   * @param {TruthShown} truth
   */
  showPlatform(desk, truth) {
    this.division.replaceChildren(bdi(truth.division));
    this.status.className = `status ${truth.differs ? "wrong" : ""}`;
    this.status.replaceChildren(...withNodes(tr("Status: {status}"), { status: h("b", {}, bdi(truth.status)) }));
    const off = desk.entries.filter(({ unusable }) => unusable);
    const good = desk.entries.length - off.length;
    const rows = [...new Set(off.map(({ unusable }) => unusable))].map((why) => {
      const names = off.filter(({ unusable }) => unusable === why).map(({ name }) => name);
      return h("li", { class: "off" }, h("s", {}, bdi(few(names))), h("span", {}, bdi(why)));
    });
    const missing = [...new Set(truth.hidden)];
    const named = missing.length > 3 ? "" : `: ${missing.join(", ")}`;
    if (missing.length) rows.push(h("li", { class: "missing" }, bdi(`${truth.hidden_words}${named}`)));
    const n = { n: String(good) };
    const words =
      off.length || missing.length
        ? trn("{n} other usable", "{n} others usable", good, n)
        : trn("{n} usable", "{n} usable", good, n);
    if (good) rows.push(h("li", { class: "more" }, words));
    this.usable.replaceChildren(...rows);
  }

  /**
   * @param {Stage} stage
   * @param {Day} day
   * @param {number} t
   */
  showPage(stage, day, t) {
    const kept = keptAt(stage.messages, t);
    const holds = kept + stage.list_life;
    const words = kept < 0 ? tr("no list yet") : tr("list of {time}", { time: this.clock(kept).slice(0, 5) });
    const until = kept >= 0 && stage.list_life ? tr("kept until {time}", { time: this.clock(holds).slice(0, 5) }) : "";
    const old = this.desk?.entries.some(({ unusable }) => unusable) || this.truth?.hidden.length;
    this.kept.classList.toggle("wrong", kept >= 0 && Boolean(old));
    this.kept.replaceChildren(h("span", {}, words), ...(until ? [h("b", {}, until)] : []));
    const { left, dies } = tokenAt(stage, t);
    this.bar.style.width = `${100 * left}%`;
    this.token.classList.toggle("dead", !left);
    say(this.tokenWords, left ? tr("lives {span} more", { span: spanWords(Math.max(dies - t, 1000)) }) : tr("dead"));
    this.tokenWords.className = left ? "words" : "words wrong";
    let state = "";
    for (const record of day.records) {
      if (record.t > t) break;
      state = PAGE_STATES.get(record.kind) ?? state;
    }
    say(this.state, tr(state));
    this.state.hidden = !state;
  }

  /**
   * @param {Stage} stage
   * @param {number} t
   */
  showMessage({ messages }, t) {
    const flight = flightAt(messages, t);
    this.wire.classList.toggle("empty", !flight);
    if (!flight) return;
    const { place, way } = flight;
    const look = messages.looks[messages.look[place]];
    const known = way >= 2;
    const judged = way >= 1;
    this.asks.replaceChildren(h("b", {}, `${this.clock(messages.leaves[place])} `), bdi(look.asks));
    this.dot.hidden = known || judged;
    this.dot.style.left = `${100 * Math.min(way, 1)}%`;
    this.dot.classList.toggle("lost", look.fate === "lost" && way === 0.5);
    const chip = judged || look.fate === "from cache" ? look.chip : "";
    const thrown = known && (look.fate === "thrown away" || look.fate === "outdated" || look.fate === "unread");
    const back = look.fate === "from cache" ? 0 : 100 * (2 - way);
    this.chip.hidden = !chip || thrown;
    this.chip.style.left = `${back}%`;
    this.chip.style.transform = `translateX(-${back}%)`;
    this.fallen.hidden = !chip || !thrown;
    for (const element of [this.chip, this.fallen]) {
      say(element, chip);
      element.classList.toggle("wrong", look.wrong);
      element.classList.toggle("refused", look.fate === "refused");
    }
    this.wire.className = `wire ${known ? "known" : judged ? "judged" : "asked"} ${look.wrong ? "wrong" : ""}`;
    say(this.ends, known ? look.ends : "");
    // A line may end after a part of the name of an error.
    const error = known && look.status && look.status !== 200 ? look.answers.replace(/^\d+ /, "") : "";
    say(this.code, error.replaceAll("_", "_\u200b"));
    this.code.hidden = !error;
    const count = alike(messages, place);
    const same =
      count > 1 && look.kind !== "submit"
        ? trn("1 answer like it before", "{n} answers like it before", count - 1, { n: String(count - 1) })
        : "";
    say(this.before, known ? same : "");
  }

  /**
   * @param {Stage} stage
   * @param {number} t
   */
  showActs(stage, t) {
    const now = beatAt(stage, t);
    for (const { actor, said, card } of this.acts) {
      if (card.hidden) continue;
      const act = actOf(stage, t, actor);
      say(said, act ? `${this.clock(act.t)} ${act.short}` : tr("nothing yet"));
      card.classList.toggle("idle", act === null);
      card.classList.toggle("now", act !== null && act === now);
    }
  }

  /**
   * Say that polls which change nothing are passed over; none of them, and nothing is said.
   *
   * @param {number} quiet
   */
  pass(quiet) {
    this.wire.classList.toggle("passing", quiet > 0);
    if (quiet) say(this.before, trn("1 poll changes nothing", "{n} polls change nothing", quiet, { n: String(quiet) }));
  }

  /** @param {number} t */
  clock(t) {
    return this.world ? clockTime(this.world, t) : "";
  }
}
