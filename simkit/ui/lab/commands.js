// What the lab asks of the kernel: one command at a time, and of those that wait, few.

/** @import { Command, LabTold } from "./told" */
/** @import { Requests } from "../frontend/requests.js" */

/** Commands of which none is left out; of the others, the last of a kind that waits counts. */
const EACH_COUNTS = new Set(["act", "cancel", "undo", "save", "load"]);

/** @typedef {{ kind: Command, value: unknown }} Asked */

export class Commands {
  /**
   * `before` is called before each command is sent.
   *
   * @param {Requests<LabTold>} requests
   * @param {() => void} before
   */
  constructor(requests, before) {
    this.requests = requests;
    this.before = before;
    this.queue = /** @type {Asked[]} */ ([]);
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
    if (this.requests.awaited) return;
    const command = this.queue.shift();
    if (!command) return;
    this.requests.send(command.kind, command.value, this.before);
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
