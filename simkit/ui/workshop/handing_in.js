// What a learner gives away, and only when it is asked for: a file, or the same to the room's server.

/** @import { Progress } from "./progress.js" */

import { h, labelled, saveText, say } from "../frontend/dom.js";
import { tr, trNoop } from "../frontend/words.js";
import { LONGEST_NAME } from "./progress.js";

/** @type {Record<number, string>} */
const REFUSALS = {
  403: trNoop("That is not the code of this room."),
  413: trNoop("That is too much for this room."),
  429: trNoop("Too many at once: try again in a minute."),
};
const SENT = trNoop("Sent. What you guess from now on is sent as well.");
const UNSENT = trNoop("Nobody answers: your guesses stay here. Save them as a file.");

export class HandingIn {
  /** @param {Progress} progress */
  constructor(progress) {
    this.progress = progress;
    this.collects = false;
    const name = h("input", {
      type: "text",
      maxlength: LONGEST_NAME,
      autocomplete: "off",
      input: () => {
        progress.name = name.value.trim();
        progress.write();
      },
    });
    const code = h("input", { type: "text", maxlength: 6, size: 8, autocomplete: "off", autocapitalize: "characters" });
    this.name = name;
    this.code = code;
    this.said = h("p", { class: "said", role: "status" });
    this.room = h(
      "form",
      {
        class: "row",
        hidden: true,
        submit: (event) => {
          event.preventDefault();
          progress.code = code.value.trim().toUpperCase();
          progress.write();
          void this.send();
        },
      },
      labelled(tr("Code of the room"), code),
      h("button", { type: "submit", class: "main" }, tr("Send to the trainer")),
    );
    const save = h(
      "button",
      { type: "button", click: () => saveText(progress.text(), "simkit-progress.json", "application/json") },
      tr("Save as a file"),
    );
    this.element = h(
      "section",
      { class: "handing-in", "aria-label": tr("Your guesses") },
      h("h2", {}, tr("Your guesses")),
      h("div", { class: "row" }, labelled(tr("Name, if you like"), name), save),
      this.room,
      this.said,
    );
    this.show();
    void this.look();
  }

  show() {
    this.name.value = this.progress.name;
    this.code.value = this.progress.code;
    if (!this.progress.lasts)
      say(this.said, tr("This browser keeps nothing: your guesses last as long as this page. Save them as a file."));
  }

  /** Ask the server whether it collects; a page from a file has nobody to ask. */
  async look() {
    if (!location.protocol.startsWith("http")) return;
    try {
      const reply = await fetch("room.json", { cache: "no-store" });
      this.collects = reply.ok && (await reply.json()).collects === true;
    } catch {
      this.collects = false;
    }
    this.room.hidden = !this.collects;
  }

  /** Send what is new to where something was sent before. */
  sendAgain() {
    if (this.collects && this.progress.receipt) void this.send();
  }

  async send() {
    const { progress } = this;
    const headers = {
      "Content-Type": "application/json",
      "X-Simkit-Code": progress.code,
      "X-Simkit-Receipt": progress.receipt,
    };
    try {
      const body = progress.text();
      const reply = await fetch("progress", { method: "POST", headers, body });
      if (reply.ok) {
        progress.receipt = (await reply.json()).receipt;
        progress.write();
      }
      say(this.said, tr(reply.ok ? SENT : (REFUSALS[reply.status] ?? UNSENT)));
    } catch {
      say(this.said, tr(UNSENT));
    }
  }
}
