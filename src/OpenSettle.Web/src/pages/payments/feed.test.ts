import assert from "node:assert/strict";
import { test } from "node:test";
import { paymentOf } from "../../api/payments.ts";
import { Feed } from "./feed.ts";

const told = (block: number, final: boolean) => ({ block, logIndex: 0, transaction: `0x${block}`, model: "0xm", token: "0xt", amount: "5", payer: "0xp", route: "rail", final });
const payment = (block: number, final: boolean) => paymentOf(told(block, final), "p");

test("what is told and not listed is new, once; what is listed becomes final", () => {
  const feed = new Feed();
  feed.list([payment(1, false)]);
  assert.equal(feed.now(payment(1, false)).final, false);
  assert.ok(feed.tell("payment", JSON.stringify(told(1, true))));
  assert.deepEqual([feed.fresh, feed.now(payment(1, false)).final], [0, true]);
  feed.tell("payment", JSON.stringify(told(2, false)));
  feed.tell("payment", JSON.stringify(told(2, true)));
  assert.equal(feed.fresh, 1);
  // Read on the way to older ones: it is in the list now.
  feed.list([payment(2, true)]);
  assert.equal(feed.fresh, 0);
  assert.equal(feed.changed, false);
});

test("a reorganisation and a reset change the list, noise does not", () => {
  const feed = new Feed();
  assert.equal(feed.tell("status", "{}"), false);
  assert.equal(feed.tell("payment", "{"), false);
  assert.equal(feed.tell("payment", '{"block":"1"}'), false);
  assert.deepEqual([feed.fresh, feed.changed], [0, false]);
  assert.ok(feed.tell("reorg", "{}"));
  assert.equal(feed.changed, true);
});

test("an epoch that becomes active changes the list where something waits for one", () => {
  const feed = new Feed();
  feed.list([paymentOf({ ...told(1, true), epoch: 3 }, "p")]);
  assert.equal(feed.tell("epoch", '{"number":4,"state":"active"}'), false);
  feed.list([payment(2, true)]);
  assert.equal(feed.tell("epoch", '{"number":4,"state":"proposed"}'), false);
  assert.deepEqual([feed.tell("epoch", '{"number":4,"state":"active"}'), feed.changed], [true, true]);
});

test("what the list knows as final does not go back", () => {
  const feed = new Feed();
  feed.tell("payment", JSON.stringify(told(1, false)));
  assert.equal(feed.now(payment(1, true)).final, true);
});
