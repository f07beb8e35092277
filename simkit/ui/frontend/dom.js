// Building blocks: elements made of text that stays text, look-ups in time, local clock times.

/** @import { Attributes, Child } from "./types" */

import { savePng, saveSvg } from "./download.js";
import { numberWords, tr } from "./words.js";

// Each widget loads this module anew, so that a count alone would repeat within a page.
const OWN = Math.random().toString(36).slice(2, 8);
let lastId = 0;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** @param {string} what */
export const uid = (what) => `simkit-${what}-${OWN}-${++lastId}`;

/**
 * Give an element. Attributes that are functions listen, children that are strings are text.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * Give an SVG element in the same way.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/**
 * @template {Element} Made
 * @param {Made} element
 * @param {Attributes} attributes
 * @param {readonly Child[]} children
 */
function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...flat(children));
  return element;
}

/**
 * @param {readonly Child[]} children
 * @returns {(Node | string)[]}
 */
function flat(children) {
  return children.flatMap((child) => {
    if (child === null || child === undefined) return [];
    return child instanceof Node || typeof child === "string" ? [child] : flat(child);
  });
}

/**
 * Give stripes to fill an area with, by their id: what is a discrepancy has the hatch.
 *
 * @param {string} id
 * @param {"hatch" | "stripe"} look
 */
export function stripes(id, look = "hatch") {
  const turn = { hatch: "rotate(45)", stripe: "rotate(-45)" }[look];
  return s(
    "pattern",
    { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: turn },
    s("rect", { class: `${look}-ground`, width: 6, height: 6 }),
    s("rect", { class: `${look}-line`, width: 2, height: 6 }),
  );
}

/**
 * Give where a pointer is on an element, in its own pixels: a page may be drawn larger.
 *
 * @param {MouseEvent} event
 * @param {Element} element
 * @param {number} width
 */
export function pointOn({ clientX, clientY }, element, width) {
  const box = element.getBoundingClientRect();
  const scale = width / box.width || 1;
  return { x: (clientX - box.left) * scale, y: (clientY - box.top) * scale };
}

/**
 * Show words beside a pointer, within a frame; none, and nothing is shown.
 *
 * @param {HTMLElement} tip
 * @param {HTMLElement} frame
 * @param {MouseEvent} event
 * @param {string} words
 */
export function showTip(tip, frame, event, words) {
  tip.hidden = !words;
  if (!words) return;
  say(tip, words);
  const { x, y } = pointOn(event, frame, frame.offsetWidth);
  tip.style.left = `${Math.max(0, Math.min(x + 12, frame.offsetWidth - tip.offsetWidth))}px`;
  const below = y + 16 + tip.offsetHeight <= frame.offsetHeight || y < tip.offsetHeight + 8;
  tip.style.top = `${below ? y + 16 : y - tip.offsetHeight - 8}px`;
}

/**
 * Give text from the data as an element whose direction of reading stays its own.
 *
 * @param {string} text
 */
export const bdi = (text) => h("bdi", {}, text);

/**
 * Give a text as children of an element, nodes in the place of its braces.
 *
 * @param {string} text
 * @param {Record<string, Child>} nodes
 * @returns {(Node | string)[]}
 */
export function withNodes(text, nodes) {
  const parts = text.split(/(\{[a-z_]+\})/).filter(Boolean);
  return flat(parts.map((part) => (part.startsWith("{") ? (nodes[part.slice(1, -1)] ?? part) : part)));
}

/**
 * Change a text only where it differs, so that screen readers hear no repetition.
 *
 * @param {Node} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Give the last place whose key is at or before t, or -1.
 *
 * @template Row
 * @param {readonly Row[]} rows
 * @param {number} t
 * @param {(row: Row) => number} key
 */
export function placeAt(rows, t, key) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(rows[middle]) <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Give the local time of a millisecond of the run: HH:MM:SS, with ms where they count.
 *
 * @param {{ clock: readonly { start: number, offset: number }[] }} world
 * @param {number} t
 */
export function clockTime({ clock }, t, withMs = false) {
  const place = placeAt(clock, t, ({ start }) => start);
  const { offset } = clock[Math.max(place, 0)];
  const ms = (((t + offset) % 86400000) + 86400000) % 86400000;
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const seconds = Math.floor(ms / 1000);
  const hms = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((n) => two(Math.floor(n)));
  const rest = ms % 1000;
  return hms.join(":") + (withMs && rest ? `.${String(rest).padStart(3, "0")}` : "");
}

