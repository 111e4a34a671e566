// Gas of the contracts, from receipts, in a chain inside this process. Run in the root of the checkout; prints one JSON
// object. A plain OpenZeppelin ERC-20 and native coin are listed, two of three attestors sign.
//
//   node …/gas.mjs             measures
//   node …/gas.mjs --write     measures, and writes the snapshot
//   node …/gas.mjs --check     measures, and compares: exit code 1 where a figure moved by more than 0.1 %
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = process.cwd();
const require = createRequire(root + "/");
const load = async (name) => import(pathToFileURL(require.resolve(name)).href);
const viem = await load("viem");
const { privateKeyToAccount } = await load("viem/accounts");
const { hardhat: chain } = await load("viem/chains");
const hre = (await import(pathToFileURL(path.join(root, "node_modules/hardhat/dist/src/index.js")).href)).default;

const connection = await hre.network.create({ network: "node" });
const transport = viem.custom(connection.provider);
const reader = viem.createPublicClient({ chain, transport, cacheTime: 0, pollingInterval: 10 });
const keyOf = (n) => viem.keccak256(viem.toHex(`key ${n}`));
const accounts = [1, 2, 3, 4, 5].map((n) => privateKeyToAccount(keyOf(n)));
for (const account of accounts) {
  await connection.provider.request({ method: "hardhat_setBalance", params: [account.address, viem.toHex(viem.parseEther("1000"))] });
}
const [deployer, payer, guardian, governor] = accounts;
const attestors = [11, 12, 13].map((n) => privateKeyToAccount(keyOf(n))).sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));

const compiled = (name) => JSON.parse(readFileSync(path.join(root, `src/OpenSettle.Ethereum/Contracts/Compiled/${name}.json`), "utf8"));
const easArtifact = (name) => JSON.parse(readFileSync(
  path.join(root, `node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts/${name}.sol/${name}.json`), "utf8"));

const wallet = (account) => viem.createWalletClient({ account, chain, transport });
const mined = async (hash) => {
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`${hash} reverted`);
  return receipt;
};
const send = async (account, address, abi, functionName, args = [], value = 0n) =>
  mined(await wallet(account).writeContract({ address, abi, functionName, args, value, gas: 16_000_000n }));
const deploy = async ({ abi, bytecode }, args) =>
  (await mined(await wallet(deployer).deployContract({ abi, bytecode, args }))).contractAddress;

const [registryOut, vaultOut, railOut, resolverOut, dollarOut, relayOut] =
  ["ModelRegistry", "RoyaltySplit", "InferencePayments", "SettlementResolver", "DemoDollar", "ClaimRelay"].map(compiled);
const schemas = await deploy(easArtifact("SchemaRegistry"), []);
const eas = await deploy(easArtifact("EAS"), [schemas]);
const dollar = await deploy(dollarOut, []);
const nonce = BigInt(await reader.getTransactionCount({ address: deployer.address }));
const at = (offset) => viem.getContractAddress({ from: deployer.address, nonce: nonce + offset });
const registry = await deploy(registryOut, [at(2n)]);
const rail = await deploy(railOut, [registry, at(2n)]);
const NATIVE = viem.zeroAddress;
const vault = await deploy(vaultOut, [registry, rail, {
  guardian: guardian.address, governor: governor.address, attestors: attestors.map((a) => a.address), threshold: 2, window: 60,
  tokens: [{ token: NATIVE, smallestLeaf: 1n }, { token: dollar, smallestLeaf: 1n }],
}]);
const resolver = await deploy(resolverOut, [eas, schemas, vault]);
const relay = await deploy(relayOut, [vault]);

const register = async (salt) => {
  const receipt = await send(deployer, registry, registryOut.abi, "register", [{
    salt: viem.keccak256(viem.toHex(salt)), noticePeriod: 0, identityHash: viem.keccak256(viem.toHex("weights")), metadataHash: viem.keccak256(viem.toHex("card")),
    uri: "ipfs://x", royalty: 500, split: {
      rows: [{ account: deployer.address, weight: 1n, role: viem.zeroHash }], poolWeight: 0n, fallbackRows: [],
      committed: { hash: viem.zeroHash, rows: 0, weight: 0n, uri: "" },
    }, parents: [], gateways: [],
  }]);
  const [event] = viem.parseEventLogs({ abi: registryOut.abi, logs: receipt.logs, eventName: "ModelRegistered" });
  return { ...event.args, gas: receipt.gasUsed };
};

