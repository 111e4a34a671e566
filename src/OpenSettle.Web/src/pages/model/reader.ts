/** Who may be asked about the chain: a wallet of this browser, which the node has no hand in; else the endpoint that the node offers. */

import { type Provider, type Rpc, chainIdOf, walletRpc } from "../../chain/rpc.ts";
import { pageRpc } from "../../wallet/reading.ts";

export interface Reader {
  rpc: Rpc | null;
  /** Who it is, or why there is none. */
  words: string;
}

/** For how long wallets may make themselves known, and one may think about its chain. */
const ANNOUNCED_MS = 150;
const PATIENCE_MS = 3_000;

interface Announced extends Event {
  detail?: { provider?: Provider };
}

/** Reading needs no consent: nobody is asked to connect. */
async function wallets(): Promise<Provider[]> {
  const found = new Set<Provider>();
  const hear = (event: Event): void => {
    const provider = (event as Announced).detail?.provider;
    if (typeof provider?.request === "function") found.add(provider);
  };
  addEventListener("eip6963:announceProvider", hear);
  dispatchEvent(new Event("eip6963:requestProvider"));
  await new Promise((resolve) => setTimeout(resolve, ANNOUNCED_MS));
  removeEventListener("eip6963:announceProvider", hear);
  const old = (globalThis as { ethereum?: Provider }).ethereum;
  if (found.size === 0 && typeof old?.request === "function") found.add(old);
  return [...found];
}

const soon = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, new Promise<never>((_, refuse) => setTimeout(() => refuse(new Error("no answer")), PATIENCE_MS))]);

export async function chainReader(chainId: number): Promise<Reader> {
  const others = new Set<number>();
  for (const provider of await wallets()) {
    const rpc = walletRpc(provider);
    try {
      const found = await soon(chainIdOf(rpc));
      if (found === chainId) return { rpc, words: "Read through the wallet of this browser." };
      others.add(found);
    } catch {
      // A wallet that does not answer is none for this.
    }
  }

  const endpoint = pageRpc();
  if (endpoint !== null) return { rpc: endpoint, words: "Read through the endpoint of the chain that this node names. A wallet's own would be independent of it." };
  return {
    rpc: null,
    words:
      others.size > 0
        ? `The wallet here is on chain ${[...others].join(", ")}, and this is of chain ${chainId}: switch it over, then check again.`
        : "Nobody here can be asked about the chain: install a wallet, or ask the operator to name an endpoint (the setting pageRpc).",
  };
}
