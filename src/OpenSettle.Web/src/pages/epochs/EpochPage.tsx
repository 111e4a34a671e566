/** One epoch: its way step by step, what it brought, its roots and bundle, this node's transactions for it, and its pushes. */

import "../../styles/epochs.css";
import { useEffect, useRef } from "preact/hooks";
import { type EpochDetails, type EpochSending, type Push, getEpochDetails, getPushes } from "../../api/epochs.ts";
import type { PageOf } from "../../app/App.tsx";
import { booksMark, useLive } from "../../app/live.ts";
import { useResource } from "../../app/resource.ts";
import { to } from "../../app/router.ts";
import { useTitle } from "../../app/title.ts";
import { announce } from "../../parts/announce.ts";
import { Empty, Heading, Loaded, Notice, Pairs, Pill, Section, Stat, Stats, Table } from "../../parts/basics.tsx";
import { useNow } from "../../parts/clock.ts";
import { AccountLink, EpochLink, TransactionLink } from "../../parts/links.tsx";
import { type Column, LongTable } from "../../parts/LongTable.tsx";
import { Copyable, Money, Outside, Time, type TokenName, tokenName, useTokenName } from "../../parts/values.tsx";
import { counted, grouped } from "../../text/format.ts";
import { countdown } from "../account/states.ts";
import { State } from "./Epochs.tsx";
import { coin } from "./coin.ts";
import { linkOf } from "./linkOf.ts";
import { STATES, purposeText, stepsOf } from "./steps.ts";

const ZERO_WORD = /^0x0{64}$/;

const EpochPage: PageOf = ({ place }) => {
  const number = place.route.page === "epoch" ? place.route.number : 0;
  useTitle(`Epoch ${number}`);
  const { status } = useLive();
  // Its transactions are told in the status while they are under way.
  const mark = `${booksMark(status)} ${status?.transactions.map((one) => `${one.purpose}${one.state}`).join()}`;
  const details = useResource(`epoch ${number}`, mark, (signal) => getEpochDetails(number, signal));
  const newest = status?.latestEpoch?.number ?? 0;
  const state = details.value?.epoch.state;
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== undefined && state !== undefined && state !== before.current) announce(`Epoch ${number} is ${STATES[state]?.words ?? state} now.`);
    before.current = state;
  }, [state]);
  return (
    <>
      <Heading
        title={
          <>
            Epoch {grouped(number)} {details.value === undefined ? null : <State state={details.value.epoch.state} />}
          </>
        }
      >
        <p class="beside">
          {number > 1 ? <EpochLink number={number - 1}>← Epoch {grouped(number - 1)}</EpochLink> : null}
          <a href={to.epochs()}>All epochs</a>
          {number < newest ? <EpochLink number={number + 1}>Epoch {grouped(number + 1)} →</EpochLink> : null}
        </p>
      </Heading>
      <Loaded of={details} rows={4}>
        {(value) => <Details details={value} />}
      </Loaded>
    </>
  );
};

export default EpochPage;

