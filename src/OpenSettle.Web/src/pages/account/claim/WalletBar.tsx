/** The wallets of this browser, and the one that is used. */

import { useEffect, useRef } from "preact/hooks";
import type { Address } from "viem";
import { Notice } from "../../../parts/basics.tsx";
import { Copyable, Outside } from "../../../parts/values.tsx";
import { shortHex } from "../../../text/format.ts";
import type { Wallet } from "../../../wallet/discovery.ts";
import type { ChainFacts, Connection } from "../../../wallet/session.ts";
import { useWallets, wallets } from "../../../wallet/useWallets.ts";
import { TroubleNote } from "./TroubleNote.tsx";

/** Icons are data: addresses, checked when the wallet was announced: nothing is fetched. */
const Icon = ({ wallet }: { wallet: Wallet }) => (wallet.icon === null ? <span class="wallet-icon" aria-hidden="true" /> : <img class="wallet-icon" src={wallet.icon} alt="" width={28} height={28} />);

export function WalletList({ account, takesFocus }: { account: string; takesFocus: boolean }) {
  const { wallets: found, looked, asking, trouble } = useWallets();
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesFocus) first.current?.focus();
  }, [takesFocus]);
  if (found.length === 0)
    return looked ? (
      <Notice kind="info" title="This browser has no wallet">
        <p>Install one as an extension, or open this page in a wallet's own browser. It then shows here by its name.</p>
        <p>Anybody else can claim for the account, too, with any key that pays the gas; the money goes where it should:</p>
        <p>
          <Copyable text={`opensettle claim ${account}`} what="command" />
        </p>
      </Notice>
    ) : (
      <p class="note">Looking for wallets…</p>
    );
  return (
    <div class="wallet-choice">
      <h3>Connect a wallet</h3>
      <p class="note">The page asks the vault through it, and the wallet asks you before anything is sent.</p>
      <ul class="wallets">
        {found.map((wallet, i) => (
          <li key={wallet.uuid}>
            <button type="button" class="second wallet" ref={i === 0 ? first : null} onClick={() => void wallets().connect(wallet)}>
              <Icon wallet={wallet} />
              <span>
                <Outside text={wallet.name} most={30} />
                {found.filter(({ name }) => name === wallet.name).length > 1 ? (
                  <>
                    {" "}
                    <Outside class="note" text={wallet.rdns} most={40} />
                  </>
                ) : null}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {asking === "connect" ? (
        <p class="note" role="status">
          Look at your wallet: it asks which account this page may see.
        </p>
      ) : null}
      {trouble === null ? null : <TroubleNote trouble={trouble} />}
    </div>
  );
}

export function WalletBar({ connection, from, isSelf, chain }: { connection: Connection; from: Address; isSelf: boolean; chain: ChainFacts }) {
  const { asking, trouble } = useWallets();
  return (
    <div class="wallet-bar">
      <p class="wallet-line">
        <Icon wallet={connection.wallet} />
        <span>
          <Outside text={connection.wallet.name} most={30} />{" "}
          <code class="hex short" title={from}>
            {shortHex(from)}
          </code>{" "}
          <span class="note">{isSelf ? "this account" : "another account"}</span>
        </span>
        <button type="button" class="quiet" onClick={() => wallets().disconnect()}>
          Disconnect
        </button>
      </p>
      {connection.chainId === chain.chainId ? null : (
        <Notice kind="warn" title={`The wallet is on chain ${connection.chainId}, and the money is on chain ${chain.chainId}`}>
          <p>{chain.rpcUrl === null ? "If the wallet does not know the chain, add it there by hand." : "A wallet that does not know the chain is offered this node's endpoint for it."}</p>
        </Notice>
      )}
      {asking === "switch" ? (
        <p class="note" role="status">
          Look at your wallet: it asks whether to change the chain.
        </p>
      ) : null}
      {trouble === null ? null : (
        <TroubleNote trouble={trouble}>
          <button type="button" class="quiet" onClick={() => wallets().forgive()}>
            Dismiss
          </button>
        </TroubleNote>
      )}
    </div>
  );
}
