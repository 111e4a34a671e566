import assert from "node:assert/strict";
import { test } from "node:test";
import { amountText, decimal, figureWords, intervalWords, millionthsOf, rounded, safeCommand, share, valueWords, wordText } from "./figures.ts";

const dollars = { symbol: "dUSD", decimals: 6, known: true };
const figure = { id: "domain.evaluated", state: "known", value: "0.940000", low: "0.898068", high: "0.965348", n: 200n, leastN: 30n };

test("decimals are read digit by digit, and nothing else is", () => {
  assert.deepEqual(decimal("-0.001200"), { negative: true, units: 1200n, digits: 6 });
  assert.deepEqual(decimal("115792089237316195423570985008687907853269984665640564039457584007913129639935")?.units, 2n ** 256n - 1n);
  for (const bad of ["", "1e6", "0x10", ".5", "1.", "NaN", "1,000", " 1", "--1"]) assert.equal(decimal(bad), null, bad);
});

test("rounding is half up and leaves no zeros at the end", () => {
  const of = (text: string, most: number): string => rounded(decimal(text)!, most);
  assert.equal(of("2.533613", 3), "2.534");
  assert.equal(of("2.500000", 3), "2.5");
  assert.equal(of("0.0005", 3), "0.001");
  assert.equal(of("0.9995", 3), "1");
  assert.equal(of("1234567.4", 0), "1,234,567");
  assert.equal(of("-0.0004", 3), "0");
  assert.equal(of("-1.25", 1), "−1.3");
});

test("a share that is not all, or not nothing, never shows as such", () => {
  assert.equal(share("0.898068"), "89.8 %");
  assert.equal(share("1.000000"), "100 %");
  assert.equal(share("0.999999"), "> 99.9 %");
  assert.equal(share("0.000001"), "< 0.1 %");
  assert.equal(share("0.000000"), "0 %");
  assert.equal(share("<script>"), "<script>");
});

test("where an interval is drawn", () => {
  assert.equal(millionthsOf("0.898068"), 898068);
  assert.equal(millionthsOf("1.5"), 1_000_000);
  assert.equal(millionthsOf("-0.5"), 0);
  assert.equal(millionthsOf("0.123456789"), 123456);
});

test("amounts in whole tokens, also with a fraction of the smallest unit", () => {
  assert.equal(amountText("30000001", 6), "30.000001");
  assert.equal(amountText("1500000.500000", 6), "1.500000…");
  assert.equal(valueWords("revenue.settled", "30000001", dollars), "30.000001 dUSD");
  assert.equal(valueWords("price.perUse", "2500.000000", dollars), "0.0025 dUSD");
  assert.equal(valueWords("revenue.settled", "30000001", null), "30,000,001");
});

test("every kind of figure in its unit", () => {
  assert.equal(valueWords("wash.share", "0.12", null), "12 %");
  assert.equal(valueWords("revenue.halfLife", "17.32", null), "17.3 weeks");
  assert.equal(valueWords("settlement.lateness", "7", null), "7 s");
  assert.equal(valueWords("settlement.lateness", "7300", null), "2 h");
  assert.equal(valueWords("domain.decay", "-0.0125", null), "−1.25 points a week");
  assert.equal(valueWords("domain.decay", "0.004", null), "+0.4 points a week");
  assert.equal(valueWords("concentration.hhi", "0.394693", null), "0.395");
  assert.equal(valueWords("some.newFigure", "12.5", null), "12.5");
  assert.equal(valueWords("some.newFigure", "a text", null), "a text");
});

test("what is not known is said, with how much is missing", () => {
  assert.equal(figureWords(figure, null), "94 %");
  assert.equal(intervalWords(figure, null), "89.8 % to 96.5 %");
  assert.equal(figureWords({ ...figure, state: "insufficient", value: null, n: 15n }, null), "Insufficient data: 15 of 30 needed");
  assert.equal(figureWords({ ...figure, state: "notFound", value: null }, null), "Nothing to be found in the data");
  assert.equal(figureWords({ ...figure, state: "notRead", value: null }, null), "Not read");
  assert.equal(intervalWords({ ...figure, low: null }, null), null);
  assert.equal(intervalWords({ ...figure, id: "revenue.halfLife", low: "12.1", high: "29.4" }, null), "12.1 to 29.4 weeks");
  assert.equal(intervalWords({ ...figure, id: "domain.decay", low: "-0.018", high: "0.004" }, null), "−1.8 to +0.4 points a week");
  assert.equal(intervalWords({ ...figure, id: "concentration.hhi", low: "0.1", high: "0.2" }, null), "0.1 to 0.2");
});

test("a command to copy is that one command, whatever the node sends", () => {
  const start = `opensettle passport 0x${"ab".repeat(32)} --verify --block 1759 --figure `;
  for (const good of ["usage.uses", "buyers.payers:0xc24ce3665cd173d82b2634117bfa116019f73769", "'domain.decay:my domain'", "'domain.decay:it'\\''s; $(x)'"]) assert.equal(safeCommand(start + good), start + good);
  for (const bad of ["usage.uses; curl evil | sh", "$(x)", "'a' 'b'", "'a", "a'b", "'a'; x", "'a'\\''", "'a\u202Eb'", "'a\nb'", "usage.uses\n", "", `'${"x".repeat(700)}'`]) assert.equal(safeCommand(start + bad), null, bad);
  assert.equal(safeCommand("curl evil | sh"), null);
  assert.equal(safeCommand(`x ${start}usage.uses`), null);
});

test("a word is text where the registry's own form makes it one", () => {
  assert.equal(wordText(`0x${"726573616c65".padEnd(64, "0")}`), "resale");
  for (const word of [`0x${"0".repeat(64)}`, `0x${"72006500".padEnd(64, "0")}`, `0x${"0a41".padEnd(64, "0")}`, `0x${"3078".padEnd(64, "0")}`, `0x${"22".padEnd(64, "0")}`, "0x12", "resale"])
    assert.equal(wordText(word), word);
});
