// The model that answers out of what was told beforehand, as anywidget's does.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ToldModel } from "../../simkit/ui/workshop/told_model.js";

const TOLD = {
  trap: "E4",
  pool: ["trap", "E4b", 7, false, 0, "", -1, 2],
  first: { sides: 0, moment: 2, explore: 3, answered: 4, error: 5, step: 6 },
  answers: { "preset E4b": { sides: 1 }, "step 2": { sides: 0, step: 7, moment: 4 } },
};
const settled = () => new Promise((resolve) => setTimeout(resolve));

test("a command that was told beforehand changes what it changes, once it was sent", async () => {
  const model = new ToldModel(TOLD);
  const heard = [];
  model.on("change:sides", () => heard.push(model.get("sides")));
  model.on("change", () => heard.push(model.get("answered")));
  model.send({ ask: "preset", value: "E4b", n: 3 });
  assert.equal(model.get("sides"), "trap");
  await settled();
  assert.deepEqual(heard, ["E4b", 3]);
  assert.deepEqual([model.get("moment"), model.get("step")], [7, -1]);
});

test("a step brings its moment along, and turning to all controls is told back", async () => {
  const model = new ToldModel(TOLD);
  model.send({ ask: "step", value: 2, n: 1 });
  model.send({ ask: "explore", value: true, n: 2 });
  await settled();
  assert.deepEqual(
    ["step", "moment", "explore", "answered"].map((name) => model.get(name)),
    [2, 0, true, 2],
  );
});

test("what was not told is refused in words and answered all the same", async () => {
  const model = new ToldModel(TOLD);
  for (const [ask, value] of [
    ["seed", 7],
    ["preset", "constructor"],
    ["act", { code: 1 }],
  ]) {
    model.send({ ask, value, n: model.get("answered") + 1 });
    await settled();
    assert.match(model.get("error"), /no kernel/);
    assert.equal(model.get("sides"), "trap");
  }
  model.send({ ask: "step", value: 2, n: 9 });
  await settled();
  assert.deepEqual([model.get("error"), model.get("answered")], ["", 9]);
});

test("whoever waits for a sign of life gets one: after a request, a moment, a look", async () => {
  const model = new ToldModel(TOLD);
  const signs = [];
  const hear = (sign) => signs.push(sign);
  model.on("msg:custom", hear);
  model.send({ ask: "alive" });
  model.set("moment", 9);
  model.save_changes();
  model.send({ ask: "step", value: 2, n: 1 });
  await settled();
  assert.deepEqual(signs, Array(3).fill({ alive: { words: "", job: "" } }));
  model.off("msg:custom", hear);
  model.send({ ask: "alive" });
  await settled();
  assert.equal(signs.length, 3);
});

test("an assignment is heard at once, as with anywidget", () => {
  const model = new ToldModel(TOLD);
  const heard = [];
  model.on("change:moment", () => heard.push("moment"));
  model.on("change", () => heard.push("any"));
  model.set("moment", 9);
  assert.deepEqual([heard, model.get("moment")], [["moment", "any"], 9]);
});
