// One run after another on a chain where nothing goes wrong, and on chains that are not as they should be.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { createWalletClient, encodeAbiParameters, encodeDeployData, http, keccak256, parseEther, toHex } from "viem";
import { hardhat } from "viem/chains";
import { compiled } from "../../deploy/lib/compiled.mjs";
import { contractsOf, deterministicLauncher } from "../../deploy/lib/plan.mjs";
import { PROXY, PROXY_COST, PROXY_SIGNER, PROXY_TRANSACTION } from "../../deploy/lib/proxy.mjs";
import { deploy, deployer, eachOnAFreshChain, governor, openDoor, settings, startChain, stranger, workspace } from "./support.mjs";

const SALT = keccak256(toHex("OpenSettle"));
const LAUNCHER = deterministicLauncher(deployer.address, SALT);
const FORETOLD = contractsOf(LAUNCHER);
const chain = await startChain();
const places = [];
const place = (given) => {
  places.push(workspace(given));
  return places.at(-1);
};
after(async () => {
  places.forEach((one) => one.remove());
  await chain.stop();
});
eachOnAFreshChain(chain, { beforeEach, afterEach });

const good = (end) => {
  assert.equal(end.code, 0, end.stderr);
  return end;
};
const refused = (end, code, message) => {
  assert.equal(end.code, code, end.stderr);
  assert.match(end.stderr.trim().split("\n").at(-1), message);
};
const wallet = (account) => createWalletClient({ account, chain: hardhat, transport: http(chain.url) });

describe("a first run", () => {
  const here = place();
  let fresh;
  let balance;
  let end;
  before(async () => {
    fresh = await chain.call("evm_snapshot");
    balance = await chain.balanceOf(deployer.address);
    end = good(await deploy(here, chain.url));
  });
  after(() => chain.call("evm_revert", fresh));

  test("creates everything at the foretold addresses", async () => {
    const { contracts, launcher, tokens } = here.result();
    const { eas, schemaRegistry, ...own } = contracts;
    assert.deepEqual(own, FORETOLD);
    assert.equal(launcher, LAUNCHER);
    assert.notEqual(eas, schemaRegistry);
    for (const address of [...Object.values(contracts), launcher, tokens[1].address]) assert.notEqual(await chain.codeAt(address), "0x", address);
  });

  test("writes what it deployed", () => {
    assert.equal(end.stdout, `${here.out}\n`);
    const result = here.result();
    assert.equal(result.salt, SALT);
    assert.equal(result.deterministic, true);
    assert.equal(result.chainId, 31337);
    assert.deepEqual(result.attestors, settings().attestors);
    assert.equal(result.guardian, settings().guardian);
    assert.equal(result.governor, settings().governor);
    assert.equal(result.threshold, 2);
    assert.equal(result.window, 3);
    assert.deepEqual(result.tokens.map(({ symbol, decimals, smallestLeaf }) => [symbol, decimals, smallestLeaf]), [["ETH", 18, "1000"], ["dUSD", 6, "10000"]]);
    assert.deepEqual(Object.keys(result.schemas), ["provenance", "lineage", "contribution", "permission", "evaluation", "epoch", "usageRecord"]);
    assert.equal(new Set(Object.values(result.schemas)).size, 7);
    assert.equal(result.epochSchema, result.schemas.epoch);
    assert.ok(!existsSync(`${here.out}.partial`));
  });

  test("writes the first block that has the launcher", async () => {
    const { deployedAtBlock } = here.result();
    assert.equal(await chain.call("eth_getCode", LAUNCHER, toHex(deployedAtBlock - 1)), "0x");
    assert.notEqual(await chain.call("eth_getCode", LAUNCHER, toHex(deployedAtBlock)), "0x");
  });

  test("costs no more than was announced", async () => {
    const announced = BigInt(/at most (\d+) gas/.exec(end.stderr)[1]);
    const used = [...end.stderr.matchAll(/, (\d+) gas\)/g)].map(([, gas]) => BigInt(gas));
    assert.equal(used.length, 9);
    const sum = used.reduce((all, one) => all + one, 0n);
    assert.ok(sum <= announced, `${sum} of ${announced}`);
    const cost = /([\d.]+) of [\d.]+ native coin/.exec(end.stderr)[1];
    assert.ok(balance - (await chain.balanceOf(deployer.address)) <= parseEther(cost));
  });

  test("brings the proxy by its presigned transaction, for exactly its price", async () => {
    assert.match(end.stderr, new RegExp(`Sending 0\\.01 native coin to ${PROXY_SIGNER}`));
    assert.match(end.stderr, new RegExp(`Deterministic deployment proxy at ${PROXY}`));
    assert.equal(await chain.nonceOf(PROXY_SIGNER), 1);
  });
});

