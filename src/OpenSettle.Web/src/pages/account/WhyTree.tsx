/** An explanation, from the sum down: every line is exact, and whether they add up is recomputed here. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { type Exact, type WhyGroup, type WhyModel, type WhyReason, type WhyToken, type WhyPayment, getWhyPayments } from "../../api/accounts.ts";
import { Empty, Notice, Pill, Table } from "../../parts/basics.tsx";
import { AccountLink, ModelLink, TransactionLink } from "../../parts/links.tsx";
import { type Column, LongTable } from "../../parts/LongTable.tsx";
import { Copyable, Money, Outside, Time, type TokenName } from "../../parts/values.tsx";
import { counted, grouped } from "../../text/format.ts";
import { ROUTES } from "../payments/routes.ts";
import { type Fraction, amountText, fractionOf, fractionText, part, percentText, whole } from "./fractions.ts";
import { type Factor, factorsOf, faultsOf, restOf } from "./whySums.ts";

/** A model's lines are open at once where there are few. */
const OPEN_MODELS = 2;

interface Shown {
  account: string;
  epoch: number;
  token: WhyToken;
  name: TokenName;
  /** What the account's earnings say of the epoch. */
  earned: bigint | undefined;
}

export function WhyCard(of: Shown) {
  const { epoch, token, name, earned } = of;
  const faults = faultsOf(token, earned);
  // What cannot be read cannot be shown; the faults say so.
  if (faults.some((fault) => fault.startsWith("A figure is none"))) return <Faults faults={faults} />;
  const rest = restOf(token);
  return (
    <div class="card why">
      <div class="card-head">
        <h3>
          <Money value={token.earned} token={name} /> in epoch {grouped(epoch)}
        </h3>
        {faults.length === 0 ? <Pill kind="good">Adds up, recomputed here</Pill> : <Pill kind="bad">Does not add up</Pill>}
      </div>
      {faults.length === 0 ? null : <Faults faults={faults} />}
      <Lines label={`The sum of epoch ${epoch}, in ${name.symbol}`}>
        {token.models.map((model) => (
          <Line key={model.model} name={name} value={model.exact}>
            <ModelLink model={model.model} number={model.number} />{" "}
            <span class="note">
              of <Money value={model.money} token={name} /> that it was paid
            </span>
          </Line>
        ))}
        {rest.n === 0n ? null : (
          <Line name={name} fraction={rest}>
            {counted(token.allModels - token.models.length, "more model")}
          </Line>
        )}
        <Line name={name} value={token.rounding} exactly>
          Rounding <span class="note">{token.rounding.fraction.startsWith("-") ? "what is less than a smallest unit is not paid" : "what earlier epochs could not divide"}</span>
        </Line>
        <Line name={name} fraction={whole(token.earned)} isTotal>
          Earned
        </Line>
      </Lines>
      <h4>By model</h4>
      {token.models.map((model, i) => (
        <ModelPart key={model.model} of={of} model={model} open={token.models.length <= OPEN_MODELS || i === 0} />
      ))}
      {token.usage.length === 0 ? null : <Usage token={token} />}
    </div>
  );
}

const Faults = ({ faults }: { faults: string[] }) => (
  <Notice kind="bad" title="What this node tells does not add up">
    <ul>
      {faults.map((fault) => (
        <li key={fault}>{fault}</li>
      ))}
    </ul>
    <p>Do not rely on it. Recompute it with the command below, or ask another node.</p>
  </Notice>
);

/** Amounts under each other, and their sum below a line. */
const Lines = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <div class="sum" role="region" aria-label={label} tabIndex={0}>
    <table>
      <tbody>{children}</tbody>
    </table>
  </div>
);

function Line({ name, value, fraction, exactly, isTotal, children }: { name: TokenName; value?: Exact; fraction?: Fraction; exactly?: boolean; isTotal?: boolean; children: ComponentChildren }) {
  const exact = fraction ?? fractionOf(value?.fraction ?? "0");
  return (
    <tr class={isTotal ? "sum-total" : undefined}>
      <th scope="row">{children}</th>
      <td>
        <Precise of={exact} name={name} />
        {exactly ? <span class="note exactly">exactly {fractionText(exact)} smallest units</span> : null}
      </td>
    </tr>
  );
}

