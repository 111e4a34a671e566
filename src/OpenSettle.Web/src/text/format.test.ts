import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, ended, exactAmount, grouped, millionths, recognise, shortAmount, shortHex } from "./format.ts";

const LARGEST = 2n ** 128n - 1n;

test("an amount without decimals is its integer, grouped", () => {
  assert.equal(exactAmount(0n, 0), "0");
  assert.equal(exactAmount(1n, 0), "1");
  assert.equal(exactAmount(1234567n, 0), "1,234,567");
  assert.equal(exactAmount(LARGEST, 0), "340,282,366,920,938,463,463,374,607,431,768,211,455");
});

test("an amount with one decimal", () => {
  assert.equal(exactAmount(0n, 1), "0");
  assert.equal(exactAmount(1n, 1), "0.1");
  assert.equal(exactAmount(10n, 1), "1");
  assert.equal(exactAmount(12345n, 1), "1,234.5");
});

test("an amount with eighteen decimals keeps every digit", () => {
  assert.equal(exactAmount(1n, 18), "0.000000000000000001");
  assert.equal(exactAmount(10n ** 18n, 18), "1");
  assert.equal(exactAmount(1500000000000000000n, 18), "1.5");
  assert.equal(exactAmount(LARGEST, 18), "340,282,366,920,938,463,463.374607431768211455");
});

test("a short amount is cut, never rounded up, and says so", () => {
  assert.equal(shortAmount(0n, 18), "0");
  assert.equal(shortAmount(1n, 18), "< 0.000001");
  assert.equal(shortAmount(10n ** 12n, 18), "0.000001");
  assert.equal(shortAmount(10n ** 18n - 1n, 18), "0.999999…");
  assert.equal(shortAmount(10n ** 18n + 1n, 18), "1.000000…");
  assert.equal(shortAmount(1234567n, 6), "1.234567");
  assert.equal(shortAmount(LARGEST, 18), "340,282,366,920,938,463,463.374607…");
  assert.equal(shortAmount(LARGEST, 0), exactAmount(LARGEST, 0));
});

test("what is not an amount is refused", () => {
  assert.throws(() => exactAmount(-1n, 6), RangeError);
});

test("grouping leaves short numbers alone", () => {
  assert.deepEqual(
    [0, 12, 999, 1000, 1000000].map((value) => grouped(value)),
    ["0", "12", "999", "1,000", "1,000,000"],
  );
});

test("shares", () => {
  assert.equal(millionths(125_000), "12.5 %");
  assert.equal(millionths(1_000_000), "100 %");
  assert.equal(millionths(1), "0.0001 %");
});

test("words", () => {
  assert.equal(counted(1, "model"), "1 model");
  assert.equal(counted(2000, "hash", "hashes"), "2,000 hashes");
  assert.equal(ended("It stopped"), "It stopped.");
  assert.equal(ended("It stopped."), "It stopped.");
  assert.equal(shortHex("0x0123456789abcdef"), "0x0123…cdef");
  assert.equal(shortHex("0x01"), "0x01");
});

test("the search field knows accounts and models, and nothing else", () => {
  const account = "AbCdEf0123456789aBcDeF0123456789abcdef01";
  assert.deepEqual(recognise(` 0x${account} `), { kind: "account", id: `0x${account}` });
  assert.deepEqual(recognise(account), { kind: "account", id: `0x${account}` });
  assert.deepEqual(recognise(`0X${"AB".repeat(32)}`), { kind: "model", id: `0x${"ab".repeat(32)}` });
  for (const other of ["", "0x", "hello", `0x${account}0`, `0x${"g".repeat(40)}`, "0x1/../../x"])
    assert.equal(recognise(other), null);
});
