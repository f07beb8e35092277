// Kinds of discrepancies, as the kernel tells them, in the order of their bits.

/** @import { World } from "./told" */

/**
 * Give the kinds as rows of a picture: the status stands first, and words begin with a capital.
 *
 * @param {Pick<World, "kinds">} world
 */
export function kindRows({ kinds }) {
  const first = (/** @type {{ kind: string }} */ each) => Number(each.kind !== "status");
  return [...kinds]
    .sort((one, other) => first(one) - first(other))
    .map(({ kind, words }) => ({ kind, words: words.charAt(0).toUpperCase() + words.slice(1) }));
}

/**
 * Give the words of the kinds that are set in a number of bits.
 *
 * @param {Pick<World, "kinds">} world
 * @param {number} bits
 */
export function wordsOfBits({ kinds }, bits) {
  return kinds.filter((_, bit) => (bits >> bit) & 1).map(({ words }) => words);
}
