/** The node in one look: where it is, what money it keeps, what is under way. */

import { useLive } from "../../app/live.ts";
import { useTitle } from "../../app/title.ts";
import type { Status } from "../../api/status.ts";
import { Empty, Pill, Section, Skeleton, Stat, Stats } from "../../parts/basics.tsx";
import { EpochLink, TransactionLink } from "../../parts/links.tsx";
import { Copyable, Money, Outside, Time, tokenName } from "../../parts/values.tsx";
import { counted, grouped, shortHex } from "../../text/format.ts";

const CHAINS: Record<number, string> = {
  1: "Ethereum",
  10: "OP Mainnet",
  137: "Polygon",
  8453: "Base",
  42161: "Arbitrum One",
  31337: "local chain",
  84532: "Base Sepolia",
  11155111: "Sepolia",
};

const EPOCH_STATES: Record<string, string> = {
  closed: "is closed; its payments are divided next",
  built: "is divided; its proposal comes next",
  signed: "is signed; its proposal is on the way",
  proposed: "is proposed; its window runs",
  vetoed: "was vetoed; settlement waits for a person",
};

const TRANSACTION_STATES: Record<string, string> = { planned: "planned", signed: "sent, not final yet", done: "done", reverted: "reverted" };

export default function Overview() {
  useTitle("Overview");
  const { status } = useLive();
  return (
    <>
      <div class="title-row">
        <h1 tabIndex={-1}>Overview</h1>
        {status === undefined ? null : <State status={status} />}
      </div>
      {status === undefined ? <Skeleton rows={1} /> : <Figures status={status} />}
      <Section title="Money">{status === undefined ? <Skeleton /> : <Tokens status={status} />}</Section>
      <Section title="Under way">{status === undefined ? <Skeleton rows={1} /> : <Work status={status} />}</Section>
    </>
  );
}

function State({ status }: { status: Status }) {
  if (status.halted !== null) return <Pill kind="bad">Halted</Pill>;
  if (status.trouble !== null) return <Pill kind="warn">In trouble</Pill>;
  return status.chain === null ? <Pill kind="warn">Starting</Pill> : <Pill kind="good">Running</Pill>;
}

function Figures({ status }: { status: Status }) {
  const { chain, booksBlock } = status;
  const behind = chain !== null && booksBlock !== null ? chain.final - booksBlock : 0;
  const seconds = chain?.backfill?.secondsLeft ?? null;
  const left = seconds === null ? "" : seconds < 90 ? `, about ${grouped(seconds)} s left` : `, about ${grouped(Math.round(seconds / 60))} min left`;
  // Payments in blocks that may still go: they are in no figure beside this one.
  const pending = chain === null || chain.pendingPayments === 0 ? "" : ` and ${grouped(chain.pendingPayments)} not final yet`;
  return (
    <Stats>
      <Stat name="Chain" note={CHAINS[status.chainId] ?? (chain === null ? "not read yet" : "by its id")}>
        {String(status.chainId)}
      </Stat>
      <Stat
        name="Books up to block"
        note={
          chain === null
            ? "the chain was not read yet"
            : behind > 0
              ? `${counted(behind, "final block")} to read${left}, newest ${grouped(chain.head)}`
              : `all final blocks; newest is ${grouped(chain.head)}`
        }
      >
        {booksBlock === null ? "–" : grouped(booksBlock)}
      </Stat>
      <Stat name="Active epoch" note={status.activeEpoch === 0 ? "none yet: nothing can be claimed" : "claims go against its root"}>
        {status.activeEpoch === 0 ? "–" : <EpochLink number={status.activeEpoch}>{grouped(status.activeEpoch)}</EpochLink>}
      </Stat>
      <Stat name="Models" note={`${counted(status.payments, "payment")}${pending}, ${counted(status.usageEvents, "usage event")}`}>
        {grouped(status.models)}
      </Stat>
    </Stats>
  );
}

function Tokens({ status }: { status: Status }) {
  if (status.tokens.length === 0)
    return <Empty title="No money has come in yet">Once somebody pays a model, each token shows here with what was received, what is owed and what was paid out.</Empty>;
  return (
    <ul class="cards">
      {status.tokens.map((row) => {
        const token = tokenName(row.token, status.tokens);
        const rest = (
          [
            [row.unswept, "not swept into the vault yet"],
            [row.undivided, "not divided yet"],
            [row.suspense, "waiting for a split table to be published"],
          ] as const
        ).filter(([amount]) => amount > 0n);
        return (
          <li class="card" key={row.token}>
            <div class="card-head">
              <h3>{token.known ? token.symbol : "Token without a name"}</h3>
              <Copyable text={row.token} what={token.known ? `address of ${token.symbol}` : "token's address"} short />
            </div>
            {token.known ? null : <p class="note">This node's settings do not name it: amounts are in its smallest unit.</p>}
            <dl class="triple">
              <Stat name="Received">
                <Money value={row.received} token={token} />
              </Stat>
              <Stat name="Owed">
                <Money value={row.owed} token={token} />
              </Stat>
              <Stat name="Paid">
                <Money value={row.paid} token={token} />
              </Stat>
            </dl>
            {rest.length === 0 ? null : (
              <ul class="rest">
                {rest.map(([amount, words]) => (
                  <li key={words}>
                    <Money value={amount} token={token} /> {words}
                  </li>
                ))}
              </ul>
            )}
            {row.balanced ? null : (
              <p class="notice bad" role="alert">
                The books of this token do not balance. Do not rely on its figures, and tell the operator.
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Work({ status }: { status: Status }) {
  const epoch = status.latestEpoch;
  const words = epoch === null ? undefined : EPOCH_STATES[epoch.state];
  if (words === undefined && status.transactions.length === 0)
    return <Empty title="Nothing is under way">Sweeps, proposals and activations show here from the plan to the final block.</Empty>;
  return (
    <ul class="lines">
      {epoch === null || words === undefined ? null : (
        <li>
          <Pill kind={epoch.state === "vetoed" ? "bad" : "info"}>{epoch.state}</Pill>
          <span class="line-text">
            <EpochLink number={epoch.number} /> {words}
            {epoch.state === "proposed" && epoch.readyAt > 0 ? (
              <>
                {" until "}
                <Time at={epoch.readyAt} />
              </>
            ) : null}
            .
          </span>
        </li>
      )}
      {status.transactions.map((item) => (
        <li key={item.purpose}>
          <Pill kind={item.state === "reverted" ? "bad" : item.waits !== null ? "warn" : "info"}>{TRANSACTION_STATES[item.state] ?? item.state}</Pill>
          <span class="line-text" title={item.purpose}>
            {sentence(item.purpose.replace(/0x[0-9a-fA-F]{40}\b/g, (address) => (tokenName(address, status.tokens).known ? tokenName(address, status.tokens).symbol : shortHex(address))))}
            {item.waits === null ? null : (
              <span class="note">
                Waits: <Outside text={item.waits} most={300} />
              </span>
            )}
          </span>
          {item.hash === null ? null : <TransactionLink hash={item.hash} />}
        </li>
      ))}
    </ul>
  );
}

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
