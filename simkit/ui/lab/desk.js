// The desk: the widget as one agent sees it, after the ARIA pattern of a select-only combobox.

/** @import { DeskShown, TruthShown } from "./told" */

import { bdi, h, say, uid, withNodes } from "../frontend/dom.js";
import { tr, trn } from "../frontend/words.js";
import { tellingRows } from "../stage/stage.js";

const TYPE_AHEAD_MS = 600;
/** Of a list this many reasons are shown while it is folded: first of all those that cannot be used. */
const FOLDED = 4;
/**
 * What there is before the first desk is shown.
 *
 * @type {DeskShown}
 */
const NO_DESK = { state: "loading", box: "", entries: [], status: "", said: "", detail: "", until: "" };

/**
 * Give the place of the name that typed letters mean, or -1. One letter again and again means the
 * next name after the active one that begins with it; all else begins with what was typed.
 *
 * @param {readonly string[]} names
 * @param {string} typed
 * @param {number} active
 */
export function placeOfTyped(names, typed, active) {
  const repeated = [...typed].every((letter) => letter === typed[0]);
  const wanted = repeated ? typed[0] : typed;
  const from = repeated ? active + 1 : Math.max(active, 0);
  const order = names.map((_, i) => (from + i) % names.length);
  return order.find((i) => names[i].toLocaleLowerCase().startsWith(wanted)) ?? -1;
}

/**
 * Say what is folded of a list: how many names, so many of which are bad, beside bad ones or none.
 *
 * @param {number} more
 * @param {number} bad
 * @param {boolean} besideBad
 */
export function restWords(more, bad, besideBad) {
  const n = { n: String(more) };
  if (!more) return tr("All names");
  if (bad === more)
    return besideBad
      ? trn("{n} other, not usable", "{n} others, not usable", more, n)
      : trn("{n} more, not usable", "{n} more, not usable", more, n);
  if (bad) return besideBad ? trn("{n} other", "{n} others", more, n) : trn("{n} more", "{n} more", more, n);
  return besideBad
    ? trn("{n} other usable", "{n} others usable", more, n)
    : trn("{n} more usable", "{n} more usable", more, n);
}

export class Desk {
  /**
   * `act` is called with the number of a chosen code, or null for trying a dead dropdown. What is
   * folded is what is true of the list as well; where only the list is seen all of it is there.
   *
   * @param {(code: number | null) => void} act
   * @param {boolean} folds
   */
  constructor(act, folds) {
    this.act = act;
    this.folds = folds;
    this.desk = NO_DESK;
    /** @type {TruthShown | null} */
    this.truth = null;
    this.open = true;
    /** Whether only what tells something is shown of the list. */
    this.folded = folds;
    this.live = false;
    this.active = -1;
    /** @type {number | null} */
    this.chosen = null;
    this.typed = "";
    this.forget = 0;
    /** @type {readonly HTMLLIElement[]} */
    this.rows = [];
    const list = uid("list");
    this.heading = h("h2", {});
    this.status = h("span", {});
    this.said = h("span", { class: "said", role: "status" });
    this.value = h("span", { class: "value" });
    this.box = h(
      "div",
      {
        class: "box",
        role: "combobox",
        tabindex: "0",
        "aria-label": tr("Status reason"),
        "aria-haspopup": "listbox",
        "aria-controls": list,
        keydown: (event) => this.onKey(event),
        click: () => this.toggle(),
      },
      this.value,
      h("span", { class: "arrow", "aria-hidden": "true" }, "▾"),
    );
    this.note = h("span", { class: "note" });
    this.submit = h("button", { type: "button", class: "submit", click: () => this.send() }, tr("Set status"));
    this.dialog = h("div", { class: "dialog", role: "alertdialog", hidden: true });
    this.list = h("ul", { role: "listbox", id: list, "aria-label": tr("Status reasons") });
    this.verdicts = h("ul", { class: "verdicts" });
    this.truthStatus = h("div", { class: "status" });
    this.hidden = h("div", { class: "hidden-codes" });
    this.fold = h("button", { type: "button", class: "fold", click: () => this.unfold(this.folded) });
    this.lists = h(
      "div",
      { class: "lists", tabindex: "0", role: "group", "aria-label": tr("The list, and what is true of it") },
      h("div", { class: "half seen" }, this.list),
      h("div", { class: "half true" }, this.verdicts, this.hidden),
      this.fold,
    );
    this.truthHead = h("h3", {});
    this.seenHead = h("h3", {});
    this.element = h(
      "section",
      { class: "desk" },
      this.heading,
      h(
        "div",
        { class: "tops" },
        h(
          "div",
          { class: "half seen" },
          this.seenHead,
          h("div", { class: "status" }, withNodes(tr("Status: {status}"), { status: this.status })),
        ),
        h("div", { class: "half true" }, this.truthHead, this.truthStatus),
      ),
      h(
        "div",
        { class: "acting" },
        h("div", { class: "row" }, this.box, this.submit),
        h("div", { class: "words" }, this.note, this.said),
        this.dialog,
      ),
      this.lists,
    );
  }

