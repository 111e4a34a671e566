import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeErrorResult } from "viem";
import { VAULT } from "../chain/abi.ts";
import { ZERO } from "../chain/calls.ts";
import { OtherChain } from "../chain/rpc.ts";
import { isUnknownChain, troubleOf } from "./refusals.ts";

test("each refusal has words: what, and what to do", () => {
  const cases: [thrown: unknown, kind: string, title: RegExp][] = [
    [{ code: 4001, message: "User rejected the request." }, "rejected", /declined/],
    [{ code: -32603, message: "Internal error", data: { originalError: { code: 4001 } } }, "rejected", /declined/],
    [new Error("user denied transaction signature"), "rejected", /declined/],
    [{ code: 4100, message: "x" }, "other", /does not let this page/],
    [{ code: 4200, message: "x" }, "unsupported", /cannot do this/],
    [{ code: 4900, message: "x" }, "other", /not connected/],
    [{ code: 4902, message: "x" }, "chain", /does not know this chain/],
    [{ code: -32002, message: "Request already pending" }, "busy", /already asking/],
    [{ code: 5760, message: "x" }, "unsupported", /one batch/],
    [{ code: -32000, message: "insufficient funds for gas * price + value" }, "gas", /not enough coin/],
    [{ code: -32000, message: "Sender doesn't have enough funds to send tx." }, "gas", /not enough coin/],
    [{ code: 3, message: "execution reverted", data: encodeErrorResult({ abi: VAULT, errorName: "NothingToClaim", args: [ZERO, ZERO] }) }, "reverted", /nothing to claim/i],
    [new OtherChain(31337, 1), "chain", /chain 1\b.*chain 31337/],
    [{ code: -32042, message: "strange" }, "other", /refused/],
    [undefined, "other", /no answer/],
    ["gone", "other", /no answer/],
  ];
  for (const [thrown, kind, title] of cases) {
    const trouble = troubleOf(thrown);
    assert.equal(trouble.kind, kind, JSON.stringify(thrown));
    assert.match(trouble.title, title);
    assert.ok(trouble.remedy.length > 15);
  }
});

test("what a wallet says itself is shown, and is not long", () => {
  assert.equal(troubleOf({ code: -32042, message: `a\u202E${"b".repeat(5000)}` }).said?.startsWith("a‹U+202E›b"), true);
  assert.ok((troubleOf({ code: -32042, message: "b".repeat(5000) }).said?.length ?? 0) <= 301);
});

test("a chain that the wallet does not know is told in several ways", () => {
  for (const thrown of [{ code: 4902 }, { code: -32603, data: { originalError: { code: 4902 } } }, { code: -32603, message: 'Unrecognized chain ID "0x7a69".' }]) assert.ok(isUnknownChain(thrown));
  assert.ok(!isUnknownChain({ code: 4001, message: "no" }));
});
