import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Address, Hex } from "viem";
import { decodeFunctionData, hashTypedData } from "viem";
import { VAULT } from "./abi.ts";
import { type Leaf, ZERO, checksummed, claimCall, claimToCall, claimTypedData, setRecipientCall, takePushCall } from "./calls.ts";

interface Transaction {
  to: string;
  data: string;
}

/** What a real node answered to GET /api/v1/accounts/{account}/claim?to=…: its calls, typed data and digest are made by another implementation. */
const node = JSON.parse(readFileSync(new URL("claim.sample.json", import.meta.url), "utf8")) as {
  account: string;
  chainId: number;
  vault: string;
  to: string;
  nonce: string;
  all?: Transaction;
  claims: { token: string; cumulative: string; proof: string[]; toSelf: Transaction; toOther: Transaction; typedData: { domain: object; types: object; primaryType: string; message: Record<string, string> }; digest: string }[];
};

const [vault, account, to] = [checksummed(node.vault), checksummed(node.account), checksummed(node.to)];
const leafOf = ({ token, cumulative, proof }: (typeof node.claims)[number]): Leaf => ({ token: checksummed(token), cumulative: BigInt(cumulative), proof: proof as Hex[] });

test("calls made here are, byte for byte, those that the node would have given", () => {
  assert.ok(node.claims.length > 0);
  for (const one of node.claims) {
    const leaf = leafOf(one);
    assert.deepEqual(claimCall(vault, account, [leaf]), { to: vault, data: one.toSelf.data });
    assert.deepEqual(claimToCall(vault, leaf, to), { to: vault, data: one.toOther.data });
  }
});

/** What a wallet hashes, and the vault checks the signature of. */
function digestOf(typedData: string): Hex {
  const { domain, types, message } = JSON.parse(typedData) as { domain: { name: string; version: string; chainId: string; verifyingContract: Address }; types: { Claim: { name: string; type: string }[] }; message: Record<string, string> };
  return hashTypedData({ domain: { ...domain, chainId: Number(domain.chainId) }, types: { Claim: types.Claim }, primaryType: "Claim", message });
}

test("typed data made here is what the node shows, and so is its digest", () => {
  for (const one of node.claims) {
    const { message } = one.typedData;
    const claim = { chainId: node.chainId, vault, account, token: checksummed(one.token), to, cumulative: BigInt(one.cumulative), nonce: BigInt(node.nonce), deadline: Number(message["deadline"]) };
    assert.equal(claimTypedData(claim).toLowerCase(), JSON.stringify(one.typedData).toLowerCase());
    assert.equal(digestOf(claimTypedData(claim)), one.digest);
    assert.notEqual(digestOf(claimTypedData({ ...claim, to: account })), one.digest);
    assert.notEqual(digestOf(claimTypedData({ ...claim, chainId: claim.chainId + 1 })), one.digest);
  }
});

const some: Leaf = { token: ZERO, cumulative: 2n ** 128n - 1n, proof: [`0x${"ab".repeat(32)}`] };

test("one token is claimed alone, several at once, none not at all", () => {
  assert.equal(decodeFunctionData({ abi: VAULT, data: claimCall(vault, account, [some]).data }).functionName, "claim");
  const many = decodeFunctionData({ abi: VAULT, data: claimCall(vault, account, [some, { ...some, token: to }]).data });
  assert.equal(many.functionName, "claimMany");
  assert.deepEqual(many.args?.[0], [
    { account, token: ZERO, cumulative: some.cumulative, proof: some.proof },
    { account, token: to, cumulative: some.cumulative, proof: some.proof },
  ]);
  assert.throws(() => claimCall(vault, account, []), RangeError);
});

test("a push is taken with all of its entry, and a recipient is set", () => {
  const taken = decodeFunctionData({ abi: VAULT, data: takePushCall(vault, account, { epoch: 3, index: 7, token: ZERO, recipient: to, amount: 9n, proof: [] }, account).data });
  assert.deepEqual(taken.args, [3n, { index: 7n, account, recipient: to, token: ZERO, amount: 9n }, [], account]);
  assert.deepEqual(decodeFunctionData({ abi: VAULT, data: setRecipientCall(vault, to).data }).args, [to]);
});

test("an address keeps its digits whatever its case, and what is none is refused", () => {
  assert.equal(checksummed(to.toLowerCase()), to);
  assert.equal(checksummed(to.toUpperCase().replace("0X", "0x") as Address), to);
  for (const bad of ["", "0x", "0x12", `${to}00`]) assert.throws(() => checksummed(bad));
});
