// What a sequence diagram shows around a moment: messages and acts, quiet stretches folded, and its rows.

/** @import { Beat, MessageLook, Messages, Stage } from "./told" */

import { placeAt } from "../frontend/dom.js";
import { tr, trn, trNoop } from "../frontend/words.js";
import { flightAt } from "./lookups.js";

/** Moments worth stopping at that are shown before the present one, and from it on. */
const BEFORE = 5;
const FROM_IT_ON = 6;
/** Messages of one page that leave, at most, while a configuration is on its way. */
const MEANWHILE = 5;
/** A longer text is cut, so that a name of any length leaves room for the others. */
const MOST_LINES = 6;
/** What becomes of a message, in a word. */
const FATES = {
  lost: trNoop("lost"),
  refused: trNoop("refused"),
  unread: trNoop("unread"),
  outdated: trNoop("outdated"),
  "thrown away": trNoop("thrown away"),
  taken: trNoop("taken"),
  "from cache": trNoop("from cache"),
  applied: trNoop("applied"),
  ignored: trNoop("ignored"),
};

/**
 * A message as it is drawn. `arrives` is -1 where it does not get there; `beat` is null where it
 * would not be worth stopping at.
 *
 * @typedef {{ what: "message", t: number, place: number, beat: Beat | null, look: MessageLook, arrives: number, back: number }} Sent
 */
/** What somebody does. @typedef {{ what: "act", t: number, beat: Beat }} Act */
/**
 * Polls that changed nothing, from the departure of the first to that of the last; `look` is what
 * all of them have in common, if anything.
 *
 * @typedef {{ what: "fold", t: number, end: number, polls: number, renewals: number, look: MessageLook | null }} Fold
 */
/** @typedef {Sent | Act | Fold} Item */

/**
 * What is worth stopping at: when, and whether a message leaves then.
 *
 * @typedef {{ t: number, sends: boolean }} Stop
 */

/**
 * Give the moments worth stopping at in any of the stages, once each and in order.
 *
 * @param {readonly Stage[]} stages
 * @returns {Stop[]}
 */
export function stopsOf(stages) {
  const found = new Map(/** @type {[number, boolean][]} */ ([]));
  for (const { beats } of stages) for (const { t, message } of beats) found.set(t, found.get(t) || message >= 0);
  return [...found].map(([t, sends]) => ({ t, sends })).sort((a, b) => a.t - b.t);
}

/**
 * Give the stops around a moment: as many near an end of the day as in its middle.
 *
 * @param {readonly Stop[]} stops
 * @param {number} t
 */
export function around(stops, t) {
  const most = BEFORE + FROM_IT_ON;
  const first = placeAt(stops, t, (stop) => stop.t) - BEFORE;
  const from = Math.max(0, Math.min(first, stops.length - most));
  return { shown: stops.slice(from, from + most), last: from + most >= stops.length };
}

/**
 * Give what is drawn of a stage: what is worth stopping at and, so that runs can be compared, what is
 * sent when another run sends something that is; the message that is on its way at the moment or came
 * last; and between them what is folded. `last` says whether no stop follows.
 *
 * @param {Stage} stage
 * @param {{ shown: readonly Stop[], last: boolean }} stops
 * @param {number} t
 * @returns {Item[]}
 */
export function itemsOf(stage, { shown, last }, t) {
  const { messages, beats } = stage;
  const sending = new Map(/** @type {[number, Beat | null][]} */ ([]));
  const items = /** @type {Item[]} */ ([]);
  const from = placeAt(beats, shown[0].t - 1, (beat) => beat.t) + 1;
  const to = placeAt(beats, shown[shown.length - 1].t, (beat) => beat.t) + 1;
  for (const beat of beats.slice(from, to)) {
    if (beat.message < 0) items.push({ what: "act", t: beat.t, beat });
    else sending.set(beat.message, beat);
  }
  const places = shown.flatMap(({ t: at, sends }) => (sends ? leavingAt(messages, at) : []));
  const flight = flightAt(messages, t);
  if (flight) places.push(flight.place);
  for (const place of [...sending.keys(), ...places])
    for (const other of [place, configOf(messages, place), listOf(messages, place)])
      if (other >= 0 && !sending.has(other)) sending.set(other, null);
  for (const [place, beat] of sending) items.push(sent(messages, place, beat));
  items.sort((one, other) => one.t - other.t || placeIn(one) - placeIn(other));
  return withFolds(messages, items, last);
}