describe("a fresh chain", () => {
  test("whose proxy is half paid for pays the other half", async () => {
    await chain.call("hardhat_setBalance", PROXY_SIGNER, toHex((PROXY_COST * 3n) / 4n));
    const { stderr } = good(await deploy(place(), chain.url));
    assert.match(stderr, /Sending 0\.0025 native coin/);
  });

  test("that has the proxy pays nothing for it", async () => {
    await wallet(stranger).sendTransaction({ to: PROXY_SIGNER, value: PROXY_COST });
    await chain.call("eth_sendRawTransaction", PROXY_TRANSACTION);
    const { stderr } = good(await deploy(place(), chain.url));
    assert.doesNotMatch(stderr, /Sending/);
    // EAS, its schema registry, the demo token, the launcher, and what it launches.
    assert.equal(await chain.nonceOf(deployer.address), 9);
  });

  test("gives the same addresses for other settings and another nonce", async () => {
    for (let i = 0; i < 3; i++) await wallet(deployer).sendTransaction({ to: stranger.address, value: 1n });
    const here = place(settings({ guardian: stranger.address, threshold: 1, windowSeconds: 60, tokens: [], attestors: [stranger.address] }));
    good(await deploy(here, chain.url));
    const { eas, schemaRegistry, ...launched } = here.result().contracts;
    assert.deepEqual(launched, FORETOLD);
  });

  test("gives other addresses for another salt, and leaves the first deployment alone", async () => {
    good(await deploy(place(), chain.url));
    const here = place(settings({ salt: keccak256("0x02") }));
    good(await deploy(here, chain.url));
    const { registry } = here.result().contracts;
    assert.notEqual(registry, FORETOLD.registry);
    assert.equal(await chain.nonceOf(here.result().launcher), 6);
    assert.equal(await chain.nonceOf(LAUNCHER), 6);
  });
});

test("another chain gives the same addresses for other settings", async () => {
  const other = await startChain(1337);
  try {
    const [here, there] = [place(), place(settings({ threshold: 3, windowSeconds: 100, governor: stranger.address }))];
    const ends = await Promise.all([deploy(here, chain.url), deploy(there, other.url)]);
    ends.forEach(good);
    assert.deepEqual(there.result().contracts, here.result().contracts);
    assert.equal(there.result().launcher, here.result().launcher);
    assert.deepEqual([here.result().chainId, there.result().chainId], [31337, 1337]);
    // A file of one chain is not taken for another's.
    refused(await deploy(there, chain.url), 2, /describes a deployment on chain 1337, --rpc leads to chain 31337/);
  } finally {
    await other.stop();
  }
});

test("a deployment of before there was a relay of claims gets one, and nothing else", async () => {
  const here = place();
  const bare = await chain.call("evm_snapshot");
  good(await deploy(here, chain.url));
  const whole = here.result();
  await chain.call("evm_revert", bare);
  const door = await openDoor(chain.url);
  try {
    // The proxy in vain, its payment, the proxy, EAS's two, the demo token, the launcher, and its first four.
    let left = 11;
    door.onSend = async (_, forward) => (left-- > 0 ? forward() : { error: { code: -32000, message: "not now" } });
    refused(await deploy(place(), door.url), 3, /not now/);
    const { claimRelay, ...older } = whole.contracts;
    assert.equal(await chain.codeAt(claimRelay), "0x");
    assert.notEqual(await chain.codeAt(older.resolver), "0x");
    writeFileSync(here.out, JSON.stringify({ ...whole, contracts: older }));
    const nonce = await chain.nonceOf(deployer.address);
    const { stderr } = good(await deploy(here, chain.url));
    assert.match(stderr, /^Going on with OpenSettle .* 1 contracts/m);
    assert.equal(await chain.nonceOf(deployer.address), nonce + 1);
    assert.deepEqual(here.result().contracts, whole.contracts);
  } finally {
    door.close();
  }
});

