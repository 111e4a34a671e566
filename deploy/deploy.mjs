// Deploys OpenSettle's contracts to any chain, once.
//
//   OPENSETTLE_DEPLOYER_KEY=0x… node deploy/deploy.mjs --rpc URL --settings FILE.json --out FILE.json [--dry-run]
//
// Settings: { guardian, attestors: [address], threshold, windowSeconds, tokens: [{ address, smallestLeaf }],
//             demoToken: true|false, expectedChainId?, eas?, schemaRegistry? }
// A token's zero address means native coin; smallestLeaf is in the token's smallest unit, as a string or an integer.
//
// The contracts name one another for ever, so their addresses are foretold from the deployer's nonce. Each signed
// transaction is written to FILE.json.partial before it is sent: run the same command again after any interruption, and
// it goes on where it was. Run after a success, it checks what is there and sends nothing.
//
// Progress goes to stderr, the path of the result to stdout. Exit code 2: a setting is wrong; 3: the chain is.
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  BaseError, createPublicClient, decodeErrorResult, encodeDeployData, encodePacked, formatEther, getAddress, getContractAddress,
  hexToNumber, hexToString, http, isAddress, keccak256, parseAbi, toHex, trim, zeroAddress,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import * as knownChains from "viem/chains";

const EPOCH_SCHEMA = "uint64 epoch,bytes32 root,bytes32 bundleHash,uint64 lastBlock";
/** One cent of the demo token. */
const DEMO_SMALLEST_LEAF = "10000";
const LOCAL_CHAINS = [1337, 31337];
/** Where every OP-stack chain has EAS. */
const OP_STACK = { eas: "0x4200000000000000000000000000000000000021", schemaRegistry: "0x4200000000000000000000000000000000000020" };
const MINED_WITHIN_SECONDS = 600;

/** Something that the reader can mend; the message is one line that says what and how. */
class Refusal extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}
const badInput = (message) => new Refusal(message, 2);
const chainTrouble = (message) => new Refusal(message, 3);
const say = (line) => process.stderr.write(`${line}\n`);

// What was asked for

function readArguments() {
  let values;
  try {
    ({ values } = parseArgs({
      options: { rpc: { type: "string" }, settings: { type: "string" }, out: { type: "string" }, "dry-run": { type: "boolean", default: false } },
    }));
  } catch (error) {
    throw badInput(`${error.message} Usage: node deploy/deploy.mjs --rpc URL --settings FILE.json --out FILE.json [--dry-run]`);
  }
  for (const name of ["rpc", "settings", "out"]) {
    if (!values[name]) throw badInput(`--${name} is missing. Usage: node deploy/deploy.mjs --rpc URL --settings FILE.json --out FILE.json [--dry-run]`);
  }
  let url;
  try {
    url = new URL(values.rpc);
  } catch {
    url = null;
  }
  if (url?.protocol !== "http:" && url?.protocol !== "https:") throw badInput("--rpc is not an http:// or https:// URL.");
  return { rpc: values.rpc, host: url.host, settingsPath: values.settings, out: resolve(values.out), dryRun: values["dry-run"] };
}

/** Undefined for `absent` means that the file has to be there. */
function readJson(path, what, absent) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" && absent !== undefined) return absent;
    throw badInput(`${what} ${path} cannot be read (${error.code}).`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badInput(`${what} ${path} is not JSON: ${error.message}.`);
  }
}