/**
 * Give the moments from one to another that are whole steps of the local clock.
 *
 * @param {{ clock: readonly { offset: number }[] }} world
 * @param {number} from
 * @param {number} to
 * @param {number} step
 */
export function roundTimes({ clock }, from, to, step) {
  const { offset } = clock[0];
  const times = [];
  for (let t = Math.ceil((from + offset) / step) * step - offset; t <= to; t += step) times.push(t);
  return times;
}

/**
 * Round as Python does: of two equally near, to the even one.
 *
 * @param {number} x
 */
function rounded(x) {
  const low = Math.floor(x);
  const up = x - low > 0.5 || (x - low === 0.5 && low % 2 !== 0);
  return up ? low + 1 : low;
}

/**
 * Give a span of time in words of at most two units: twin of `show_duration` in base/clock.py.
 *
 * @param {number} ms
 */
export function spanWords(ms) {
  if (ms < 1000) return tr("{ms} ms", { ms: String(rounded(ms)) });
  const whole = rounded(ms / 1000);
  if (whole < 60) {
    const exact = ms % 1000 && ms <= 10_000;
    return tr("{seconds} s", { seconds: exact ? numberWords((ms / 1000).toFixed(1)) : whole });
  }
  const [minutes, seconds] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60)
    return seconds ? tr("{minutes} min {seconds} s", { minutes, seconds }) : tr("{minutes} min", { minutes });
  const [hours, left] = [String(Math.floor(minutes / 60)), minutes % 60];
  return left ? tr("{hours} h {minutes} min", { hours, minutes: left }) : tr("{hours} h", { hours });
}

/**
 * Give a labelled control: the label stands before it and belongs to it.
 *
 * @param {string} text
 * @param {HTMLElement} control
 * @param {Attributes} attributes
 */
export function labelled(text, control, attributes = {}) {
  if (!control.id) control.id = uid("control");
  return h("span", { class: "field", ...attributes }, h("label", { for: control.id }, text), control);
}

/**
 * Fill a select with entries, only where they differ from what it holds.
 *
 * @param {HTMLSelectElement} select
 * @param {readonly { value: string, text: string }[]} entries
 * @param {string} value
 */
export function fillSelect(select, entries, value) {
  const now = JSON.stringify(entries);
  if (select.dataset.entries !== now) {
    select.replaceChildren(...entries.map((entry) => h("option", { value: entry.value }, entry.text)));
    select.dataset.entries = now;
  }
  select.value = value;
}

/**
 * Give a table with a head row; cells are strings or elements, the first of a row its head.
 *
 * @param {string} caption
 * @param {readonly string[]} heads
 * @param {readonly (readonly Child[])[]} rows
 * @param {Attributes} attributes
 */
export function tableOf(caption, heads, rows, attributes = {}) {
  return h(
    "table",
    attributes,
    h("caption", {}, caption),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        heads.map((text) => h("th", { scope: "col" }, text)),
      ),
    ),
    h(
      "tbody",
      {},
      rows.map((row) =>
        h(
          "tr",
          {},
          row.map((cell, i) => (i ? h("td", {}, cell) : h("th", { scope: "row" }, cell))),
        ),
      ),
    ),
  );
}

/**
 * Give a picture's table twin: made by `tables` when somebody opens it, and on `refresh`.
 *
 * @param {() => Element[]} tables
 */
export function twin(tables) {
  const body = h("div", {});
  const summary = h("summary", {}, tr("The same as a table"));
  const element = h("details", { class: "twin", toggle: () => void refresh() }, summary, body);
  const refresh = () => {
    body.replaceChildren(...(element.open ? tables() : []));
  };
  return Object.assign(element, { refresh });
}

/**
 * Give the buttons that save a picture; `root` holds its SVG.
 *
 * @param {() => Element} root
 * @param {string} filename
 */
export function pictureButtons(root, filename) {
  return h(
    "span",
    { class: "save" },
    h("button", { type: "button", click: () => saveSvg(root(), filename) }, "SVG"),
    h("button", { type: "button", click: () => savePng(root(), filename) }, "PNG"),
  );
}

/**
 * Offer a text as a file.
 *
 * @param {string} text
 * @param {string} filename
 */
export function saveText(text, filename, type = "text/plain") {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = h("a", { href: address, download: filename });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
