// What is known before any chain is asked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { getContractAddress, keccak256, parseTransaction, recoverTransactionAddress, toHex } from "viem";
import { compiled, deployedEas, isCodeOf } from "../../deploy/lib/compiled.mjs";
import { contractsOf, deterministicLauncher } from "../../deploy/lib/plan.mjs";
import { PROXY, PROXY_COST, PROXY_SIGNER, PROXY_TRANSACTION } from "../../deploy/lib/proxy.mjs";
import { deployer, stranger } from "./support.mjs";

const SALT = keccak256(toHex("OpenSettle"));

test("the proxy's transaction is its signer's first, and creates the proxy", async () => {
  const { gas, gasPrice, nonce, chainId } = parseTransaction(PROXY_TRANSACTION);
  assert.equal(await recoverTransactionAddress({ serializedTransaction: PROXY_TRANSACTION }), PROXY_SIGNER);
  assert.equal(getContractAddress({ from: PROXY_SIGNER, nonce: 0n }), PROXY);
  assert.equal(gas * gasPrice, PROXY_COST);
  assert.equal(nonce ?? 0, 0);
  assert.equal(chainId, undefined);
});

test("the launcher's address depends on deployer and salt", () => {
  const own = deterministicLauncher(deployer.address, SALT);
  assert.equal(deterministicLauncher(deployer.address, SALT), own);
  assert.notEqual(deterministicLauncher(stranger.address, SALT), own);
  assert.notEqual(deterministicLauncher(deployer.address, keccak256("0x01")), own);
});

test("the contracts are the launcher's first five", () => {
  const from = deterministicLauncher(deployer.address, SALT);
  const [registry, rail, vault, resolver, claimRelay] = [1n, 2n, 3n, 4n, 5n].map((nonce) => getContractAddress({ from, nonce }));
  assert.deepEqual(contractsOf(from), { registry, rail, vault, resolver, claimRelay });
});

test("EAS is known where its package has it, and nowhere else", () => {
  assert.equal(deployedEas(1).eas, "0xA1207F3BBa224E2c9c3c6D5aF63D0eb1582Ce587");
  assert.equal(deployedEas(31337), null);
});

// EAS's artifacts say what its deployed code is; it has immutables too.
const { bytecode, deployedBytecode } = compiled("EAS");
const changed = (code, at, byte) => `${code.slice(0, 2 + at * 2)}${byte}${code.slice(4 + at * 2)}`;
const immutableAt = (() => {
  const at = deployedBytecode.indexOf(`7f${"00".repeat(32)}`);
  assert.ok(at > 0 && at % 2 === 0);
  return at / 2;
})();

test("deployed code is known by its creation code", () => {
  assert.ok(isCodeOf(deployedBytecode, bytecode));
  assert.ok(isCodeOf(compiled("SchemaRegistry").deployedBytecode, compiled("SchemaRegistry").bytecode));
});

test("an immutable may have any value", () => {
  assert.ok(isCodeOf(changed(changed(deployedBytecode, immutableAt, "ff"), immutableAt + 31, "01"), bytecode));
});

test("no other byte may differ", () => {
  const size = (deployedBytecode.length - 2) / 2;
  for (let at = 0; at < size; at += 97) {
    const byte = deployedBytecode.slice(2 + at * 2, 4 + at * 2);
    const immutable = isCodeOf(changed(deployedBytecode, at, byte === "aa" ? "bb" : "aa"), bytecode);
    if (immutable) assert.equal(byte, "00", `byte ${at}`);
  }
  assert.ok(!isCodeOf(changed(deployedBytecode, 0, "61"), bytecode));
  assert.ok(!isCodeOf(changed(deployedBytecode, immutableAt - 1, "7e"), bytecode));
});

test("a part of the code, more than it, none, and another contract's are not the code", () => {
  assert.ok(!isCodeOf(deployedBytecode.slice(0, -2), bytecode));
  assert.ok(!isCodeOf(`0x${deployedBytecode.slice(4)}`, bytecode));
  assert.ok(!isCodeOf(`${deployedBytecode}00`, bytecode));
  assert.ok(!isCodeOf("0x", bytecode));
  assert.ok(!isCodeOf(deployedBytecode, compiled("SchemaRegistry").bytecode));
});
