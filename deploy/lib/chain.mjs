// What the chain is and says.
import { BaseError, createPublicClient, decodeErrorResult, getAddress, hexToNumber, hexToString, http, parseAbi, trim, zeroAddress } from "viem";
import { deployedEas } from "./compiled.mjs";
import { badInput, chainTrouble } from "./refusal.mjs";

const LOCAL_CHAINS = [1337, 31337];
/** Where every OP-stack chain has EAS. */
const OP_STACK = {
  eas: getAddress("0x4200000000000000000000000000000000000021"),
  schemaRegistry: getAddress("0x4200000000000000000000000000000000000020"),
};

const reads = {
  eas: parseAbi(["function getSchemaRegistry() view returns (address)"]),
  token: parseAbi(["function symbol() view returns (string)", "function decimals() view returns (uint8)"]),
  oldToken: parseAbi(["function symbol() view returns (bytes32)"]),
};

export const isLocal = (chainId) => LOCAL_CHAINS.includes(chainId);

/** viem's client, whose failures carry the host to name: never the URL, which may hold a password or a key. */
export function connect(rpc, host) {
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

export const unreachable = (error) => Boolean(error?.walk?.((one) => one.name === "HttpRequestError" || one.name === "TimeoutError"));

/** A failed call in one line: the contract's own error where it is known, else the node's words. */
export function readable(error, abi) {
  const data = error?.walk?.((one) => typeof one?.data === "string")?.data;
  if (abi && typeof data === "string" && data.length >= 10) {
    try {
      const { errorName, args } = decodeErrorResult({ abi, data });
      return `${errorName}(${(args ?? []).join(", ")})`;
    } catch {
      // Not one of the contract's own errors: the node's words have to do.
    }
  }
  return (error?.details || error?.shortMessage || String(error?.message ?? error)).split("\n")[0].replace(/\.$/, "");
}

export async function codeAt(chain, address) {
  return (await chain.getCode({ address })) ?? "0x";
}

/** The contracts compare the attestors' block numbers with their own, and use transient storage. */
export async function checkChain(chain, settings, host) {
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
  if (settings.demoToken && !isLocal(chainId) && (await chainNamed(chainId))?.testnet !== true) {
    throw badInput(`Setting demoToken is true, and chain ${chainId} is no test chain. Anybody can mint the demo token: set it to false and list a real one.`);
  }
  return chainId;
}

/** Some hundred modules, which no local chain needs. */
async function chainNamed(chainId) {
  if (isLocal(chainId)) return undefined;
  return Object.values(await import("viem/chains")).find((one) => one?.id === chainId);
}

export async function describeToken(chain, chainId, token) {
  if (token.address === zeroAddress) {
    const currency = (await chainNamed(chainId))?.nativeCurrency;
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

export async function schemaRegistryOf(chain, eas) {
  return getAddress(await chain.readContract({ address: eas, abi: reads.eas, functionName: "getSchemaRegistry" }));
}

/** EAS as the settings name it, as its package knows it, as OP-stack chains have it; null where it has to be deployed. */
export async function findEas(chain, chainId, settings) {
  const named = settings.eas ? { eas: settings.eas, schemaRegistry: settings.schemaRegistry } : deployedEas(chainId);
  for (const place of [named, OP_STACK]) {
    if (place === null) continue;
    if ((await codeAt(chain, place.eas)) !== "0x" && (await codeAt(chain, place.schemaRegistry)) !== "0x") {
      const expected = await schemaRegistryOf(chain, place.eas);
      if (expected === place.schemaRegistry) return place;
      throw badInput(`EAS at ${place.eas} keeps its schemas at ${expected}, not at ${place.schemaRegistry}. Mend the settings eas and schemaRegistry.`);
    }
    if (place === named) throw badInput(`Chain ${chainId} has no EAS at ${place.eas} with its schema registry at ${place.schemaRegistry}. Mend the settings eas and schemaRegistry.`);
  }
  return null;
}

/** In which block a contract came to be: its first block with code, else that of its first log. */
export async function creationBlock(chain, address, firstLog) {
  const latest = await chain.getBlockNumber();
  try {
    let [without, having] = [-1n, latest];
    while (having - without > 1n) {
      const middle = (without + having) / 2n;
      const code = (await chain.getCode({ address, blockNumber: middle })) ?? "0x";
      if (code === "0x") without = middle;
      else having = middle;
    }
    return Number(having);
  } catch {
    // A node that keeps no old state cannot say; its logs may.
  }
  try {
    const [first] = await chain.getLogs({ address, event: firstLog, fromBlock: 0n, toBlock: latest });
    if (first) return Number(first.blockNumber);
  } catch {
    // Nor will it look through so many blocks.
  }
  throw chainTrouble(`Everything is deployed, but the node behind --rpc keeps too little history to tell since which block. Run again with the URL of an archive node.`);
}

/** `price` is what gas is expected to cost at most, `offered` what a transaction carries: blocks may become dearer meanwhile. */
export async function currentFees(chain) {
  const { baseFeePerGas: base } = await chain.getBlock();
  if (base === null || base === undefined) {
    const gasPrice = await chain.getGasPrice();
    return { price: gasPrice, offered: { type: "legacy", gasPrice } };
  }
  const tip = await currentTip(chain);
  return { price: (base * 6n) / 5n + tip, offered: { type: "eip1559", maxFeePerGas: base * 2n + tip, maxPriorityFeePerGas: tip } };
}

/**
 * What the node suggests, but not more than is usually paid. On a quiet chain a node may learn its suggestion from the
 * proxy's own transaction, which pays a hundred gwei.
 */
async function currentTip(chain) {
  const suggested = await chain.estimateMaxPriorityFeePerGas();
  const history = await chain.getFeeHistory({ blockCount: 20, rewardPercentiles: [50] }).catch(() => null);
  const paid = (history?.reward ?? [])
    .filter((_, i) => history.gasUsedRatio[i] > 0)
    .map(([tip]) => tip)
    .sort((a, b) => (a < b ? -1 : 1));
  const usual = paid[Math.floor((paid.length - 1) / 2)] ?? 0n;
  return usual > 0n && usual < suggested ? usual : suggested;
}
