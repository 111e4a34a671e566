import assert from "node:assert/strict";
import { test } from "node:test";
import { balanceWords, endpointWords, holdWords, purposeWords, refusalWords, reloadWords } from "./words.ts";

test("a balance is held against what an epoch takes, as the doctor does", () => {
  const kind = (balance: bigint | null, epochCost: bigint | null) => balanceWords({ balance, epochCost })?.kind;
  assert.equal(kind(null, 5n), undefined);
  assert.equal(kind(7n, null), undefined);
  assert.equal(kind(0n, null), "bad");
  assert.equal(kind(4n, 5n), "bad");
  assert.equal(kind(5n, 5n), "warn");
  assert.equal(kind(49n, 5n), "warn");
  assert.equal(kind(50n, 5n), "good");
  assert.match(balanceWords({ balance: 10n ** 30n, epochCost: 1n })?.note ?? "", /more than 10,000/);
  assert.match(balanceWords({ balance: 9n, epochCost: 5n })?.note ?? "", /1 epoch /);
});

test("a purpose names tokens as people do", () => {
  const token = `0x${"ab".repeat(20)}`;
  assert.equal(purposeWords(`sweep ${token} at 56`, () => "dUSD"), "Sweep dUSD at 56");
  assert.equal(purposeWords("propose epoch 2.1", () => "?"), "Propose epoch 2.1");
});

test("what a newer node says is shown as it is", () => {
  assert.equal(endpointWords({ state: "resting" }).word, "resting");
  assert.equal(holdWords("tooPurple").why, "tooPurple");
  assert.match(holdWords("unlistedGateway").remedy, /owner lists/);
});

test("a refused key is asked for again, and nothing else is a refusal", () => {
  assert.match(refusalWords(401) ?? "", /mistyped/);
  assert.match(refusalWords(403) ?? "", /gateway's/);
  assert.deepEqual([undefined, 0, 500].map(refusalWords), [null, null, null]);
});

test("a reload says what holds and what waits for a start", () => {
  assert.match(reloadWords({ applied: [], needStart: [] }), /nothing in them changed/);
  assert.equal(
    reloadWords({ applied: [{ chain: null, setting: "maxFeeGwei" }], needStart: [{ chain: "base", setting: "listen" }] }),
    "Taken over from the next turn on: maxFeeGwei. These hold from the next start on: base: listen.",
  );
});