/**
 * Give what happens at a moment or came last; of what happens at once, what is worth stopping at.
 *
 * @param {readonly Item[]} items
 * @param {number} t
 */
export function currentOf(items, t) {
  const begun = items.filter((item) => item.what !== "fold" && item.t <= t);
  const latest = begun.filter((item) => item.t === begun[begun.length - 1].t);
  return latest.findLast((item) => item.what === "act" || (item.what === "message" && item.beat)) ?? latest[0];
}

/** @param {Item} item */
const placeIn = (item) => (item.what === "message" ? item.place : -1);

/**
 * @param {Messages} messages
 * @param {number} t
 */
function leavingAt({ leaves }, t) {
  const places = [];
  for (let place = placeAt(leaves, t, (left) => left); leaves[place] === t; place -= 1) places.push(place);
  return places;
}

/**
 * Give the place of the list that is asked for once a configuration has come, or -1.
 *
 * @param {Messages} messages
 * @param {number} place
 */
function listOf({ looks, look, leaves, total }, place) {
  if (looks[look[place]].kind !== "config") return -1;
  const back = leaves[place] + total[place];
  for (let i = place + 1; i < leaves.length && leaves[i] <= back; i += 1)
    if (leaves[i] === back && looks[look[i]].kind === "list") return i;
  return -1;
}

/**
 * Give the place of the configuration that a list had to wait for, or -1.
 *
 * @param {Messages} messages
 * @param {number} place
 */
function configOf(messages, place) {
  for (let i = place - 1; i >= Math.max(0, place - MEANWHILE); i -= 1) if (listOf(messages, i) === place) return i;
  return -1;
}

/**
 * @param {Messages} messages
 * @param {number} place
 * @param {Beat | null} beat
 * @returns {Sent}
 */
function sent({ looks, look, leaves, up, total }, place, beat) {
  const t = leaves[place];
  const arrives = up[place] < 0 ? -1 : t + up[place];
  return { what: "message", t, place, beat, look: looks[look[place]], arrives, back: t + total[place] };
}

/**
 * @param {Messages} messages
 * @param {readonly Item[]} items
 * @param {boolean} last
 */
function withFolds(messages, items, last) {
  return items.flatMap((item, i) => {
    const next = items[i + 1];
    const fold = next || last ? foldOf(messages, item.t, next ? next.t : Infinity) : null;
    return fold ? [item, fold] : [item];
  });
}

/**
 * Give what leaves between two moments as one, or null where nothing does.
 *
 * @param {Messages} messages
 * @param {number} after
 * @param {number} before
 * @returns {Fold | null}
 */
function foldOf(messages, after, before) {
  const { looks, look, leaves } = messages;
  const from = placeAt(leaves, after, (left) => left) + 1;
  const to = placeAt(leaves, before - 1, (left) => left);
  if (to < from) return null;
  let [polls, renewals] = [0, 0];
  const found = new Set();
  for (let place = from; place <= to; place += 1) {
    const { kind } = looks[look[place]];
    if (kind === "renew") renewals += 1;
    else if (kind === "list" || listOf(messages, place) < 0) polls += 1;
    if (kind === "list") found.add(look[place]);
  }
  const common = found.size === 1 ? looks[[...found][0]] : null;
  return { what: "fold", t: leaves[from], end: leaves[to], polls, renewals, look: common };
}

/**
 * Say what is folded, without its times.
 *
 * @param {Fold} fold
 */
