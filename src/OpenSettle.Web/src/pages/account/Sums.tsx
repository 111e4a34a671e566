/** By token: the states in which the account's money is. */

import { useEffect, useState } from "preact/hooks";
import type { Earnings, TokenEarnings } from "../../api/accounts.ts";
import { refresh } from "../../app/live.ts";
import type { Status } from "../../api/status.ts";
import { Stat } from "../../parts/basics.tsx";
import { useNow } from "../../parts/clock.ts";
import { EpochLink } from "../../parts/links.tsx";
import { Copyable, Money, Time, type TokenName, tokenName } from "../../parts/values.tsx";
import { counted, grouped } from "../../text/format.ts";
import { ProofButtons, ProofResult, type Result } from "./ProofCheck.tsx";
import { countdown, ordered, windowOf } from "./states.ts";

/** With more tokens than these the rest is one button away. */
const FIRST_TOKENS = 6;

export function Sums({ earnings, status }: { earnings: Earnings; status: Status | undefined }) {
  const [all, setAll] = useState(false);
  const tokens = ordered(earnings.tokens);
  const shown = all ? tokens : tokens.slice(0, FIRST_TOKENS);
  return (
    <>
      <ul class="cards">
        {shown.map((token) => (
          <TokenCard key={token.token} token={token} earnings={earnings} status={status} />
        ))}
      </ul>
      {shown.length === tokens.length ? null : (
        <p class="actions">
          <button type="button" class="second" onClick={() => setAll(true)}>
            Show {counted(tokens.length - shown.length, "more token")}
          </button>
          <span class="note">Those with something to claim or on the way come first.</span>
        </p>
      )}
    </>
  );
}

function TokenCard({ token, earnings, status }: { token: TokenEarnings; earnings: Earnings; status: Status | undefined }) {
  const name = tokenName(token.token, earnings.tokens);
  const [result, setResult] = useState<Result | undefined>();
  return (
    <li class="card">
      <div class="card-head">
        <h3>{name.known ? name.symbol : "Token without a name"}</h3>
        <Copyable text={token.token} what={name.known ? `address of ${name.symbol}` : "token's address"} short />
      </div>
      {name.known ? null : <p class="note">This node's settings do not name it: amounts are in its smallest unit.</p>}
      <div class="state-now">
        <dl>
          <Stat name="Claimable now" strong note={earnings.epoch === 0 ? "once an epoch is active" : `against the root of epoch ${grouped(earnings.epoch)}`}>
            <Money value={token.claimable} token={name} />
          </Stat>
        </dl>
        <ProofButtons token={token} name={name} earnings={earnings} status={status} setResult={setResult} />
      </div>
      <ProofResult result={result} token={token} name={name} />
      <dl class="state-rest">
        <Stat name="In the window" note={token.inWindow === null ? "no epoch is on its way with something for it" : <InWindow window={token.inWindow} name={name} />}>
          {token.inWindow === null ? <Nothing /> : <Money value={token.inWindow.amount} token={name} />}
        </Stat>
        <Stat name="Not divided yet" note={<Undivided earnings={earnings} some={token.coming?.final} count={earnings.undivided?.final} words="an estimate, of final payments that no epoch has yet" none="no final payment waits to be divided for it" />}>
          {token.coming === null ? <Nothing /> : <Estimate value={token.coming.final} name={name} />}
        </Stat>
        <Stat name="Not final yet" note={<Undivided earnings={earnings} some={token.coming?.notFinal} count={earnings.undivided?.notFinal} words="an estimate, of payments in blocks that may still go" none="no payment that may still go is for it" />}>
          {token.coming === null ? <Nothing /> : <Estimate value={token.coming.notFinal} name={name} />}
        </Stat>
        <Stat name="Waiting as a push" note={token.pushWaiting > 0n ? "the node pays it, or the account takes it itself" : "nothing waits to be sent to it"}>
          <Amount value={token.pushWaiting} name={name} />
        </Stat>
        <Stat
          name="Below the smallest leaf"
          note={
            token.smallestLeaf === null ? (
              "earned, and too little to be claimed yet"
            ) : (
              <>
                earned, and claimable from <Money value={token.smallestLeaf} token={name} /> on
              </>
            )
          }
        >
          <Amount value={token.belowLeaf} name={name} />
        </Stat>
        <Stat
          name="Paid"
          note={
            token.paid.total === 0n ? (
              "by claim or by push"
            ) : (
              <>
                by claim <Amount value={token.paid.byClaim} name={name} />, by push <Amount value={token.paid.byPush} name={name} />
              </>
            )
          }
        >
          <Amount value={token.paid.total} name={name} />
        </Stat>
      </dl>
      <p class="rest">
        All that active epochs gave it, ever: <Money value={token.earned} token={name} />
      </p>
    </li>
  );
}

const Nothing = () => <span class="dim">0</span>;

const Amount = ({ value, name }: { value: bigint; name: TokenName }) => (value === 0n ? <Nothing /> : <Money value={value} token={name} />);

const Estimate = ({ value, name }: { value: bigint; name: TokenName }) =>
  value === 0n ? (
    <Nothing />
  ) : (
    <>
      <span class="dim about">about</span> <Money value={value} token={name} />
    </>
  );

/** What is not divided yet is an estimate, and says so; of very many payments there is none. */
function Undivided({ earnings, some, count, words, none }: { earnings: Earnings; some: bigint | undefined; count: number | undefined; words: string; none: string }) {
  if (earnings.undivided?.estimated === false && count) return <>{counted(count, "payment")} of all models wait: too many to estimate its part</>;
  return <>{some ? words : none}</>;
}

function InWindow({ window, name }: { window: NonNullable<TokenEarnings["inWindow"]>; name: TokenName }) {
  const now = useNow();
  const { state, left, then } = windowOf(window, now);
  const isOver = left === 0;
  // The books say when it is active: they are asked when it can be.
  useEffect(() => {
    if (isOver) void refresh();
  }, [isOver]);
  return (
    <>
      <EpochLink number={window.epoch} /> is {state}
      {left === null || window.readyAt === null ? null : (
        <>
          {" "}
          {left > 0 ? (
            <>
              for <strong class="countdown">{countdown(left)}</strong>, until <Time at={window.readyAt} />
            </>
          ) : (
            <>
              since <Time at={window.readyAt} />
            </>
          )}
        </>
      )}
      . {then}{" "}
      {window.payable === 0n ? (
        "It stays below the smallest leaf."
      ) : (
        <>
          It makes <Money value={window.payable} token={name} /> payable
          {window.payable > window.amount ? ", with what waited below the leaf" : window.payable < window.amount ? "; the rest waits below the smallest leaf" : ""}.
        </>
      )}
    </>
  );
}
