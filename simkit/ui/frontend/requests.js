// What a widget asks of its kernel: one request at a time, each answered by its number.

/** @import { Alive, Model } from "./types" */

const BUSY_MS = 200;
/** Who is at work says so every 2 s, and whoever is there at once. */
const PATIENCE_MS = 4_500;

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
    this.patience = 0;
    /** Called when nobody answers, with whether that is certain. */
    this.unanswered = (/** @type {boolean} */ _gone) => {};
  }

  /**
   * Send a request; `before` is called at last, when no other can come between.
   *
   * @param {string} kind
   * @param {unknown} value
   * @param {() => void} [before]
   * @param {ArrayBuffer[]} [buffers] bytes that go along
   */
  send(kind, value, before, buffers) {
    this.last = Math.max(this.last, this.model.get("answered")) + 1;
    this.awaited = this.last;
    clearTimeout(this.busy); // a request may be under way
    this.busy = setTimeout(() => this.root.classList.add("busy"), BUSY_MS);
    this.root.setAttribute("aria-busy", "true");
    before?.();
    this.post({ ask: kind, value, n: this.awaited }, buffers);
  }

  /** Ask whether there is anybody; nothing else comes of it. */
  look() {
    this.post({ ask: "alive" });
  }

  /**
   * @param {unknown} content
   * @param {ArrayBuffer[]} [buffers]
   */
  post(content, buffers) {
    try {
      this.model.send(content, undefined, buffers);
      this.expect();
    } catch {
      this.giveUp(true); // there is no kernel, or another one
    }
  }

  /** Wait for a sign of life. */
  expect() {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.giveUp(false), PATIENCE_MS);
  }

  /**
   * Take a sign of life: whoever is at work gives another one.
   *
   * @param {Alive} alive
   */
  alive({ job }) {
    clearTimeout(this.patience);
    if (this.awaited || job) this.expect();
  }

  /** @param {boolean} gone */
  giveUp(gone) {
    this.awaited = 0;
    this.rest();
    this.unanswered(gone);
  }

  /** Take that the kernel has answered, and give whether it has. */
  answered() {
    if (!this.awaited || this.model.get("answered") < this.awaited) return false;
    this.awaited = 0;
    this.rest();
    return true;
  }

  rest() {
    this.stop();
    this.root.classList.remove("busy");
    this.root.setAttribute("aria-busy", "false");
  }

  stop() {
    clearTimeout(this.busy);
    clearTimeout(this.patience);
  }
}
