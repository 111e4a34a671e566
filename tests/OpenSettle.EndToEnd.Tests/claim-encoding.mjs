// The claim that a node's API gives to wallets, held against what ethers makes of the contract's own interface.
//   node claim-encoding.mjs ANSWER.json
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Interface, TypedDataEncoder } from "ethers";

const compiled = new URL("../../src/OpenSettle.Ethereum/Contracts/Compiled/RoyaltySplit.json", import.meta.url);
const vault = new Interface(JSON.parse(readFileSync(compiled, "utf8")).abi);
const answer = JSON.parse(readFileSync(process.argv[2], "utf8"));
let alike = 0;

const same = (transaction, name, values) => {
  assert.equal(transaction.data, vault.encodeFunctionData(name, values));
  assert.equal(transaction.to, answer.vault);
  assert.equal(transaction.value, "0");
  assert.equal(transaction.function, vault.getFunction(name).format("sighash"));
};

same(answer.all, "claimMany", [answer.claims.map(({ token, cumulative, proof }) => ({ account: answer.account, token, cumulative, proof }))]);
alike++;
for (const claim of answer.claims) {
  same(claim.toSelf, "claim", [claim.cumulative, answer.account, claim.token, claim.proof]);
  same(claim.toOther, "claimTo", [claim.cumulative, claim.token, claim.proof, answer.to]);
  alike++;
  const { EIP712Domain, ...types } = claim.typedData.types;
  assert.ok(EIP712Domain);
  assert.equal(TypedDataEncoder.hash(claim.typedData.domain, types, claim.typedData.message), claim.digest);
  assert.deepEqual(
    { ...claim.typedData.message },
    { account: answer.account.toLowerCase(), token: claim.token.toLowerCase(), to: answer.to.toLowerCase(), cumulative: claim.cumulative, nonce: answer.nonce, deadline: claim.typedData.message.deadline },
  );
  alike++;
}

console.log(`${alike} alike`);
