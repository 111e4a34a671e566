// Holds this implementation against histories that src/OpenSettle wrote: OPENSETTLE_HISTORIES names their folder.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkHistory } from "./history.ts";

const folder = process.env["OPENSETTLE_HISTORIES"];
const histories = folder ? readdirSync(folder).filter((name) => name.startsWith("history-")).sort() : [];

// As many as the C# test writes; ./nightly.sh multiplies.
const expected = 1000 * Number(process.env["OPENSETTLE_NIGHTLY"] ?? 1);
const BLOCK = 50;

test("the folder of histories is named and has all of them", () => {
  assert.ok(folder, "OPENSETTLE_HISTORIES is not set");
  assert.equal(histories.length, expected, `${folder} has ${histories.length} histories`);
});

for (let at = 0; at < histories.length; at += BLOCK) {
  const block = histories.slice(at, at + BLOCK);
  test(`${block[0]} to ${block.at(-1)}: every epoch agrees byte for byte, damaged bundles are judged alike`, () => {
    const wrong: string[] = [];
    for (const history of block) {
      try {
        checkHistory(join(folder!, history));
      } catch (error) {
        wrong.push(`${history}: ${error instanceof Error ? error.message : error}`);
      }
    }
    assert.equal(wrong.length, 0, `${wrong.length} histories differ:\n${wrong.join("\n")}`);
  });
}
