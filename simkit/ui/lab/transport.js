// Time: play, pause, speed, steps to records and discrepancies, forward and back alike.

/** @import { Lab } from "./lab.js" */

import { fillSelect, h, HOUR, MINUTE, placeAt, say, spanWords } from "../frontend/dom.js";
import { tr } from "../frontend/words.js";

// Milliseconds of the run in one of the clock on the wall.
const SPEEDS = [1, 60, 300, 1200];
/** Milliseconds; 0 is the whole shift. */
const SPANS = [0, 2 * HOUR, 30 * MINUTE, 5 * MINUTE];
/** Seconds that a key moves the slider by. */
const KEYS = new Map([
  ["ArrowRight", 1],
  ["ArrowUp", 1],
  ["ArrowLeft", -1],
  ["ArrowDown", -1],
  ["PageUp", 60],
  ["PageDown", -60],
]);

/** @param {number} speed */
const speedWords = (speed) => (speed < 60 ? tr("real time") : tr("{n} min/s", { n: speed / 60 }));

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
    this.play = button(tr("▶ Play"), tr("Play"), () => this.toggle());
    this.part = button(tr("Where they part"), tr("Go to where the two runs part"), () =>
      lab.moveTo(this.parting ?? lab.t),
    );
    this.slider = h("input", {
      type: "range",
      step: 1,
      "aria-label": tr("Moment"),
      input: () => {
        lab.moveTo(Number(this.slider.value));
      },
      keydown: (event) => this.onKey(event),
    });
    this.time = h("output", { class: "time" });
    this.speed = h("select", { class: "extra", "aria-label": tr("Speed") });
    const speeds = SPEEDS.map((each) => ({ value: String(each), text: speedWords(each) }));
    fillSelect(this.speed, speeds, "300");
    this.zoom = h("select", {
      class: "extra",
      "aria-label": tr("Span shown"),
      change: () => {
        zoomed(Number(this.zoom.value));
      },
    });
    const spans = SPANS.map((each) => ({ value: String(each), text: each ? spanWords(each) : tr("whole shift") }));
    fillSelect(this.zoom, spans, "0");
    this.element = h(
      "div",
      { class: "transport", role: "group", "aria-label": tr("Time") },
      this.play,
      this.speed,
      this.time,
      this.slider,
      button(tr("« Discrepancy"), tr("Previous discrepancy"), () =>
        this.jump(lab.stops(), -1, tr("There is no earlier discrepancy in this shift.")),
      ),
      button(tr("‹ Record"), tr("Previous record"), () =>
        this.jump(lab.recordTimes(), -1, tr("There is no earlier record in this shift.")),
      ),
      button(tr("Record ›"), tr("Next record"), () =>
        this.jump(lab.recordTimes(), 1, tr("There is no later record in this shift.")),
      ),
      button(tr("Discrepancy »"), tr("Next discrepancy"), () =>
        this.jump(lab.stops(), 1, tr("There is no later discrepancy in this shift.")),
      ),
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
   * Go to the next of some times, or complain that there is none.
   *
   * @param {number[]} times
   * @param {1 | -1} direction
   * @param {string} complaint
   */
  jump(times, direction, complaint) {
    const { t } = this.lab;
    const i = placeAt(times, t, (each) => each);
    const before = i >= 0 && times[i] === t ? i - 1 : i;
    const found = direction > 0 ? times[i + 1] : times[before];
    if (found === undefined) {
      this.lab.complain(complaint);
      return;
    }
    this.lab.complain("");
    this.lab.moveTo(found);
  }

  toggle(playing = !this.playing) {
    this.playing = playing;
    say(this.play, playing ? tr("❚❚ Pause") : tr("▶ Play"));
    this.play.setAttribute("aria-label", playing ? tr("Pause") : tr("Play"));
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