function readSettings(path) {
  const given = readJson(path, "The settings file");
  if (given === null || typeof given !== "object" || Array.isArray(given)) throw badInput(`The settings file ${path} is not a JSON object.`);
  const known = ["guardian", "attestors", "threshold", "windowSeconds", "tokens", "demoToken", "expectedChainId", "eas", "schemaRegistry"];
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw badInput(`Setting ${key} is unknown. Known: ${known.join(", ")}.`);
  }
  const address = (value, name, zeroMeans) => {
    if (typeof value !== "string" || !isAddress(value)) throw badInput(`Setting ${name} is not an address (0x and 40 hexadecimal digits, with a right checksum if mixed case).`);
    if (getAddress(value) === zeroAddress && zeroMeans === undefined) throw badInput(`Setting ${name} is the zero address. Name a real account.`);
    return getAddress(value);
  };
  const integer = (value, name, least, most) => {
    if (!Number.isInteger(value) || value < least || value > most) throw badInput(`Setting ${name} is not an integer from ${least} to ${most}.`);
    return value;
  };
  const list = (value, name) => {
    if (!Array.isArray(value)) throw badInput(`Setting ${name} is not a list.`);
    return value;
  };
  const distinct = (addresses, name) => {
    const twice = addresses.find((one, i) => addresses.indexOf(one) !== i);
    if (twice !== undefined) throw badInput(`Setting ${name} names ${twice} twice. Name each once.`);
  };

  const attestors = list(given.attestors, "attestors").map((one, i) => address(one, `attestors[${i}]`));
  if (attestors.length === 0) throw badInput("Setting attestors is empty. Name at least one.");
  distinct(attestors, "attestors");
  const demoToken = given.demoToken ?? false;
  if (typeof demoToken !== "boolean") throw badInput("Setting demoToken is neither true nor false.");
  const tokens = list(given.tokens ?? [], "tokens").map((token, i) => {
    const leaf = String(token?.smallestLeaf ?? "");
    if (!/^[1-9][0-9]{0,38}$/.test(leaf) || BigInt(leaf) >= 1n << 128n) throw badInput(`Setting tokens[${i}].smallestLeaf is not an integer from 1 to 2^128-1 (in the token's smallest unit).`);
    return { address: address(token.address, `tokens[${i}].address`, "native coin"), smallestLeaf: leaf };
  });
  distinct(tokens.map((token) => token.address), "tokens");
  if (tokens.length === 0 && !demoToken) throw badInput("Setting tokens is empty. List a token, or the zero address for native coin; the list can never be changed.");
  if ((given.eas === undefined) !== (given.schemaRegistry === undefined)) throw badInput("Settings eas and schemaRegistry go together. Name both or neither.");
  return {
    guardian: address(given.guardian, "guardian"),
    attestors,
    threshold: integer(given.threshold, "threshold", 1, attestors.length),
    windowSeconds: integer(given.windowSeconds, "windowSeconds", 1, 2 ** 32 - 1),
    tokens,
    demoToken,
    expectedChainId: given.expectedChainId === undefined ? undefined : integer(given.expectedChainId, "expectedChainId", 1, Number.MAX_SAFE_INTEGER),
    eas: given.eas === undefined ? undefined : address(given.eas, "eas"),
    schemaRegistry: given.schemaRegistry === undefined ? undefined : address(given.schemaRegistry, "schemaRegistry"),
  };
}

function readKey() {
  const key = process.env.OPENSETTLE_DEPLOYER_KEY ?? "";
  if (key === "") throw badInput("The environment variable OPENSETTLE_DEPLOYER_KEY is not set. It holds the deployer's private key.");
  try {
    if (!/^0x[0-9a-fA-F]{64}$/.test(key)) throw new Error();
    return privateKeyToAccount(key);
  } catch {
    throw badInput("The environment variable OPENSETTLE_DEPLOYER_KEY is not a private key (0x and 64 hexadecimal digits).");
  }
}

// What is deployed

const easPackage = dirname(createRequire(import.meta.url).resolve("@ethereum-attestation-service/eas-contracts/package.json"));

function compiled(name) {
  if (name === "EAS" || name === "SchemaRegistry") return readJson(join(easPackage, `artifacts/contracts/${name}.sol/${name}.json`), "The artifact");
  return readJson(fileURLToPath(new URL(`../src/OpenSettle.Ethereum/Contracts/Compiled/${name}.json`, import.meta.url)), "The compiled contract");
}

/** Where EAS is on chains that its own package knows. */
function deployedEas(chainId) {
  for (const network of readdirSync(join(easPackage, "deployments"))) {
    const folder = join(easPackage, "deployments", network);
    try {
      if (Number(readFileSync(join(folder, ".chainId"), "utf8")) !== chainId) continue;
    } catch {
      continue;
    }
    return {
      eas: getAddress(readJson(join(folder, "EAS.json"), "The deployment").address),
      schemaRegistry: getAddress(readJson(join(folder, "SchemaRegistry.json"), "The deployment").address),
    };
  }
  return null;
}

// The chain

