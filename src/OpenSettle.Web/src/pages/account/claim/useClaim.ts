/** All that the panel shows, kept together: the node's offer, the vault's word on it, the wallet, and what was pressed for. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Address } from "viem";
import { ApiError } from "../../../api/ask.ts";
import { type ClaimOffer, getClaim } from "../../../api/claims.ts";
import { type RelayTerms, getRelay, getRelayed, handIn } from "../../../api/relay.ts";
import { useLive } from "../../../app/live.ts";
import { useResource } from "../../../app/resource.ts";
import { checksummed, sameAddress } from "../../../chain/calls.ts";
import type { Rpc } from "../../../chain/rpc.ts";
import { readVault } from "../../../chain/vault.ts";
import { NATIVE } from "../../../parts/values.tsx";
import type { Capabilities } from "../../../wallet/calls.ts";
import { pageRpc, pageRpcUrl } from "../../../wallet/reading.ts";
import { troubleOf } from "../../../wallet/refusals.ts";
import type { ChainFacts, Connection } from "../../../wallet/session.ts";
import { useCapabilities, useWallets } from "../../../wallet/useWallets.ts";
import { ClaimEngine, type World } from "./engine.ts";
import { type Pin, forgetSent, forgiving, keepSent, keptOf, pin, pinOf } from "./kept.ts";
import { START, type State } from "./machine.ts";
import { type Plan, planOf, questionOf } from "./plan.ts";
import { prepare } from "./prepare.ts";
import type { Job } from "./steps.ts";

export interface Claiming {
  plan: Plan | undefined;
  problem: ApiError | undefined;
  /** The vault could not be asked; the plan is the node's word alone. */
  unread: ApiError | undefined;
  reading: boolean;
  relay: RelayTerms | undefined;
  connection: Connection | null;
  /** The account that the wallet speaks for here; null: none is connected. */
  from: Address | null;
  onChain: boolean;
  chain: ChainFacts;
  can: Capabilities;
  pinned: Pin;
  takeVault: () => void;
  state: State;
  press: (job: Job, seen: string) => void;
  clear: () => void;
  reload: () => void;
}

interface Read {
  plan: Plan;
  unread: ApiError | undefined;
}

const keep = forgiving(() => localStorage);
const root = (): string => new URL("./", document.baseURI).pathname;

