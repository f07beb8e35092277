// Kinds of discrepancies, as the kernel tells them: [kind, words], in the order of their bits.

/** Give the kinds as rows of a picture: the status stands first, and words begin with a capital. */
export function kindRows({ kinds }) {
  const first = (kind) => Number(kind !== "status");
  return [...kinds]
    .sort(([one], [other]) => first(one) - first(other))
    .map(([kind, words]) => [kind, words[0].toUpperCase() + words.slice(1)]);
}

/** Give the words of the kinds that are set in a number of bits. */
export function wordsOfBits({ kinds }, bits) {
  return kinds.filter((_, bit) => (bits >> bit) & 1).map(([, words]) => words);
}
