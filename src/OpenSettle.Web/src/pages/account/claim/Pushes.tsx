/** Payments that an epoch makes by itself, and that are open still: the account can take them. */

import type { Address } from "viem";
import { EpochLink } from "../../../parts/links.tsx";
import { Pill } from "../../../parts/basics.tsx";
import { Money } from "../../../parts/values.tsx";
import { announce } from "../../../parts/announce.ts";
import { sameAddress } from "../../../chain/calls.ts";
import { nameOf } from "./Rows.tsx";
import { isBusy } from "./machine.ts";
import { type Plan, type PushRow, fingerprint } from "./plan.ts";
import type { Claiming } from "./useClaim.ts";

const VERDICTS: Record<PushRow["verdict"], [kind: "good" | "bad" | "info", short: string]> = {
  good: ["good", "Proven"],
  unproven: ["bad", "Not proven"],
  paid: ["info", "Paid"],
  unchecked: ["info", "Not checked yet"],
};

export function Pushes({ plan, claiming, to, isSelf }: { plan: Plan; claiming: Claiming; to: Address | null; isSelf: boolean }) {
  if (plan.pushes.length === 0) return null;
  const busy = isBusy(claiming.state);
  return (
    <div class="claim-pushes">
      <h3>Waiting as payments of an epoch</h3>
      <p class="note">These are paid out by themselves, or by anybody. The account can take them itself, to any address{to !== null && !sameAddress(to, plan.account) ? "; now to the one above" : ""}.</p>
      <ul class="claim-rows">
        {plan.pushes.map((row) => {
          const { epoch, index, amount } = row.entry;
          const [kind, short] = VERDICTS[row.verdict];
          const why = !isSelf ? "Connect the account itself: only it can take this." : row.verdict !== "good" ? "Only what is proven can be taken." : busy ? "A claim is under way." : to === null ? "Correct the other address first." : null;
          return (
            <li key={`${epoch} ${index}`} class="claim-row">
              <span class="claim-amount small">
                <Money value={amount} token={nameOf(row)} />
              </span>
              <span>
                <Pill kind={kind}>{short}</Pill> <EpochLink number={epoch} />
              </span>
              {row.verdict === "paid" ? null : (
                <button
                  type="button"
                  class="second"
                  aria-disabled={why === null ? undefined : "true"}
                  title={why ?? undefined}
                  aria-label={`Take ${nameOf(row).symbol} of epoch ${epoch}`}
                  onClick={() => (why !== null || to === null ? announce(why ?? "") : claiming.press({ kind: "push", epoch, index, to }, fingerprint(plan, [])))}
                >
                  Take
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
