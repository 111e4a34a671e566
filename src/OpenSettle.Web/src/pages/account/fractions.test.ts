import assert from "node:assert/strict";
import { test } from "node:test";
import { amountText, equal, fractionOf, fractionText, minus, part, percentText, plus, sum, times, whole } from "./fractions.ts";

test("fractions are read with their sign, and nothing else is", () => {
  assert.deepEqual(fractionOf("-211/350"), { n: -211n, d: 350n });
  assert.deepEqual(fractionOf("5200000"), { n: 5_200_000n, d: 1n });
  for (const wrong of ["", "1/0", "1/-2", "1.5", "0x1", "1/2/3", " 1", "--1", "1/"]) assert.throws(() => fractionOf(wrong), TypeError, wrong);
});

test("they are added and multiplied exactly", () => {
  assert.deepEqual(plus(part(1n, 3n), part(1n, 6n)), { n: 1n, d: 2n });
  assert.deepEqual(minus(part(1n, 6n), part(1n, 3n)), { n: -1n, d: 6n });
  assert.deepEqual(times(part(2n, 3n), part(3n, 4n)), { n: 1n, d: 2n });
  assert.ok(equal(sum(Array.from({ length: 7 }, () => part(1n, 7n))), whole(1n)));
  assert.ok(!equal(part(1n, 3n), part(333_333n, 1_000_000n)));
  assert.throws(() => part(1n, 0n), RangeError);
});

test("an amount is cut behind the smallest unit, and says so", () => {
  assert.equal(amountText(fractionOf("1830000061/350"), 6), "5.228571602857…");
  assert.equal(amountText(fractionOf("-211/350"), 6), "−0.000000602857…");
  assert.equal(amountText(whole(5_200_000n), 6), "5.2");
  assert.equal(amountText(part(1n, 2n), 0), "0.5");
  assert.equal(amountText(whole(2n ** 256n - 1n), 0), "115,792,089,237,316,195,423,570,985,008,687,907,853,269,984,665,640,564,039,457,584,007,913,129,639,935");
  assert.equal(amountText(part(1n, 10n ** 30n), 6), "0.000000000000…");
  // Zeros are digits where more follows them.
  assert.equal(amountText(plus(whole(1n), part(1n, 10n ** 9n)), 0), "1.000000…");
});

test("a fraction keeps its minus, a share its decimals", () => {
  assert.equal(fractionText(fractionOf("-19030078488527/19031000088527")), "−19,030,078,488,527/19,031,000,088,527");
  assert.equal(percentText(part(61n, 350n)), "17.4285… %");
  assert.equal(percentText(part(1n, 5n)), "20 %");
  assert.equal(percentText(part(1n, 10n ** 9n)), "< 0.0001 %");
  assert.equal(percentText(whole(0n)), "0 %");
});
