import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Abi, toEventSelector, toFunctionSelector } from "viem";
import { TOKEN, VAULT } from "./abi.ts";

const compiled = (name: string): Abi => {
  const { abi } = JSON.parse(readFileSync(new URL(`../../../OpenSettle.Ethereum/Contracts/Compiled/${name}.json`, import.meta.url), "utf8")) as { abi: Abi | string };
  return typeof abi === "string" ? (JSON.parse(abi) as Abi) : abi;
};

interface Parameter {
  type: string;
  indexed?: boolean | undefined;
  components?: readonly Parameter[] | undefined;
}

const shape = (all: readonly Parameter[]): unknown[] => all.map(({ type, indexed, components }) => [type, indexed ?? false, components === undefined ? [] : shape(components)]);

for (const [name, ours] of [
  ["RoyaltySplit", VAULT],
  ["DemoStablecoin", TOKEN],
] as const) {
  test(`what the page asks of ${name} is what it was compiled with`, () => {
    const theirs = compiled(name);
    assert.ok(ours.length > 0);
    for (const item of ours) {
      const found = theirs.find((other) => other.type === item.type && "name" in other && other.name === item.name);
      assert.ok(found !== undefined && "inputs" in found, `${item.type} ${item.name} is there`);
      assert.deepEqual(shape(item.inputs), shape(found.inputs), `${item.name}: inputs`);
      if (item.type === "function" && found.type === "function") {
        assert.equal(toFunctionSelector(item), toFunctionSelector(found));
        assert.deepEqual(shape(item.outputs), shape(found.outputs), `${item.name}: outputs`);
        assert.equal(item.stateMutability === "nonpayable", found.stateMutability === "nonpayable");
      }
      if (item.type === "event" && found.type === "event") assert.equal(toEventSelector(item), toEventSelector(found));
    }
  });
}