/** An exact amount, cut behind the smallest unit; the fraction on hover. */
const Precise = ({ of, name }: { of: Fraction; name: TokenName }) => (
  <span class="precise" title={`exactly ${fractionText(of)} smallest units`}>
    {amountText(of, name.decimals)}
    {name.known ? <span class="symbol"> {name.symbol}</span> : null}
  </span>
);

function ModelPart({ of, model, open }: { of: Shown; model: WhyModel; open: boolean }) {
  return (
    <details class="why-model" open={open}>
      <summary>
        Model {grouped(model.number)}: <Precise of={fractionOf(model.exact.fraction)} name={of.name} /> <span class="note">{counted(model.payments, "payment")}</span>
      </summary>
      {model.groups.map((group) => (
        <GroupPart key={group.group} of={of} group={group} />
      ))}
    </details>
  );
}

function sourceOf(group: WhyGroup): string {
  switch (group.source) {
    case "named":
      return `${counted(group.payments, "payment")} that usage events name`;
    case "released":
      return "Money that waited for a split table";
    case "plain":
      return `${counted(group.payments, "payment")} that no usage event names`;
    default:
      return `${counted(group.payments, "payment")}, ${group.source}`;
  }
}

function GroupPart({ of, group }: { of: Shown; group: WhyGroup }) {
  const share = fractionOf(group.part.fraction);
  return (
    <div class="why-group">
      <h5>{sourceOf(group)}</h5>
      <p class="note">
        Divided by split version {grouped(group.splitVersion)} and lineage version {grouped(group.lineageVersion)}; the model's owner was <AccountLink account={group.owner} />.
      </p>
      <p>
        <Money value={group.money} token={of.name} /> × {percentText(share)} <span class="note">(exactly {fractionText(share)})</span> = <Precise of={fractionOf(group.exact.fraction)} name={of.name} />
      </p>
      <ol class="reasons" aria-label="Reasons">
        {group.reasons.map((reason, i) => (
          <li key={i}>
            <ReasonPart reason={reason} name={of.name} />
          </li>
        ))}
      </ol>
      {group.moreReasons ? <p class="note">The lineage has more ways up than are told here; they are in the exact sum.</p> : null}
      {group.payments === 0 ? null : <Payments of={of} group={group} />}
    </div>
  );
}

function ReasonPart({ reason, name }: { reason: WhyReason; name: TokenName }) {
  const factors = factorsOf(reason);
  const divides = reason.path.at(-1);
  return (
    <>
      <ol class="flow" aria-label="The way of the money">
        {reason.path.map((step, i) => (
          <li key={step.model} class="flow-step">
            {i === 0 ? <span class="flow-word">paid</span> : <span class="flow-word">{step.share === null ? "goes up" : `${percentText(part(BigInt(step.share), 1_000_000n))} goes up`}</span>}
            <span class="flow-model">
              <ModelLink model={step.model} number={step.number} />
            </span>
          </li>
        ))}
        <li class="flow-step">
          <span class="flow-word">{reason.keeps === null || divides === undefined ? "divides" : `divides ${percentText(part(BigInt(reason.keeps), 1_000_000n))}`}</span>
          <span class="flow-model flow-end">
            <Cause reason={reason} />
          </span>
        </li>
      </ol>
      <p class="flow-result">
        {factors === null ? null : <Product factors={factors} />}
        <Precise of={fractionOf(reason.exact.fraction)} name={name} />
        <span class="note"> {percentText(fractionOf(reason.part.fraction))} of the money, exactly {fractionText(fractionOf(reason.part.fraction))}</span>
      </p>
    </>
  );
}

