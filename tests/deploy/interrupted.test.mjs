// Runs that are killed, transactions that hang, and chains without the proxy.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { getContractAddress, keccak256, parseTransaction, toHex } from "viem";
import { contractsOf, deterministicLauncher } from "../../deploy/lib/plan.mjs";
import { PROXY_SIGNER, PROXY_TRANSACTION } from "../../deploy/lib/proxy.mjs";
import { deploy, deployKilledAfterEachStep, deployer, eachOnAFreshChain, openDoor, settings, start, startChain, stranger, workspace } from "./support.mjs";

const LAUNCHER = deterministicLauncher(deployer.address, keccak256(toHex("OpenSettle")));
const chain = await startChain();
const door = await openDoor(chain.url);
let here;
after(async () => {
  door.close();
  await chain.stop();
});
eachOnAFreshChain(chain, { beforeEach, afterEach });
beforeEach(() => {
  here = workspace();
  door.sent.length = 0;
  door.onSend = (_, forward) => forward();
});
afterEach(() => here.remove());

const good = (end) => {
  assert.equal(end.code, 0, end.stderr);
  return end;
};
const refused = (end, code, message) => {
  assert.equal(end.code, code, end.stderr);
  assert.match(end.stderr.trim().split("\n").at(-1), message);
};

/** Starts a run and kills it when it sends: before the chain has the transaction, or after. */
async function killedAtFirstSend(reachesTheChain) {
  const run = start(here, door.url);
  door.onSend = async (_, forward) => {
    if (reachesTheChain) await forward();
    run.kill();
    return undefined;
  };
  assert.equal((await run.finished).signal, "SIGKILL");
  door.onSend = (_, forward) => forward();
}

describe("a run that is killed", () => {
  test("after each of its steps ends where a whole run ends, with no contract more", async () => {
    const snapshot = await chain.call("evm_snapshot");
    good(await deploy(here, chain.url));
    const whole = here.result();
    const nonce = await chain.nonceOf(deployer.address);
    await chain.call("evm_revert", snapshot);
    here.remove();
    here = workspace();

    const end = good(await deployKilledAfterEachStep(here, door));
    // The payment for the proxy, the proxy, and nine contracts.
    assert.equal(end.kills, 11);
    assert.deepEqual(here.result(), whole);
    assert.equal(await chain.nonceOf(deployer.address), nonce);
    assert.equal(await chain.nonceOf(LAUNCHER), 6);
    assert.ok(!existsSync(`${here.out}.partial`));
  });

  test("before its transaction reached the chain sends it again", async () => {
    await killedAtFirstSend(false);
    assert.equal(await chain.blockNumber(), 0);
    good(await deploy(here, door.url));
    assert.equal(await chain.nonceOf(LAUNCHER), 6);
  });

  test("with other settings before the vault is there goes on with the new ones", async () => {
    let left = 6;
    door.onSend = async (_, forward) => (left-- > 0 ? forward() : { error: { code: -32000, message: "not now" } });
    refused(await deploy(here, door.url), 3, /^error: The node refused the transaction for .*: not now\. Mend that and run again\.$/);
    here.write(settings({ threshold: 3 }));
    const { stderr } = good(await deploy(here, chain.url));
    assert.match(stderr, /OpenSettle on chain 31337/);
    assert.doesNotMatch(stderr, /warning/);
    assert.equal(here.result().threshold, 3);
  });
});

describe("a transaction that is not mined", () => {
  // The proxy, EAS and the demo token are no concern of these.
  let snapshot;
  before(async () => {
    snapshot = await chain.call("evm_snapshot");
    const other = workspace();
    good(await deploy(other, chain.url));
    other.remove();
  });
  after(() => chain.call("evm_revert", snapshot));
  beforeEach(() => here.write(settings({ salt: keccak256("0x07") })));
  afterEach(() => chain.call("evm_setAutomine", true));
  const mineFrom = async () => {
    await chain.call("evm_setAutomine", true);
    await chain.call("evm_mine");
  };

  test("and was a killed run's is replaced by one that pays more", async () => {
    const nonce = await chain.nonceOf(deployer.address);
    await chain.call("evm_setAutomine", false);
    await killedAtFirstSend(true);
    door.onSend = async (_, forward) => {
      const reply = await forward();
      await mineFrom();
      return reply;
    };
    const { stderr } = good(await deploy(here, door.url));
    assert.match(stderr, /has a transaction that is not mined\. Waiting\.\nIt does not come\. Replacing it/);
    const [first, second] = door.sent.map((raw) => parseTransaction(raw));
    assert.deepEqual([first.nonce, second.nonce], [nonce, nonce]);
    assert.ok(second.maxFeePerGas * 10n >= first.maxFeePerGas * 11n);
    assert.ok(second.maxPriorityFeePerGas * 10n >= first.maxPriorityFeePerGas * 11n);
    // A launcher and five contracts.
    assert.equal(await chain.nonceOf(deployer.address), nonce + 6);
    assert.equal(await chain.nonceOf(here.result().launcher), 6);
  });

  test("and comes after all is not sent twice", async () => {
    const nonce = await chain.nonceOf(deployer.address);
    await chain.call("evm_setAutomine", false);
    await killedAtFirstSend(true);
    const run = start(here, door.url);
    setTimeout(mineFrom, 1_500);
    const { stderr } = good(await run.finished);
    assert.doesNotMatch(stderr, /Replacing/);
    assert.equal(await chain.nonceOf(deployer.address), nonce + 6);
  });

  test("and is none of ours is left alone", async () => {
    await chain.call("evm_setAutomine", false);
    const nonce = await chain.nonceOf(deployer.address);
    const raw = await deployer.signTransaction({ chainId: 31337, nonce, to: stranger.address, value: 1n, gas: 21_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n, type: "eip1559" });
    await chain.call("eth_sendRawTransaction", raw);
    refused(await deploy(here, door.url), 3, new RegExp(`^error: The deployer 0x.* has a transaction that is not mined, and what has nonce ${nonce} may be somebody else's work`));
    assert.equal(door.sent.length, 0);
  });
});

