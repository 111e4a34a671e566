/** What somebody pressed for, and the steps that it takes: each asks the wallet once at most. */

import type { Address } from "viem";
import { type Call, type ClaimToSign, claimCall, claimToCall, sameAddress, setRecipientCall, takePushCall } from "../../../chain/calls.ts";
import { clipped, shown } from "../../../text/outside.ts";
import type { Capabilities } from "../../../wallet/calls.ts";
import { type Plan, type PushRow, type Row, isClaimable } from "./plan.ts";

export type Job =
  | {
      kind: "claim";
      tokens: readonly Address[];
      /** Null: to the account, or the recipient that it set. */
      to: Address | null;
      /** Signed only; the node pays the gas. */
      sponsored: boolean;
      /** The address of a service that pays the wallet's gas. */
      paymaster: string | null;
    }
  | { kind: "push"; epoch: number; index: number; to: Address }
  | { kind: "recipient"; recipient: Address };

export type Step =
  | { kind: "send"; what: string; call: Call }
  | { kind: "batch"; what: string; calls: readonly Call[]; paymaster: string | null }
  | { kind: "sign"; what: string; claim: ClaimToSign }
  /** Gives the node what was signed. */
  | { kind: "hand"; what: string };

export interface Means {
  /** The account that the wallet speaks for. */
  from: Address;
  can: Capabilities;
  /** Of signatures, by the chain's time. */
  deadline: number;
}

/** Refuses what the plan does not bear: only what was checked is ever sent. */
export function stepsOf(job: Job, plan: Plan, { from, can, deadline }: Means): Step[] {
  const { vault, account, view } = plan;
  if (view === null) throw new RangeError("nothing is sent before the vault was asked");
  const isSelf = sameAddress(from, account);
  if (job.kind === "recipient") {
    if (!isSelf) throw new RangeError("an account sets its own recipient");
    return [{ kind: "send", what: "Set the standing recipient", call: setRecipientCall(vault, job.recipient) }];
  }

  if (job.kind === "push") {
    const found = plan.pushes.find(({ entry }) => entry.epoch === job.epoch && entry.index === job.index);
    if (!isSelf || found?.verdict !== "good") throw new RangeError("an account takes its own open payment");
    return [{ kind: "send", what: `Take ${nameOf(found)} of epoch ${job.epoch}`, call: takePushCall(vault, account, found.entry, job.to) }];
  }

  const rows = job.tokens.map((token) => plan.rows.find((row) => row.token === token)).filter((row) => row !== undefined);
  if (rows.length === 0 || rows.length !== job.tokens.length || !rows.every(isClaimable)) throw new RangeError("only what is proven is claimed");
  const names = rows.map(nameOf).join(", ");
  if (job.sponsored) {
    if (!isSelf) throw new RangeError("an account signs its own claim");
    const to = job.to ?? plan.recipient;
    return [
      ...rows.map((row): Step => ({ kind: "sign", what: `Sign for ${nameOf(row)}`, claim: { chainId: plan.chainId, vault, account, token: row.token, to, cumulative: row.leaf.cumulative, nonce: view.nonce, deadline } })),
      { kind: "hand", what: "The node brings it to the vault" },
    ];
  }

  const { to } = job;
  if (to === null) {
    const call = claimCall(vault, account, rows.map((row) => row.leaf));
    return [job.paymaster === null ? { kind: "send", what: `Claim ${names}`, call } : { kind: "batch", what: `Claim ${names}`, calls: [call], paymaster: job.paymaster }];
  }

  if (!isSelf) throw new RangeError("an account sends its own money elsewhere");
  const calls = rows.map((row) => claimToCall(vault, row.leaf, to));
  if (job.paymaster !== null || (calls.length > 1 && can.atomic)) return [{ kind: "batch", what: `Claim ${names}`, calls, paymaster: job.paymaster }];
  return calls.map((call, i): Step => ({ kind: "send", what: `Claim ${nameOf(rows[i])}`, call }));
}

/** The calls that a job makes, to be tried before. */
export const callsOf = (steps: readonly Step[]): Call[] => steps.flatMap((step) => (step.kind === "send" ? [step.call] : step.kind === "batch" ? [...step.calls] : []));

const nameOf = (row: Pick<Row | PushRow, "symbol"> | undefined): string => clipped(shown(row?.symbol ?? "?"), 16);
