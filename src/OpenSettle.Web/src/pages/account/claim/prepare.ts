/** From a press to the steps: everything is read anew, and held against what was seen. */

import type { ClaimOffer } from "../../../api/claims.ts";
import type { RelayTerms } from "../../../api/relay.ts";
import { type Call, claimToCall, sameAddress } from "../../../chain/calls.ts";
import { readVault } from "../../../chain/vault.ts";
import type { Capabilities } from "../../../wallet/calls.ts";
import type { Rpc } from "../../../chain/rpc.ts";
import { Stop } from "./engine.ts";
import { type Plan, fingerprint, isClaimable, planOf, questionOf } from "./plan.ts";
import { trial } from "./quote.ts";
import { type Job, type Step, callsOf, stepsOf } from "./steps.ts";
import type { Address } from "viem";

export interface Preparation {
  account: string;
  chainId: number;
  vault: Address;
  wallet: { rpc: Rpc; from: Address } | null;
  can: Capabilities;
  relay: RelayTerms | undefined;
  fetchOffer(): Promise<ClaimOffer>;
  /** What was read is shown, whatever comes of it. */
  show(plan: Plan): void;
}

/** A signature counts for so long, by the chain's time: a relay waits for others, and for cheaper gas. */
const SIGNED_FOR_SECONDS = 86_400;

export async function prepare(of: Preparation, job: Job, seen: string): Promise<readonly Step[]> {
  const { wallet } = of;
  if (wallet === null) throw new Stop({ kind: "other", title: "No wallet is connected on this chain", remedy: "Connect one, or switch its chain, and press again." });
  const offer = await of.fetchOffer();
  if (offer.chainId !== of.chainId || !sameAddress(offer.vault, of.vault))
    throw new Stop({ kind: "changed", title: "The node names another vault than a moment ago", remedy: "Nothing was sent. Do not rely on this node; ask its operator, or another node." });
  const view = await readVault(wallet.rpc, questionOf(offer, of.account));
  const plan = planOf(offer, of.account, view);
  of.show(plan);
  const tokens = job.kind === "claim" ? job.tokens : [];
  const changed = changeOf(job, plan, seen);
  if (changed !== null) throw new Stop(changed);
  if (job.kind === "claim" && job.sponsored && of.relay !== undefined && tokens.length > of.relay.mostClaims)
    throw new Stop({ kind: "other", title: `This node brings ${of.relay.mostClaims} claims at once`, remedy: "Choose fewer tokens, and the others after." });
  const steps = stepsOf(job, plan, { from: wallet.from, can: of.can, deadline: view.time + Math.max(SIGNED_FOR_SECONDS, 2 * (of.relay?.leastSecondsLeft ?? 0)) });
  // A claim that is only signed is tried as the one that the account would send itself.
  const calls: Call[] = [...callsOf(steps), ...steps.flatMap((step) => (step.kind === "sign" ? callToTry(plan, step) : []))];
  for (const call of calls) {
    const trouble = await trial(wallet.rpc, wallet.from, call);
    if (trouble !== null && !(trouble.kind === "gas" && job.kind === "claim" && job.sponsored)) throw new Stop(trouble);
  }

  return steps;
}

const callToTry = (plan: Plan, { claim }: Extract<Step, { kind: "sign" }>): Call[] =>
  plan.rows.filter(({ token }) => token === claim.token).map(({ leaf }) => claimToCall(plan.vault, leaf, claim.to));

function changeOf(job: Job, plan: Plan, seen: string): Stop["trouble"] | null {
  if (job.kind === "push") {
    const verdict = plan.pushes.find(({ entry }) => entry.epoch === job.epoch && entry.index === job.index)?.verdict;
    return verdict === "good" ? null : { kind: "changed", title: "This payment is not open any more", remedy: "It was made meanwhile. The figures were read anew." };
  }

  if (job.kind === "recipient") return null;
  const rows = plan.rows.filter(({ token }) => job.tokens.includes(token));
  if (rows.length !== job.tokens.length || !rows.every(isClaimable)) {
    const isFalse = rows.some(({ verdict }) => verdict === "unproven");
    if (isFalse)
      return { kind: "changed", title: "The node's proof does not hold any more", remedy: "The vault has another root, and the node's proof does not lead there. Look again in a moment; if it stays so, do not rely on this node." };
    if (!plan.rows.some(isClaimable)) return { kind: "changed", title: "There is nothing to claim any more", remedy: "It was claimed meanwhile, by this account or by somebody for it. The figures were read anew." };
  }

  return fingerprint(plan, job.tokens) === seen
    ? null
    : { kind: "changed", title: "It is not what you saw any more", remedy: "A newer epoch became active, or the amounts or the recipient changed. The figures above were read anew: look at them, and press again." };
}