/** viem's client, whose failures carry the host to name: never the URL, which may hold a password or a key. */
function connect(rpc, host) {
  const inner = createPublicClient({ transport: http(rpc, { timeout: 20_000, retryCount: 2 }) });
  const named = (call) => async (...all) => {
    try {
      return await call.apply(inner, all);
    } catch (error) {
      if (error instanceof BaseError) error.host = host;
      throw error;
    }
  };
  return new Proxy(inner, { get: (_, name) => (typeof inner[name] === "function" ? named(inner[name]) : inner[name]) });
}

const unreachable = (error) => Boolean(error?.walk?.((one) => one.name === "HttpRequestError" || one.name === "TimeoutError"));

const reads = {
  eas: parseAbi(["function getSchemaRegistry() view returns (address)"]),
  token: parseAbi(["function symbol() view returns (string)", "function decimals() view returns (uint8)"]),
  oldToken: parseAbi(["function symbol() view returns (bytes32)"]),
};

async function codeAt(chain, address) {
  return (await chain.getCode({ address })) ?? "0x";
}

/** The contracts compare the attestors' block numbers with their own, and use transient storage. */
async function checkChain(chain, settings, host) {
  const chainId = await chain.getChainId();
  if (settings.expectedChainId !== undefined && settings.expectedChainId !== chainId) {
    throw chainTrouble(`The chain at ${host} has id ${chainId}, setting expectedChainId says ${settings.expectedChainId}. Mend --rpc or the setting.`);
  }
  const before = await chain.getBlockNumber();
  let seen;
  try {
    // PUSH0 TLOAD POP NUMBER PUSH0 MSTORE PUSH1 32 PUSH0 RETURN, run as a creation and never kept.
    seen = hexToNumber((await chain.call({ data: "0x5f5c50435f5260205ff3" })).data);
  } catch (error) {
    if (unreachable(error)) throw error;
    throw chainTrouble(`The chain ${chainId} does not run the contracts' code (it has no transient storage, EIP-1153). Choose a chain with the Cancun rules.`);
  }
  const afterwards = await chain.getBlockNumber();
  if (seen + 64 < Number(before) || seen > Number(afterwards) + 64) {
    throw chainTrouble(`On chain ${chainId} contracts see block ${seen} while the chain is at ${afterwards}: block.number is another chain's there, which the vault cannot use. Choose another chain.`);
  }
  if (settings.demoToken && !LOCAL_CHAINS.includes(chainId) && chainNamed(chainId)?.testnet !== true) {
    throw badInput(`Setting demoToken is true, and chain ${chainId} is no test chain. Anybody can mint the demo token: set it to false and list a real one.`);
  }
  return chainId;
}

const chainNamed = (chainId) => Object.values(knownChains).find((one) => one?.id === chainId);

async function describeToken(chain, chainId, token) {
  if (token.address === zeroAddress) {
    const currency = chainNamed(chainId)?.nativeCurrency;
    return { address: zeroAddress, symbol: currency?.symbol ?? "ETH", decimals: currency?.decimals ?? 18, smallestLeaf: token.smallestLeaf };
  }
  if ((await codeAt(chain, token.address)) === "0x") throw badInput(`Setting tokens names ${token.address}, where chain ${chainId} has no contract. Mend the address or --rpc.`);
  const read = (functionName, abi = reads.token) => chain.readContract({ address: token.address, abi, functionName });
  try {
    const decimals = await read("decimals");
    const symbol = await read("symbol").catch(async () => hexToString(trim(await read("symbol", reads.oldToken), { dir: "right" })));
    return { address: token.address, symbol, decimals, smallestLeaf: token.smallestLeaf };
  } catch (error) {
    if (unreachable(error)) throw error;
    throw badInput(`Setting tokens names ${token.address}, which does not answer symbol() and decimals() as an ERC-20 does. Mend the address.`);
  }
}

