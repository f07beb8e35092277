// Who is waited for, and for how long; the rest needs a kernel.

import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { Requests } from "../../simkit/ui/frontend/requests.js";

/** Give requests to a kernel that is silent, or gone. */
function asking(send = () => {}) {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const root = { setAttribute() {}, classList: { add() {}, remove() {} } };
  const requests = new Requests({ get: () => 0, send }, root);
  const given = [];
  requests.unanswered = (gone) => given.push(gone);
  return { requests, given };
}

test("nobody is said to be there within 5 s of a request, and what it asked for is let go", () => {
  const { requests, given } = asking();
  requests.send("preset", "E4b");
  mock.timers.tick(4_000);
  assert.deepEqual([given, requests.awaited], [[], 1]);
  mock.timers.tick(1_000);
  assert.deepEqual([given, requests.awaited], [[false], 0]);
});

test("who gives signs of life is waited for, until the signs end", () => {
  const { requests, given } = asking();
  requests.send("preset", "E4b");
  for (let beat = 0; beat < 10; beat++) {
    requests.alive({ words: "", job: "" });
    mock.timers.tick(2_000);
  }
  assert.deepEqual([given, requests.awaited], [[], 1]);
  mock.timers.tick(3_000);
  assert.deepEqual(given, [false]);
});

test("a sign of life is all that is waited for where no answer is, and more where work goes on beside", () => {
  const { requests, given } = asking();
  requests.expect();
  requests.alive({ words: "", job: "" });
  mock.timers.tick(10_000);
  assert.deepEqual(given, []);
  requests.alive({ words: "", job: "Measuring: 1 of 30 runs" });
  mock.timers.tick(5_000);
  assert.deepEqual(given, [false]);
});

test("a kernel to which nothing can be sent is gone at once", () => {
  const { requests, given } = asking(() => {
    throw new Error("Cannot send");
  });
  requests.look();
  assert.deepEqual(given, [true]);
});
