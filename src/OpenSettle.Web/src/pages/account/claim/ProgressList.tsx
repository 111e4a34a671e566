/** A claim under way, step by step, and what came of it. */

import { Notice } from "../../../parts/basics.tsx";
import { AccountLink, TransactionLink } from "../../../parts/links.tsx";
import { Money, Outside, type TokenName, useTokenName } from "../../../parts/values.tsx";
import { grouped } from "../../../text/format.ts";
import type { Payment } from "../../../wallet/watch.ts";
import { useRef } from "preact/hooks";
import { nameOf } from "./Rows.tsx";
import type { Progress } from "./machine.ts";
import type { Plan } from "./plan.ts";
import type { Claiming } from "./useClaim.ts";

const MARKS: Record<Progress["at"], string> = { waiting: "○", asking: "…", following: "→", done: "✓", failed: "✕" };

export function ProgressList({ claiming, plan }: { claiming: Claiming; plan: Plan }) {
  const { state } = claiming;
  const nameFor = useNames(plan);
  if (state.phase === "idle") return null;
  if (state.phase === "preparing")
    return (
      <p class="note" role="status">
        Asking the vault once more, and trying the claim without sending it…
      </p>
    );
  if (state.steps.length === 0) return null;
  const payments = state.progress.flatMap((progress) => (progress.at === "done" ? progress.done.payments : []));
  return (
    <div class="claim-progress" role="status">
      {state.resumed ? <p class="note">Sent before this page was loaded:</p> : null}
      <ol>
        {state.steps.map((step, i) => {
          const progress = state.progress[i];
          if (progress === undefined) return null;
          return (
            <li key={i} class={`step ${progress.at}`}>
              <span class="mark" aria-hidden="true">
                {MARKS[progress.at]}
              </span>
              <span class="line-text">
                <Outside text={step.what} most={120} />
                <span class="note">
                  <Standing step={step.kind} progress={progress} />
                </span>
              </span>
            </li>
          );
        })}
      </ol>
      {state.phase === "done" && payments.length > 0 ? (
        <Notice kind={payments.some(({ kind }) => kind === "refused") ? "warn" : "good"} title={payments.some(({ kind }) => kind === "refused") ? "Not all of it was paid" : "Done"}>
          <ul class="claim-payments">
            {payments.map((payment, i) => (
              <li key={i}>
                <Paid payment={payment} nameFor={nameFor} />
              </li>
            ))}
          </ul>
        </Notice>
      ) : null}
      {state.phase === "done" || state.progress.some((one) => one.at === "following") ? (
        <p class="actions">
          <button type="button" class="quiet" onClick={claiming.clear}>
            {state.phase === "done" ? "Close" : "Stop watching it"}
          </button>
        </p>
      ) : null}
    </div>
  );
}

function Standing({ step, progress }: { step: string; progress: Progress }) {
  switch (progress.at) {
    case "waiting":
      return <>comes after</>;
    case "asking":
      return <>{step === "hand" ? "The node is given what you signed." : "Waiting for you in the wallet."}</>;
    case "following":
      return (
        <>
          {progress.note === null ? (progress.hash === null ? "Given to the wallet; waiting until it is mined." : "Sent; waiting until it is mined.") : <Outside text={progress.note} most={300} />}
          {progress.hash === null ? null : (
            <>
              {" "}
              <TransactionLink hash={progress.hash} />
            </>
          )}
        </>
      );
    case "done":
      return (
        <>
          {step === "sign" ? "Signed." : progress.done.block === null ? "Done." : `Mined in block ${grouped(progress.done.block)}${progress.final ? ", and final" : "; final in a while"}.`}
          {progress.done.hash === null ? null : (
            <>
              {" "}
              <TransactionLink hash={progress.done.hash} />
            </>
          )}
          {progress.done.note === null ? null : (
            <>
              {" "}
              <Outside text={progress.done.note} most={200} />
            </>
          )}
        </>
      );
    case "failed":
      return (
        <>
          {progress.trouble.title}.
          {progress.hash === null ? null : (
            <>
              {" "}
              <TransactionLink hash={progress.hash} />
            </>
          )}
        </>
      );
  }
}

type NameFor = (payment: Exclude<Payment, { kind: "recipient" }>) => TokenName;

/** What was paid is no part of the next plan any more, and is named all the same. */
function useNames(plan: Plan): NameFor {
  const known = useTokenName();
  const seen = useRef(new Map<string, TokenName>());
  plan.rows.forEach((row) => seen.current.set(row.token.toLowerCase(), nameOf(row)));
  plan.pushes.forEach((row) => seen.current.set(`${row.entry.epoch} ${row.entry.index}`, nameOf(row)));
  return (payment) =>
    payment.kind === "taken" ? (seen.current.get(`${payment.epoch} ${payment.index}`) ?? { symbol: "", decimals: 0, known: false }) : (seen.current.get(payment.token.toLowerCase()) ?? known(payment.token));
}

function Paid({ payment, nameFor }: { payment: Payment; nameFor: NameFor }) {
  if (payment.kind === "recipient") {
    const back = /^0x0{40}$/.test(payment.recipient);
    return back ? <>From now on claims go to the account itself.</> : <>From now on claims go to <AccountLink account={payment.recipient} />.</>;
  }
  const money = <Money value={payment.amount} token={nameFor(payment)} />;
  if (payment.kind === "refused")
    return (
      <>
        Passed over: {money}, because the token or <AccountLink account={payment.to} /> refused it. It stays claimable.
      </>
    );
  return (
    <>
      {money} paid to <AccountLink account={payment.to} />
    </>
  );
}
