// Pace by event, not by clock: a message takes as long as an eye needs, a quiet stretch next to nothing.

/** @import { Stage } from "./told" */

import { placeAt } from "../frontend/dom.js";

/** Milliseconds on the wall, at normal speed. */
const FLIGHT = 800;
const READ = 1100;
const ACT = 1300;
const QUIET = 450;

/**
 * A part of the way through a day: from one moment of the run to another, in so many ms on the wall.
 *
 * @typedef {{ from: number, to: number, lasts: number, quiet: number }} Leg
 */

/**
 * Give the legs that lead from the begin of a day to its end, by what happens in any of the stages.
 *
 * @param {readonly Stage[]} stages
 * @param {number} start
 * @param {number} end
 * @returns {Leg[]}
 */
export function legsOf(stages, start, end) {
  const stops = stages.flatMap(({ beats, messages }) =>
    beats.map(({ t, message, quiet }) => {
      if (message < 0) return { t, knows: t, back: t, quiet };
      const up = messages.up[message];
      const back = t + messages.total[message];
      return { t, knows: up < 0 ? back : t + up, back, quiet };
    }),
  );
  stops.sort((one, other) => one.t - other.t || one.back - other.back);
  /** @type {Leg[]} */
  const legs = [];
  let at = start;
  /** @type {(to: number, lasts: number, quiet?: number) => void} */
  const go = (to, lasts, quiet = 0) => {
    if (to < at) return;
    legs.push({ from: at, to, lasts, quiet });
    at = to;
  };
  for (const { t, knows, back, quiet } of stops) {
    if (t < start || t > end) continue;
    if (t > at) go(t, QUIET, quiet);
    if (back === t) go(t, ACT);
    else {
      go(knows, FLIGHT);
      go(back, FLIGHT);
      go(back, READ);
    }
  }
  go(end, QUIET);
  return legs;
}

/**
 * Give the place on the wall clock's way at which a moment is first reached.
 *
 * @param {readonly Leg[]} legs
 * @param {number} t
 */
export function wallAt(legs, t) {
  let wall = 0;
  for (const { from, to, lasts } of legs) {
    if (t < to) return wall + lasts * Math.max(0, (t - from) / (to - from));
    wall += lasts;
    if (t === to && from !== to) return wall;
  }
  return wall;
}

/**
 * Give the moment that is reached after so many ms on the wall, and the leg on which it lies.
 *
 * @param {readonly Leg[]} legs
 * @param {number} wall
 * @returns {{ t: number, leg: Leg | null }}
 */
export function momentAt(legs, wall) {
  let rest = wall;
  for (const leg of legs) {
    if (rest < leg.lasts) return { t: Math.round(leg.from + ((leg.to - leg.from) * rest) / leg.lasts), leg };
    rest -= leg.lasts;
  }
  return { t: legs.length ? legs[legs.length - 1].to : 0, leg: null };
}

/**
 * Give the moment of the next beat after a moment, or of the one before it; the same where none is.
 * A step forward ends where a message is known about, so that it is seen.
 *
 * @param {readonly Stage[]} stages
 * @param {number} t
 * @param {1 | -1} direction
 */
export function stepFrom(stages, t, direction) {
  const ends = stages.flatMap(({ beats, messages }) =>
    beats.map((beat) => beat.t + (beat.message < 0 ? 0 : messages.total[beat.message])),
  );
  ends.sort((one, other) => one - other);
  const place = placeAt(ends, t, (each) => each);
  if (direction > 0) return ends[place + 1] ?? t;
  const before = ends.slice(0, place + 1).filter((each) => each < t);
  return before[before.length - 1] ?? t;
}
