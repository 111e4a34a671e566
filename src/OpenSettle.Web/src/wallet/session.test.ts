import assert from "node:assert/strict";
import { test } from "node:test";
import type { Request } from "../chain/rpc.ts";
import { WalletSession } from "./session.ts";

const ACCOUNT = "0x71bE63f3384f5fb98995898A86B02Fb2426c5788";
const CHAIN = { chainId: 31337, name: "Chain 31337", coin: { symbol: "ETH", decimals: 18 }, rpcUrl: "http://127.0.0.1:8545/" };

class FakeWallet {
  chain = 31337;
  accounts: unknown = [ACCOUNT];
  known = new Set([31337]);
  no = new Map<string, unknown>();
  asked: string[] = [];
  readonly listeners = new Map<string, ((value: unknown) => void)[]>();

  request({ method, params }: Request): Promise<unknown> {
    this.asked.push(method);
    if (this.no.has(method)) return Promise.reject(this.no.get(method));
    const wanted = (params as [{ chainId: string }] | undefined)?.[0];
    switch (method) {
      case "eth_requestAccounts":
      case "eth_accounts":
        return Promise.resolve(this.accounts);
      case "eth_chainId":
        return Promise.resolve(`0x${this.chain.toString(16)}`);
      case "wallet_switchEthereumChain":
        if (!this.known.has(Number(wanted?.chainId))) return Promise.reject({ code: 4902, message: "unknown" });
        this.chain = Number(wanted?.chainId);
        return Promise.resolve(null);
      case "wallet_addEthereumChain":
        this.known.add(Number(wanted?.chainId));
        return Promise.resolve(null);
      default:
        return Promise.reject({ code: -32601, message: "no such method" });
    }
  }

  on(name: string, listener: (value: unknown) => void): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  removeListener(name: string, listener: (value: unknown) => void): void {
    this.listeners.set(name, (this.listeners.get(name) ?? []).filter((one) => one !== listener));
  }

  emit(name: string, value: unknown): void {
    (this.listeners.get(name) ?? []).forEach((listener) => listener(value));
  }
}

class Keep extends Map<string, string> {
  getItem = (key: string): string | null => this.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.set(key, value);
  removeItem = (key: string): void => void this.delete(key);
}

