// What a widget asks of its kernel: one request at a time, each answered by its number.

/** @import { Model } from "./types" */

const BUSY_MS = 200;

/**
 * @template {{ answered: number }} Told
 */
export class Requests {
  /**
   * `root` is shown as busy while an answer is awaited.
   *
   * @param {Model<Told>} model
   * @param {HTMLElement} root
   */
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.last = 0;
    /** The number of the request whose answer is awaited, or 0. */
    this.awaited = 0;
    this.busy = 0;
  }

  /**
   * Send a request; `before` is called at last, when no other can come between.
   *
   * @param {string} kind
   * @param {unknown} value
   * @param {() => void} [before]
   */
  send(kind, value, before) {
    this.last = Math.max(this.last, this.model.get("answered")) + 1;
    this.awaited = this.last;
    this.stop(); // a request may be under way
    this.busy = setTimeout(() => this.root.classList.add("busy"), BUSY_MS);
    this.root.setAttribute("aria-busy", "true");
    before?.();
    this.model.send({ ask: kind, value, n: this.awaited });
  }

  /** Take that the kernel has answered, and give whether it has. */
  answered() {
    if (!this.awaited || this.model.get("answered") < this.awaited) return false;
    this.awaited = 0;
    this.stop();
    this.root.classList.remove("busy");
    this.root.setAttribute("aria-busy", "false");
    return true;
  }

  stop() {
    clearTimeout(this.busy);
  }
}
