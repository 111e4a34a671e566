// The deterministic deployment proxy: a contract without an owner, at one address on most chains, that creates by CREATE2.
// Its transaction was signed by nobody's key, so anybody can bring it to a chain that has none.
import { setTimeout as delay } from "node:timers/promises";
import { formatEther, keccak256 } from "viem";
import { codeAt, currentFees, isLocal, readable, unreachable } from "./chain.mjs";
import { chainTrouble, say } from "./refusal.mjs";

export const PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
export const PROXY_SIGNER = "0x3fAB184622Dc19b6109349B94811493BF2a45362";
export const PROXY_TRANSACTION =
  "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe036" +
  "01600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222" +
  "222222a02222222222222222222222222222222222222222222222222222222222222222";
/** What the transaction may cost: 100,000 gas at 100 gwei. */
export const PROXY_COST = 10n ** 16n;
const PROXY_FEE = 10n ** 11n;
const PROXY_CODE =
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3";

const MINED_WITHIN_SECONDS = 600;
const WITHOUT_MONEY = /insufficient|enough funds|enough balance|upfront cost/i;
const KNOWN_ALREADY = /already known|already imported|known transaction|already exists/i;

/** Other code at the proxy's address would create who knows what. */
export async function proxyIsThere(chain, chainId) {
  const code = await codeAt(chain, PROXY);
  if (code === "0x") return false;
  if (code !== PROXY_CODE) throw chainTrouble(`The code at ${PROXY} on chain ${chainId} is not the deterministic deployment proxy. Choose another chain.`);
  return true;
}

/** What the signer of the proxy's transaction lacks. */
export async function proxyLack(chain) {
  const balance = await chain.getBalance({ address: PROXY_SIGNER });
  return balance >= PROXY_COST ? 0n : PROXY_COST - balance;
}

/** Brings the proxy. False where the chain takes no such transaction: it names no chain, and its gas is fixed. */
export async function bringProxy(chain, chainId, sender) {
  const refused = (reason) => {
    say(`  Chain ${chainId} does not take the transaction that brings the deterministic deployment proxy: ${reason}. The addresses here will depend on the deployer's nonce.`);
    return false;
  };
  const pending = (await chain.getTransactionCount({ address: PROXY_SIGNER, blockTag: "latest" })) === 0;
  if (!pending) return (await proxyIsThere(chain, chainId)) || refused("it came before, and failed");
  const { baseFeePerGas } = await chain.getBlock();
  if ((baseFeePerGas ?? 0n) > PROXY_FEE) {
    throw chainTrouble(`Chain ${chainId} has no deterministic deployment proxy at ${PROXY}, and asks for more than the 100 gwei that its presigned transaction pays. Run again when fees have fallen.`);
  }

  // Asked before the signer has money: a chain that refuses such transactions says so at once, and nothing is lost.
  let answer = await offer(chain);
  if (WITHOUT_MONEY.test(answer ?? "")) {
    const lack = await proxyLack(chain);
    if (lack > 0n) {
      say(`  Sending ${formatEther(lack)} native coin to ${PROXY_SIGNER}, for the deterministic deployment proxy`);
      await sender.send({ name: "the payment for the deterministic deployment proxy", to: PROXY_SIGNER, value: lack });
    }
    answer = await offer(chain);
  }
  if (answer !== null && !KNOWN_ALREADY.test(answer)) return refused(answer);

  const hash = keccak256(PROXY_TRANSACTION);
  const until = Date.now() + MINED_WITHIN_SECONDS * 1_000;
  while (Date.now() < until) {
    if (await proxyIsThere(chain, chainId)) {
      say(`  Deterministic deployment proxy at ${PROXY}`);
      return true;
    }
    const receipt = await chain.getTransactionReceipt({ hash }).catch(() => null);
    if (receipt?.status === "reverted") return refused("it failed");
    await delay(isLocal(chainId) ? 100 : 2_000);
  }
  throw chainTrouble(`The deterministic deployment proxy (transaction ${hash}) was not mined within ${MINED_WITHIN_SECONDS} seconds. Run the same command again to go on waiting.`);
}

/** Null where the node took it, else its words. */
async function offer(chain) {
  try {
    await chain.sendRawTransaction({ serializedTransaction: PROXY_TRANSACTION });
    return null;
  } catch (error) {
    if (unreachable(error)) throw error;
    return readable(error);
  }
}
