/** Other ways: to another address, without gas, by a gas service, and the recipient of all later claims. */

import { useEffect, useId, useState } from "preact/hooks";
import type { Address } from "viem";
import { Notice } from "../../../parts/basics.tsx";
import { AccountLink } from "../../../parts/links.tsx";
import { announce } from "../../../parts/announce.ts";
import { ZERO, checksummed, sameAddress } from "../../../chain/calls.ts";
import { type Rpc, codeAt } from "../../../chain/rpc.ts";
import { Outside } from "../../../parts/values.tsx";
import { isBusy } from "./machine.ts";
import type { Choice } from "./panel.ts";
import { type Plan, fingerprint, recipientProblem } from "./plan.ts";
import type { Claiming } from "./useClaim.ts";

export interface WaysProps {
  plan: Plan;
  choice: Choice;
  onChoice: (choice: Choice) => void;
  claiming: Claiming;
  isSelf: boolean;
  count: number;
}

export function Ways({ plan, choice, onChoice, claiming, isSelf, count }: WaysProps) {
  const { relay, can, connection, onChain } = claiming;
  const rpc = connection !== null && onChain ? connection.rpc : null;
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (choice.sponsored) setOpen(true);
  }, [choice.sponsored]);
  return (
    <details class="ways" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>More ways</summary>
      {isSelf ? (
        <>
          <fieldset class="way">
            <legend>To another address, this once</legend>
            <AddressField label="Address" value={choice.to} plan={plan} rpc={rpc} disabled={isBusy(claiming.state)} onValue={(to) => onChoice({ ...choice, to })} />
            {choice.checkedTo !== null && count > 1 && !choice.sponsored ? (
              <p class="note">{can.atomic ? "The wallet sends all tokens as one batch: all of it is done, or nothing." : "The wallet is asked for each token, one after the other."}</p>
            ) : null}
          </fieldset>
          <fieldset class="way">
            <legend>Without gas</legend>
            <label class="check">
              <input type="checkbox" checked={choice.sponsored} disabled={relay?.on !== true && !choice.sponsored} onChange={(event) => onChoice({ ...choice, sponsored: event.currentTarget.checked })} />
              <span>I only sign, and the node pays the gas</span>
            </label>
            <p class="note">
              {relay === undefined ? "Whether this node does so is being asked." : relay.on ? `One claim of a token in ${relay.perAccountHours} hours, where its gas is at most ${relay.maxCostPercent} % of it. The vault checks what you signed: the node can send it nowhere else.` : "This node brings no claims of others."}
              {relay?.on === true && relay.waits !== null ? (
                <>
                  {" "}
                  Right now it waits: <Outside text={relay.waits} most={200} />
                </>
              ) : null}
            </p>
          </fieldset>
          {can.paymaster && !choice.sponsored ? (
            <fieldset class="way">
              <legend>By a gas service</legend>
              <label class="field">
                <span>Its address</span>
                <input type="url" value={choice.paymaster} placeholder="https://" spellcheck={false} autocomplete="off" onInput={(event) => onChoice({ ...choice, paymaster: event.currentTarget.value })} />
              </label>
              <p class="note">Your wallet can let a service pay (ERC-7677). This node names none: give the address of one that you trust with it. Only the wallet asks it.</p>
            </fieldset>
          ) : null}
          <Standing plan={plan} claiming={claiming} rpc={rpc} />
        </>
      ) : (
        <p class="note">To send the money elsewhere, to claim without gas, or to set a standing recipient, choose the account itself in the wallet. From another account you can claim for it, to where it wants its money.</p>
      )}
    </details>
  );
}

function Standing({ plan, claiming, rpc }: { plan: Plan; claiming: Claiming; rpc: Rpc | null }) {
  const [typed, setTyped] = useState("");
  const present = plan.view === null ? null : plan.view.recipient;
  const problem = typed.trim() === "" ? "Give an address first." : recipientProblem(typed, plan);
  const busy = isBusy(claiming.state);
  const set = (recipient: Address): void => claiming.press({ kind: "recipient", recipient }, fingerprint(plan, []));
  return (
    <fieldset class="way">
      <legend>The recipient of all later claims</legend>
      <p class="note">
        {present === null ? (
          "Known once the vault was asked."
        ) : present === ZERO || sameAddress(present, plan.account) ? (
          "Claims go to the account itself, whoever sends them."
        ) : (
          <>
            Claims go to <AccountLink account={present} />, whoever sends them.
          </>
        )}{" "}
        To set it is a transaction; what was signed before, and not sent yet, is void by it.
      </p>
      <AddressField label="New recipient" value={typed} plan={plan} rpc={rpc} disabled={busy} onValue={setTyped} />
      <p class="actions">
        <button
          type="button"
          class="second"
          aria-disabled={problem !== null || busy || present === null ? "true" : undefined}
          onClick={() => (problem !== null || busy || present === null ? announce(problem ?? "A claim is under way.") : set(checksummed(typed.trim())))}
        >
          Set the recipient
        </button>
        {present === null || present === ZERO ? null : (
          <button type="button" class="second" aria-disabled={busy ? "true" : undefined} onClick={() => (busy ? announce("A claim is under way.") : set(ZERO))}>
            Put it back to the account
          </button>
        )}
      </p>
    </fieldset>
  );
}

function AddressField({ label, value, plan, rpc, disabled, onValue }: { label: string; value: string; plan: Plan; rpc: Rpc | null; disabled: boolean; onValue: (value: string) => void }) {
  const id = useId();
  const problem = value.trim() === "" ? null : recipientProblem(value, plan);
  const address = value.trim() === "" || problem !== null ? null : checksummed(value.trim());
  const [code, setCode] = useState<{ of: string; is: boolean } | null>(null);
  useEffect(() => {
    if (address === null || rpc === null) return;
    let gone = false;
    codeAt(rpc, address).then(
      (found) => gone || setCode({ of: address, is: found !== "0x" }),
      () => undefined,
    );
    return () => void (gone = true);
  }, [address, rpc]);
  return (
    <>
      <label class="field" for={id}>
        <span>{label}</span>
        <input id={id} value={value} placeholder="0x…" spellcheck={false} autocomplete="off" autocapitalize="off" disabled={disabled} aria-invalid={problem === null ? undefined : "true"} aria-describedby={`${id}-says`} onInput={(event) => onValue(event.currentTarget.value)} />
      </label>
      <div id={`${id}-says`} aria-live="polite">
        {problem === null ? null : <p class="field-problem">{problem}</p>}
        {address === null ? null : (
          <p class="note">
            With its checksum: <code class="hex">{address}</code>. Compare it with where you have it from: nobody can bring back what is sent to a wrong address.
          </p>
        )}
        {address !== null && code?.of === address && code.is ? (
          <Notice kind="warn" title="A contract is at this address">
            <p>Make sure that it can take the money, and give it out again.</p>
          </Notice>
        ) : null}
      </div>
    </>
  );
}