/** EAS as the settings name it, as its package knows it, as OP-stack chains have it; null where it has to be deployed. */
async function findEas(chain, chainId, settings) {
  const named = settings.eas ? { eas: settings.eas, schemaRegistry: settings.schemaRegistry } : deployedEas(chainId);
  for (const place of [named, OP_STACK]) {
    if (place === null) continue;
    if ((await codeAt(chain, place.eas)) !== "0x" && (await codeAt(chain, place.schemaRegistry)) !== "0x") {
      const expected = await chain.readContract({ address: place.eas, abi: reads.eas, functionName: "getSchemaRegistry" });
      if (getAddress(expected) === getAddress(place.schemaRegistry)) return { eas: getAddress(place.eas), schemaRegistry: getAddress(place.schemaRegistry) };
      throw badInput(`EAS at ${place.eas} keeps its schemas at ${expected}, not at ${place.schemaRegistry}. Mend the settings eas and schemaRegistry.`);
    }
    if (place === named) throw badInput(`Chain ${chainId} has no EAS at ${place.eas} with its schema registry at ${place.schemaRegistry}. Mend the settings eas and schemaRegistry.`);
  }
  return null;
}

// The plan: what is created, in which order, by which nonce, and so at which address

function makePlan({ chainId, deployer, startNonce, settings, eas }) {
  const names = [...(eas ? [] : ["SchemaRegistry", "EAS"]), ...(settings.demoToken ? ["DemoDollar"] : []), "ModelRegistry", "InferencePayments", "RoyaltySplit", "SettlementResolver"];
  const at = Object.fromEntries(names.map((name, i) => [name, getContractAddress({ from: deployer, nonce: BigInt(startNonce + i) })]));
  const place = eas ?? { eas: at.EAS, schemaRegistry: at.SchemaRegistry };
  const tokens = [...settings.tokens, ...(settings.demoToken ? [{ address: at.DemoDollar, smallestLeaf: DEMO_SMALLEST_LEAF }] : [])];
  const constructorArguments = {
    SchemaRegistry: [],
    EAS: [place.schemaRegistry],
    DemoDollar: [],
    ModelRegistry: [at.RoyaltySplit],
    InferencePayments: [at.ModelRegistry, at.RoyaltySplit],
    RoyaltySplit: [
      at.ModelRegistry, at.InferencePayments, settings.guardian, settings.attestors, settings.threshold, settings.windowSeconds,
      tokens.map((token) => ({ token: token.address, smallestLeaf: BigInt(token.smallestLeaf) })),
    ],
    SettlementResolver: [place.eas, place.schemaRegistry, at.RoyaltySplit],
  };
  const steps = names.map((name, i) => {
    const { abi, bytecode } = compiled(name);
    return { name, abi, nonce: startNonce + i, address: at[name], data: encodeDeployData({ abi, bytecode, args: constructorArguments[name] }) };
  });
  const contracts = { registry: at.ModelRegistry, vault: at.RoyaltySplit, rail: at.InferencePayments, resolver: at.SettlementResolver, ...place };
  return { chainId, deployer, startNonce, steps, contracts, tokens, fingerprint: keccak256(toHex(JSON.stringify(steps.map((step) => [step.address, step.data])))) };
}

/** A little more than a creation can cost, before its predecessors exist to measure it against. */
const mostGas = (step) => {
  const bytes = (step.data.length - 2) / 2;
  return BigInt(53_000 + bytes * 16 + Math.ceil(bytes / 32) * 2 + bytes * 200 + 600_000);
};

async function currentFees(chain) {
  const { baseFeePerGas } = await chain.getBlock();
  if (baseFeePerGas === null || baseFeePerGas === undefined) return { type: "legacy", gasPrice: await chain.getGasPrice() };
  return { type: "eip1559", ...(await chain.estimateFeesPerGas()) };
}

// Sending

