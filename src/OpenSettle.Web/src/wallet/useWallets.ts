/** The browser's wallets, for what shows them. */

import { useEffect, useState } from "preact/hooks";
import { type Capabilities, NONE, capabilitiesOf } from "./calls.ts";
import { type Session, WalletSession } from "./session.ts";

let session: WalletSession | undefined;

/** One for the whole page. Nothing of it is asked before a page that claims is opened. */
export function wallets(): WalletSession {
  session ??= new WalletSession(window, {
    getItem: (key) => localStorage.getItem(key),
    setItem: (key, value) => localStorage.setItem(key, value),
    removeItem: (key) => localStorage.removeItem(key),
  });
  return session;
}

export function useWallets(): Session {
  const [now, setNow] = useState(wallets().session);
  useEffect(() => {
    const stop = wallets().watch(setNow);
    wallets().start();
    setNow(wallets().session);
    return stop;
  }, []);
  return now;
}

/** What the connected wallet can do for an account on a chain. */
export function useCapabilities(account: string | null, chainId: number): Capabilities {
  const { connection } = useWallets();
  const [can, setCan] = useState(NONE);
  const wallet = connection?.wallet;
  useEffect(() => {
    setCan(NONE);
    if (connection === null || account === null || connection.chainId !== chainId) return;
    let gone = false;
    void capabilitiesOf(connection.rpc, account, chainId).then((found) => gone || setCan(found));
    return () => void (gone = true);
  }, [wallet, account, connection?.chainId, chainId]);
  return can;
}
