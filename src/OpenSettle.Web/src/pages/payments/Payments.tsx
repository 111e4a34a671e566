/** Payments, newest first: whether each is final, and which epoch took it. */

import { useRef, useState } from "preact/hooks";
import { type Payment, getPaymentsPage } from "../../api/payments.ts";
import { useStream } from "../../app/live.ts";
import { useTitle } from "../../app/title.ts";
import { Empty, Heading, Pill } from "../../parts/basics.tsx";
import { Fresh } from "../../parts/Fresh.tsx";
import { AccountLink, EpochLink, ModelLink, TransactionLink } from "../../parts/links.tsx";
import { type Column, LongTable } from "../../parts/LongTable.tsx";
import { Money, useTokenName } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import { Feed, keyOf } from "./feed.ts";
import { ROUTES } from "./routes.ts";

const PAGE = 200;

export default function Payments() {
  useTitle("Payments");
  const nameOf = useTokenName();
  const [turn, setTurn] = useState(0);
  const [, setNews] = useState(0);
  const feed = useRef(new Feed());
  useStream((event) => {
    if (feed.current.tell(event.event, event.data)) setNews((news) => news + 1);
  }, []);
  const now = (row: Payment): Payment => feed.current.now(row);
  const columns: Column<Payment>[] = [
    { title: "Block", class: "number wide", cell: (row) => grouped(row.block) },
    {
      title: "State",
      cell: (row) => {
        const { final, epoch } = now(row);
        if (!final) return <Pill kind="warn">not final</Pill>;
        return epoch === null ? <Pill kind="info">final</Pill> : <EpochLink number={epoch} />;
      },
    },
    { title: "Amount", class: "number", cell: (row) => <Money value={row.amount} token={nameOf(row.token)} /> },
    { title: "Model", cell: (row) => <ModelLink model={row.model} /> },
    { title: "From", class: "wide", cell: (row) => <AccountLink account={row.payer} /> },
    { title: "How", class: "wide", cell: (row) => ROUTES[row.route] ?? row.route },
    { title: "Transaction", cell: (row) => <TransactionLink hash={row.transaction} /> },
  ];
  return (
    <>
      <Heading title="Payments">
        <p class="note">Newest first. What is not final may still go; what is final and in no epoch is divided by the next one.</p>
      </Heading>
      <Fresh
        count={feed.current.fresh}
        changed={feed.current.changed}
        what="payment"
        show={() => {
          feed.current = new Feed();
          setTurn(turn + 1);
        }}
      />
      <LongTable
        label="Payments, newest first"
        subject={`payments ${turn}`}
        columns={columns}
        keyOf={keyOf}
        load={async (next, signal) => {
          const page = await getPaymentsPage(next, PAGE, signal);
          feed.current.list(page.value);
          setNews((news) => news + 1);
          return { rows: page.value, next: page.next };
        }}
        empty={<Empty title="Nobody has paid yet">A payment shows here within seconds of its block, and again as final once its block is.</Empty>}
      />
    </>
  );
}