const settle = (milliseconds = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

function world(wallets: [rdns: string, wallet: FakeWallet][], keep = new Keep(), alone?: FakeWallet) {
  const target = new EventTarget() as EventTarget & { ethereum?: unknown };
  if (alone !== undefined) target.ethereum = alone;
  const announce = (): void => wallets.forEach(([rdns, provider]) => target.dispatchEvent(Object.assign(new Event("eip6963:announceProvider"), { detail: { info: { uuid: rdns, name: rdns, rdns, icon: "" }, provider } })));
  target.addEventListener("eip6963:requestProvider", announce);
  const session = new WalletSession(target, keep);
  session.start();
  return { session, keep, announce };
}

test("several wallets are listed, and nobody is asked for anything before somebody chooses", async () => {
  const [one, two] = [new FakeWallet(), new FakeWallet()];
  const { session, announce } = world([["a.one", one], ["b.two", two]]);
  announce();
  await settle();
  assert.deepEqual(session.session.wallets.map(({ rdns }) => rdns), ["a.one", "b.two"]);
  assert.deepEqual([...one.asked, ...two.asked], []);
  assert.equal(session.session.connection, null);
});

test("who connects is remembered, and comes back without a question", async () => {
  const wallet = new FakeWallet();
  const { session, keep } = world([["a.one", wallet]]);
  await session.connect(session.session.wallets[0]!);
  assert.deepEqual(session.session.connection?.accounts, [ACCOUNT]);
  const again = new FakeWallet();
  const { session: next } = world([["a.one", again]], keep);
  await settle();
  assert.deepEqual(next.session.connection?.accounts, [ACCOUNT]);
  assert.ok(!again.asked.includes("eth_requestAccounts"));
  next.disconnect();
  assert.equal(next.session.connection, null);
  assert.equal(keep.size, 0);
});

test("a wallet that was another one's choice stays silent", async () => {
  const other = new FakeWallet();
  const keep = new Keep();
  keep.setItem("opensettle wallet", "a.one");
  const { session } = world([["b.two", other]], keep);
  await settle();
  assert.deepEqual(other.asked, []);
  assert.equal(session.session.connection, null);
});

test("a refusal is said, and nothing is remembered", async () => {
  const wallet = new FakeWallet();
  wallet.no.set("eth_requestAccounts", { code: 4001, message: "no" });
  const { session, keep } = world([["a.one", wallet]]);
  await session.connect(session.session.wallets[0]!);
  assert.equal(session.session.trouble?.kind, "rejected");
  assert.equal(session.session.asking, null);
  assert.equal(keep.size, 0);
  wallet.no.clear();
  wallet.accounts = ["nonsense"];
  await session.connect(session.session.wallets[0]!);
  assert.match(session.session.trouble?.title ?? "", /no account/);
});

test("another wallet can be chosen while one does not answer", async () => {
  const [silent, good] = [new FakeWallet(), new FakeWallet()];
  const late: ((value: unknown) => void)[] = [];
  silent.request = () => new Promise((resolve) => late.push(resolve));
  const { session } = world([["a.silent", silent], ["b.good", good]]);
  void session.connect(session.session.wallets[0]!);
  await session.connect(session.session.wallets[1]!);
  assert.equal(session.session.connection?.wallet.rdns, "b.good");
  late.forEach((resolve) => resolve(["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"]));
  await settle();
  assert.equal(session.session.connection?.wallet.rdns, "b.good");
  assert.equal(session.session.asking, null);
});

test("other accounts and chains are noticed, and nothing is any more after a disconnect", async () => {
  const wallet = new FakeWallet();
  const { session } = world([["a.one", wallet]]);
  await session.connect(session.session.wallets[0]!);
  wallet.chain = 1;
  wallet.emit("chainChanged", "0x1");
  await settle();
  assert.equal(session.session.connection?.chainId, 1);
  const other = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
  wallet.emit("accountsChanged", [other]);
  assert.deepEqual(session.session.connection?.accounts, [other]);
  wallet.emit("accountsChanged", []);
  assert.equal(session.session.connection, null);
  await session.connect(session.session.wallets[0]!);
  session.disconnect();
  wallet.emit("accountsChanged", [other]);
  assert.equal(session.session.connection, null);
});

test("a chain is switched to, added where the wallet does not know it, and only where there is an endpoint", async () => {
  const wallet = new FakeWallet();
  wallet.chain = 1;
  wallet.known = new Set([1]);
  const { session } = world([["a.one", wallet]]);
  await session.connect(session.session.wallets[0]!);
  await session.switchTo({ ...CHAIN, rpcUrl: null });
  assert.match(session.session.trouble?.title ?? "", /does not know this chain/);
  assert.ok(!wallet.asked.includes("wallet_addEthereumChain"));
  await session.switchTo(CHAIN);
  assert.equal(session.session.connection?.chainId, 31337);
  assert.deepEqual([session.session.trouble], [null]);
  wallet.no.set("wallet_switchEthereumChain", { code: -32002, message: "pending" });
  await session.switchTo(CHAIN);
  assert.equal(session.session.trouble?.kind, "busy");
});

test("a wallet that announces nothing is found last", async () => {
  const alone = new FakeWallet();
  const { session } = world([], new Keep(), alone);
  assert.equal(session.session.wallets.length, 0);
  await settle(350);
  assert.deepEqual(session.session.wallets.map(({ name }) => name), ["Browser wallet"]);
  assert.equal(session.session.looked, true);
  const announcedToo = world([["a.one", new FakeWallet()]], new Keep(), alone);
  await settle(350);
  assert.deepEqual(announcedToo.session.session.wallets.map(({ rdns }) => rdns), ["a.one"]);
});
