/** What was paid out: claims, pushes, and pushes that the account took itself. */

import { type Earnings, MOST_ROWS, type Payout, getPayouts, payoutsPath } from "../../api/accounts.ts";
import { Empty, Section } from "../../parts/basics.tsx";
import { CsvButton } from "../../parts/download.tsx";
import { AccountLink, EpochLink, TransactionLink } from "../../parts/links.tsx";
import { Fresh } from "../../parts/Fresh.tsx";
import { type Column, LongTable } from "../../parts/LongTable.tsx";
import { useFresh } from "../../parts/useFresh.ts";
import { Money, Time, tokenName } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import { filterOf } from "./filter.ts";

const HOW: Record<string, string> = { claim: "claimed", push: "pushed by the node", take: "push taken" };

export function History({ account, all, query, mark }: { account: string; all: Earnings; query: URLSearchParams; mark: number }) {
  const { token } = filterOf(query);
  const { place, shown, stale, show } = useFresh(`${mark} ${all.tokens.map((one) => `${one.token}${one.paid.total}`).join()}`);
  const columns: Column<Payout>[] = [
    { title: "When", cell: (row) => (row.time === null ? <span class="dim">block {grouped(row.block)}</span> : <Time at={row.time} />) },
    {
      title: "How",
      cell: (row) => (
        <>
          {HOW[row.how] ?? row.how}
          {row.epoch === null ? null : (
            <>
              {", "}
              <EpochLink number={row.epoch} />
            </>
          )}
        </>
      ),
    },
    { title: "Amount", class: "number", cell: (row) => <Money value={row.amount} token={tokenName(row.token, [row])} /> },
    {
      title: "To",
      class: "wide",
      cell: (row) => (row.to === null ? <span class="dim">not known</span> : row.to.toLowerCase() === account.toLowerCase() ? "itself" : <AccountLink account={row.to} />),
    },
    { title: "Transaction", cell: (row) => (row.transaction === null ? <span class="dim">not known</span> : <TransactionLink hash={row.transaction} />) },
  ];
  return (
    <Section title="Claims and pushes" note={token === undefined ? undefined : "Of the token that the filter above names."}>
      <Fresh count={0} what="payout" changed={stale} show={show} />
      <div ref={place}>
        <LongTable
          label="Claims and pushes, newest first"
          subject={`payouts ${account} ${token ?? ""} ${shown}`}
          columns={columns}
          keyOf={(row) => `${row.block} ${row.logIndex} ${row.token}`}
          load={async (before, signal) => {
            const page = await getPayouts(account, { ...(token === undefined ? {} : { token }), before: before ?? undefined, limit: 200 }, signal);
            return { rows: page.payouts, next: page.next };
          }}
          empty={<Empty title="Nothing was paid out yet">A claim shows here once its block is final, and what the node pushes does, too.</Empty>}
        />
      </div>
      <p class="actions">
        <CsvButton path={payoutsPath(account, { token, format: "csv", limit: MOST_ROWS })} name={`payouts-${account.toLowerCase()}.csv`} what="these payouts" />
      </p>
    </Section>
  );
}
