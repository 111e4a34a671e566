/** What is claimed, token by token, each with what the vault says of its proof. */

import { Pill } from "../../../parts/basics.tsx";
import { Money, type TokenName } from "../../../parts/values.tsx";
import { clipped, shown } from "../../../text/outside.ts";
import { grouped, shortHex } from "../../../text/format.ts";
import { type Plan, type Row, isClaimable, verdictOf } from "./plan.ts";
import type { Quote } from "./quote.ts";

export const nameOf = ({ symbol, decimals }: { symbol: string; decimals: number }): TokenName => ({ symbol: clipped(shown(symbol), 16), decimals, known: symbol !== "?" });

export interface RowsProps {
  plan: Plan;
  without: ReadonlySet<string>;
  onWithout: (without: ReadonlySet<string>) => void;
  busy: boolean;
  passedOver: Quote["passedOver"];
}

export function Rows({ plan, without, onWithout, busy, passedOver }: RowsProps) {
  const several = plan.rows.filter(isClaimable).length > 1;
  return (
    <ul class="claim-rows" aria-label="Tokens">
      {plan.rows.map((row) => {
        const { kind, short, words } = verdictOf(row.verdict, plan.source);
        const refused = passedOver.find((one) => one.row.token === row.token);
        const name = nameOf(row);
        return (
          <li key={row.token} class={`claim-row row-${row.verdict}`}>
            {several && isClaimable(row) ? (
              <label class="claim-amount">
                <input type="checkbox" checked={!without.has(row.token)} disabled={busy} aria-label={`Claim ${name.symbol}`} onChange={(event) => onWithout(toggled(without, row, event.currentTarget.checked))} />
                <Money value={row.due} token={name} />
              </label>
            ) : (
              <span class="claim-amount">
                <Money value={row.due} token={name} />
              </span>
            )}
            <Pill kind={kind}>{short}</Pill>
            {row.verdict === "good" || row.verdict === "unchecked" ? null : <p class="note claim-words">{words}</p>}
            {refused === undefined ? null : (
              <p class="claim-words claim-refused">
                Would be passed over: {refused.trouble.title.charAt(0).toLowerCase() + refused.trouble.title.slice(1)}. {refused.trouble.remedy}
              </p>
            )}
            {row.misnamed ? <p class="note claim-words">The node names this token otherwise than the token itself does; shown is what the token says ({grouped(row.decimals)} decimals, {shortHex(row.token)}).</p> : null}
          </li>
        );
      })}
    </ul>
  );
}

function toggled(without: ReadonlySet<string>, { token }: Row, isChosen: boolean): ReadonlySet<string> {
  const after = new Set(without);
  if (isChosen) after.delete(token);
  else after.add(token);
  return after;
}