describe("a chain that does not take the proxy's transaction", () => {
  const REFUSAL = { error: { code: -32000, message: "only replay-protected (EIP-155) transactions allowed over RPC" } };
  const refuse = (raw) => (raw === PROXY_TRANSACTION ? REFUSAL : undefined);
  beforeEach(() => {
    door.onSend = async (raw, forward) => refuse(raw) ?? forward();
  });

  test("gets the launcher from the deployer itself, and nobody is paid for nothing", async () => {
    const { stderr } = good(await deploy(here, door.url));
    assert.match(stderr, /Chain 31337 does not take the transaction that brings the deterministic deployment proxy: only replay-protected/);
    const result = here.result();
    assert.equal(result.deterministic, false);
    // After EAS's schema registry, EAS and the demo token.
    assert.equal(result.launcher, getContractAddress({ from: deployer.address, nonce: 3n }));
    const { eas, schemaRegistry, ...launched } = result.contracts;
    assert.deepEqual(launched, contractsOf(result.launcher));
    assert.equal(await chain.balanceOf(PROXY_SIGNER), 0n);
    assert.equal(await chain.nonceOf(deployer.address), 9);
    assert.ok(!existsSync(`${here.out}.partial`));

    const again = good(await deploy(here, door.url));
    assert.match(again.stderr, /^Already deployed/);
    assert.deepEqual(here.result(), result);
    assert.equal(await chain.nonceOf(deployer.address), 9);
  });

  test("goes on after each kill with the same launcher", async () => {
    const end = good(await deployKilledAfterEachStep(here, door, refuse));
    assert.equal(end.kills, 9);
    assert.equal(here.result().launcher, getContractAddress({ from: deployer.address, nonce: 3n }));
    assert.equal(await chain.nonceOf(deployer.address), 9);
    assert.equal(await chain.nonceOf(here.result().launcher), 6);
    assert.ok(!existsSync(`${here.out}.partial`));
  });

  test("knows the address of what it was about to create", async () => {
    await chain.call("evm_setAutomine", false);
    const run = start(here, door.url);
    door.onSend = async (raw) => {
      if (raw === PROXY_TRANSACTION) return REFUSAL;
      run.kill();
      return undefined;
    };
    await run.finished;
    const partial = JSON.parse(readFileSync(`${here.out}.partial`, "utf8"));
    assert.deepEqual(partial, {
      chainId: 31337,
      deployer: deployer.address,
      created: { SchemaRegistry: { address: getContractAddress({ from: deployer.address, nonce: 0n }), nonce: 0 } },
    });
    await chain.call("evm_setAutomine", true);
    good(await deploy(here, chain.url));
    assert.equal(here.result().contracts.schemaRegistry, partial.created.SchemaRegistry.address);
    assert.equal(here.result().deterministic, false);
  });

  test("takes another nonce where somebody used the one that was stored", async () => {
    const run = start(here, door.url);
    door.onSend = async (raw) => {
      if (raw === PROXY_TRANSACTION) return REFUSAL;
      run.kill();
      return undefined;
    };
    await run.finished;
    door.onSend = async (raw, forward) => refuse(raw) ?? forward();
    await chain.call("eth_sendRawTransaction", await deployer.signTransaction({ chainId: 31337, nonce: 0, to: stranger.address, gas: 21_000n, gasPrice: 10n ** 10n }));
    good(await deploy(here, door.url));
    assert.equal(here.result().contracts.schemaRegistry, getContractAddress({ from: deployer.address, nonce: 1n }));
  });

  test("an unfinished deployment of another deployer is refused", async () => {
    let left = 1;
    door.onSend = async (raw, forward) => refuse(raw) ?? (left-- > 0 ? forward() : { error: { code: -32000, message: "not now" } });
    refused(await deploy(here, door.url), 3, /not now/);
    const end = await deploy(here, chain.url, { key: null, more: ["--dry-run", "--deployer", stranger.address] });
    refused(end, 2, /out\.json\.partial is an unfinished deployment by 0x.*, this deployer is 0x.*\. Remove .* to deploy anew/);
  });

  test("and asks more than the proxy's transaction pays has to wait", async () => {
    await chain.call("hardhat_setNextBlockBaseFeePerGas", toHex(2n * 10n ** 11n));
    await chain.call("evm_mine");
    refused(await deploy(here, door.url), 3, /asks for more than the 100 gwei that its presigned transaction pays\. Run again when fees have fallen\.$/);
    assert.equal(door.sent.length, 0);
  });
});
