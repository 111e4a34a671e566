import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { leafHash, verify } from "./proof.ts";

interface Vectors {
  trees: {
    size: number;
    root: string;
    proofs: { account: string; token: string; amount: string; leaf: string; proof: string[] }[];
  }[];
}

// Made by OpenZeppelin's own package: see "about" in the file.
const vectors = JSON.parse(readFileSync(new URL("../../../../tests/vectors/merkle.json", import.meta.url), "utf8")) as Vectors;

for (const tree of vectors.trees) {
  test(`all ${tree.proofs.length} proofs of the tree of ${tree.size} hold, and none that was changed`, () => {
    assert.ok(tree.proofs.length > 0);
    for (const { account, token, amount, leaf, proof } of tree.proofs) {
      const claim = { account, token, cumulative: BigInt(amount) };
      assert.equal(leafHash(claim), leaf);
      assert.deepEqual(verify(claim, proof, tree.root), { holds: true, leaf, computedRoot: tree.root });
      assert.equal(verify({ ...claim, cumulative: claim.cumulative + 1n }, proof, tree.root).holds, false);
      assert.equal(verify({ ...claim, account: token, token: account }, proof, tree.root).holds, false);
      assert.equal(verify(claim, [...proof, tree.root], tree.root).holds, false);
      if (proof.length > 0) assert.equal(verify(claim, proof.slice(1), tree.root).holds, false);
    }
  });
}

const some = vectors.trees.find((tree) => tree.size > 2)!;
const first = some.proofs[0]!;
const claim = { account: first.account, token: first.token, cumulative: BigInt(first.amount) };

test("the spelling of hex does not matter", () => {
  const shout = (hex: string): string => `0x${hex.slice(2).toUpperCase()}`;
  assert.equal(verify({ ...claim, account: first.account.toLowerCase() }, first.proof.map(shout), shout(some.root)).holds, true);
});

test("a path that is not made of words is refused", () => {
  for (const bad of ["", "0x", "0x12", `${first.proof[0]}00`, "javascript:alert(1)"])
    assert.throws(() => verify(claim, [bad], some.root), TypeError);
});

test("a root that is not a word never holds", () => {
  assert.equal(verify(claim, first.proof, "").holds, false);
});

test("an amount beyond 256 bits, or a bad address, is refused", () => {
  assert.throws(() => leafHash({ ...claim, cumulative: 2n ** 256n }));
  assert.throws(() => leafHash({ ...claim, account: "0x12" }));
});