  /**
   * Show a desk and the truth behind it. `title` names the run, `live` lets the user act.
   *
   * @param {string} title
   * @param {DeskShown} desk
   * @param {TruthShown} truth
   * @param {boolean} live
   */
  show(title, desk, truth, live) {
    const same = this.desk === desk && this.truth === truth && this.live === live;
    say(this.heading, title);
    this.element.setAttribute("aria-label", title);
    if (same) return;
    const entered = this.desk.said !== desk.said || this.desk.detail !== desk.detail;
    this.desk = desk;
    this.truth = truth;
    this.live = live;
    if (live) this.folded = false;
    if (this.chosen !== null && !desk.entries.some((entry) => entry.code === this.chosen)) this.chosen = null;
    this.active = -1;
    this.showAgent(entered);
    this.showTruth(desk, truth);
  }

  get enabled() {
    return this.desk.state === "list" || this.desk.state === "empty" || this.desk.state === "loading";
  }

  /** @param {boolean} entered */
  showAgent(entered) {
    const { desk, box } = this;
    this.status.replaceChildren(h("b", {}, bdi(desk.status)));
    const count = desk.entries.length;
    say(
      this.seenHead,
      count
        ? trn("The agent sees a list of {n}", "The agent sees a list of {n}", count, { n: String(count) })
        : tr("The agent sees"),
    );
    /** @type {Partial<Record<DeskShown["state"], string>>} */
    const notes = {
      frozen: tr("not responding"),
      locked: tr("schedule change in progress, until {time}", { time: desk.until }),
      loading: tr("loading…"),
    };
    say(this.note, notes[desk.state] || "");
    box.classList.toggle("disabled", !this.enabled);
    box.setAttribute("aria-disabled", String(!this.enabled));
    this.showBox();
    this.showList();
    this.showSaid(entered);
    const tries = desk.state === "frozen" || desk.state === "empty";
    this.submit.hidden = !this.live || desk.state === "locked" || desk.state === "loading";
    this.submit.disabled = !tries && this.chosen === null;
    say(this.submit, tries ? tr("Try the dropdown") : tr("Set status"));
  }

  showBox() {
    const entry = this.desk.entries.find(({ code }) => code === this.chosen);
    this.value.replaceChildren(bdi(entry ? entry.name : this.desk.box || "\u00a0"));
    const open = this.open && this.enabled;
    this.box.setAttribute("aria-expanded", String(open));
    this.lists.hidden = !open && this.enabled;
  }

  showList() {
    const { desk } = this;
    /** @type {Partial<Record<DeskShown["state"], string>>} */
    const empty = { empty: tr("No status reasons"), loading: tr("Loading…") };
    const rows = desk.entries.map((entry, i) =>
      h(
        "li",
        {
          role: "option",
          id: `${this.list.id}-${i}`,
          "aria-selected": String(entry.code === this.chosen),
          title: entry.type,
          class: `${i === this.active ? "active" : ""} ${entry.unusable ? "bad" : ""}`,
          style: `grid-row: ${i + 1}`,
          click: () => this.choose(i),
        },
        entry.color ? h("span", { class: "mark", style: `background:${entry.color}`, "aria-hidden": "true" }) : null,
        bdi(entry.name),
      ),
    );
    if (!rows.length)
      rows.push(
        h(
          "li",
          { role: "option", "aria-disabled": "true", class: "none", style: "grid-row: 1" },
          empty[desk.state] || "—",
        ),
      );
    this.rows = rows;
    this.list.replaceChildren(...rows);
    this.showFold();
    this.setActive(this.active);
  }

  /** @param {boolean} entered */
  showSaid(entered) {
    const { desk } = this;
    const marks = { success: tr("✓ Status set: {what}"), error: tr("✗ Refused: {what}"), warned: "", "": "" };
    const text = marks[desk.said];
    this.said.className = `said ${text ? desk.said : ""} ${entered && text ? "entered" : ""}`;
    this.said.replaceChildren(...withNodes(text, { what: bdi(desk.detail) }));
    const warned = desk.said === "warned";
    this.dialog.hidden = !warned;
    const [title, body] = [uid("title"), uid("body")];
    this.dialog.setAttribute("aria-labelledby", title);
    this.dialog.setAttribute("aria-describedby", body);
    this.dialog.replaceChildren(
      ...(warned
        ? [
            h("b", { id: title }, tr("⚠ Not sent")),
            h(
              "span",
              { id: body },
              withNodes(tr("An automatic status change is due. {status} was not submitted."), {
                status: bdi(desk.detail),
              }),
            ),
          ]
        : []),
    );
  }

