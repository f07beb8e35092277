// The architect's picture: where words stand beside a ringed policy.

import assert from "node:assert/strict";
import { test } from "node:test";

import { labelPlace } from "../../simkit/ui/architect/drawing.js";

const size = { width: 400, height: 270 };

test("words stand below a policy at its left, and above it at its right", () => {
  const below = labelPlace(300, 100, "now: 30 s", true, size);
  const above = labelPlace(200, 100, "recommended", false, size);
  assert.ok(below.x + 7 * 9 <= 300 && below.y > 100);
  assert.ok(above.x >= 200 && above.y < 100);
});

test("words stay within the picture, wherever the policy is", () => {
  for (const px of [48, 200, 372])
    for (const py of [30, 130, 226])
      for (const below of [true, false])
        for (const label of ["now: 2 s", "recommended: 1 min 15 s", "the shared token carries 5 a second"]) {
          const { x, y } = labelPlace(px, py, label, below, size);
          assert.ok(x >= 48 && x + 7 * label.length <= 400, `${label} at ${px}: ${x}`);
          assert.ok(y >= 30 && y <= 270 - 44, `${label} at ${py}: ${y}`);
        }
});
