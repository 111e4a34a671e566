import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeAbiParameters, keccak256, parseAbiParameters } from "viem";
import { type RecordFields, encodeEpoch, encodeRecord, encodeSays, epochHash, recordLeaf, recordRootOf } from "./records.ts";

interface Trees {
  trees: {
    epoch: number;
    root: string;
    records: {
      model: string;
      uses: string;
      consumers: string;
      tokens: string[];
      revenue: string[];
      domains: string[];
      successes: string[];
      trials: string[];
      dataHash: string;
      leaf: string;
      proof: string[];
    }[];
  }[];
}

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(`../../../../tests/vectors/${name}`, import.meta.url), "utf8")) as T;

// Made by OpenZeppelin's own package and ethers: see "about" in the file.
for (const tree of read<Trees>("records.json").trees) {
  test(`the ${tree.records.length} records of epoch ${tree.epoch} lead to its record root, and none that was changed does`, () => {
    assert.ok(tree.records.length > 0);
    for (const one of tree.records) {
      const record: RecordFields = {
        model: one.model,
        epoch: tree.epoch,
        uses: BigInt(one.uses),
        consumers: BigInt(one.consumers),
        revenue: one.tokens.map((token, i) => ({ token, amount: BigInt(one.revenue[i]!) })),
        domains: one.domains.map((word, i) => ({ word, successes: BigInt(one.successes[i]!), trials: BigInt(one.trials[i]!) })),
      };
      const data = encodeRecord(record);
      assert.equal(keccak256(data), one.dataHash);
      assert.equal(recordLeaf(data), one.leaf);
      assert.equal(recordRootOf(data, one.proof), tree.root);
      const changed: RecordFields[] = [
        { ...record, uses: BigInt(record.uses) ^ 1n },
        { ...record, epoch: tree.epoch + 1 },
        { ...record, consumers: BigInt(record.consumers) ^ 1n },
        { ...record, revenue: [...record.revenue, { token: "0x0000000000000000000000000000000000000001", amount: 1n }] },
        { ...record, domains: record.domains.map((domain) => ({ ...domain, trials: BigInt(domain.trials) ^ 1n })), revenue: record.revenue.map((sum) => ({ ...sum, amount: sum.amount - 1n })) },
      ];
      for (const other of changed) {
        if (encodeRecord(other) === data) continue;
        assert.notEqual(recordRootOf(encodeRecord(other), one.proof), tree.root);
      }
    }
  });
}

test("an epoch's record is its five fields, one word each", () => {
  const word = (digit: string): string => `0x${digit.repeat(64)}`;
  const epoch = { epoch: 7, lastBlock: 120, root: word("1"), recordRoot: word("2"), bundleHash: word("3") };
  assert.equal(encodeEpoch(epoch), `0x${"7".padStart(64, "0")}${"78".padStart(64, "0")}${"1".repeat(64)}${"2".repeat(64)}${"3".repeat(64)}`);
  assert.equal(epochHash(epoch), keccak256(encodeEpoch(epoch)));
  assert.throws(() => encodeEpoch({ ...epoch, root: "0x12" }));
});

const WORDS: Readonly<Record<string, string>> = { Unset: "unset", Allowed: "allowed", NotAllowed: "notAllowed", Constrained: "constrained" };
const kinds = read<{ kinds: { kind: string; text: string; data: `0x${string}` }[] }>("attestations.json").kinds;

test("what an attestation says is put together to the very bytes that ethers made, for all kinds", () => {
  assert.equal(kinds.length, 7);
  for (const { kind, text, data } of kinds) {
    const names = text.split(",").map((field) => field.split(" ")[1]!);
    const values = decodeAbiParameters(parseAbiParameters(text), data) as readonly unknown[];
    const field = (name: string): unknown => values[names.indexOf(name)];
    const list = (name: string): string[] => (field(name) as unknown[]).map(String);
    const simple = Object.fromEntries(names.map((name, i) => [name, typeof values[i] === "bigint" ? String(values[i]) : values[i]]));
    const says: Record<string, unknown> = { ...simple, model: field("modelId"), kind: kind.charAt(0).toLowerCase() + kind.slice(1) };
    if (kind === "Epoch") says["number"] = String(field("epoch"));
    if (kind === "Lineage") says["parents"] = list("parents").map((model, i) => ({ model, share: Number(list("shares")[i]) }));
    if (kind === "Permission") says["permission"] = Object.values(WORDS)[Number(field("permission"))] ?? String(field("permission"));
    if (kind === "UsageRecord") {
      says["revenue"] = list("tokens").map((token, i) => ({ token, amount: list("revenue")[i] }));
      says["domains"] = list("domains").map((domain, i) => ({ domain, successes: list("successes")[i], trials: list("trials")[i] }));
    }

    assert.equal(encodeSays(says), data, kind);
    assert.throws(() => encodeSays({ ...says, kind: "another" }), TypeError);
  }
});

test("a statement with a field missing, or of another type, is refused", () => {
  const says = { kind: "evaluation", model: `0x${"1".repeat(64)}`, domain: `0x${"2".repeat(64)}`, metric: "accuracy", value: "0.9", n: "10", evalSetHash: `0x${"3".repeat(64)}`, methodHash: `0x${"4".repeat(64)}` };
  assert.ok(encodeSays(says).startsWith("0x"));
  for (const name of Object.keys(says)) assert.throws(() => encodeSays({ ...says, [name]: undefined }), name);
  assert.throws(() => encodeSays({ ...says, n: "-1" }));
  assert.throws(() => encodeSays({ ...says, domain: "0x12" }));
});
