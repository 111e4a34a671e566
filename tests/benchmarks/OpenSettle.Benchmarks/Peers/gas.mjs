// Gas of the contracts, from receipts, in a chain inside this process. Run in the root of the checkout; prints one JSON
// object. A plain OpenZeppelin ERC-20 and native coin are listed, two of three attestors sign.
import { readFileSync } from "node:fs";
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
const [deployer, payer, guardian] = accounts;
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
  mined(await wallet(account).writeContract({ address, abi, functionName, args, value }));
const deploy = async ({ abi, bytecode }, args) =>
  (await mined(await wallet(deployer).deployContract({ abi, bytecode, args }))).contractAddress;

const [registryOut, vaultOut, railOut, resolverOut, dollarOut] =
  ["ModelRegistry", "RoyaltySplit", "InferencePayments", "SettlementResolver", "DemoDollar"].map(compiled);
const schemas = await deploy(easArtifact("SchemaRegistry"), []);
const eas = await deploy(easArtifact("EAS"), [schemas]);
const dollar = await deploy(dollarOut, []);
const nonce = BigInt(await reader.getTransactionCount({ address: deployer.address }));
const at = (offset) => viem.getContractAddress({ from: deployer.address, nonce: nonce + offset });
const registry = await deploy(registryOut, [at(2n)]);
const rail = await deploy(railOut, [registry, at(2n)]);
const NATIVE = viem.zeroAddress;
const vault = await deploy(vaultOut, [
  registry, rail, guardian.address, attestors.map((a) => a.address), 2, 60,
  [{ token: NATIVE, smallestLeaf: 1n }, { token: dollar, smallestLeaf: 1n }],
]);
const resolver = await deploy(resolverOut, [eas, schemas, vault]);

const register = async (salt) => {
  const receipt = await send(deployer, registry, registryOut.abi, "register", [{
    salt: viem.keccak256(viem.toHex(salt)), noticePeriod: 0, identityHash: viem.zeroHash, metadataHash: viem.zeroHash, uri: "ipfs://x",
    split: [{ account: deployer.address, weight: 1n, role: viem.zeroHash }], parents: [], gateways: [],
  }]);
  const [event] = viem.parseEventLogs({ abi: registryOut.abi, logs: receipt.logs, eventName: "ModelRegistered" });
  return event.args;
};

// Money in: twenty plain transfers to twenty pay addresses, swept at once.
await send(payer, dollar, dollarOut.abi, "mint", [payer.address, 10n ** 15n]);
const models = [];
for (let i = 0; i < 20; i++) models.push(await register(`model ${i}`));
for (let round = 0; round < 2; round++) {
  for (const model of models) await send(payer, dollar, dollarOut.abi, "transfer", [model.payAddress, 10n ** 9n]);
  if (round === 0) await send(payer, vault, vaultOut.abi, "sweep", [dollar, models.map((m) => m.modelId)]);
}
const swept = await send(payer, vault, vaultOut.abi, "sweep", [dollar, models.map((m) => m.modelId)]);
await send(payer, rail, railOut.abi, "pay", [models[0].modelId, NATIVE, 10n ** 18n, viem.zeroHash], 10n ** 18n);

// A proof of 17 siblings is that of a tree of 100,000 leaves, whatever the siblings are.
const siblings = Array.from({ length: 17 }, (_, i) => viem.keccak256(viem.toHex(`sibling ${i}`)));
const leafHash = (account, token, amount) => viem.keccak256(viem.keccak256(
  viem.encodeAbiParameters([{ type: "address" }, { type: "address" }, { type: "uint256" }], [account, token, amount])));
const rootOf = (leaf) => siblings.reduce((node, sibling) => viem.keccak256(viem.concat(node < sibling ? [node, sibling] : [sibling, node])), leaf);

const types = {
  Proposal: [
    { name: "epoch", type: "uint64" }, { name: "attempt", type: "uint32" }, { name: "previousRoot", type: "bytes32" }, { name: "root", type: "bytes32" },
    { name: "bundleHash", type: "bytes32" }, { name: "lastBlock", type: "uint64" }, { name: "lastBlockHash", type: "bytes32" },
    { name: "totals", type: "TokenTotal[]" }, { name: "bundleUri", type: "string" },
  ],
  TokenTotal: [{ name: "token", type: "address" }, { name: "total", type: "uint128" }],
};
let previousRoot = viem.zeroHash;
const settle = async (epoch, newRoot, totals) => {
  const block = await reader.getBlock();
  const proposal = {
    epoch: BigInt(epoch), attempt: 0, previousRoot, root: newRoot, bundleHash: viem.keccak256(viem.toHex(`bundle ${epoch}`)),
    lastBlock: block.number, lastBlockHash: block.hash, totals,
    bundleUri: `https://bundles.example/${viem.keccak256(viem.toHex(`bundle ${epoch}`))}`,
  };
  const domain = { name: "OpenSettle", version: "1", chainId: chain.id, verifyingContract: vault };
  const signatures = [];
  for (const attestor of attestors.slice(0, 2)) signatures.push(await attestor.signTypedData({ domain, types, primaryType: "Proposal", message: proposal }));
  const proposed = await send(payer, vault, vaultOut.abi, "propose", [proposal, signatures]);
  await connection.provider.request({ method: "evm_increaseTime", params: [61] });
  await connection.provider.request({ method: "evm_mine", params: [] });
  const activated = await send(payer, vault, vaultOut.abi, "activate");
  const attested = await send(payer, resolver, resolverOut.abi, "attestEpoch", [BigInt(epoch)]);
  previousRoot = newRoot;
  return proposed.gasUsed + activated.gasUsed + attested.gasUsed;
};

const earner = privateKeyToAccount(keyOf(99)).address;
const both = (dollars, native) => [{ token: NATIVE, total: native }, { token: dollar, total: dollars }];
await settle(1, rootOf(leafHash(earner, dollar, 5_000_000n)), both(10_000_000n, 10n ** 15n));
const first = await send(payer, vault, vaultOut.abi, "claim", [earner, dollar, 5_000_000n, siblings]);
const epochTotal = await settle(2, rootOf(leafHash(earner, dollar, 7_000_000n)), both(20_000_000n, 2n * 10n ** 15n));
const repeat = await send(payer, vault, vaultOut.abi, "claim", [earner, dollar, 7_000_000n, siblings]);

console.log(JSON.stringify({
  claim_first_d17: Number(first.gasUsed),
  claim_repeat_d17: Number(repeat.gasUsed),
  epoch_total: Number(epochTotal),
  payment_swept_20: Math.round(Number(swept.gasUsed) / 20),
}));
await connection.close();
