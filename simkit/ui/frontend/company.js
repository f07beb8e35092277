// Who is at the other end: somebody at work, and how far it is, or nobody.

/** @import { Alive, Model } from "./types" */
/** @import { Requests } from "./requests.js" */

import { h, say } from "./dom.js";
import { tr, trNoop } from "./words.js";

/** Work that takes less long is over before its words are read. */
const WORDS_MS = 1_000;
const AGAIN = { app: trNoop("Reload the page for a new lab."), notebook: trNoop("Run the cell again.") };

const inApp = () => document.body.dataset.voila !== undefined;

/**
 * @template {{ answered: number }} Told
 */
export class Company {
  /**
   * `turnBack` is called when nobody answers: what was asked for is not what is shown. `cancel` is
   * called when nobody wants to wait for what is done beside the kernel.
   *
   * @param {Model<Told>} model
   * @param {Requests<Told>} requests
   * @param {{ turnBack: () => void, cancel?: () => void }} acts
   */
  constructor(model, requests, { turnBack, cancel }) {
    this.model = model;
    this.requests = requests;
    this.words = 0;
    this.jobs = 0;
    /** How far it is. */
    this.at = "";
    this.nobody = h("p", { class: "nobody", role: "alert" });
    this.work = h("span", { role: "status" });
    // A page of the app has its kernel for itself; elsewhere a cell of the user's may be run.
    const { kernel } = model.widget_manager ?? {};
    const stop = () => void kernel?.interrupt?.();
    this.stop = h("button", { type: "button", hidden: !inApp() || !kernel?.interrupt, click: stop }, tr("Stop"));
    this.line = h("p", { class: "at-work", hidden: true }, this.work, " ", this.stop);
    this.element = h("div", {}, this.nobody, this.line);
    this.job = h("span", { role: "status" });
    /** What is done beside the kernel, with a button that ends it. */
    this.beside = h(
      "p",
      { class: "beside", hidden: true },
      this.job,
      " ",
      h("button", { type: "button", click: cancel }, tr("Cancel")),
    );
    requests.unanswered = (gone) => {
      this.showWork("");
      this.showJob("");
      say(this.nobody, this.absence(gone));
      turnBack();
      // Who has asked may be far below; a lab that nobody has touched moves nothing.
      if (requests.root.contains(document.activeElement)) this.nobody.scrollIntoView({ block: "nearest" });
    };
    this.onMessage = (/** @type {{ alive?: Alive }} */ { alive }) => {
      if (alive) this.take(alive);
    };
    this.onAnswer = () => this.showWork("");
    this.onLive = () => requests.look();
    model.on("msg:custom", this.onMessage);
    model.on("change:answered", this.onAnswer);
    // Told by ipywidgets when a kernel is restarted, and in other cases.
    model.on("comm_live_update", this.onLive);
  }

  /** @param {Alive} alive */
  take(alive) {
    say(this.nobody, "");
    this.requests.alive(alive);
    this.showWork(this.requests.awaited ? alive.words : "");
    this.showJob(alive.job);
  }

  /** @param {string} words */
  showWork(words) {
    clearTimeout(this.words);
    const show = () => {
      say(this.work, words);
      this.line.hidden = !words;
    };
    if (words && this.line.hidden) this.words = setTimeout(show, WORDS_MS);
    else show();
  }

  /** @param {string} words */
  showJob(words) {
    this.at = words;
    if (!words) {
      clearTimeout(this.jobs);
      this.jobs = 0;
    }
    const show = () => {
      say(this.job, this.at);
      this.beside.hidden = !this.at;
    };
    if (!words || !this.beside.hidden) show();
    else if (!this.jobs) this.jobs = setTimeout(show, WORDS_MS);
  }

  /** @param {boolean} gone */
  absence(gone) {
    const again = tr(inApp() ? AGAIN.app : AGAIN.notebook);
    const what = gone
      ? tr("Nobody answers: the kernel was restarted, or has ended.")
      : tr("No answer for 5 s: the kernel may have been restarted, or is busy.");
    return `${what} ${again}`;
  }

  close() {
    clearTimeout(this.words);
    clearTimeout(this.jobs);
    this.requests.stop();
    this.model.off("msg:custom", this.onMessage);
    this.model.off("change:answered", this.onAnswer);
    this.model.off("comm_live_update", this.onLive);
  }
}