/** By what: a row, influence, or a fallback row. */
function Cause({ reason }: { reason: WhyReason }) {
  const role = reason.role === null ? null : <Outside text={reason.role} most={40} />;
  const weight = (
    <>
      {grouped(reason.weight)} of {grouped(reason.of)}
    </>
  );
  const share = percentText(part(reason.weight, reason.of));
  const pool = reason.pool === null ? null : <span class="note">pool: {percentText(part(reason.pool.weight, reason.pool.of))} of that, </span>;
  switch (reason.kind) {
    case "row":
      return (
        <>
          row {role} <span class="note">weight {weight}</span>
        </>
      );
    case "direct":
      return (
        <>
          influence {pool}
          <span class="note">{share} of what those uses measured</span>
        </>
      );
    case "open":
      return (
        <>
          influence {pool}
          <span class="note">{share} of what the epoch measured</span>
        </>
      );
    case "fallback":
      return (
        <>
          fallback row {role} {pool}
          <span class="note">nothing was measured; weight {weight}</span>
        </>
      );
    default:
      return (
        <>
          {reason.kind} {role} <span class="note">{weight}</span>
        </>
      );
  }
}

/** "30 % × 80 % × 1/7 =". */
const Product = ({ factors }: { factors: readonly Factor[] }) => (
  <span class="note product">
    {factors.map((factor) => ((factor.kind === "weight" || factor.kind === "pool") && factor.share.d <= 1_000n ? fractionText(factor.share) : percentText(factor.share))).join(" × ")}
    {" → "}
  </span>
);

function Payments({ of, group }: { of: Shown; group: WhyGroup }) {
  const [opened, setOpened] = useState(false);
  const { account, epoch, token, name } = of;
  const columns: Column<WhyPayment>[] = [
    { title: "When", cell: (row) => <Time at={row.time} /> },
    { title: "From", cell: (row) => <AccountLink account={row.payer} /> },
    {
      title: "Divided",
      class: "number",
      cell: (row) => (
        <span title={row.paid === row.settled ? undefined : `${grouped(row.paid)} smallest units were paid`}>
          <Money value={row.settled} token={name} />
        </span>
      ),
    },
    { title: "The account's part", class: "number", cell: (row) => <Precise of={fractionOf(row.exact.fraction)} name={name} /> },
    { title: "Route", class: "wide", cell: (row) => ROUTES[row.route] ?? row.route },
    { title: "Events", class: "number wide", cell: (row) => grouped(row.events) },
    { title: "Transaction", cell: (row) => <TransactionLink hash={row.transaction} /> },
  ];
  return (
    <details onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>The payments, one by one ({grouped(group.payments)})</summary>
      {opened ? (
        <LongTable
          label={`Payments of ${group.group}`}
          subject={`${account} ${epoch} ${token.token} ${group.group}`}
          columns={columns}
          keyOf={(row) => `${row.block} ${row.logIndex}`}
          load={async (after, signal) => {
            const page = await getWhyPayments(account, { epoch, token: token.token, group: group.group, after: after ?? undefined, limit: 200 }, signal);
            return { rows: page.payments, next: page.next };
          }}
          empty={<Empty title="No payments">The node tells none of this group.</Empty>}
        />
      ) : null}
    </details>
  );
}

function Usage({ token }: { token: WhyToken }) {
  return (
    <>
      <h4>What was measured</h4>
      <Table label="Usage that divided the pools" head={["Model", { title: "Events", class: "number" }, { title: "Counted", class: "number" }, { title: "Units", class: "number" }, "Methods"]}>
        {token.usage.map((usage) => (
          <tr key={usage.model}>
            <td>
              <ModelLink model={usage.model} />
            </td>
            <td class="number">{grouped(usage.events)}</td>
            <td class="number">{grouped(usage.counted)}</td>
            <td class="number">{grouped(usage.units)}</td>
            <td>
              {usage.methods.map((method) => (
                <div key={method.method}>
                  <Copyable text={method.method} what="method" short /> <span class="note">{counted(method.events, "event")}</span>
                </div>
              ))}
            </td>
          </tr>
        ))}
      </Table>
      <p class="note">Counted are the events of gateways that the model lists.</p>
    </>
  );
}
