// What of a drop goes over, in which pieces, and when it ends; the rest needs a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { droppedOf, PIECE_BYTES, sendAll } from "../../simkit/ui/audit/zone.js";

const textOf = (/** @type {ArrayBuffer[]} */ buffers) => buffers.map((each) => new TextDecoder().decode(each)).join("");

/** Give files as they come, and a kernel that refuses from the nth message on. */
function sending(contents, refuseFrom = Number.POSITIVE_INFINITY) {
  const came = Object.entries(contents).map(([name, text]) => ({ file: new File([text], name), folder: false }));
  const heard = [];
  const told = [];
  const ask = async (kind, value, ...buffers) => {
    heard.push({ kind, value, text: textOf(buffers) });
    return heard.length < refuseFrom;
  };
  const done = sendAll(came, ask, (at, of) => told.push([at, of]));
  return { done, heard, told };
}

test("small files go over in one piece, after their names and sizes", async () => {
  const { done, heard, told } = sending({ "a.json": "[1]", "é.csv": "é\n", "empty.csv": "" });
  await done;
  assert.deepEqual(heard, [
    {
      kind: "begin",
      value: [
        { name: "a.json", size: 3, folder: false },
        { name: "é.csv", size: 3, folder: false },
        { name: "empty.csv", size: 0, folder: false },
      ],
      text: "",
    },
    { kind: "piece", value: 0, text: "[1]é\n" },
  ]);
  assert.deepEqual(told, [[0, 6]]);
});

test("a large file goes over piece by piece, each with its place, and it is told how far it is", async () => {
  const size = 2 * PIECE_BYTES + 5;
  const { done, heard, told } = sending({ "users.json": "x".repeat(size) });
  await done;
  const pieces = heard.slice(1);
  assert.deepEqual(
    pieces.map(({ value, text }) => [value, text.length]),
    [
      [0, PIECE_BYTES],
      [PIECE_BYTES, PIECE_BYTES],
      [2 * PIECE_BYTES, 5],
    ],
  );
  assert.deepEqual(
    told,
    pieces.map(({ value }) => [value, size]),
  );
});

test("nothing goes over after a refusal, of the files or of a piece", async () => {
  for (const messages of [1, 2]) {
    const { done, heard } = sending({ "users.json": "x".repeat(3 * PIECE_BYTES) }, messages);
    await done;
    assert.equal(heard.length, messages);
  }
});

test("a file that cannot be read ends a drop", async () => {
  const folder = new File(["x"], "portal");
  const came = [{ file: folder, folder: false }];
  const ask = async (kind) => {
    if (kind === "begin") Blob.prototype.slice = unreadable;
    return true;
  };
  const { slice } = Blob.prototype;
  const unreadable = () => ({ arrayBuffer: () => Promise.reject(new Error("NotReadableError")) });
  await assert.rejects(sendAll(came, ask, () => {}));
  Blob.prototype.slice = slice;
});

test("what is dropped are files and folders, and no text", () => {
  const file = new File(["[]"], "users.json");
  const folder = new File([""], "portal");
  const item = (of, isDirectory) => ({ getAsFile: () => of, webkitGetAsEntry: () => ({ isDirectory }) });
  const made = { getAsFile: () => file, webkitGetAsEntry: () => null }; // by a script
  const items = [item(file, false), item(folder, true), item(null, false), made];
  assert.deepEqual(droppedOf({ items }), [
    { file, folder: false },
    { file: folder, folder: true },
    { file, folder: false },
  ]);
  assert.deepEqual(droppedOf(null), []);
});
