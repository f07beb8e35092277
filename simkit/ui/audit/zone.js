// Where files are dropped or chosen: their bytes go to the kernel in pieces, and nowhere else.

/**
 * @import { Command, Dropped, ZoneTold } from "./told"
 * @import { Model, Shown } from "../frontend/types"
 */

/** @typedef {{ file: File, folder: boolean }} Came */

import { Company } from "../frontend/company.js";
import { h, say, uid } from "../frontend/dom.js";
import { Requests } from "../frontend/requests.js";

/** Servers refuse messages of 10 MB, and a piece has to be there within 5 s on a slow line, too. */
export const PIECE_BYTES = 2 ** 20;
const UNREADABLE = "Not taken: a file is gone, has changed, or may not be opened.";

/**
 * Give what is dropped. A folder comes as a file that cannot be read.
 *
 * @param {DataTransfer | null} transfer
 * @returns {Came[]}
 */
export function droppedOf(transfer) {
  return [...(transfer?.items ?? [])].flatMap((item) => {
    const file = item.getAsFile();
    return file ? [{ file, folder: item.webkitGetAsEntry()?.isDirectory === true }] : [];
  });
}

/**
 * Send files one after the other as if they were one, however many and small they are; `ask` gives
 * whether the kernel has taken it, and `tell` is told of each piece how many bytes lie before it.
 *
 * @param {readonly Came[]} came
 * @param {(kind: Command, value: Dropped[] | number, ...buffers: ArrayBuffer[]) => Promise<boolean>} ask
 * @param {(at: number, of: number) => void} tell
 */
export async function sendAll(came, ask, tell) {
  const whole = new Blob(came.map(({ file }) => file));
  const files = came.map(({ file: { name, size }, folder }) => ({ name, size, folder }));
  let taken = await ask("begin", files);
  for (let at = 0; taken && at < whole.size; at += PIECE_BYTES) {
    tell(at, whole.size);
    const piece = await whole.slice(at, at + PIECE_BYTES).arrayBuffer();
    taken = await ask("piece", at, piece);
  }
}

class Zone {
  /**
   * @param {Model<ZoneTold>} model
   * @param {HTMLElement} el
   */
  constructor(model, el) {
    this.model = model;
    /** The last of the drops: each waits for the one before. */
    this.last = Promise.resolve();
    this.answer = (/** @type {boolean} */ _taken) => {};
    this.input = h("input", { type: "file", multiple: true, hidden: true, change: () => this.choose() });
    this.bar = h("progress", {});
    this.going = h("label", { class: "going", hidden: true }, "Reading … ", this.bar);
    this.said = h("p", { class: "said", role: "status" });
    this.error = h("p", { class: "error", role: "alert" });
    const what = h("span", { id: uid("drop") }, "Drop exports and configurations here, or");
    const most = `${model.get("most_bytes") / 2 ** 20} MB`;
    this.root = h(
      "div",
      {
        class: "simkit-lab simkit-drop",
        role: "group",
        lang: "en",
        "aria-labelledby": what.id,
        dragover: (event) => this.invite(event),
        dragleave: ({ relatedTarget }) => {
          if (!(relatedTarget instanceof Node && this.root.contains(relatedTarget))) this.root.classList.remove("over");
        },
        drop: (event) => this.drop(event),
      },
      h(
        "p",
        { class: "row" },
        what,
        h("button", { type: "button", click: () => this.input.click() }, "Choose files"),
        this.input,
      ),
      h("p", { class: "muted" }, `Files of up to ${most} each, no folders or archives. They stay in this kernel.`),
      this.going,
      this.said,
      this.error,
    );
    el.replaceChildren(this.root);
    this.requests = new Requests(model, this.root);
    this.company = new Company(model, this.requests, { turnBack: () => this.answer(false) });
    this.root.append(this.company.element);
    this.handler = () => this.show();
    model.on("change", this.handler);
    this.onFocus = (/** @type {FocusEvent} */ { target }) => this.keepKeys(target);
    document.addEventListener("focusin", this.onFocus);
    this.show();
  }

  /**
   * Keep the keys of all of the audit: JupyterLab asks the focused element itself whether its
   * shortcuts may take one, and the core widgets beside the zone leave it those that choose in a list.
   *
   * @param {EventTarget | null} target
   */
  keepKeys(target) {
    if (target instanceof Element && this.root.closest(".simkit-audit")?.contains(target))
      target.setAttribute("data-lm-suppress-shortcuts", "true");
  }

  /** @param {DragEvent} event */
  invite(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = "copy";
    this.root.classList.add("over");
  }

  /** @param {DragEvent} event */
  drop(event) {
    event.preventDefault();
    event.stopPropagation();
    this.root.classList.remove("over");
    this.bring(droppedOf(event.dataTransfer));
  }

  choose() {
    this.bring([...(this.input.files ?? [])].map((file) => ({ file, folder: false })));
    this.input.value = ""; // so that the same file can be chosen once more
  }

  /** @param {Came[]} came */
  bring(came) {
    if (came.length) this.last = this.last.then(() => this.send(came));
  }

  /** @param {Came[]} came */
  async send(came) {
    say(this.error, "");
    try {
      await sendAll(
        came,
        (kind, value, ...buffers) => this.ask(kind, value, buffers),
        (at, of) => this.tell(at, of),
      );
    } catch {
      say(this.error, UNREADABLE);
    }
    this.going.hidden = true;
  }

  /**
   * @param {Command} kind
   * @param {Dropped[] | number} value
   * @param {ArrayBuffer[]} buffers
   * @returns {Promise<boolean>}
   */
  ask(kind, value, buffers) {
    return new Promise((answer) => {
      this.answer = answer;
      this.requests.send(kind, value, undefined, buffers);
    });
  }

  /**
   * Say how far it is, where it is more than a moment.
   *
   * @param {number} at
   * @param {number} of
   */
  tell(at, of) {
    this.bar.max = of;
    this.bar.value = at;
    this.going.hidden = of <= PIECE_BYTES;
  }

  show() {
    const error = this.model.get("error");
    say(this.error, error);
    say(this.said, this.model.get("said"));
    if (this.requests.answered()) this.answer(!error);
  }

  close() {
    this.company.close();
    this.model.off("change", this.handler);
    document.removeEventListener("focusin", this.onFocus);
    this.root.remove();
  }
}

export default {
  /** @param {Shown<ZoneTold>} shown */
  render({ model, el }) {
    const zone = new Zone(model, el);
    return () => zone.close();
  },
};