export function useClaim(account: string): Claiming {
  const { status } = useLive();
  const { connection } = useWallets();
  // While the node lags behind the vault, each of its blocks may bring what is missing; otherwise an epoch does.
  const [lags, setLags] = useState(false);
  const mark = [status?.activeEpoch, status?.latestEpoch?.number, status?.latestEpoch?.state, lags ? status?.booksBlock : ""].join();
  const relay = useResource("relay", String(status?.activeEpoch ?? ""), getRelay);
  const [takes, setTakes] = useState(0);
  const [state, setState] = useState<State>(START.state);
  const [fresh, setFresh] = useState<{ plan: Plan; of: unknown } | null>(null);

  // One question after the other, and both each time: what the vault says is of the offer that it was asked about.
  const [offered, setOffered] = useState<ClaimOffer | null>(null);
  const read = useResource(`claim ${account} ${connection?.wallet.uuid ?? ""} ${connection?.chainId ?? ""}`, mark, async (signal): Promise<Read> => {
    const offer = await getClaim(account, signal);
    const alone = planOf(offer, account, null);
    if (!signal.aborted) setOffered(offer);
    const reader = readerOf(connection, offer.chainId);
    if (reader === null) return { plan: alone, unread: undefined };
    try {
      return { plan: planOf(offer, account, await readVault(reader, questionOf(offer, account))), unread: undefined };
    } catch (error) {
      const trouble = troubleOf(error, reader.source);
      return { plan: alone, unread: error instanceof ApiError ? error : new ApiError(trouble.title, trouble.said === undefined ? trouble.remedy : `${trouble.remedy} (${trouble.said})`) };
    }
  });

  // Until the vault has answered, the node's word alone; what a press read is newer than what was read before it.
  const isOfThis = offered !== null && sameAddress(offered.account, account);
  const plan = fresh !== null && fresh.of === read.value && sameAddress(fresh.plan.account, account) ? fresh.plan : (read.value?.plan ?? (isOfThis ? planOf(offered, account, null) : undefined));
  const [chainId, vault] = [plan?.chainId ?? 0, plan?.vault ?? ""];
  const pinned = useMemo<Pin>(() => (vault === "" ? { known: true, before: null } : pinOf(keep, root(), chainId, vault)), [chainId, vault, takes]);
  const onChain = connection !== null && connection.chainId === chainId;
  const from = connection === null ? null : ownOf(connection.accounts, account);
  const can = useCapabilities(from, chainId);
  const reader = readerOf(connection, chainId);
  const lagsNow = plan?.rows.some(({ verdict }) => verdict === "paid" || verdict === "earlier") === true || plan?.pushes.some(({ verdict }) => verdict === "paid") === true;
  useEffect(() => setLags(lagsNow), [lagsNow]);

  // What the engine asks for is always what is so now.
  const now = useRef({ connection, onChain, from, can, relay: relay.value, read, reader });
  now.current = { connection, onChain, from, can, relay: relay.value, read, reader };
  const engine = useRef<ClaimEngine | null>(null);
  useEffect(() => {
    setState(START.state);
    setFresh(null);
    if (vault === "" || !pinned.known) return;
    const wallet = (): ReturnType<World["wallet"]> => {
      const { connection, onChain, from } = now.current;
      return connection === null || !onChain || from === null ? null : { rpc: connection.rpc, from };
    };
    const at = checksummed(vault);
    const mine = new ClaimEngine(
      {
        chainId,
        vault: at,
        wallet,
        reader: () => now.current.reader,
        prepare: (job, seen) =>
          prepare({ account, chainId, vault: at, wallet: wallet(), can: now.current.can, relay: now.current.relay, fetchOffer: () => getClaim(account), show: (plan) => setFresh({ plan, of: now.current.read.value }) }, job, seen),
        handIn: (claims) => handIn(claims),
        relayed: (id) => getRelayed(id),
        keep: (what, trail) => keepSent(keep, chainId, account, { what, vault: at, trail }),
        forget: () => forgetSent(keep, chainId, account),
        reread: () => now.current.read.reload(),
        wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        now: () => Date.now(),
      },
      setState,
    );
    engine.current = mine;
    const kept = keptOf(keep, chainId, account);
    if (kept !== null && sameAddress(kept.vault, vault)) mine.dispatch({ type: "resume", what: kept.what, trail: kept.trail });
    return () => {
      mine.end();
      engine.current = null;
    };
  }, [account, chainId, vault, pinned.known]);

  return {
    plan,
    problem: plan === undefined ? read.error : undefined,
    unread: read.value?.unread ?? (plan === undefined ? undefined : read.error),
    reading: read.value === undefined && read.error === undefined && reader !== null,
    relay: relay.value,
    connection,
    from,
    onChain,
    chain: { chainId, name: `Chain ${chainId}`, coin: coinOf(status?.tokens), rpcUrl: pageRpcUrl() },
    can,
    pinned,
    takeVault: () => {
      pin(keep, root(), chainId, vault);
      setTakes(takes + 1);
    },
    state,
    press: (job, seen) => engine.current?.dispatch({ type: "press", job, seen }),
    clear: () => engine.current?.dispatch({ type: "clear" }),
    reload: read.reload,
  };
}

/** The account itself where the wallet has it, and otherwise the one that the person chose there. */
function ownOf(accounts: readonly string[], account: string): Address | null {
  const one = accounts.find((own) => sameAddress(own, account)) ?? accounts[0];
  return one === undefined ? null : checksummed(one);
}

function coinOf(tokens: readonly { token: string; symbol: string; decimals: number }[] | undefined): ChainFacts["coin"] {
  const found = tokens?.find(({ token }) => token === NATIVE);
  return found === undefined || found.symbol === "?" ? { symbol: "ETH", decimals: 18 } : { symbol: found.symbol, decimals: found.decimals };
}

/** The wallet while it is on the money's chain; else the page's endpoint, which is good for looking. */
const readerOf = (connection: Connection | null, chainId: number): Rpc | null => (connection !== null && connection.chainId === chainId ? connection.rpc : pageRpc());