// Money in: twenty plain transfers to twenty pay addresses, swept at once.
await send(payer, dollar, dollarOut.abi, "mint", [payer.address, 10n ** 15n]);
const models = [];
for (let i = 0; i < 20; i++) models.push(await register(`model ${i}`));
const order = [{ token: dollar, modelIds: models.map((m) => m.modelId) }];
let swept;
for (let round = 0; round < 2; round++) {
  for (const model of models) await send(payer, dollar, dollarOut.abi, "transfer", [model.payAddress, 10n ** 9n]);
  swept = await send(payer, vault, vaultOut.abi, "sweep", [order]);
}
const paid = await send(payer, rail, railOut.abi, "pay", [models[0].modelId, NATIVE, 10n ** 18n, viem.zeroHash], 10n ** 18n);

const types = {
  Proposal: [
    { name: "epoch", type: "uint64" }, { name: "attempt", type: "uint32" }, { name: "attestorSet", type: "uint32" },
    { name: "previousRoot", type: "bytes32" }, { name: "root", type: "bytes32" }, { name: "pushRoot", type: "bytes32" },
    { name: "recordRoot", type: "bytes32" }, { name: "bundleHash", type: "bytes32" }, { name: "lastBlock", type: "uint64" },
    { name: "lastBlockHash", type: "bytes32" }, { name: "totals", type: "TokenTotal[]" }, { name: "revoked", type: "bytes32[]" },
    { name: "bundleUri", type: "string" },
  ],
  TokenTotal: [{ name: "token", type: "address" }, { name: "total", type: "uint128" }],
};
let epoch = 0;
let previousRoot = viem.zeroHash;
const settle = async (totals, newRoot = previousRoot, pushRoot = viem.zeroHash) => {
  const block = await reader.getBlock();
  epoch++;
  const named = viem.keccak256(viem.toHex(`bundle ${epoch}`));
  const proposal = {
    epoch: BigInt(epoch), attempt: 0, attestorSet: 1, previousRoot, root: newRoot, pushRoot, recordRoot: viem.keccak256(viem.toHex(`records ${epoch}`)),
    bundleHash: named, lastBlock: block.number, lastBlockHash: block.hash, totals, revoked: [], bundleUri: `https://bundles.example/${named}`,
  };
  const domain = { name: "OpenSettle", version: "1", chainId: chain.id, verifyingContract: vault };
  const signatures = [];
  for (const attestor of attestors.slice(0, 2)) {
    signatures.push({ signer: attestor.address, data: await attestor.signTypedData({ domain, types, primaryType: "Proposal", message: proposal }) });
  }
  const proposed = await send(payer, vault, vaultOut.abi, "propose", [proposal, signatures]);
  await connection.provider.request({ method: "evm_increaseTime", params: [61] });
  await connection.provider.request({ method: "evm_mine", params: [] });
  const activated = await send(payer, vault, vaultOut.abi, "activate", [proposal]);
  const { lastBlock, recordRoot, bundleHash } = proposal;
  const attested = await send(payer, resolver, resolverOut.abi, "attestEpoch", [{ epoch: BigInt(epoch), lastBlock, root: newRoot, recordRoot, bundleHash }]);
  previousRoot = newRoot;
  return [proposed.gasUsed, activated.gasUsed, attested.gasUsed].map(Number);
};

// The tree, as OpenZeppelin's StandardMerkleTree with `sortLeaves: false` builds it.
const pair = (a, b) => viem.keccak256(viem.concat(a < b ? [a, b] : [b, a]));
const twice = (data) => viem.keccak256(viem.keccak256(data));
const leafHash = (account, token, amount) =>
  twice(viem.encodeAbiParameters([{ type: "address" }, { type: "address" }, { type: "uint256" }], [account, token, amount]));
const pushHash = (index, account, recipient, token, amount) =>
  twice(viem.encodeAbiParameters(
    [{ type: "uint256" }, { type: "address" }, { type: "address" }, { type: "address" }, { type: "uint256" }], [index, account, recipient, token, amount]));