  /**
   * @param {DeskShown} desk
   * @param {TruthShown} truth
   */
  showTruth(desk, truth) {
    this.truthHead.replaceChildren(...withNodes(tr("What is true in {division}"), { division: bdi(truth.division) }));
    this.truthStatus.className = `status ${truth.differs ? "bad" : ""}`;
    this.truthStatus.replaceChildren(
      ...withNodes(truth.differs ? tr("✗ Status: {status} (differs)") : tr("Status: {status}"), {
        status: h("b", {}, bdi(truth.status)),
      }),
    );
    this.verdicts.replaceChildren(
      ...desk.entries.map(({ unusable }, i) =>
        h(
          "li",
          { class: unusable ? "bad" : "", style: `grid-row: ${i + 1}` },
          unusable ? "✗ " : "",
          unusable ? bdi(unusable) : tr("usable"),
        ),
      ),
    );
    this.showFold();
  }

  /** Show of the list, and of what is missing in it, what tells something; or all of it. */
  showFold() {
    const { desk, truth, folded } = this;
    if (!truth) return;
    const { shown, more } = tellingRows(desk.entries, FOLDED);
    const hides = (/** @type {number} */ i) => folded && more > 0 && !shown.includes(desk.entries[i]);
    desk.entries.forEach((_, i) => {
      this.rows[i].hidden = hides(i);
      const verdict = this.verdicts.children[i];
      if (verdict instanceof HTMLElement) verdict.hidden = hides(i);
    });
    const missing = [...new Set(truth.hidden)];
    const few = folded && missing.length > 3;
    const names = few ? tr("{names} and others", { names: missing.slice(0, 2).join(", ") }) : missing.join(", ");
    this.hidden.className = `hidden-codes ${missing.length ? "bad" : ""}`;
    this.hidden.style.gridRow = String(desk.entries.length ? desk.entries.length + 1 : 1);
    this.hidden.replaceChildren(...(missing.length ? [`✗ ${truth.hidden_words}: `, bdi(names)] : []));
    const bad = desk.entries.filter(({ unusable }, i) => unusable && hides(i)).length;
    const words = restWords(
      more,
      bad,
      shown.some(({ unusable }) => unusable),
    );
    this.fold.hidden = !this.folds || this.live || (!more && missing.length <= 3);
    this.fold.style.gridRow = String(desk.entries.length + 2);
    this.fold.setAttribute("aria-expanded", String(!folded));
    say(this.fold, folded ? `▸ ${words}` : tr("▾ Only what differs"));
  }

  /** @param {boolean} all */
  unfold(all) {
    this.folded = !all;
    this.showFold();
  }

  toggle(open = !this.open) {
    if (!this.enabled) return;
    this.open = open;
    this.typed = "";
    this.showBox();
    this.setActive(open ? this.active : -1);
  }

  /** @param {number} i */
  setActive(i) {
    this.active = i;
    if (i >= 0 && this.folded) this.unfold(true);
    this.rows.forEach((row, at) => {
      row.classList.toggle("active", at === i);
    });
    const row = i >= 0 && this.desk.entries.length ? this.rows[i] : null;
    if (row) {
      this.box.setAttribute("aria-activedescendant", row.id);
      const frame = this.lists;
      if (row.offsetTop < frame.scrollTop) frame.scrollTop = row.offsetTop;
      const below = row.offsetTop + row.offsetHeight - frame.clientHeight;
      if (below > frame.scrollTop) frame.scrollTop = below;
    } else this.box.removeAttribute("aria-activedescendant");
  }

  /** @param {number} i */
  choose(i) {
    this.typed = "";
    if (!this.live) {
      say(this.note, tr("This is a replay. Switch on “Act as the agent” to choose."));
      return;
    }
    this.chosen = this.desk.entries[i].code;
    this.open = false;
    this.showAgent(false);
    this.box.focus();
  }

  send() {
    this.act(this.desk.entries.length ? this.chosen : null);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (!this.enabled || event.ctrlKey || event.metaKey) return;
    const last = this.desk.entries.length - 1;
    const key = event.key;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    if (!this.open) {
      if (key in steps || key === "Enter" || key === " ") this.toggle(true);
      else if (key === "Home" || key === "End") {
        this.toggle(true);
        this.setActive(key === "Home" ? 0 : last);
      } else if (!this.typeAhead(key)) return;
    } else if (key in steps) {
      const from = this.active < 0 && steps[key] > 0 ? -1 : this.active;
      this.setActive(Math.min(Math.max(from + steps[key], 0), last));
    } else if (key === "Home" || key === "End") this.setActive(key === "Home" ? 0 : last);
    else if (key === "Escape") this.toggle(false);
    else if (key === "Enter" || key === " ") {
      if (this.active >= 0 && this.active <= last) this.choose(this.active);
      else this.toggle(false);
    } else if (!this.typeAhead(key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * Take a key as a typed letter, and give whether it was one.
   *
   * @param {string} key
   */
  typeAhead(key) {
    if (key.length !== 1 || key === " ") return false;
    clearTimeout(this.forget);
    this.forget = setTimeout(() => (this.typed = ""), TYPE_AHEAD_MS);
    this.typed += key.toLocaleLowerCase();
    this.open = true;
    this.showBox();
    const names = this.desk.entries.map(({ name }) => name);
    const found = placeOfTyped(names, this.typed, this.active);
    if (found >= 0) this.setActive(found);
    return true;
  }
}
