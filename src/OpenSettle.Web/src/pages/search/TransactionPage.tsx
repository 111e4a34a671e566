/** What this node knows of a transaction: what it paid, what it did in the contracts, what the node signed it for. */

import { useRef } from "preact/hooks";
import { type FoundTransaction, type TransactionEvent, type TransactionPayment, getTransaction } from "../../api/search.ts";
import type { PageOf } from "../../app/App.tsx";
import { useLive } from "../../app/live.ts";
import { useResource } from "../../app/resource.ts";
import { to } from "../../app/router.ts";
import { useTitle } from "../../app/title.ts";
import { Empty, Heading, Loaded, Notice, Pairs, Pill, Section, Table } from "../../parts/basics.tsx";
import { AccountLink, EpochLink, ModelLink } from "../../parts/links.tsx";
import { Copyable, Money, Outside, Time, useTokenName } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import { standingOf, wordsOf } from "./words.ts";

const ROUTES: Record<string, string> = { rail: "through the rail", payAddress: "to the pay address", excess: "found at the pay address" };

const TransactionPage: PageOf = ({ place }) => {
  useTitle("Transaction");
  const { status } = useLive();
  const hash = place.route.page === "transaction" ? place.route.hash : "";
  // Where nothing can change any more but the epoch of a payment, each block is no reason to have the chain asked again.
  const final = useRef(false);
  const found = useResource(hash, `${final.current ? "" : (status?.chain?.head ?? "")} ${status?.latestEpoch?.number ?? ""} ${status?.latestEpoch?.state ?? ""}`, (signal) => getTransaction(hash, signal));
  final.current = found.value?.final === true;
  return (
    <>
      <Heading title="Transaction">
        <Copyable text={hash} what="transaction's hash" />
      </Heading>
      {found.error?.status === 404 && found.value === undefined ? <Unknown /> : <Loaded of={found} rows={3}>{(value) => <Known transaction={value} />}</Loaded>}
    </>
  );
};

export default TransactionPage;

const Unknown = () => (
  <Empty title="Nobody here knows this transaction">
    This node did not sign it, and its endpoint has it in no block. Where it was just sent, wait a moment: this page asks again with each block. Otherwise it may be of another chain. <a href={to.payments()}>All payments</a>
  </Empty>
);

function Known({ transaction }: { transaction: FoundTransaction }) {
  const { own, block, time, payments, events, why } = transaction;
  const standing = standingOf(transaction);
  return (
    <>
      {why === null ? null : (
        <Notice kind="warn" title="The chain could not be asked" live>
          <p>
            <Outside text={why} most={300} /> What is shown is what the node itself knows; this page asks again with the next block.
          </p>
        </Notice>
      )}
      <Pairs
        of={[
          ["State", <span key="state"><Pill kind={standing.kind}>{standing.word}</Pill> <span class="note">{standing.note}</span></span>],
          block === null ? null : ["Block", grouped(block)],
          time === null ? null : ["Time", <Time at={time} key="time" />],
          own === null
            ? null
            : [
                "Signed by this node",
                <span key="own">
                  <Outside text={own.fills ? `only to use up nonce ${own.nonce}` : own.purpose} most={200} />
                  <span class="note">
                    {own.state === "done" ? "done" : own.state}, nonce {own.nonce}, version {own.version}
                    {own.epoch === null ? null : <>, for <EpochLink number={own.epoch} /></>}
                  </span>
                </span>,
              ],
        ]}
      />
      {payments.length === 0 ? null : <Payments payments={payments} />}
      {events.length === 0 ? null : <Events events={events} />}
      {payments.length === 0 && events.length === 0 && block !== null ? (
        <Section title="What it did">
          <Empty title="Nothing in this deployment's contracts">It is a transaction of this chain, and neither pays a model nor changes the vault or the registry.</Empty>
        </Section>
      ) : null}
    </>
  );
}

function Payments({ payments }: { payments: readonly TransactionPayment[] }) {
  const tokenOf = useTokenName();
  return (
    <Section title="Payments">
      <Table label="Payments of this transaction" head={["Model", { title: "Amount", class: "number" }, "Payer", "How", "Epoch"]}>
        {payments.map((row) => (
          <tr key={row.logIndex}>
            <td><ModelLink model={row.model} /></td>
            <td class="number"><Money value={row.amount} token={tokenOf(row.token)} /></td>
            <td><AccountLink account={row.payer} /></td>
            <td>{ROUTES[row.route] ?? row.route}</td>
            <td>{row.epoch !== null ? <EpochLink number={row.epoch} /> : <span class="note">{row.final ? (row.settled === null ? "waits to be swept" : "waits for its epoch") : "not final yet"}</span>}</td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

function Events({ events }: { events: readonly TransactionEvent[] }) {
  const tokenOf = useTokenName();
  return (
    <Section title="What it did in the contracts">
      <ul class="lines">
        {events.map((event) => (
          <li key={event.logIndex}>
            <span class="line-text">
              {wordsOf(event)}
              <span class="note">
                {event.account === null ? null : <AccountLink account={event.account} />}
                {event.to === null || event.to === event.account ? null : <> to <AccountLink account={event.to} /></>}
                {event.model === null ? null : <ModelLink model={event.model} />}
                {event.epoch === null ? null : <> <EpochLink number={event.epoch} /></>}
              </span>
            </span>
            {event.amount === null ? null : event.token === null ? <span class="money">{grouped(event.amount)} smallest units</span> : <Money value={event.amount} token={tokenOf(event.token)} />}
          </li>
        ))}
      </ul>
    </Section>
  );
}