function Details({ details }: { details: EpochDetails }) {
  const { status } = useLive();
  const { epoch } = details;
  const fee = coin(status?.tokens);
  return (
    <>
      {details.revoked ? (
        <Notice kind="bad" title="Its root was revoked">
          <p>A later epoch took it back: nothing is claimed against it any more. What was paid stays paid, and claims go against the active root.</p>
        </Notice>
      ) : null}
      <Stats>
        <Stat name="Payments" note={`blocks ${grouped(epoch.firstBlock)} to ${grouped(epoch.lastBlock)}`}>
          {grouped(epoch.payments)}
        </Stat>
        <Stat name="Usage events" note="that it was divided by">
          {grouped(epoch.usageEvents)}
        </Stat>
        <Stat name="Models" note={details.models === 0 ? "none has a record yet" : "with a record in it"}>
          {grouped(details.models)}
        </Stat>
        <Stat name="Cost" note="of this node's final transactions">
          {epoch.cost === 0n ? "–" : <Money value={epoch.cost} token={fee} />}
        </Stat>
      </Stats>
      <Section title="Brought" note={isActive(epoch.state) ? "What its payments brought into the vault." : "What waits to be divided by it; decided once it is active."}>
        {epoch.revenue.length === 0 ? (
          <Empty title="Nothing">No payment arrived in the vault for it.</Empty>
        ) : (
          <ul class="lines">
            {epoch.revenue.map((one) => (
              <li key={one.token}>
                <span class="line-text">
                  <Money value={one.amount} token={tokenName(one.token, epoch.revenue)} />
                </span>
                <Copyable text={one.token} what="token's address" short />
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Section title="Steps">
        <Steps details={details} />
      </Section>
      <Section title="Roots and bundle" note="The bundle is all that the epoch follows from, in one file; its hash and the roots are in the vault.">
        <Bundle details={details} />
      </Section>
      <Section title="Transactions" note="This node's own, in order. Those of others are on chain.">
        <Sendings all={details.transactions} fee={fee} />
      </Section>
      <Pushes details={details} />
    </>
  );
}

const isActive = (state: string): boolean => state === "active" || state === "attested" || state === "pushed";

const STANDING = { done: "done", now: "next", later: "later", stopped: "stopped" };

function Steps({ details }: { details: EpochDetails }) {
  const now = useNow();
  const { readyAt, state } = details.epoch;
  return (
    <>
      <ol class="steps">
        {stepsOf(details, now).map((step) => (
          <li key={step.name} class={`step ${step.is}`}>
            <span class="step-name">
              {step.name} <span class="step-is">{step.name === "Proposed" && step.is === "now" && state === "proposed" ? "window runs" : STANDING[step.is]}</span>
            </span>
            <span class="step-words">
              {step.words}
              {step.at === null ? null : (
                <>
                  {" "}
                  <Time at={step.at} />
                </>
              )}
              {step.name === "Proposed" && readyAt !== null ? (
                <span class="note">
                  Window until <Time at={readyAt} />
                  {state === "proposed" && readyAt > now ? (
                    <>
                      : <strong>{countdown(readyAt - now)}</strong> left
                    </>
                  ) : null}
                </span>
              ) : null}
            </span>
          </li>
        ))}
      </ol>
      {details.vetoed.length === 0 ? null : (
        <Notice kind="warn" title={`${counted(details.vetoed.length, "attempt")} vetoed`}>
          <ul class="vetoes">
            {details.vetoed.map((veto) => (
              <li key={veto.attempt}>
                Attempt {grouped(veto.attempt + 1)}, vetoed <Time at={veto.at} />: root <Copyable text={veto.root} what={`root of attempt ${veto.attempt + 1}`} short />
              </li>
            ))}
          </ul>
          {isActive(state) ? <p>It was divided and proposed again, and that attempt stands.</p> : null}
        </Notice>
      )}
    </>
  );
}

function Bundle({ details }: { details: EpochDetails }) {
  const word = (text: string, what: string, none: string) => (ZERO_WORD.test(text) ? <span class="dim">{none}</span> : <Copyable text={text} what={what} />);
  const elsewhere = linkOf(details.bundleUri);
  return (
    <div class="card">
      <Pairs
        of={[
          ["Root of claims", word(details.root, "root of claims", "none yet")],
          ["Root of pushes", word(details.pushRoot, "root of pushes", "nothing is pushed")],
          ["Root of records", word(details.recordRoot, "root of records", "none yet")],
          [
            "Bundle",
            ZERO_WORD.test(details.bundleHash) ? (
              <span class="dim">not built yet</span>
            ) : (
              <>
                <Copyable text={details.bundleHash} what="bundle's hash" />
                <span class="note">
                  <a href={`bundles/${details.bundleHash}`} download={`${details.bundleHash}.bundle`}>
                    Download
                  </a>{" "}
                  or{" "}
                  <a href={`bundles/${details.bundleHash}.bundle.gz`} download>
                    compressed
                  </a>
                  . <code>opensettle verify --deployment deployment.json --epoch {details.epoch.number}</code> recomputes the epoch from the chain.
                </span>
              </>
            ),
          ],
          details.bundleUri === ""
            ? null
            : [
                "Published at",
                elsewhere === null ? (
                  <Outside text={details.bundleUri} most={200} />
                ) : (
                  <a href={elsewhere} rel="noopener noreferrer" target="_blank">
                    <Outside text={details.bundleUri} most={200} />
                  </a>
                ),
              ],
        ]}
      />
    </div>
  );
}

const SENDING: Record<string, { kind: "good" | "info" | "bad" | "warn"; words: string }> = {
  planned: { kind: "info", words: "planned" },
  signed: { kind: "info", words: "sent, not final" },
  done: { kind: "good", words: "final" },
  reverted: { kind: "bad", words: "reverted" },
  givenUp: { kind: "info", words: "not needed" },
};

function Sendings({ all, fee }: { all: readonly EpochSending[]; fee: TokenName }) {
  const nameOf = useTokenName();
  if (all.length === 0) return <Empty title="This node has sent nothing for it">Sweeps, the proposal, the activation and pushes show here from the plan to the final block.</Empty>;
  return (
    <Table label="This node's transactions for the epoch" head={["What for", "State", { title: "Gas", class: "number wide" }, { title: "Cost", class: "number wide" }, "Transaction"]}>
      {all.map((item) => {
        const state = SENDING[item.state];
        return (
          <tr key={item.purpose}>
            <td title={item.purpose}>
              {purposeText(item.purpose, (token) => nameOf(token).symbol)}
              {item.versions > 1 ? <span class="note"> signed {grouped(item.versions)} times, with higher fees</span> : null}
              {item.waits === null ? null : (
                <div class="note">
                  Waits: <Outside text={item.waits} most={300} />
                </div>
              )}
            </td>
            <td>
              <Pill kind={item.waits === null ? (state?.kind ?? "info") : "warn"}>{state?.words ?? item.state}</Pill>
            </td>
            <td class="number wide">{item.gas === null ? "–" : grouped(item.gas)}</td>
            <td class="number wide">{item.cost === null ? "–" : <Money value={item.cost} token={fee} />}</td>
            <td>{item.hash === null ? <span class="dim">none yet</span> : <TransactionLink hash={item.hash} />}</td>
          </tr>
        );
      })}
    </Table>
  );
}

const PUSHES: Record<string, { kind: "good" | "info" | "bad" | "warn"; words: string }> = {
  open: { kind: "info", words: "waits" },
  paid: { kind: "good", words: "paid" },
  refused: { kind: "warn", words: "refused" },
  taken: { kind: "good", words: "taken by the account" },
};

function Pushes({ details }: { details: EpochDetails }) {
  const nameOf = useTokenName();
  const { number, attempt } = details.epoch;
  const all = details.pushes.reduce((sum, [, count]) => sum + count, 0);
  const columns: Column<Push>[] = [
    { title: "Entry", class: "number", cell: (row) => grouped(row.entry) },
    { title: "Account", cell: (row) => <AccountLink account={row.account} /> },
    { title: "To", class: "wide", cell: (row) => (row.recipient.toLowerCase() === row.account.toLowerCase() ? "itself" : <AccountLink account={row.recipient} />) },
    { title: "Amount", class: "number", cell: (row) => <Money value={row.amount} token={nameOf(row.token)} /> },
    { title: "State", cell: (row) => <Pill kind={PUSHES[row.state]?.kind ?? "info"}>{PUSHES[row.state]?.words ?? row.state}</Pill> },
  ];
  return (
    <Section
      title="Pushes"
      note={all === 0 ? undefined : `Paid without a claim, above an amount that the node sets: ${details.pushes.map(([state, count]) => `${grouped(count)} ${PUSHES[state]?.words ?? state}`).join(", ")}. What a recipient refuses stays reserved, and its account can take it.`}
    >
      {all === 0 ? (
        <Empty title="Nothing is pushed">Large amounts can be paid without a claim, where the node's settings say so. In this epoch there are none.</Empty>
      ) : (
        <LongTable
          label={`Pushes of epoch ${number}`}
          subject={`pushes ${number} ${attempt} ${details.pushes.join(" ")}`}
          columns={columns}
          keyOf={(row) => String(row.entry)}
          load={async (next, signal) => {
            const page = await getPushes(number, next, signal);
            return { rows: page.value, next: page.next };
          }}
          empty={<Empty title="Nothing is pushed">The node tells no entries.</Empty>}
        />
      )}
    </Section>
  );
}
