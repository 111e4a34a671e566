// Sending the deployer's transactions, one at a time, also after a run that was killed while one was under way.
import { setTimeout as delay } from "node:timers/promises";
import { getAddress, keccak256 } from "viem";
import { codeAt, currentFees, isLocal, readable, unreachable } from "./chain.mjs";
import { chainTrouble, say } from "./refusal.mjs";

const MINED_WITHIN_SECONDS = 600;
/** How long another run's transaction is waited for before it is replaced. */
const PATIENCE_SECONDS = 120;
const PATIENCE_SECONDS_LOCALLY = 3;
/** A node that has the transaction already says so by an error; whether it has is seen by waiting. */
const TAKEN_ALREADY = /already known|already imported|known transaction|nonce too low|nonce is too low|already exists/i;

export class Sender {
  #chain;
  #chainId;
  #account;
  #pollEvery;
  /** What transactions of an earlier run offered, by nonce: a replacement has to offer more. */
  #offered = new Map();
  /** The chain's own count can be a block behind, where several machines answer behind one URL. */
  #next = 0;

  constructor(chain, chainId, account) {
    this.#chain = chain;
    this.#chainId = chainId;
    this.#account = account;
    this.#pollEvery = isLocal(chainId) ? 100 : 2_000;
  }

  #count(blockTag) {
    return this.#chain.getTransactionCount({ address: this.#account.address, blockTag });
  }

  /** Waits for what an earlier run left unmined; what does not come is replaced, if `isOurs` knows it. */
  async settle(isOurs) {
    let [mined, pending] = [await this.#count("latest"), await this.#count("pending")];
    if (pending <= mined) return;
    const unmined = () => `The deployer ${this.#account.address} has ${pending - mined === 1 ? "a transaction that is" : `${pending - mined} transactions that are`} not mined`;
    say(`${unmined()}. Waiting.`);
    const until = Date.now() + (isLocal(this.#chainId) ? PATIENCE_SECONDS_LOCALLY : PATIENCE_SECONDS) * 1_000;
    while (pending > mined && Date.now() < until) {
      await delay(this.#pollEvery);
      [mined, pending] = [await this.#count("latest"), await this.#count("pending")];
    }
    if (pending <= mined) return;
    const found = await this.#unmined();
    for (let nonce = mined; nonce < pending; nonce++) {
      const one = found.get(nonce);
      if (one === undefined || !isOurs(one)) {
        throw chainTrouble(`${unmined()}, and what has nonce ${nonce} may be somebody else's work. Wait for it or replace it in a wallet, then run again.`);
      }
      this.#offered.set(nonce, one);
    }
    say("It does not come. Replacing it by one that pays more.");
  }

  /** Neither way is open on every node. */
  async #unmined() {
    const found = new Map();
    const { address } = this.#account;
    const block = await this.#chain.getBlock({ blockTag: "pending", includeTransactions: true }).catch(() => null);
    for (const one of block?.transactions ?? []) {
      if (typeof one === "object" && getAddress(one.from) === address) found.set(Number(one.nonce), one);
    }
    const pool = await this.#chain.request({ method: "txpool_contentFrom", params: [address] }).catch(() => null);
    for (const one of Object.values(pool?.pending ?? {})) found.set(Number(one.nonce), one);
    return found;
  }

  async #fees(nonce) {
    const { offered: fees } = await currentFees(this.#chain);
    const before = this.#offered.get(nonce);
    if (before === undefined) return fees;
    const raised = (fee, ...old) => old.map((one) => (BigInt(one ?? 0) * 5n) / 4n + 1n).reduce((most, one) => (one > most ? one : most), fee);
    if (fees.gasPrice !== undefined) return { ...fees, gasPrice: raised(fees.gasPrice, before.gasPrice) };
    return {
      ...fees,
      maxFeePerGas: raised(fees.maxFeePerGas, before.maxFeePerGas ?? before.gasPrice),
      maxPriorityFeePerGas: raised(fees.maxPriorityFeePerGas, before.maxPriorityFeePerGas ?? before.gasPrice),
    };
  }

  /** Just after a block, another machine behind the same URL may not have it yet: a failed estimate is tried again. */
  async #estimate({ name, abi, to, data, value }) {
    for (let left = 4; ; left--) {
      try {
        // Against what is mined: to the pending state a replaced transaction has done its work already.
        return await this.#chain.estimateGas({ account: this.#account.address, to, data, value, blockTag: "latest" });
      } catch (error) {
        if (left === 0) throw chainTrouble(`${name} cannot be created: ${readable(error, abi)}. Nothing of it was sent; mend that and run again.`);
        await delay(1_000);
      }
    }
  }

  /**
   * Signs, sends and waits; returns the receipt, or null where another run's transaction did the same work. `nonce` only
   * where the address hangs on it; `beforeSending` is awaited between signing and sending.
   */
  async send(step) {
    const gas = ((await this.#estimate(step)) * 12n) / 10n;
    const nonce = step.nonce ?? Math.max(this.#next, await this.#count("latest"));
    const { to, data, value } = step;
    const raw = await this.#account.signTransaction({ chainId: this.#chainId, nonce, to, data, value, gas, ...(await this.#fees(nonce)) });
    await step.beforeSending?.(nonce);
    try {
      await this.#chain.sendRawTransaction({ serializedTransaction: raw });
    } catch (error) {
      if (unreachable(error)) throw error;
      if (!TAKEN_ALREADY.test(readable(error))) throw chainTrouble(`The node refused the transaction for ${step.name}: ${readable(error)}. Mend that and run again.`);
    }
    const receipt = await this.#receipt(step, keccak256(raw), nonce);
    this.#next = nonce + 1;
    if (receipt === null || receipt.status === "success") return receipt;
    if (await this.#isDone(step)) return null;
    throw chainTrouble(`The transaction ${receipt.transactionHash} for ${step.name} failed on chain. Run again.`);
  }

  async #isDone({ address }) {
    return address !== undefined && (await codeAt(this.#chain, address)) !== "0x";
  }

  async #receipt(step, hash, nonce) {
    const until = Date.now() + MINED_WITHIN_SECONDS * 1_000;
    for (let usedByOther = 0; Date.now() < until; ) {
      const receipt = await this.#chain.getTransactionReceipt({ hash }).catch((error) => {
        if (error?.name === "TransactionReceiptNotFoundError") return null;
        throw error;
      });
      if (receipt) return receipt;
      // The nonce is asked after the receipt, and more than once: the two answers may come from different machines.
      usedByOther = (await this.#count("latest")) > nonce ? usedByOther + 1 : 0;
      if (usedByOther > 3) {
        if (await this.#isDone(step)) return null;
        throw chainTrouble(`Nonce ${nonce} of the deployer ${this.#account.address} was used for something else than ${step.name}. Let nobody else use that account meanwhile, and run again.`);
      }
      await delay(this.#pollEvery);
    }
    throw chainTrouble(`${step.name} (transaction ${hash}) was not mined within ${MINED_WITHIN_SECONDS} seconds. Run the same command again to go on waiting.`);
  }
}
