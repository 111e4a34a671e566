/** The wallet that is used: chosen, connected, on which chain, with which account; known again at the next visit. */

import { type Rpc, asRpcError, chainIdOf, hexOf, walletRpc } from "../chain/rpc.ts";
import { UNANNOUNCED, type Wallet, announced, isProvider, withWallet } from "./discovery.ts";
import { type Trouble, isUnknownChain, troubleOf } from "./refusals.ts";

export interface Connection {
  wallet: Wallet;
  rpc: Rpc;
  accounts: readonly string[];
  chainId: number;
}

export interface Session {
  wallets: readonly Wallet[];
  /** Wallets had time to announce themselves. */
  looked: boolean;
  connection: Connection | null;
  /** What the wallet is asked right now. */
  asking: "connect" | "switch" | null;
  trouble: Trouble | null;
}

/** What can be added to a wallet: only where the node offers an endpoint. */
export interface ChainFacts {
  chainId: number;
  name: string;
  coin: { symbol: string; decimals: number };
  rpcUrl: string | null;
}

interface Keep {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const CHOICE = "opensettle wallet";
const LOOK_MS = 300;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** @param world Where wallets announce themselves: the window. */
export class WalletSession {
  readonly #world: EventTarget & { ethereum?: unknown };
  readonly #keep: Keep;
  readonly #watchers = new Set<(session: Session) => void>();
  #session: Session = { wallets: [], looked: false, connection: null, asking: null, trouble: null };
  #unlisten: (() => void) | null = null;
  #started = false;
  #turn = 0;

  constructor(world: EventTarget & { ethereum?: unknown }, keep: Keep) {
    this.#world = world;
    this.#keep = keep;
  }

  get session(): Session {
    return this.#session;
  }

