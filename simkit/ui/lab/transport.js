// Time: play, pause, speed, steps to records and discrepancies, forward and back alike.

/** @import { Lab } from "./lab.js" */

import { fillSelect, h, placeAt, say } from "../frontend/dom.js";

// Milliseconds of the run in one of the clock on the wall.
const SPEEDS = [
  { value: "1", text: "real time" },
  { value: "60", text: "1 min/s" },
  { value: "300", text: "5 min/s" },
  { value: "1200", text: "20 min/s" },
];
// Milliseconds.
const SPANS = [
  { value: "0", text: "whole shift" },
  { value: "7200000", text: "2 h" },
  { value: "1800000", text: "30 min" },
  { value: "300000", text: "5 min" },
];
/** Seconds that a key moves the slider by. */
const KEYS = new Map([
  ["ArrowRight", 1],
  ["ArrowUp", 1],
  ["ArrowLeft", -1],
  ["ArrowDown", -1],
  ["PageUp", 60],
  ["PageDown", -60],
]);

export class Transport {
  /**
   * `lab` holds the moment and moves it; `zoomed` is called when the span shown changes.
   *
   * @param {Lab} lab
   * @param {(span: number) => void} zoomed
   */
  constructor(lab, zoomed) {
    this.lab = lab;
    this.playing = false;
    this.frame = 0;
    this.parting = /** @type {number | null} */ (null);
    /** @type {(text: string, label: string, click: () => void) => HTMLButtonElement} */
    const button = (text, label, click) => h("button", { type: "button", "aria-label": label, click }, text);
    this.play = button("▶ Play", "Play", () => this.toggle());
    this.part = button("Where they part", "Go to where the two runs part", () => lab.moveTo(this.parting ?? lab.t));
    this.slider = h("input", {
      type: "range",
      step: 1,
      "aria-label": "Moment",
      input: () => {
        lab.moveTo(Number(this.slider.value));
      },
      keydown: (event) => this.onKey(event),
    });
    this.time = h("output", { class: "time" });
    this.speed = h("select", { class: "extra", "aria-label": "Speed" });
    fillSelect(this.speed, SPEEDS, "300");
    this.zoom = h("select", {
      class: "extra",
      "aria-label": "Span shown",
      change: () => {
        zoomed(Number(this.zoom.value));
      },
    });
    fillSelect(this.zoom, SPANS, "0");
    this.element = h(
      "div",
      { class: "transport", role: "group", "aria-label": "Time" },
      this.play,
      this.speed,
      this.time,
      this.slider,
      button("« Discrepancy", "Previous discrepancy", () => this.jump(lab.stops(), -1, "discrepancy")),
      button("‹ Record", "Previous record", () => this.jump(lab.recordTimes(), -1, "record")),
      button("Record ›", "Next record", () => this.jump(lab.recordTimes(), 1, "record")),
      button("Discrepancy »", "Next discrepancy", () => this.jump(lab.stops(), 1, "discrepancy")),
      this.part,
      this.zoom,
    );
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const seconds = KEYS.get(event.key);
    if (seconds === undefined) return;
    event.preventDefault();
    this.lab.moveTo(this.lab.t + seconds * 1000 * (event.shiftKey ? 10 : 1));
  }

  /**
   * @param {number[]} times
   * @param {1 | -1} direction
   * @param {string} what
   */
  jump(times, direction, what) {
    const { t } = this.lab;
    const i = placeAt(times, t, (each) => each);
    const before = i >= 0 && times[i] === t ? i - 1 : i;
    const found = direction > 0 ? times[i + 1] : times[before];
    if (found === undefined) {
      this.lab.complain(`There is no ${direction > 0 ? "later" : "earlier"} ${what} in this shift.`);
      return;
    }
    this.lab.complain("");
    this.lab.moveTo(found);
  }

  toggle(playing = !this.playing) {
    this.playing = playing;
    say(this.play, playing ? "❚❚ Pause" : "▶ Play");
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    cancelAnimationFrame(this.frame);
    if (!playing) return;
    let last = performance.now();
    if (this.lab.t >= this.lab.end) this.lab.moveTo(this.lab.start);
    let exact = this.lab.t;
    const step = (/** @type {number} */ now) => {
      if (Math.round(exact) !== this.lab.t) exact = this.lab.t;
      exact += (now - last) * Number(this.speed.value);
      last = now;
      this.lab.moveTo(Math.round(exact));
      if (this.lab.t >= this.lab.end) this.toggle(false);
      else this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  /**
   * Take where the two runs part, or null when one run is shown or they never do.
   *
   * @param {number | null} t
   */
  partingAt(t) {
    this.parting = t;
    this.part.hidden = t === null;
  }

  /**
   * @param {number} t
   * @param {string} words
   */
  show(t, words) {
    const { slider, lab } = this;
    const [min, max] = [String(lab.start), String(lab.end)];
    if (slider.min !== min || slider.max !== max) Object.assign(slider, { min, max });
    slider.value = String(t);
    slider.setAttribute("aria-valuetext", words);
    say(this.time, words);
  }

  stop() {
    this.toggle(false);
  }
}