export function foldWords({ polls, renewals, look }) {
  const asked = polls ? pollWords(polls, look) : "";
  const tokens = renewals ? trn("a new token", "{n} new tokens", renewals, { n: String(renewals) }) : "";
  return asked && tokens ? tr("{polls} and {tokens}", { polls: asked, tokens }) : asked || tokens;
}

/**
 * @param {number} polls
 * @param {MessageLook | null} look
 */
function pollWords(polls, look) {
  const n = String(polls);
  if (!look) return trn("{n} poll that changed nothing", "{n} polls that changed nothing", polls, { n });
  const alike = [look.chip, tr(FATES[look.fate])].filter(Boolean).join(", ");
  return trn("{n} poll that changed nothing ({alike})", "{n} polls that changed nothing ({alike})", polls, {
    n,
    alike,
  });
}

// Rows.

/**
 * A row of the picture, shared by what happens at once in ladders side by side; it needs so much room
 * above and below its middle.
 *
 * @typedef {{ t: number, order: number, n: number, above: number, below: number, y: number }} Row
 */
/**
 * Something that needs a row: at a time, in the order within a ms, with room above and below.
 *
 * @typedef {{ t: number, order: number, above: number, below: number }} Happening
 */

/** What comes first of what happens in one ms, as in the log; an instant answer follows its question. */
export const ORDER = { outside: 0, arrives: 1, back: 2, page: 3, leaves: 4, arrivesAtOnce: 5, backAtOnce: 6, agent: 7 };

/**
 * Lay ladders out side by side, so that the same time is at the same height in each.
 *
 * @param {readonly (readonly Happening[])[]} ladders
 * @param {number} top
 * @returns {{ rows: Row[], of: Row[][] }}
 */
export function laidOut(ladders, top) {
  const found = new Map(/** @type {[string, Row][]} */ ([]));
  const of = ladders.map((happenings) => {
    const before = new Map(/** @type {[string, number][]} */ ([]));
    return happenings.map(({ t, order, above, below }) => {
      const n = before.get(`${t} ${order}`) ?? 0;
      before.set(`${t} ${order}`, n + 1);
      const key = `${t} ${order} ${n}`;
      const row = found.get(key) ?? { t, order, n, above, below, y: 0 };
      row.above = Math.max(row.above, above);
      row.below = Math.max(row.below, below);
      found.set(key, row);
      return row;
    });
  });
  const rows = [...found.values()].sort((a, b) => a.t - b.t || a.order - b.order || a.n - b.n);
  let y = top;
  for (const row of rows) {
    row.y = y + row.above;
    y = row.y + row.below;
  }
  return { rows, of };
}

/**
 * Give the height at which a moment is: that of what happens then, else between what is before and after.
 *
 * @param {readonly Row[]} rows
 * @param {number} t
 */
export function heightAt(rows, t) {
  const row = rows[placeAt(rows, t, (each) => each.t)];
  if (!row) return rows.length ? rows[0].y - rows[0].above : 0;
  return row.t === t ? row.y : row.y + row.below;
}

/**
 * Break a text into lines that are no wider than there is room; a word breaks where it has to.
 *
 * @param {string} text
 * @param {number} room
 * @param {(text: string) => number} widthOf
 */
export function broken(text, room, widthOf) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  // Names of errors hang together by underscores.
  for (let word of text.match(/[^\s_]*(?:_+|\s+|$)/g) ?? []) {
    if (line && widthOf((line + word).trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = "";
    }
    while (widthOf(word.trimEnd()) > room && word.length > 1) {
      const letters = [...word];
      let n = letters.length - 1;
      while (n > 1 && widthOf(letters.slice(0, n).join("")) > room) n -= 1;
      lines.push(letters.slice(0, n).join(""));
      word = letters.slice(n).join("");
    }
    line += word;
  }
  if (line.trimEnd()) lines.push(line.trimEnd());
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES - 1), `${lines[MOST_LINES - 1]}…`];
}
