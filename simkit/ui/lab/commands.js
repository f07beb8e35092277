// What the lab asks of the kernel: one command at a time, and of those that wait, few.

/** @import { Command, LabTold } from "./told" */
/** @import { Model } from "../frontend/types" */

const BUSY_MS = 200;
/** Commands of which none is left out; of the others, the last of a kind that waits counts. */
const EACH_COUNTS = new Set(["act", "undo", "save", "load"]);

/** @typedef {{ kind: Command, value: unknown }} Asked */

export class Commands {
  /**
   * `root` is shown as busy while an answer is awaited, `before` is called before each is sent.
   *
   * @param {Model<LabTold>} model
   * @param {HTMLElement} root
   * @param {() => void} before
   */
  constructor(model, root, before) {
    this.model = model;
    this.root = root;
    this.before = before;
    this.queue = /** @type {Asked[]} */ ([]);
    this.asked = 0;
    this.waiting = 0;
    this.busy = 0;
  }

  /**
   * @param {Command} kind
   * @param {unknown} value
   */
  ask(kind, value) {
    this.queue = queued(this.queue, { kind, value });
    this.next();
  }

  next() {
    if (this.waiting) return;
    const command = this.queue.shift();
    if (!command) return;
    this.asked = Math.max(this.asked, this.model.get("answered")) + 1;
    this.waiting = this.asked;
    this.busy = setTimeout(() => this.root.classList.add("busy"), BUSY_MS);
    this.root.setAttribute("aria-busy", "true");
    this.before(); // only now: it changes the model, and so comes back here
    this.model.send({ ask: command.kind, value: command.value, n: this.waiting });
  }

  /** Take that the kernel has answered, where it has. */
  answered() {
    if (this.model.get("answered") < this.waiting) return;
    this.waiting = 0;
    this.stop();
    this.root.classList.remove("busy");
    this.root.setAttribute("aria-busy", "false");
  }

  stop() {
    clearTimeout(this.busy);
  }
}

/**
 * Give the commands that wait, with one more. Fields are of a kind when they are the same field.
 *
 * @param {Asked[]} queue
 * @param {Asked} command
 */
export function queued(queue, command) {
  if (EACH_COUNTS.has(command.kind)) return [...queue, command];
  const what = (/** @type {Asked} */ { kind, value }) =>
    kind === "field" && Array.isArray(value) ? `field ${value[0]}` : kind;
  return [...queue.filter((other) => what(other) !== what(command)), command];
}
