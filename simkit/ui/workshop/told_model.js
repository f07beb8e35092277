// A model that stands on told data alone: it answers as anywidget's does, out of what was recorded.

/** @import { LabTold } from "../lab/told" */
/** @import { LaneTold } from "./told" */

import { tr, trNoop } from "../frontend/words.js";

/** What a kernel says of itself before it answers: here, that there is nothing to wait for. */
const ALIVE = { alive: { words: "", job: "" } };
const ASKS_MORE = trNoop("This page has no kernel: what was not told beforehand needs the app.");

/** @typedef {{ ask: string, value?: unknown, n?: number }} Asked */

export class ToldModel {
  /** @param {LaneTold} told */
  constructor({ pool, first, answers }) {
    this.pool = pool;
    this.answers = answers;
    this.values = /** @type {LabTold} */ (this.named(first));
    /** @type {Map<string, Set<(...values: any[]) => unknown>>} */
    this.handlers = new Map();
  }

  /**
   * Give values by the names of traits, out of their places in the pool.
   *
   * @param {Record<string, number>} places
   */
  named(places) {
    return Object.fromEntries(Object.entries(places).map(([name, place]) => [name, this.pool[place]]));
  }

  /**
   * Give what a command changes, or nothing where it was not told beforehand.
   *
   * @param {string} kind
   * @param {unknown} value
   * @returns {Partial<LabTold> | null}
   */
  changes(kind, value) {
    if (kind === "explore") return { explore: value === true };
    const key = `${kind} ${value}`;
    return Object.hasOwn(this.answers, key) ? this.named(this.answers[key]) : null;
  }

  // What anywidget's model has.

  /**
   * @template {keyof LabTold} K
   * @param {K} name
   * @returns {LabTold[K]}
   */
  get(name) {
    return this.values[name];
  }

  /**
   * @template {keyof LabTold} K
   * @param {K} name
   * @param {LabTold[K]} value
   */
  set(name, value) {
    this.take({ [name]: value });
  }

  save_changes() {
    queueMicrotask(() => this.emit("msg:custom", ALIVE));
  }

  /**
   * Answer, once whoever asks has done so, as a kernel would.
   *
   * @param {unknown} content
   */
  send(content) {
    queueMicrotask(() => this.answer(/** @type {Asked} */ (content)));
  }

  /**
   * @param {string} event
   * @param {(...values: any[]) => unknown} handler
   */
  on(event, handler) {
    this.handlers.set(event, (this.handlers.get(event) ?? new Set()).add(handler));
  }

  /**
   * @param {string} event
   * @param {(...values: any[]) => unknown} handler
   */
  off(event, handler) {
    this.handlers.get(event)?.delete(handler);
  }

  // How it answers.

  /** @param {Asked} asked */
  answer({ ask, value, n }) {
    this.emit("msg:custom", ALIVE);
    if (n === undefined) return;
    const changes = this.changes(ask, value);
    this.take({ ...changes, error: changes ? "" : tr(ASKS_MORE), answered: n });
  }

  /** @param {Partial<LabTold>} values */
  take(values) {
    Object.assign(this.values, values);
    for (const name of Object.keys(values)) this.emit(`change:${name}`);
    this.emit("change");
  }

  /**
   * @param {string} event
   * @param {...unknown} told
   */
  emit(event, ...told) {
    for (const handler of [...(this.handlers.get(event) ?? [])]) handler(...told);
  }
}