const treeOf = (leaves) => {
  const tree = new Array(2 * leaves.length - 1);
  leaves.forEach((leaf, k) => { tree[tree.length - 1 - k] = leaf; });
  for (let i = leaves.length - 2; i >= 0; i--) tree[i] = pair(tree[2 * i + 1], tree[2 * i + 2]);
  return tree;
};
/** Proof and flags, as lengths of runs, of leaves in ascending order. */
const multiProof = (tree, places) => {
  const queue = places.map((k) => tree.length - 1 - k);
  const proof = [];
  const flags = [];
  for (let at = 0; queue[at] !== 0; at++) {
    const node = queue[at];
    const sibling = node % 2 === 0 ? node - 1 : node + 1;
    if (queue[at + 1] === sibling) { flags.push(true); at++; } else { flags.push(false); proof.push(tree[sibling]); }
    queue.push((node - 1) >> 1);
  }
  const runs = [0];
  for (const flag of flags) {
    if (flag !== (runs.length % 2 === 1)) runs.push(0);
    runs[runs.length - 1]++;
  }
  return { proof, runs: viem.concat(runs.map((run) => viem.toHex(run, { size: 2 }))) };
};
const addressOf = (text) => viem.getAddress(viem.slice(viem.keccak256(viem.toHex(text)), 0, 20));
const both = (dollars, native) => [{ token: NATIVE, total: native }, { token: dollar, total: dollars }];
await send(payer, dollar, dollarOut.abi, "transfer", [models[0].payAddress, 10n ** 14n]);
await send(payer, vault, vaultOut.abi, "sweep", [[{ token: dollar, modelIds: [models[0].modelId] }]]);

// 100,000 leaves; those that are hashed for nothing else stand for themselves.
const LEAVES = 100_000;
const earners = Array.from({ length: LEAVES }, (_, i) => i).map((i) => (i < 200 ? addressOf(`earner ${i}`) : null));
const spread = Array.from({ length: 50 }, (_, i) => 1_000 + i * 1_979 + ((i * i * 37) % 911));
for (const k of spread) earners[k] = addressOf(`earner ${k}`);
// These have keys, and sign what others bring.
const signers = Array.from({ length: 20 }, (_, i) => privateKeyToAccount(keyOf(100 + i)));
signers.forEach((signer, i) => { earners[100 + i] = signer.address; });
const claims = (amount) => treeOf(earners.map((account, i) => (account ? leafHash(account, dollar, amount) : viem.keccak256(viem.toHex(`leaf ${i}`)))));
let tree = claims(5_000_000n);
await settle(both(10n ** 9n, 10n ** 15n), tree[0]);
const single = (k) => multiProof(tree, [k]).proof;
const claim = async (k, amount) => Number((await send(payer, vault, vaultOut.abi, "claim", [amount, earners[k], dollar, single(k)])).gasUsed);
const first = await claim(150, 5_000_000n);
const sponsored = async (places, amount) => {
  const { proof, runs } = multiProof(tree, places);
  const receipt = await send(payer, vault, vaultOut.abi, "claimBatch", [dollar, places.map((k) => ({ account: earners[k], cumulative: amount })), proof, runs]);
  const logs = viem.parseEventLogs({ abi: vaultOut.abi, logs: receipt.logs, eventName: "Claimed" });
  if (logs.length !== places.length) throw new Error(`${logs.length} of ${places.length} claims were paid`);
  return Math.round(Number(receipt.gasUsed) / places.length);
};
const claimTypes = {
  Claim: [
    { name: "account", type: "address" }, { name: "token", type: "address" }, { name: "to", type: "address" },
    { name: "cumulative", type: "uint256" }, { name: "nonce", type: "uint256" }, { name: "deadline", type: "uint256" },
  ],
};
/** One transaction of signed claims through the relay: the gas of each. */
const relayed = async (amount) => {
  const deadline = 10n ** 12n;
  const domain = { name: "OpenSettle", version: "1", chainId: chain.id, verifyingContract: vault };
  const signed = await Promise.all(signers.map(async (signer, i) => {
    const [account, to] = [signer.address, addressOf(`wallet ${i}`)];
    const message = { account, token: dollar, to, cumulative: amount, nonce: 0n, deadline };
    const signature = await signer.signTypedData({ domain, types: claimTypes, primaryType: "Claim", message });
    return { request: { account, token: dollar, cumulative: amount, proof: single(100 + i) }, to, deadline, signature };
  }));
  const receipt = await send(payer, relay, relayOut.abi, "claimSignedMany", [signed]);
  const logs = viem.parseEventLogs({ abi: relayOut.abi, logs: receipt.logs, eventName: "Relayed" });
  if (logs.length !== signed.length) throw new Error(`${logs.length} of ${signed.length} claims were relayed`);
  return Math.round(Number(receipt.gasUsed) / signed.length);
};
const near = Array.from({ length: 50 }, (_, i) => 20 + i);
const nearFresh = await sponsored(near, 5_000_000n);
const farFresh = await sponsored(spread, 5_000_000n);
const relayedFresh = await relayed(5_000_000n);
tree = claims(7_000_000n);
const [proposeGas, activateGas, attestGas] = await settle(both(2n * 10n ** 9n, 2n * 10n ** 15n), tree[0]);
const repeat = await claim(150, 7_000_000n);
const nearWarm = await sponsored(near, 7_000_000n);
const farWarm = await sponsored(spread, 7_000_000n);
const relayedWarm = await relayed(7_000_000n);

