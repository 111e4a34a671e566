import assert from "node:assert/strict";
import { test } from "node:test";
import { saysWords } from "./says.ts";

const hex = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`;
const word = (text: string): string => `0x${Buffer.from(text).toString("hex").padEnd(64, "0")}`;
const zero = `0x${"0".repeat(40)}`;

test("each kind in a line", () => {
  const of = (kind: string, says: Record<string, unknown>): string => saysWords({ kind, says });
  assert.equal(of("evaluation", { domain: word("nda"), metric: "accuracy", value: "0.94", n: "1000" }), "nda: accuracy 0.94 of 1,000");
  assert.equal(of("evaluation", { domain: hex(5), metric: "f1", value: "", n: "0" }), "Commits to a set for 0x0000…0005, by f1, before results");
  assert.equal(of("permission", { use: word("resale"), permission: "notAllowed", account: zero }), "resale: not allowed for anybody");
  assert.equal(of("contribution", { account: `0x${"ab".repeat(20)}`, role: word("data"), weight: "45" }), "0xabab…abab as data, weight 45");
  assert.equal(of("lineage", { parents: [{ model: hex(7), share: 200000 }] }), "Derives from 0x0000…0007 (20 %)");
  assert.equal(of("lineage", { parents: [] }), "Derives from nothing");
  assert.equal(of("provenance", { datasetHashes: [hex(1)], relations: ["trained-on"] }), "1 data set: trained-on");
  assert.equal(of("epoch", { number: 7, lastBlock: 1200 }), "Epoch 7 up to block 1,200");
  assert.equal(of("usageRecord", { epoch: 7, uses: "12", domains: [{}] }), "Epoch 7: 12 uses, 1 domain");
  assert.equal(of("another", {}), "");
});

test("what is missing, or of another type, breaks nothing", () => {
  for (const kind of ["evaluation", "permission", "contribution", "lineage", "provenance", "epoch", "usageRecord"])
    for (const says of [{}, { parents: 5, relations: null, datasetHashes: "x", n: {}, domain: 7 }, { parents: [null, "x", { model: 1, share: "a lot" }] }]) assert.equal(typeof saysWords({ kind, says }), "string", kind);
  assert.match(saysWords({ kind: "evaluation", says: null }), /not read/);
});
