/** What the chosen claim would cost, asked when the choice changes. */

import { useEffect, useState } from "preact/hooks";
import type { Address } from "viem";
import { claimToCall } from "../../../chain/calls.ts";
import type { Rpc } from "../../../chain/rpc.ts";
import type { Capabilities } from "../../../wallet/calls.ts";
import { type Choice, chosen } from "./panel.ts";
import { type Plan, fingerprint } from "./plan.ts";
import { type Quote, quoteOf } from "./quote.ts";
import { callsOf, stepsOf } from "./steps.ts";
import { sameAddress } from "../../../chain/calls.ts";

export function useQuote(plan: Plan, choice: Choice, wallet: { rpc: Rpc; from: Address } | null, can: Capabilities): Quote | null {
  const [quote, setQuote] = useState<{ of: string; quote: Quote } | null>(null);
  const tokens = chosen(plan, choice);
  const isSelf = wallet !== null && sameAddress(wallet.from, plan.account);
  const to = choice.to.trim() === "" ? null : choice.checkedTo;
  const can_ = plan.view !== null && plan.source === "wallet" && wallet !== null && tokens.length > 0 && (choice.to.trim() === "" || (to !== null && isSelf)) && (!choice.sponsored || isSelf);
  const subject = can_ ? [fingerprint(plan, tokens), wallet.from, to, choice.sponsored, plan.view?.block].join(" ") : "";
  useEffect(() => {
    if (!can_) return;
    let gone = false;
    const rows = plan.rows.filter(({ token }) => tokens.includes(token));
    const target = choice.sponsored ? (to ?? plan.recipient) : to;
    // What is only signed is tried as the account's own claim; its gas is the node's.
    const calls = choice.sponsored ? rows.map(({ leaf }) => claimToCall(plan.vault, leaf, target ?? plan.recipient)) : callsOf(stepsOf({ kind: "claim", tokens, to, sponsored: false, paymaster: null }, plan, { from: wallet.from, can, deadline: 0 }));
    const payer = choice.sponsored || (isSelf && plan.view?.isContract === true) ? null : wallet.from;
    void quoteOf(wallet.rpc, plan, { from: wallet.from, calls, rows, to: target, payer }).then(
      (quote) => gone || setQuote({ of: subject, quote }),
      // No quote: the wallet says what it costs.
      () => gone || setQuote({ of: subject, quote: { trouble: null, passedOver: [], gas: null, cost: null, balance: null } }),
    );
    return () => void (gone = true);
  }, [subject]);
  return quote !== null && quote.of === subject ? quote.quote : null;
}
