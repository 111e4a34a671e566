import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { ZERO_WORD } from "./lines.ts";
import { dice, hex } from "./story.ts";
import { bytes, entryHash, hashBytes, hashText, leafHash, proofOf, recordHash, rootFrom, rootOf, treeOf } from "./tree.ts";

type Values = (string | bigint | (string | bigint)[])[];

function agrees(values: Values[], types: string[], leaves: string[]): void {
  const theirs = StandardMerkleTree.of(values, types, { sortLeaves: false });
  const nodes = treeOf(leaves);
  assert.equal(nodes[0], theirs.root);
  leaves.forEach((leaf, k) => {
    assert.deepEqual(proofOf(nodes, k), theirs.getProof(k));
    assert.equal(rootFrom(leaf, proofOf(nodes, k)), theirs.root);
  });
}

test("trees, roots and proofs are OpenZeppelin's, for leaves, push entries and records", () => {
  const roll = dice(5);
  const address = () => hex((16 + roll(240)).toString(16), 20);
  for (let n = 1; n <= 60; n++) {
    const leaves = Array.from({ length: n }, (): [string, string, bigint] => [address(), address(), BigInt(roll(1_000_000)) << BigInt(roll(230))]);
    agrees(leaves, ["address", "address", "uint256"], leaves.map((leaf) => leafHash(...leaf)));
    const entries = leaves.map(([account, token, amount], i): [bigint, string, string, string, bigint] => [BigInt(i), account, address(), token, amount]);
    agrees(entries, ["uint256", "address", "address", "address", "uint256"], entries.map((entry) => entryHash(...entry)));
    const some = <T>(one: () => T): T[] => Array.from({ length: roll(4) }, one);
    const records = leaves.map(([, , amount], i): [string, bigint, bigint, bigint, ...(string | bigint)[][]] => {
      const tokens = some(address);
      const domains = some(() => hashText(`domain ${roll(99)}`));
      const numbers = () => domains.map(() => BigInt(roll(1000)));
      return [hashText(`model ${i}`), 7n, amount & 0xffffn, BigInt(i), tokens, tokens.map(() => amount & ((1n << 128n) - 1n)), domains, numbers(), numbers()];
    });
    const types = ["bytes32", "uint64", "uint64", "uint64", "address[]", "uint128[]", "bytes32[]", "uint64[]", "uint64[]"];
    agrees(records, types, records.map((record) => recordHash(...record)));
  }
});

test("without leaves the root is zero", () => assert.equal(rootOf([]), ZERO_WORD));

/** What C# and Solidity are held to as well; each file says how its rows are made. */
test("roots and proofs of all sizes to 300 are those of the golden vectors", () => {
  const vectors = (name: string) => JSON.parse(readFileSync(fileURLToPath(new URL(`../vectors/${name}`, import.meta.url)), "utf8"));
  const tokens: string[] = vectors("merkle.json").tokens.map((token: string) => token.toLowerCase());
  const { cumulative, push } = vectors("trees.json");
  const one = (name: string, i: number) => {
    const hash = hashText(name);
    const amount = BigInt(`0x${hash.slice(34)}`);
    return { account: hash.slice(0, 42), token: tokens[Number(`0x${hash.slice(42, 44)}`) % 3]!, amount, i };
  };
  const holds = (n: number, due: Record<string, string[]>, leaves: string[]) => {
    const nodes = treeOf(leaves);
    assert.equal(nodes[0], due["roots"]![n - 1], `the root of ${n}`);
    assert.equal(hashBytes(bytes(`0x${leaves.map((leaf) => leaf.slice(2)).join("")}`)), due["leavesHashes"]![n - 1]);
    const proofs = leaves.flatMap((_, k) => proofOf(nodes, k)).map((node) => node.slice(2));
    assert.equal(hashBytes(bytes(`0x${proofs.join("")}`)), due["proofsHashes"]![n - 1], `the proofs of ${n}`);
  };
  for (let n = 1; n <= cumulative.sizes; n++) {
    const rows = Array.from({ length: n }, (_, i) => {
      const row = one(`opensettle/merkle/${n}/${i}`, i);
      return { ...row, amount: i === 0 ? 1n : i === 1 ? (1n << 128n) - 1n : row.amount };
    }).sort((a, b) => (a.token + a.account < b.token + b.account ? -1 : 1));
    holds(n, cumulative, rows.map(({ account, token, amount }) => leafHash(account, token, amount)));
  }
  for (let n = 1; n <= push.sizes; n++) {
    const rows = Array.from({ length: n }, (_, i) => one(`opensettle/push/${n}/${i}`, i));
    const recipient = (account: string, i: number) => (i % 3 === 0 ? account : hashText(`opensettle/push/${n}/${i}/recipient`).slice(0, 42));
    holds(n, push, rows.map(({ account, token, amount, i }) => entryHash(BigInt(i), account, recipient(account, i), token, amount)));
  }
  assert.deepEqual([cumulative.sizes, push.sizes], [300, 130]);
});