describe("a second run", () => {
  const first = place();
  let deployed;
  let here;
  let sent;
  before(async () => {
    deployed = await chain.call("evm_snapshot");
    good(await deploy(first, chain.url));
  });
  after(() => chain.call("evm_revert", deployed));
  beforeEach(async () => {
    here = place();
    writeFileSync(here.out, JSON.stringify(first.result()));
    sent = await chain.blockNumber();
  });
  const again = async (options) => {
    const end = good(await deploy(here, chain.url, options));
    assert.equal(await chain.blockNumber(), sent, "blocks");
    return end;
  };

  test("sends nothing and leaves the file alone", async () => {
    const end = await again();
    assert.match(end.stderr, /^Already deployed on chain 31337, and every contract answers as it should\. Nothing was sent\.\n$/);
    assert.equal(end.stdout, `${here.out}\n`);
    assert.equal(readFileSync(here.out, "utf8"), JSON.stringify(first.result()));
  });

  test("without the file writes the same one", async () => {
    here = place();
    await again();
    assert.equal(readFileSync(here.out, "utf8"), readFileSync(first.out, "utf8"));
  });

  test("without the file, on a node that keeps no old state, counts from the launcher's first log", async () => {
    here = place();
    const door = await openDoor(chain.url);
    try {
      const old = (method, params) => method === "eth_getCode" && params[1] !== "latest";
      door.refuses = (method, params) => old(method, params) || method === "eth_getLogs";
      refused(await deploy(here, door.url), 3, /^error: Everything is deployed, but the node behind --rpc keeps too little history/);
      assert.ok(!existsSync(here.out));
      door.refuses = old;
      good(await deploy(here, door.url));
      // The registry came in the block after the launcher's.
      assert.equal(here.result().deployedAtBlock, first.result().deployedAtBlock + 1);
    } finally {
      door.close();
    }
  });

  test("tells of what governance changed, and brings the file up to date", async () => {
    const { abi } = compiled("RoyaltySplit");
    const contract = { address: FORETOLD.vault, abi };
    const data = encodeAbiParameters([{ type: "uint32" }], [5]);
    await wallet(governor).writeContract({ ...contract, functionName: "schedule", args: [1, data] });
    await chain.call("evm_increaseTime", 7);
    await wallet(stranger).writeContract({ ...contract, functionName: "execute", args: [1, data] });
    sent += 2;
    const { stderr } = await again();
    assert.match(stderr, /^warning: The vault's window is 5, the settings say 3: it has been changed since\.$/m);
    assert.match(stderr, /was brought up to date/);
    assert.equal(here.result().window, 5);
  });

  test("with other settings only tells the difference", async () => {
    here.write(settings({ threshold: 3, tokens: [], demoToken: true }));
    const { stderr } = await again();
    assert.match(stderr, /^warning: The vault's threshold is 2, the settings say 3: it has been changed since, or was deployed so\.$/m);
    assert.match(stderr, /^warning: The vault's tokens is /m);
    assert.equal(here.result().threshold, 2);
  });

  test("whose settings no longer want the demo token, or want it too late, sends nothing", async () => {
    here.write(settings({ demoToken: false }));
    await again();
    here = place(settings({ demoToken: false, salt: keccak256("0x03") }));
    good(await deploy(here, chain.url));
    sent = await chain.blockNumber();
    here.write(settings({ salt: keccak256("0x03") }));
    assert.match((await again()).stderr, /^warning: The vault's tokens is /m);
  });

  test("by another deployer does not take the file for its own", async () => {
    const end = await deploy(here, chain.url, { key: null, more: ["--dry-run", "--deployer", stranger.address] });
    refused(end, 2, /describes another deployment: its ModelRegistry is at 0x.*, this deployer and salt give 0x/);
  });

  test("that names another EAS is refused", async () => {
    here.write(settings({ eas: stranger.address, schemaRegistry: governor.address }));
    refused(await deploy(here, chain.url), 2, /^error: The SettlementResolver at 0x.* attests at 0x.* for ever, setting eas names 0x/);
  });

  for (const [key, name] of Object.entries({ registry: "ModelRegistry", rail: "InferencePayments", vault: "RoyaltySplit", resolver: "SettlementResolver", claimRelay: "ClaimRelay" })) {
    test(`that finds other code in place of the ${name} names it`, async () => {
      const address = here.result().contracts[key];
      const code = await chain.codeAt(address);
      await chain.call("hardhat_setCode", address, `0x61${code.slice(4)}`);
      refused(await deploy(here, chain.url), 3, new RegExp(`^error: The code at ${address} on chain 31337 is not the ${name} of this release\\. Choose another salt`));
      assert.equal(await chain.blockNumber(), sent);
    });
  }
});

describe("what is in the way", () => {
  test("other code at the launcher's address is refused by name, before anything is sent", async () => {
    await chain.call("hardhat_setCode", LAUNCHER, "0x5ff3");
    refused(await deploy(place(), chain.url), 3, new RegExp(`^error: The code at ${LAUNCHER} on chain 31337 is not the Launcher of this release`));
    assert.equal(await chain.blockNumber(), 0);
  });

  test("other code at the proxy's address is refused by name, before anything is sent", async () => {
    await chain.call("hardhat_setCode", PROXY, "0x5ff3");
    refused(await deploy(place(), chain.url), 3, new RegExp(`^error: The code at ${PROXY} on chain 31337 is not the deterministic deployment proxy`));
    assert.equal(await chain.blockNumber(), 0);
  });

  test("a registry that was launched for another vault is refused, though its code is the same", async () => {
    const door = await openDoor(chain.url);
    try {
      // Far enough that the launcher is there.
      const only = (raw) => (raw.length > 30_000 && raw.includes(LAUNCHER.slice(2).toLowerCase()) ? { error: { code: -32000, message: "not now" } } : undefined);
      door.onSend = async (raw, forward) => only(raw) ?? forward();
      refused(await deploy(place(), door.url), 3, /^error: The node refused the transaction for ModelRegistry: not now/);
    } finally {
      door.close();
    }
    const { abi, bytecode } = compiled("ModelRegistry");
    const other = encodeDeployData({ abi, bytecode, args: [stranger.address] });
    await wallet(deployer).writeContract({ address: LAUNCHER, abi: compiled("Launcher").abi, functionName: "launch", args: [1n, other] });
    refused(await deploy(place(), chain.url), 3, new RegExp(`^error: The code at ${FORETOLD.registry} on chain 31337 is not the ModelRegistry of this release`));
  });

  test("a wrong chain id is refused", async () => {
    refused(await deploy(place(settings({ expectedChainId: 1 })), chain.url), 3, /^error: The chain at 127\.0\.0\.1:\d+ has id 31337, setting expectedChainId says 1\./);
    assert.equal(await chain.blockNumber(), 0);
  });

  test("a deployer without money is told what it lacks", async () => {
    await chain.call("hardhat_setBalance", deployer.address, toHex(10n ** 15n));
    refused(await deploy(place(), chain.url), 3, /^error: The deployer 0x.* has 0\.001 native coin, deploying may take 0\.\d+\. Send it the difference/);
    assert.equal(await chain.blockNumber(), 0);
  });

  test("a token that is none is refused", async () => {
    const tokens = [{ address: stranger.address, smallestLeaf: "1" }];
    refused(await deploy(place(settings({ tokens })), chain.url), 2, /^error: Setting tokens names 0x.*, where chain 31337 has no contract/);
    await chain.call("hardhat_setCode", stranger.address, "0x5ff3");
    refused(await deploy(place(settings({ tokens })), chain.url), 2, /^error: Setting tokens names 0x.*, which does not answer symbol\(\) and decimals\(\)/);
  });

  test("an EAS that is not there is refused", async () => {
    refused(await deploy(place(settings({ eas: stranger.address, schemaRegistry: governor.address })), chain.url), 2, /^error: Chain 31337 has no EAS at 0x/);
  });

  test("a file of something else is not overwritten", async () => {
    const here = place();
    writeFileSync(here.out, JSON.stringify({ chainId: 31337 }));
    refused(await deploy(here, chain.url), 2, /names no registry, so it is no deployment of OpenSettle/);
    assert.deepEqual(here.result(), { chainId: 31337 });
  });

  test("a file in a folder that is none is told before anything is sent", async () => {
    const here = place();
    here.out = `${here.settingsFile}/out.json`;
    refused(await deploy(here, chain.url), 2, /out\.json cannot be (read|written) \(ENOTDIR\)/);
    assert.equal(await chain.blockNumber(), 0);
  });

  test("a local chain that was started anew is deployed to again", async () => {
    const here = place();
    const snapshot = await chain.call("evm_snapshot");
    good(await deploy(here, chain.url));
    const before = here.result();
    await chain.call("evm_revert", snapshot);
    const { stderr } = good(await deploy(here, chain.url));
    assert.match(stderr, /is of a local chain that was started anew/);
    assert.deepEqual(here.result(), before);
    assert.equal(await chain.nonceOf(LAUNCHER), 6);
  });
});

describe("a dry run", () => {
  const dry = (here, options = {}) => deploy(here, chain.url, { ...options, more: ["--dry-run", ...(options.more ?? [])] });

  test("sends and writes nothing, and foretells every address", async () => {
    const here = place();
    const { stderr, stdout } = good(await dry(here));
    for (const [name, address] of [["Launcher", LAUNCHER], ["ModelRegistry", FORETOLD.registry], ["RoyaltySplit", FORETOLD.vault], ["Deterministic deployment proxy", PROXY]]) {
      assert.match(stderr, new RegExp(`^  ${name} would be at ${address}$`, "m"));
    }
    assert.match(stderr, /9 contracts, at most \d+ gas, 0\.\d+ of 10000 native coin/);
    assert.match(stderr, /Dry run: nothing was sent or written\.\n$/);
    assert.equal(stdout, "");
    assert.equal(await chain.blockNumber(), 0);
    assert.ok(!existsSync(here.out) && !existsSync(`${here.out}.partial`));
  });

  test("needs no key, and no money", async () => {
    await chain.call("hardhat_setBalance", deployer.address, "0x0");
    const { stderr } = good(await dry(place(), { key: null, more: ["--deployer", deployer.address] }));
    assert.match(stderr, /Send it the difference\.$/m);
    assert.match(stderr, new RegExp(`^  Launcher would be at ${LAUNCHER}$`, "m"));
  });

  test("says what is there already", async () => {
    const door = await openDoor(chain.url);
    try {
      const here = place();
      let left = 4;
      door.onSend = async (_, forward) => (left-- > 0 ? forward() : { error: { code: -32000, message: "not now" } });
      refused(await deploy(here, door.url), 3, /not now/);
      const blocks = await chain.blockNumber();
      const { stderr } = good(await dry(here));
      assert.match(stderr, /^  SchemaRegistry is at 0x/m);
      assert.match(stderr, /^  RoyaltySplit would be at 0x/m);
      assert.equal(await chain.blockNumber(), blocks);
    } finally {
      door.close();
    }
  });

  test("of what is deployed checks all of it", async () => {
    good(await deploy(place(), chain.url));
    const here = place(settings({ threshold: 1 }));
    const { stderr } = good(await dry(here, { key: null, more: ["--deployer", deployer.address] }));
    assert.match(stderr, new RegExp(`^  SettlementResolver is at ${FORETOLD.resolver}$`, "m"));
    assert.match(stderr, /^warning: The vault's threshold is 2, the settings say 1/m);
    assert.ok(!existsSync(here.out));
  });
});
