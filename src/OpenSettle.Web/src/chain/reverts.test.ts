import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeErrorResult } from "viem";
import { VAULT } from "./abi.ts";
import { ZERO } from "./calls.ts";
import { refusalOf, revertData } from "./reverts.ts";
import { RpcError } from "./rpc.ts";

const nothing = encodeErrorResult({ abi: VAULT, errorName: "NothingToClaim", args: [ZERO, ZERO] });

test("each error of the vault on these ways has words of its own", () => {
  const titles = new Set<string>();
  const errors = VAULT.filter((item) => item.type === "error");
  for (const error of errors) {
    const args = error.inputs.map(({ type }) => (type === "address" ? ZERO : type === "bytes32" ? `0x${"00".repeat(32)}` : 0n));
    const data = encodeErrorResult({ abi: [error], errorName: error.name, args } as unknown as Parameters<typeof encodeErrorResult>[0]);
    const refusal = refusalOf(new RpcError("execution reverted", 3, data));
    assert.equal(refusal?.name, error.name);
    assert.ok(refusal.title.length > 10 && refusal.remedy.length > 20);
    titles.add(refusal.title);
  }
  // All but those of which nobody can do anything else than ask.
  assert.ok(titles.size >= errors.length - 1, [...titles].join("\n"));
});

test("wherever endpoints and wallets put what a call returned, it is found", () => {
  for (const data of [nothing, { data: nothing }, { originalError: { data: nothing } }, { data: { data: nothing } }, `Reverted ${nothing}`, { cause: { error: { data: nothing } } }])
    assert.equal(refusalOf(new RpcError("x", -32603, data))?.name, "NothingToClaim", JSON.stringify(data));
});

test("what is no revert is none, and what reverts without words says so", () => {
  assert.equal(refusalOf(new RpcError("the endpoint is down", -32603)), null);
  assert.equal(revertData({ data: "0x" }), null);
  assert.equal(refusalOf(new RpcError("execution reverted", 3))?.name, "");
  const unknown = refusalOf(new RpcError("execution reverted", 3, "0xdeadbeef"));
  assert.match(unknown?.remedy ?? "", /0xdeadbeef/);
  const circle: Record<string, unknown> = {};
  circle["data"] = circle;
  assert.equal(revertData(circle), null);
});