  watch(watcher: (session: Session) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Listens to announcements, and asks for them. Nothing is shown to the person by this. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#world.addEventListener("eip6963:announceProvider", (event) => {
      const wallet = announced((event as CustomEvent<unknown>).detail);
      if (wallet === null) return;
      this.#change({ wallets: withWallet(this.#session.wallets, wallet) });
      void this.#comeBack(wallet);
    });
    this.#world.dispatchEvent(new Event("eip6963:requestProvider"));
    setTimeout(() => {
      const alone = this.#world.ethereum;
      if (this.#session.wallets.length === 0 && isProvider(alone)) {
        const wallet: Wallet = { uuid: UNANNOUNCED, rdns: UNANNOUNCED, name: "Browser wallet", icon: null, provider: alone };
        this.#change({ wallets: [wallet] });
        void this.#comeBack(wallet);
      }

      this.#change({ looked: true });
    }, LOOK_MS);
  }

  /** Asks the wallet for its accounts: a window of the wallet opens. */
  async connect(wallet: Wallet): Promise<void> {
    if (this.#session.asking === "switch") return;
    // Another wallet may be chosen while one does not answer; what that one says then is too late.
    const turn = ++this.#turn;
    this.#change({ asking: "connect", trouble: null });
    try {
      const accounts = await wallet.provider.request({ method: "eth_requestAccounts" });
      if (turn !== this.#turn) return;
      await this.#adopt(wallet, accounts);
      this.#store(wallet.rdns);
      if (this.#session.connection === null) this.#change({ trouble: { kind: "other", title: "The wallet gave no account", remedy: "Choose an account in the wallet, and connect again." } });
    } catch (error) {
      if (turn === this.#turn) this.#change({ trouble: troubleOf(error) });
    } finally {
      if (turn === this.#turn) this.#change({ asking: null });
    }
  }

  /** Forgets the wallet; it is told so, where it listens. */
  disconnect(): void {
    const provider = this.#session.connection?.wallet.provider;
    this.#leave();
    this.#store(null);
    // Not every wallet knows this, and nothing depends on it.
    provider?.request({ method: "wallet_revokePermissions", params: [{ eth_accounts: {} }] }).catch(() => undefined);
  }

  /** Asks the wallet to change its chain; one that it does not know is added, where there is an endpoint to add. */
  async switchTo(chain: ChainFacts): Promise<void> {
    const provider = this.#session.connection?.wallet.provider;
    if (provider === undefined || this.#session.asking !== null) return;
    this.#change({ asking: "switch", trouble: null });
    const chainId = hexOf(chain.chainId);
    try {
      try {
        await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
      } catch (error) {
        if (!isUnknownChain(error) || chain.rpcUrl === null) throw error;
        await provider.request({ method: "wallet_addEthereumChain", params: [{ chainId, chainName: chain.name, nativeCurrency: { name: chain.coin.symbol, ...chain.coin }, rpcUrls: [chain.rpcUrl] }] });
        // Adding may or may not change over.
        await provider.request({ method: "wallet_switchEthereumChain", params: [{ chainId }] });
      }

      await this.#readChain();
    } catch (error) {
      this.#change({ trouble: troubleOf(isUnknownChain(error) ? { ...asRpcError(error), message: asRpcError(error).message, code: 4902 } : error) });
    } finally {
      this.#change({ asking: null });
    }
  }

  forgive(): void {
    this.#change({ trouble: null });
  }

  /** The wallet of the last visit, without asking the person. */
  async #comeBack(wallet: Wallet): Promise<void> {
    if (this.#session.connection !== null || this.#session.asking !== null || this.#stored() !== wallet.rdns) return;
    try {
      await this.#adopt(wallet, await wallet.provider.request({ method: "eth_accounts" }));
    } catch {
      // It does not let itself be known again: the person may connect.
    }
  }

  async #adopt(wallet: Wallet, said: unknown): Promise<void> {
    const accounts = accountsOf(said);
    this.#leave();
    if (accounts.length === 0) return;
    const rpc = walletRpc(wallet.provider);
    const chainId = await chainIdOf(rpc);
    this.#change({ connection: { wallet, rpc, accounts, chainId } });
    this.#listen(wallet);
  }

  #listen({ provider }: Wallet): void {
    const accounts = (said: unknown): void => {
      const connection = this.#session.connection;
      const now = accountsOf(said);
      if (connection !== null) this.#change({ connection: now.length === 0 ? null : { ...connection, accounts: now }, trouble: null });
    };
    const chain = (): void => void this.#readChain().catch(() => undefined);
    // After a loss of connection the wallet is asked again; what it lost comes as "accountsChanged".
    const events = [["accountsChanged", accounts], ["chainChanged", chain], ["connect", chain]] as const;
    for (const [name, listener] of events) provider.on?.(name, listener);
    this.#unlisten = () => events.forEach(([name, listener]) => provider.removeListener?.(name, listener));
  }

  /** Asked, rather than believed from the event: wallets differ in how they write it. */
  async #readChain(): Promise<void> {
    const connection = this.#session.connection;
    if (connection === null) return;
    const chainId = await chainIdOf(connection.rpc);
    if (this.#session.connection?.wallet === connection.wallet && this.#session.connection.chainId !== chainId) this.#change({ connection: { ...this.#session.connection, chainId }, trouble: null });
  }

  #leave(): void {
    this.#unlisten?.();
    this.#unlisten = null;
    if (this.#session.connection !== null) this.#change({ connection: null });
  }

  #stored(): string | null {
    try {
      return this.#keep.getItem(CHOICE);
    } catch {
      return null;
    }
  }

  #store(rdns: string | null): void {
    try {
      if (rdns === null) this.#keep.removeItem(CHOICE);
      else this.#keep.setItem(CHOICE, rdns);
    } catch {
      // No storage here: the wallet is chosen again at the next visit.
    }
  }

  #change(next: Partial<Session>): void {
    this.#session = { ...this.#session, ...next };
    this.#watchers.forEach((watcher) => watcher(this.#session));
  }
}

function accountsOf(said: unknown): string[] {
  return Array.isArray(said) ? said.filter((one): one is string => typeof one === "string" && ADDRESS.test(one)) : [];
}
