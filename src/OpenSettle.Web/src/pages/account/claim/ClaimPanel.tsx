/** What the account can claim, checked against the vault, and the way to have it paid. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { announce } from "../../../parts/announce.ts";
import { Empty, Notice, Section, Skeleton, Trouble } from "../../../parts/basics.tsx";
import { Copyable, Time } from "../../../parts/values.tsx";
import { checksummed, sameAddress } from "../../../chain/calls.ts";
import { wallets } from "../../../wallet/useWallets.ts";
import "../../../styles/claim.css";
import { Facts } from "./Facts.tsx";
import { ProgressList } from "./ProgressList.tsx";
import { Pushes } from "./Pushes.tsx";
import { Rows } from "./Rows.tsx";
import { TroubleNote } from "./TroubleNote.tsx";
import { WalletBar, WalletList } from "./WalletBar.tsx";
import { Ways } from "./Ways.tsx";
import { isBusy } from "./machine.ts";
import { type Choice, NOTHING, chosen, primaryOf } from "./panel.ts";
import { type Plan, isClaimable, recipientProblem } from "./plan.ts";
import { type Claiming, useClaim } from "./useClaim.ts";
import { useQuote } from "./useQuote.ts";

export function ClaimPanel({ account }: { account: string }) {
  const claiming = useClaim(account);
  const { plan, problem, reload } = claiming;
  return (
    <Section title="Claim" id="claim">
      {plan !== undefined ? <Panel key={account} claiming={claiming} plan={plan} /> : problem !== undefined ? <Trouble problem={problem} again={reload} /> : <Skeleton rows={1} />}
    </Section>
  );
}

function Panel({ claiming, plan }: { claiming: Claiming; plan: Plan }) {
  const { connection, from, onChain, chain, can, relay, state, pinned } = claiming;
  const [choice, setChoice] = useState<Choice>(NOTHING);
  const [lists, setLists] = useState(false);
  const checkedTo = useMemo(() => (choice.to.trim() === "" || recipientProblem(choice.to, plan) !== null ? null : checksummed(choice.to.trim())), [choice.to, plan]);
  const made = { ...choice, checkedTo };
  const isSelf = from !== null && sameAddress(from, plan.account);
  const around = { connected: connection !== null, onChain, isSelf, reading: claiming.reading, busy: isBusy(state) };
  const primary = primaryOf(plan, made, around);
  const quote = useQuote(plan, made, connection !== null && onChain && from !== null ? { rpc: connection.rpc, from } : null, can);
  const hasMoney = plan.rows.length > 0 || plan.pushes.length > 0;
  const paused = plan.view !== null && plan.view.pausedUntil > BigInt(plan.view.time) ? Number(plan.view.pausedUntil) : null;

  // What comes by itself is read out; the list below shows the same.
  useEffect(() => {
    if (state.phase === "preparing") announce("Asking the vault once more.");
    else if (state.phase === "done") announce("Done: it is mined.");
    else if (state.progress.some(({ at }) => at === "following")) announce("Sent. Waiting until it is mined.");
    else if (state.progress.some(({ at }) => at === "asking")) announce("Look at your wallet: it asks you.");
  }, [state.phase, state.progress.map(({ at }) => at).join()]);
  useEffect(() => {
    if (connection !== null) setLists(false);
  }, [connection?.wallet]);

  if (!pinned.known)
    return (
      <Notice kind="bad" title="This node names another vault than before" live>
        <p>Claims stay off. A node that suddenly names another vault may be broken into, or serve a new deployment. Ask its operator by another way than this page before you go on.</p>
        <dl class="pairs claim-pin">
          <dt>Known to this browser</dt>
          <dd>
            <Copyable text={pinned.before} what="known vault's address" />
          </dd>
          <dt>Named now</dt>
          <dd>
            <Copyable text={plan.vault} what="new vault's address" />
          </dd>
        </dl>
        <p class="actions">
          <button type="button" class="second" onClick={claiming.takeVault}>
            I checked it: use the new vault
          </button>
        </p>
      </Notice>
    );

  const press = (): void => {
    if (primary.act === "connect") setLists(true);
    else if (primary.act === "switch") void wallets().switchTo(chain);
    else if (primary.act === "press") claiming.press(primary.job, primary.seen);
    else announce(primary.why);
  };
  return (
    <div class="claim-panel card">
      {hasMoney ? (
        <Rows plan={plan} without={choice.without} onWithout={(without) => setChoice({ ...choice, without })} busy={around.busy} passedOver={quote?.passedOver ?? []} />
      ) : state.phase === "idle" ? (
        <Empty title="There is nothing to claim now">Once an epoch that pays this account is active in the vault, each token shows here with its proof, and one press has it paid.</Empty>
      ) : null}
      {paused === null ? null : (
        <Notice kind="warn" title="The vault is paused">
          <p>
            No new epoch becomes active until <Time at={paused} />. What is proven here can be claimed all the same: a pause stops no claim.
          </p>
        </Notice>
      )}
      {plan.view !== null && BigInt(plan.nodeEpoch) < plan.view.epoch ? (
        <p class="note">
          The vault is at epoch {plan.view.epoch.toString()}, and this node knows epoch {plan.nodeEpoch}: it is catching up, and there may be more in a moment.
        </p>
      ) : null}
      {claiming.unread === undefined ? null : (
        <Notice kind="warn" title={claiming.unread.message} live>
          <p>{claiming.unread.remedy}</p>
          <p class="actions">
            <button type="button" class="second" onClick={claiming.reload}>
              Ask the vault again
            </button>
          </p>
        </Notice>
      )}
      {plan.rows.length > 0 ? <Facts plan={plan} choice={made} claiming={claiming} quote={quote} isSelf={isSelf} onSponsored={() => setChoice({ ...choice, sponsored: true })} /> : null}
      <ProgressList claiming={claiming} plan={plan} />
      {state.trouble === null ? null : (
        <TroubleNote trouble={state.trouble}>
          {state.trouble.kind === "gas" && isSelf && relay?.on === true && !choice.sponsored ? (
            <button type="button" class="second" onClick={() => setChoice({ ...choice, sponsored: true })}>
              Let the node pay the gas
            </button>
          ) : null}
          <button type="button" class="quiet" onClick={claiming.clear}>
            Dismiss
          </button>
        </TroubleNote>
      )}
      {hasMoney && (primary.act !== "connect" || !lists) && (plan.rows.some(isClaimable) || primary.act === "connect" || primary.act === "switch" || around.reading) ? (
        <p class="claim-act">
          <button type="button" class="claim-press" onClick={press} aria-disabled={primary.act === "none" ? "true" : undefined} aria-describedby={primary.act === "none" ? "claim-why" : undefined}>
            {primary.act === "connect" ? "Connect a wallet to claim" : primary.label}
          </button>
          {primary.act === "none" ? (
            <span class="note" id="claim-why">
              {primary.why}
            </span>
          ) : null}
        </p>
      ) : null}
      <Pushes plan={plan} claiming={claiming} to={made.to.trim() === "" ? plan.recipient : checkedTo} isSelf={isSelf} />
      {connection === null && (lists || !hasMoney) ? <WalletList account={plan.account} takesFocus={lists} /> : null}
      {connection === null || from === null ? null : <WalletBar connection={connection} from={from} isSelf={isSelf} chain={chain} />}
      {connection === null ? null : <Ways plan={plan} choice={made} onChoice={setChoice} claiming={claiming} isSelf={isSelf} count={chosen(plan, made).length} />}
    </div>
  );
}
