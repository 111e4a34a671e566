// Writes what the .NET side needs of each contract, its ABI, its creation bytecode, and its deployed bytecode with the places
// of immutables, so that building that side needs no Node and no Solidity compiler.
//
//   node deploy/export-contracts.mjs           writes src/OpenSettle.Ethereum/Contracts/Compiled/<Name>.json
//   node deploy/export-contracts.mjs --check   compares them with a fresh compile; exit code 1 on a difference
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = "src/OpenSettle.Ethereum/Contracts/Compiled";
const sources = {
  Launcher: "contracts/Launcher.sol",
  ModelRegistry: "contracts/ModelRegistry.sol",
  ModelAccount: "contracts/ModelAccount.sol",
  InferencePayments: "contracts/InferencePayments.sol",
  RoyaltySplit: "contracts/RoyaltySplit.sol",
  SettlementResolver: "contracts/SettlementResolver.sol",
  ClaimRelay: "contracts/ClaimRelay.sol",
  DemoDollar: "contracts/demo/DemoDollar.sol",
  DemoStablecoin: "contracts/demo/DemoStablecoin.sol",
  DemoWallet: "contracts/demo/DemoWallet.sol",
};
/**
 * Contracts of others that stand on chains already: their ABI alone. Of EAS as it is now, and of its first version, which some
 * chains still have, what that says in another way.
 */
const eas = "node_modules/@ethereum-attestation-service/eas-contracts";
const deployed = {
  EAS: { file: `${eas}/artifacts/contracts/EAS.sol/EAS.json`, keep: () => true },
  EASLegacy: { file: `${eas}/deployments/mainnet/EAS.json`, keep: ({ type, name }) => type === "function" && /ByDelegation$/.test(name) },
};
/** EIP-170: no chain takes more code at one address. */
const mostBytes = 24_576;

function compile() {
  const manifest = createRequire(import.meta.url).resolve("hardhat/package.json");
  const hardhat = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.hardhat);
  const run = spawnSync(process.execPath, [hardhat, "build", "--force", ...Object.values(sources)], { cwd: root, encoding: "utf8" });
  if (run.status !== 0) {
    console.error(run.error?.message ?? `${run.stdout}${run.stderr}`.trim());
    console.error("The contracts do not compile; nothing was written. Run: npx hardhat build");
    process.exit(1);
  }
}

function exported(name) {
  const artifact = JSON.parse(readFileSync(join(root, ".build/hardhat/artifacts", sources[name], `${name}.json`), "utf8"));
  const size = (artifact.deployedBytecode.length - 2) / 2;
  if (size > mostBytes) throw new Error(`${name} is ${size} bytes, more than the ${mostBytes} that a chain takes.`);
  const { contractName, abi, bytecode, deployedBytecode } = artifact;
  // By variable in the artifact; which one stands where does not matter here.
  const immutables = Object.values(artifact.immutableReferences ?? {}).flat().sort((left, right) => left.start - right.start);
  if (Object.keys(artifact.deployedLinkReferences).length > 0) throw new Error(`${name} has libraries to be linked: its deployed code is not known before.`);
  return `${JSON.stringify({ contractName, abi, bytecode, deployedBytecode, immutables: immutables.map(({ start, length }) => ({ start, length })) }, null, 2)}\n`;
}

function exportedDeployed(name) {
  const { file, keep } = deployed[name];
  const abi = JSON.parse(readFileSync(join(root, file), "utf8")).abi.filter(keep);
  return `${JSON.stringify({ contractName: name, abi, bytecode: "0x", deployedBytecode: "0x", immutables: [] }, null, 2)}\n`;
}

function committed(file) {
  try {
    return readFileSync(join(root, target, file), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

const differences = (name, fresh) => {
  const old = committed(`${name}.json`);
  if (old === fresh) return null;
  if (old === null) return "is missing";
  let parsed;
  try {
    parsed = JSON.parse(old);
  } catch {
    return "is not JSON";
  }
  const now = JSON.parse(fresh);
  const fields = ["contractName", "abi", "bytecode", "deployedBytecode", "immutables"].filter((field) => JSON.stringify(parsed[field]) !== JSON.stringify(now[field]));
  return fields.length > 0 ? `differs in ${fields.join(" and ")}` : "differs in its formatting";
};

compile();
const fresh = Object.fromEntries([
  ...Object.keys(sources).map((name) => [name, exported(name)]),
  ...Object.keys(deployed).map((name) => [name, exportedDeployed(name)]),
]);

if (process.argv.includes("--check")) {
  const faults = Object.keys(fresh).flatMap((name) => {
    const fault = differences(name, fresh[name]);
    return fault === null ? [] : [`${name}.json ${fault}`];
  });
  let present = [];
  try {
    present = readdirSync(join(root, target));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  for (const file of present) {
    if (file.endsWith(".json") && !(file.slice(0, -5) in fresh)) faults.push(`${file} belongs to no contract`);
  }
  if (faults.length > 0) {
    for (const fault of faults) console.error(`${target}/${fault}.`);
    console.error("Run: node deploy/export-contracts.mjs");
    process.exit(1);
  }
} else {
  mkdirSync(join(root, target), { recursive: true });
  for (const [name, text] of Object.entries(fresh)) writeFileSync(join(root, target, `${name}.json`), text);
}