/** The whole file or none of it, whatever happens meanwhile. */
function writeWhole(path, value) {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, "w", 0o644);
    writeSync(file, `${JSON.stringify(value, null, 2)}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, path);
  } catch (error) {
    throw badInput(`${path} cannot be written (${error.code}). Choose another --out, or mend its folder.`);
  }
}

function readable(error, abi) {
  const data = error?.walk?.((one) => typeof one?.data === "string")?.data;
  if (abi && typeof data === "string" && data.length >= 10) {
    try {
      const { errorName, args } = decodeErrorResult({ abi, data });
      return `${errorName}(${(args ?? []).join(", ")})`;
    } catch {
      // Not one of the contract's own errors: the node's words have to do.
    }
  }
  return (error?.details || error?.shortMessage || String(error?.message ?? error)).split("\n")[0];
}

/** Just after a block, another machine behind the same URL may not have it yet: a failed estimate is tried again. */
async function estimate(chain, account, step) {
  for (let left = 4; ; left--) {
    try {
      return await chain.estimateGas({ account: account.address, data: step.data });
    } catch (error) {
      if (left === 0) throw chainTrouble(`${step.name} cannot be created: ${readable(error, step.abi)}. Nothing of it was sent; mend that and run again.`);
      await delay(1_000);
    }
  }
}

const findReceipt = (chain, hash) =>
  chain.getTransactionReceipt({ hash }).catch((error) => {
    if (error?.name === "TransactionReceiptNotFoundError") return null;
    throw error;
  });

async function waitForReceipt(chain, step, hash) {
  const local = LOCAL_CHAINS.includes(step.chainId);
  const until = Date.now() + MINED_WITHIN_SECONDS * 1_000;
  while (Date.now() < until) {
    const receipt = await findReceipt(chain, hash);
    if (receipt) return receipt;
    await delay(local ? 100 : 2_000);
  }
  throw chainTrouble(`${step.name} (transaction ${hash}) was not mined within ${MINED_WITHIN_SECONDS} seconds. Run the same command again to go on waiting.`);
}

/** Signs, writes down, sends and waits; or picks up what an earlier run had written down. */
async function create(chain, account, plan, step, journal, save) {
  let entry = journal.sent[step.name];
  if (entry === undefined) {
    const gas = ((await estimate(chain, account, step)) * 12n) / 10n;
    const raw = await account.signTransaction({ chainId: plan.chainId, nonce: step.nonce, data: step.data, gas, ...(await currentFees(chain)) });
    entry = { hash: keccak256(raw), raw };
    journal.sent[step.name] = entry;
    save();
  }
  // The nonce is asked first: whoever used it, if it was this transaction, then its receipt is there by now.
  const used = (await chain.getTransactionCount({ address: account.address, blockTag: "latest" })) > step.nonce;
  let known = await findReceipt(chain, entry.hash);
  if (used && !known) {
    await delay(2_000);
    known = await findReceipt(chain, entry.hash);
    if (!known) throw chainTrouble(`Nonce ${step.nonce} of the deployer ${account.address} was used for something else than ${step.name}, so its address cannot be had any more. ${plan.remedy}.`);
  }
  if (!known) {
    try {
      await chain.sendRawTransaction({ serializedTransaction: entry.raw });
    } catch (error) {
      // A node that has it already says so by an error; whether it has is seen by waiting.
      if (!/already known|already imported|known transaction|nonce too low|already exists/i.test(readable(error))) {
        throw chainTrouble(`The node refused the transaction that creates ${step.name}: ${readable(error)}. Mend that and run again; if its fee has become too low: ${plan.remedy}.`);
      }
    }
  }
  const receipt = known ?? (await waitForReceipt(chain, { ...step, chainId: plan.chainId }, entry.hash));
  if (receipt.status !== "success") throw chainTrouble(`The transaction ${entry.hash} that creates ${step.name} failed on chain. ${plan.remedy}.`);
  if (getAddress(receipt.contractAddress) !== step.address) throw chainTrouble(`${step.name} came to ${receipt.contractAddress} instead of ${step.address}. ${plan.remedy}.`);
  entry.block = Number(receipt.blockNumber);
  entry.gasUsed = Number(receipt.gasUsed);
  save();
  say(`  ${step.name} at ${step.address} (block ${entry.block}, ${entry.gasUsed} gas)`);
}

// Checking

/** Whether the code is the one inside the creation bytecode, but for the immutables, which are zero there. */
function isCodeOf(code, bytecode) {
  const given = Buffer.from(code.slice(2), "hex");
  const whole = Buffer.from(bytecode.slice(2), "hex");
  if (given.length === 0) return false;
  search: for (let start = 0; start + given.length <= whole.length; start++) {
    for (let i = 0; i < given.length; i++) {
      const expected = whole[start + i];
      if (expected !== given[i] && expected !== 0) continue search;
    }
    return true;
  }
  return false;
}

async function verify(chain, settings, contracts, tokens) {
  const faults = [];
  const names = { registry: "ModelRegistry", rail: "InferencePayments", vault: "RoyaltySplit", resolver: "SettlementResolver" };
  for (const [key, name] of Object.entries(names)) {
    const code = await codeAt(chain, contracts[key]);
    if (code === "0x") throw chainTrouble(`There is no ${name} at ${contracts[key]}. If this is a local chain that was started anew, remove the file of the old deployment.`);
    if (!isCodeOf(code, compiled(name).bytecode)) faults.push(`the code at ${contracts[key]} is not the ${name} of this release`);
  }
  const plain = (value) => JSON.stringify(value, (_, one) => (typeof one === "bigint" ? one.toString() : one));
  const expect = async (key, functionName, expected) => {
    const answer = await chain.readContract({ address: contracts[key], abi: compiled(names[key]).abi, functionName });
    if (plain(answer) !== plain(expected)) faults.push(`${names[key]}.${functionName} is ${plain(answer)}, not ${plain(expected)}`);
  };
  await expect("registry", "vault", contracts.vault);
  await expect("rail", "registry", contracts.registry);
  await expect("rail", "vault", contracts.vault);
  await expect("vault", "registry", contracts.registry);
  await expect("vault", "rail", contracts.rail);
  await expect("vault", "guardian", settings.guardian);
  await expect("vault", "attestors", settings.attestors);
  await expect("vault", "threshold", settings.threshold);
  await expect("vault", "window", settings.windowSeconds);
  await expect("vault", "listedTokens", tokens.map((token) => ({ token: token.address, smallestLeaf: token.smallestLeaf })));
  await expect("resolver", "eas", contracts.eas);
  await expect("resolver", "vault", contracts.vault);
  const epochSchema = keccak256(encodePacked(["string", "address", "bool"], [EPOCH_SCHEMA, contracts.resolver, false]));
  await expect("resolver", "epochSchema", epochSchema);
  const schemaRegistry = await chain.readContract({ address: contracts.eas, abi: reads.eas, functionName: "getSchemaRegistry" });
  if (getAddress(schemaRegistry) !== contracts.schemaRegistry) faults.push(`EAS keeps its schemas at ${schemaRegistry}, not at ${contracts.schemaRegistry}`);
  return { faults, epochSchema };
}

/** What an earlier run finished: checked against the chain and against today's settings. */
async function verifyEarlier(chain, chainId, settings, out, earlier) {
  if (earlier?.chainId !== chainId) throw badInput(`${out} describes a deployment on chain ${earlier?.chainId}, --rpc leads to chain ${chainId}. Choose another --out or --rpc.`);
  const contracts = earlier.contracts ?? {};
  for (const key of ["registry", "vault", "rail", "resolver", "eas", "schemaRegistry"]) {
    if (!isAddress(contracts[key] ?? "")) throw badInput(`${out} names no ${key}, so it is no deployment of OpenSettle. Choose another --out.`);
  }
  // The demo token's address is only known from the file: it is the listed one that the settings do not name.
  const demo = settings.demoToken ? (earlier.tokens ?? []).filter((token) => !settings.tokens.some((one) => one.address === token.address)) : [];
  const { faults } = await verify(chain, settings, contracts, [...settings.tokens, ...demo.slice(0, 1)]);
  if (faults.length > 0) throw badInput(`${out} does not match the settings and the chain: ${faults.join("; ")}. What is deployed cannot be changed: put the settings back, or choose another --out for a new deployment.`);
}

/** The plan of an interrupted run, or a new one. */
async function planOrResume(chain, account, chainId, settings, partialPath) {
  const partial = readJson(partialPath, "The unfinished deployment", null);
  const remedy = `Remove ${partialPath} to deploy anew`;
  const mined = await chain.getTransactionCount({ address: account.address, blockTag: "latest" });
  if (partial === null) {
    const pending = await chain.getTransactionCount({ address: account.address, blockTag: "pending" });
    if (pending !== mined) throw chainTrouble(`The deployer ${account.address} has ${pending - mined} transactions that are not mined. Wait for them, or use another key.`);
    const eas = await findEas(chain, chainId, settings);
    const plan = makePlan({ chainId, deployer: account.address, startNonce: mined, settings, eas });
    return { plan: { ...plan, remedy }, journal: { chainId, deployer: account.address, startNonce: mined, eas, fingerprint: plan.fingerprint, sent: {} }, resumed: false };
  }
  if (partial.chainId !== chainId) throw badInput(`${partialPath} is an unfinished deployment on chain ${partial.chainId}, --rpc leads to chain ${chainId}. ${remedy}, or mend --rpc.`);
  if (partial.deployer !== account.address) throw badInput(`${partialPath} is an unfinished deployment by ${partial.deployer}, OPENSETTLE_DEPLOYER_KEY is of ${account.address}. ${remedy}, or use the first key.`);
  if (mined < partial.startNonce) throw chainTrouble(`${partialPath} was begun at nonce ${partial.startNonce} of the deployer, who is at ${mined}: the chain was started anew. ${remedy}.`);
  const plan = makePlan({ chainId, deployer: account.address, startNonce: partial.startNonce, settings, eas: partial.eas });
  if (plan.fingerprint !== partial.fingerprint) throw badInput(`${partialPath} is an unfinished deployment with other settings or another release. ${remedy}, or put them back to finish it.`);
  return { plan: { ...plan, remedy }, journal: partial, resumed: true };
}

async function main() {
  const { rpc, host, settingsPath, out, dryRun } = readArguments();
  const settings = readSettings(settingsPath);
  const account = readKey();
  const chain = connect(rpc, host);
  const chainId = await checkChain(chain, settings, host);

  const earlier = readJson(out, "The file of --out", null);
  if (earlier !== null) {
    await verifyEarlier(chain, chainId, settings, out, earlier);
    say(`Already deployed on chain ${chainId}, and every contract answers as it should. Nothing was sent.`);
    process.stdout.write(`${out}\n`);
    return;
  }
  const described = await Promise.all(settings.tokens.map((token) => describeToken(chain, chainId, token)));

  const partialPath = `${out}.partial`;
  const { plan, journal, resumed } = await planOrResume(chain, account, chainId, settings, partialPath);
  const missing = plan.steps.filter((step) => journal.sent[step.name]?.block === undefined);
  const fees = await currentFees(chain);
  const gas = missing.reduce((sum, step) => sum + mostGas(step), 0n);
  const cost = gas * (fees.gasPrice ?? fees.maxFeePerGas);
  const balance = await chain.getBalance({ address: account.address });
  say(`${resumed ? "Going on with" : "Deploying"} OpenSettle on chain ${chainId} by ${account.address}: ${missing.length} contracts, at most ${gas} gas, ${formatEther(cost)} of ${formatEther(balance)} native coin.`);
  if (balance < cost) throw chainTrouble(`The deployer ${account.address} has ${formatEther(balance)} native coin, deploying may take ${formatEther(cost)}. Send it the difference.`);
  if (dryRun) {
    for (const step of plan.steps) say(`  ${step.name} would be at ${step.address}`);
    if (!plan.steps.some((step) => step.name === "EAS")) say(`  EAS is at ${plan.contracts.eas}`);
    say("Dry run: nothing was sent or written.");
    return;
  }

  const save = () => writeWhole(partialPath, journal);
  save();
  for (const step of plan.steps) await create(chain, account, plan, step, journal, save);

  const { faults, epochSchema } = await verify(chain, settings, plan.contracts, plan.tokens);
  if (faults.length > 0) throw chainTrouble(`Deployed, but not as planned: ${faults.join("; ")}. ${plan.remedy}.`);
  const demo = plan.tokens.slice(described.length).map((token) => describeToken(chain, chainId, token));
  writeWhole(out, {
    chainId,
    deployedAtBlock: Math.min(...plan.steps.map((step) => journal.sent[step.name].block)),
    contracts: plan.contracts,
    tokens: [...described, ...(await Promise.all(demo))],
    window: settings.windowSeconds,
    threshold: settings.threshold,
    attestors: settings.attestors,
    guardian: settings.guardian,
    epochSchema,
  });
  rmSync(partialPath, { force: true });
  say("Deployed, and every contract answers as it should.");
  process.stdout.write(`${out}\n`);
}

try {
  await main();
} catch (error) {
  if (error instanceof Refusal) {
    say(`error: ${error.message}`);
    process.exitCode = error.exitCode;
  } else if (error instanceof BaseError) {
    const away = unreachable(error) ? "cannot be reached" : "did not answer as it should";
    say(`error: The chain at ${error.host ?? "--rpc"} ${away}: ${error.shortMessage.split("\n")[0]} Check --rpc and run again.`);
    process.exitCode = 3;
  } else {
    throw error;
  }
}