// Pushes: 500 recipients, whole.
const pushes = async (total) => {
  const entries = Array.from({ length: 500 }, (_, i) => ({ account: addressOf(`pushed ${i}`), amount: 5_000_000n + BigInt(i) }));
  entries.sort((a, b) => (a.account.toLowerCase() < b.account.toLowerCase() ? -1 : 1));
  const hashes = entries.map((entry, i) => pushHash(BigInt(i), entry.account, entry.account, dollar, entry.amount));
  const pushTree = treeOf(hashes);
  await settle(both(total, 2n * 10n ** 15n), previousRoot, pushTree[0]);
  const { proof, runs } = multiProof(pushTree, entries.map((_, i) => i));
  const packed = viem.concat(entries.map((entry) => viem.encodePacked(["address", "uint128"], [entry.account, entry.amount])));
  const receipt = await send(payer, vault, vaultOut.abi, "push", [
    { epoch: BigInt(epoch), token: dollar, first: 0n, entries: packed, redirections: [], proof, runs }]);
  const [pushed] = viem.parseEventLogs({ abi: vaultOut.abi, logs: receipt.logs, eventName: "Pushed" });
  if (pushed.args.amount !== entries.reduce((sum, entry) => sum + entry.amount, 0n)) throw new Error("not all was pushed");
  return Math.round(Number(receipt.gasUsed) / entries.length);
};
const pushFresh = await pushes(10n ** 10n);
const pushWarm = await pushes(2n * 10n ** 10n);

const measured = {
  claim_first_d17: first,
  claim_repeat_d17: repeat,
  push_fresh_500: pushFresh,
  push_warm_500: pushWarm,
  sponsored_50_warm: nearWarm,
  sponsored_50_random_warm: farWarm,
  sponsored_50_fresh: nearFresh,
  sponsored_50_random_fresh: farFresh,
  relayed_20_fresh: relayedFresh,
  relayed_20_warm: relayedWarm,
  epoch_total: proposeGas + activateGas + attestGas,
  epoch_propose: proposeGas,
  epoch_activate: activateGas,
  epoch_attest: attestGas,
  payment_swept_20: Math.round(Number(swept.gasUsed) / 20),
  payment_rail_native: Number(paid.gasUsed),
  register: Number(models[5].gas),
};
await connection.close();
console.log(JSON.stringify(measured));

const snapshot = path.join(root, "tests/contracts/gas-snapshot.json");
if (process.argv.includes("--write")) writeFileSync(snapshot, `${JSON.stringify(measured, null, 2)}\n`);
if (process.argv.includes("--check")) {
  const known = JSON.parse(readFileSync(snapshot, "utf8"));
  // Bytes of hashes that happen to be zero are cheaper by twelve gas each, so figures move a little by themselves.
  const moved = Object.keys({ ...known, ...measured }).filter((key) => !(Math.abs(measured[key] - known[key]) <= known[key] / 1000));
  for (const key of moved) console.error(`${key}: ${known[key]} in the snapshot, ${measured[key]} now.`);
  if (moved.length > 0) {
    console.error("If that is meant: node tests/benchmarks/OpenSettle.Benchmarks/Peers/gas.mjs --write");
    process.exitCode = 1;
  }
}
