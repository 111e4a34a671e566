/** To whom the money goes, what it costs, and who confirmed it. */

import { Money, Outside } from "../../../parts/values.tsx";
import { AccountLink } from "../../../parts/links.tsx";
import { grouped } from "../../../text/format.ts";
import { sameAddress } from "../../../chain/calls.ts";
import { Pairs } from "../../../parts/basics.tsx";
import type { Choice } from "./panel.ts";
import { type Plan, isClaimable } from "./plan.ts";
import { type Quote, lacksGas } from "./quote.ts";
import type { Claiming } from "./useClaim.ts";

export function Facts({ plan, choice, claiming, quote, isSelf, onSponsored }: { plan: Plan; choice: Choice; claiming: Claiming; quote: Quote | null; isSelf: boolean; onSponsored: () => void }) {
  const { connection, onChain, chain, relay, can } = claiming;
  const to = choice.checkedTo ?? plan.recipient;
  const whose = choice.checkedTo !== null ? "the address that you chose" : sameAddress(plan.recipient, plan.account) ? "the account itself" : "the recipient that the account set";
  const lacks = quote !== null && !choice.sponsored && choice.paymaster === "" && lacksGas(quote);
  return (
    <>
      <div class="claim-facts">
        <Pairs
          of={[
            [
              "To",
              <>
                <AccountLink account={to} whole />
                <span class="note">
                  {whose}
                  {connection !== null && !isSelf ? ". You pay the gas, and claim for somebody else: none of it comes to you" : ""}
                </span>
              </>,
            ],
            plan.rows.some(isClaimable) ? ["Costs you", <Cost choice={choice} connection={connection} quote={quote} chain={chain} batchSeconds={relay?.batchSeconds ?? 0} isContract={plan.view?.isContract === true && isSelf} onChain={onChain} />] : null,
            [
              "Checked",
              plan.view === null ? (
                <>
                  not yet
                  <span class="note">
                    {claiming.reading ? "The vault is being asked." : connection === null ? "The node says so. Connect a wallet, and this page asks the vault through it." : `The wallet is on chain ${grouped(connection.chainId)}; the vault is on chain ${grouped(plan.chainId)}.`}
                  </span>
                </>
              ) : (
                <>
                  at block {grouped(plan.view.block)}, epoch {grouped(plan.view.epoch)}
                  <span class="note">
                    {plan.source === "wallet" && connection !== null ? (
                      <>
                        asked by your own wallet (<Outside text={connection.wallet.name} most={30} />), not by this node; vault <code class="hex">{plan.vault}</code>
                      </>
                    ) : (
                      <>
                        asked by the endpoint that this node's operator set; with a wallet it is asked again; vault <code class="hex">{plan.vault}</code>
                      </>
                    )}
                  </span>
                </>
              ),
            ],
          ]}
        />
      </div>
      {lacks ? (
        <div class="notice warn" role="status">
          <p class="notice-title">The wallet's account has too little coin for the gas.</p>
          <p>
            It has <Money value={quote.balance ?? 0n} token={{ ...chain.coin, known: true }} />.{" "}
            {isSelf && relay?.on === true
              ? "This node pays it for you: you only sign."
              : can.paymaster
                ? "Under “More ways” a gas service can pay for it, if you know one."
                : "Send it some, or let anybody else claim for the account: the money goes to the same address."}
          </p>
          {isSelf && relay?.on === true ? (
            <p class="actions">
              <button type="button" class="second" onClick={onSponsored}>
                Sign, and let the node pay
              </button>
            </p>
          ) : null}
        </div>
      ) : null}
      {quote?.trouble != null && quote.trouble.kind !== "gas" && !claiming.reading && (claiming.state.phase === "idle" || claiming.state.phase === "done") ? (
        <div class="notice bad" role="status">
          <p class="notice-title">{quote.trouble.title}.</p>
          <p>{quote.trouble.remedy}</p>
        </div>
      ) : null}
    </>
  );
}

function Cost({ choice, connection, quote, chain, batchSeconds, isContract, onChain }: { choice: Choice; connection: Claiming["connection"]; quote: Quote | null; chain: Claiming["chain"]; batchSeconds: number; isContract: boolean; onChain: boolean }) {
  if (choice.sponsored)
    return (
      <>
        nothing
        <span class="note">You sign, and the node pays the gas. It waits up to {grouped(batchSeconds)} s for other claims to send along.</span>
      </>
    );
  if (choice.paymaster !== "")
    return (
      <>
        what the gas service asks
        <span class="note">The wallet asks it, and shows what it says.</span>
      </>
    );
  if (!onChain || quote === null) return <span class="dim">{onChain ? "asking…" : connection === null ? "known once a wallet is connected" : "known once the wallet is on this chain"}</span>;
  if (quote.cost === null || quote.gas === null) return <>the wallet says<span class="note">Its endpoint gives no estimate here.</span></>;
  return (
    <>
      about <Money value={quote.cost} token={{ ...chain.coin, known: true }} />
      <span class="note">
        {grouped(quote.gas)} gas at the price of now, and a quarter more; the wallet shows its own figure{isContract ? ". The account is a contract: its own rules say who pays" : ""}
      </span>
    </>
  );
}
