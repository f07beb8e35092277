// What the stage shows at a moment: only looked up in what was told, so that a moment costs nothing.

/** @import { Beat, Messages, Stage } from "./told" */

import { placeAt } from "../frontend/dom.js";

/**
 * A message at a moment, and how far it has come: from 0 to 1 on its way to the platform, from 1
 * to 2 on its way back, 2 once the page knows.
 *
 * @typedef {{ place: number, way: number }} Flight
 */

/**
 * Give the last message that left by a moment, and how far it has come; null before the first.
 *
 * @param {Messages} messages
 * @param {number} t
 * @returns {Flight | null}
 */
export function flightAt({ leaves, up, total }, t) {
  const place = placeAt(leaves, t, (left) => left);
  if (place < 0) return null;
  const gone = t - leaves[place];
  if (gone >= total[place]) return { place, way: 2 };
  // What does not arrive is lost half-way: nobody can say where.
  if (up[place] < 0) return { place, way: Math.min(0.5, gone / total[place]) };
  if (gone < up[place]) return { place, way: gone / up[place] };
  return { place, way: 1 + (gone - up[place]) / (total[place] - up[place]) };
}

/**
 * Give when the poll left whose answer is the list that the page keeps at a moment, or -1.
 *
 * @param {Messages} messages
 * @param {number} t
 */
export function keptAt({ looks, look, leaves, total }, t) {
  for (let place = placeAt(leaves, t, (left) => left); place >= 0; place -= 1) {
    const { kind, fate } = looks[look[place]];
    if (kind === "list" && fate === "taken" && leaves[place] + total[place] <= t) return leaves[place];
  }
  return -1;
}

/**
 * Give how many messages in a row, up to one, were of its look.
 *
 * @param {Messages} messages
 * @param {number} place
 */
export function alike({ look, looks }, place) {
  const { kind } = looks[look[place]];
  let count = 0;
  for (let i = place; i >= 0; i -= 1) {
    if (looks[look[i]].kind !== kind) continue;
    if (look[i] !== look[place]) break;
    count += 1;
  }
  return count;
}

/**
 * Give the last beat by a moment, or null.
 *
 * @param {Stage} stage
 * @param {number} t
 * @returns {Beat | null}
 */
export function beatAt({ beats }, t) {
  return beats[placeAt(beats, t, (beat) => beat.t)] ?? null;
}

/**
 * Give the last beat of an actor by a moment, or null.
 *
 * @param {Stage} stage
 * @param {number} t
 * @param {Beat["actor"]} actor
 * @returns {Beat | null}
 */
export function actOf({ beats }, t, actor) {
  for (let i = placeAt(beats, t, (beat) => beat.t); i >= 0; i -= 1)
    if (beats[i].message < 0 && beats[i].actor === actor) return beats[i];
  return null;
}

/**
 * Give what is left of the token's life at a moment, as a share, and when it dies; dead is 0.
 *
 * @param {Stage} stage
 * @param {number} t
 */
export function tokenAt({ tokens, token_life: life }, t) {
  const token = tokens[placeAt(tokens, t, ({ start }) => start)];
  if (!token) return { left: 0, dies: -1 };
  return { left: Math.min(1, Math.max(0, (token.dies - t) / life)), dies: token.dies };
}
