// Time: play, pause, speed, steps to records and discrepancies, forward and back alike.

import { fillSelect, h, placeAt, say } from "../frontend/dom.js";

const SPEEDS = [
  [1, "real time"],
  [60, "1 min/s"],
  [300, "5 min/s"],
  [1200, "20 min/s"],
];
const SPANS = [
  [0, "whole shift"],
  [2 * 3600000, "2 h"],
  [1800000, "30 min"],
  [300000, "5 min"],
];

export class Transport {
  /** `lab` holds the moment and moves it; `zoomed` is called when the span shown changes. */
  constructor(lab, zoomed) {
    this.lab = lab;
    const button = (text, label, click) => h("button", { type: "button", "aria-label": label, click }, text);
    this.play = button("▶ Play", "Play", () => this.toggle());
    this.part = button("Where they part", "Go to where the two runs part", () => lab.moveTo(this.parting));
    this.slider = h("input", {
      type: "range",
      step: 1,
      "aria-label": "Moment",
      input: () => lab.moveTo(Number(this.slider.value)),
      keydown: (event) => this.onKey(event),
    });
    this.time = h("output", { class: "time" });
    this.speed = h("select", { "aria-label": "Speed" });
    fillSelect(this.speed, SPEEDS.map(([n, text]) => [String(n), text]), "300");
    this.zoom = h("select", { "aria-label": "Span shown", change: () => zoomed(Number(this.zoom.value)) });
    fillSelect(this.zoom, SPANS.map(([n, text]) => [String(n), text]), "0");
    this.element = h(
      "div",
      { class: "transport", role: "group", "aria-label": "Time" },
      button("« Discrepancy", "Previous discrepancy", () => this.jump(lab.stops(), -1, "discrepancy")),
      button("‹ Record", "Previous record", () => this.jump(lab.recordTimes(), -1, "record")),
      this.play,
      button("Record ›", "Next record", () => this.jump(lab.recordTimes(), 1, "record")),
      button("Discrepancy »", "Next discrepancy", () => this.jump(lab.stops(), 1, "discrepancy")),
      this.slider,
      this.time,
      this.part,
      this.speed,
      this.zoom,
    );
  }

  onKey(event) {
    const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 60, PageDown: -60 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.lab.moveTo(this.lab.t + steps[event.key] * 1000 * (event.shiftKey ? 10 : 1));
  }

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
    const step = (now) => {
      if (Math.round(exact) !== this.lab.t) exact = this.lab.t;
      exact += (now - last) * Number(this.speed.value);
      last = now;
      this.lab.moveTo(Math.round(exact));
      if (this.lab.t >= this.lab.end) this.toggle(false);
      else this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  /** Take where the two runs part, or null when one run is shown or they never do. */
  partingAt(t) {
    this.parting = t;
    this.part.hidden = t === null;
  }

  show(t, words) {
    const { slider, lab } = this;
    if (Number(slider.min) !== lab.start || Number(slider.max) !== lab.end)
      Object.assign(slider, { min: lab.start, max: lab.end });
    slider.value = t;
    slider.setAttribute("aria-valuetext", words);
    say(this.time, words);
  }

  stop() {
    this.toggle(false);
  }
}
