/** Epochs on their way, each as its steps, and what is under way or waits. */

import type { OpenTransaction, Operations, PipelineEpoch } from "../../api/ops.ts";
import { Empty, Pill, Section, Table } from "../../parts/basics.tsx";
import { EpochLink, TransactionLink } from "../../parts/links.tsx";
import { type TokenName, Money, Outside, Time, useTokenName } from "../../parts/values.tsx";
import { counted, ended, shortAmount, shortHex } from "../../text/format.ts";
import { STATE_WORDS, type Step, stepsOf, windowEnd } from "./pipeline.ts";
import { TRANSACTION_STATES, purposeWords } from "./words.ts";

const COIN_DECIMALS = 18;

/** Older ones have come to their end, or wait for the same as these. */
const OPEN_AT_FIRST = 3;

/** The same sign for the same state everywhere: told apart by its form, too. */
const MARKS: Record<Step["state"], string> = { done: "✓", now: "•", later: "", waits: "…", vetoed: "!", reverted: "!" };

export function Pipeline({ pipeline }: { pipeline: Operations["pipeline"] }) {
  if (pipeline.length === 0)
    return (
      <Section title="Epochs">
        <Empty title="No epoch was closed yet">Payments wait for one: it closes after epochSeconds, epochPayments or epochValue, and shows here with each of its steps.</Empty>
      </Section>
    );
  const [open, done] = [pipeline.slice(0, OPEN_AT_FIRST), pipeline.slice(OPEN_AT_FIRST)];
  return (
    <Section title="Epochs">
      <ul class="cards">
        {open.map((row) => <EpochCard row={row} key={row.epoch.number} />)}
      </ul>
      {done.length === 0 ? null : (
        <details class="more">
          <summary>{counted(done.length, "earlier epoch")}</summary>
          <ul class="cards">
            {done.map((row) => <EpochCard row={row} key={row.epoch.number} />)}
          </ul>
        </details>
      )}
    </Section>
  );
}

function EpochCard({ row }: { row: PipelineEpoch }) {
  const { epoch } = row;
  const end = windowEnd(row);
  return (
    <li class="card">
      <div class="card-head">
        <h3><EpochLink number={epoch.number} /></h3>
        <span class="note">
          {counted(epoch.payments, "payment")}, {counted(epoch.usageEvents, "use")}
          {epoch.cost === null || epoch.cost === 0n ? null : `, gas ${coins(epoch.cost)}`}
          {epoch.attempt > 0 ? `, attempt ${epoch.attempt}` : ""}
        </span>
      </div>
      <ol class="steps">
        {stepsOf(row).map((step) => (
          <li key={step.name} class={`step ${step.state}`} aria-current={step.state === "now" || step.state === "waits" ? "step" : undefined}>
            <span class="step-mark" aria-hidden="true">{MARKS[step.state]}</span>
            <span class="step-text">
              <span class="step-title">{step.title}</span>
              <span class={step.state === "done" ? "unseen" : "step-state"}>{STATE_WORDS[step.state]}</span>
              {step.name === "active" && end !== null ? <span class="note">window until <Time at={end} /></span> : step.note === null ? null : <span class="note"><Outside text={step.note} most={200} /></span>}
              {step.at === null ? null : <span class="note"><Time at={step.at} /></span>}
              {step.hash === null ? null : <TransactionLink hash={step.hash} />}
            </span>
          </li>
        ))}
      </ol>
      {row.vetoed.length === 0 ? null : (
        <ul class="rest">
          {row.vetoed.map((veto) => (
            <li key={veto.attempt}>
              Attempt {veto.attempt} was vetoed <Time at={veto.time} />, root <code class="hex short" title={veto.root}>{shortHex(veto.root, 6)}</code>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** Of the chain's coin, as gas is paid. */
export const coins = (wei: bigint): string => `${shortAmount(wei, COIN_DECIMALS)} of the coin`;

export function Transactions({ rows }: { rows: readonly OpenTransaction[] }) {
  const tokenOf = useTokenName();
  return (
    <Section title="Transactions under way">
      {rows.length === 0 ? (
        <Empty title="None is under way">Sweeps, proposals, activations, attestations, pushes and relayed claims show here, with every version that was signed, until a final block has them.</Empty>
      ) : (
        <ul class="lines">
          {rows.map((row) => (
            <li key={row.purpose}>
              <Pill kind={row.state === "reverted" ? "bad" : row.waits !== null ? "warn" : "info"}>{TRANSACTION_STATES[row.state] ?? row.state}</Pill>
              <span class="line-text">
                {purposeWords(row.purpose, (address) => symbolOf(tokenOf(address), address))}
                <span class="note">
                  {row.nonce === null ? "no nonce yet" : `nonce ${row.nonce}`}
                  {row.waits === null ? null : <>; waits: <Outside text={ended(row.waits)} most={300} /></>}
                </span>
              </span>
              {row.versions.length === 0 ? null : <Versions row={row} />}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

const symbolOf = (token: TokenName, address: string): string => (token.known ? token.symbol : shortHex(address));

const Versions = ({ row }: { row: OpenTransaction }) => (
  <ol class="versions">
    {row.versions.map((version) => (
      <li key={`${version.nonce} ${version.number}`}>
        <span class="note">
          version {version.number}
          {version.fills ? ", only uses the nonce up" : ""}
          {version.firstSent === null ? ", not sent yet" : <>, sent <Time at={version.firstSent} as="span" /></>}
          {version.lastSent !== null && version.firstSent !== null && version.lastSent > version.firstSent ? <>, again <Time at={version.lastSent} as="span" /></> : null}
        </span>{" "}
        <TransactionLink hash={version.hash} />
      </li>
    ))}
  </ol>
);

export function Sweeps({ rows }: { rows: Operations["sweeps"] }) {
  const tokenOf = useTokenName();
  if (rows.length === 0) return null;
  return (
    <Section title="Waits to be swept">
      <Table label="Sweeps that wait" head={["Amount", { title: "Pay addresses", class: "number" }, { title: "Gas of one", class: "number" }, "Why", "Next look"]}>
        {rows.map((row) => (
          <tr key={row.token}>
            <td><Money value={row.amount} token={tokenOf(row.token)} /></td>
            <td class="number">{row.models}</td>
            <td class="number">{row.cost === null ? <span class="dim">not asked</span> : coins(row.cost)}</td>
            <td class="uri"><Outside text={row.why} most={200} /></td>
            <td><Time at={row.nextLook} /></td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}
