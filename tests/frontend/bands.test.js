// What the bands look up before they draw: which marks stand as one, and how often polls leave.

import assert from "node:assert/strict";
import { test } from "node:test";

import { groupsOf, usualStep } from "../../simkit/ui/lab/bands.js";

const times = (groups) => groups.map((group) => group.map(({ t }) => t));

test("marks that are too close stand as one, from the first of them on", () => {
  const rows = [10, 0, 29, 30, 58, 100].map((t) => ({ t }));
  assert.deepEqual(times(groupsOf(rows, (t) => t, 30)), [[0, 10, 29], [30, 58], [100]]);
});

test("no two groups are closer than their room, whatever the scale", () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({ t: (i * 7919) % 1000 }));
  for (const scale of [0.1, 0.5, 1, 10]) {
    const groups = groupsOf(rows, (t) => t * scale, 20);
    const starts = groups.map(([first]) => first.t * scale);
    assert.ok(starts.slice(1).every((x, i) => x - starts[i] >= 20));
    assert.equal(groups.flat().length, rows.length);
  }
});

test("the usual step between polls is that of the longest stretch", () => {
  const polls = [
    { start: 0, end: 10, step: 1 },
    { start: 10, end: 500, step: 30 },
    { start: 500, end: 600, step: 15 },
  ];
  assert.equal(usualStep({ polls }), 30);
  assert.equal(usualStep({ polls: [] }), 0);
});
