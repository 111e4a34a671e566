/** Epochs, newest first: what each brought and cost, and how far it has come. */

import "../../styles/epochs.css";
import { useRef, useState } from "preact/hooks";
import { type EpochLine, getEpochSummary } from "../../api/epochs.ts";
import { useLive } from "../../app/live.ts";
import { useTitle } from "../../app/title.ts";
import { Empty, Heading, Pill } from "../../parts/basics.tsx";
import { Fresh } from "../../parts/Fresh.tsx";
import { EpochLink } from "../../parts/links.tsx";
import { type Column, LongTable } from "../../parts/LongTable.tsx";
import { Money, Time, tokenName } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import { coin } from "./coin.ts";
import { STATES } from "./steps.ts";

/** Of an epoch with more tokens its own page tells the rest. */
const MOST_TOKENS = 2;

export default function Epochs() {
  useTitle("Epochs");
  const { status } = useLive();
  const [turn, setTurn] = useState(0);
  const newest = useRef<number | null>(null);
  const latest = status?.latestEpoch ?? null;
  const fee = coin(status?.tokens);
  // The newest one moves on while it is looked at; those before it do not.
  const stateOf = (row: EpochLine): string => (latest !== null && latest.number === row.number && latest.attempt >= row.attempt ? latest.state : row.state);
  const columns: Column<EpochLine>[] = [
    { title: "Epoch", cell: (row) => <EpochLink number={row.number} /> },
    { title: "State", cell: (row) => <State state={stateOf(row)} /> },
    {
      title: "Brought",
      cell: (row) =>
        row.revenue.length === 0 ? (
          <span class="dim">nothing</span>
        ) : (
          <>
            {row.revenue.slice(0, MOST_TOKENS).map((one, i) => (
              <span key={one.token}>
                {i === 0 ? null : <span class="dim"> · </span>}
                <Money value={one.amount} token={tokenName(one.token, row.revenue)} />
              </span>
            ))}
            {row.revenue.length > MOST_TOKENS ? <span class="dim"> and {grouped(row.revenue.length - MOST_TOKENS)} more</span> : null}
          </>
        ),
    },
    { title: "Payments", class: "number", cell: (row) => grouped(row.payments) },
    { title: "Uses", class: "number wide", cell: (row) => grouped(row.usageEvents) },
    { title: "Ended", class: "wide", cell: (row) => (row.endedAt === null ? <span class="dim">block {grouped(row.lastBlock)}</span> : <Time at={row.endedAt} />) },
    { title: "Cost", class: "number wide", cell: (row) => (row.cost === 0n ? <span class="dim">none yet</span> : <Money value={row.cost} token={fee} />) },
  ];
  const came = newest.current === null || latest === null ? 0 : Math.max(0, latest.number - newest.current);
  return (
    <>
      <Heading title="Epochs">
        <p class="note">An epoch takes the payments of some blocks, divides them, and becomes claimable once a window has passed in which it can be vetoed.</p>
      </Heading>
      <Fresh count={came} what="epoch" show={() => setTurn(turn + 1)} />
      <LongTable
        label="Epochs, newest first"
        subject={`epochs ${turn}`}
        columns={columns}
        keyOf={(row) => String(row.number)}
        load={async (before, signal) => {
          const page = await getEpochSummary({ before: before ?? undefined, limit: 100 }, signal);
          if (before === null) newest.current = page.epochs[0]?.number ?? 0;
          return { rows: page.epochs, next: page.next === null ? null : String(page.next) };
        }}
        empty={<Empty title="There is no epoch yet">The first one closes some time after the first payment; the node's settings say how long it waits, or for how much.</Empty>}
      />
    </>
  );
}

export function State({ state }: { state: string }) {
  const known = STATES[state];
  return <Pill kind={known?.kind ?? "info"}>{known?.words ?? state}</Pill>;
}
