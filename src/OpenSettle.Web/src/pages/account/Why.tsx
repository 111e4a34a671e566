/** Why an account earned what it did in an epoch: it is asked for when somebody wants to know, as the node goes through the epoch's bundle for it. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Earnings, type Why, getWhy } from "../../api/accounts.ts";
import { setQuery } from "../../app/navigation.ts";
import { useResource } from "../../app/resource.ts";
import { Empty, Loaded, Pairs } from "../../parts/basics.tsx";
import { EpochLink } from "../../parts/links.tsx";
import { Copyable, tokenName } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import { WhyCard } from "./WhyTree.tsx";
import { whyOf } from "./whyLink.ts";

/** More epochs than these are typed, not chosen. */
const MOST_CHOICES = 200;

export function WhySection({ earnings, query }: { earnings: Earnings; query: URLSearchParams }) {
  const epochs = [...new Set(earnings.series.map((one) => one.epoch))].reverse();
  const asked = whyOf(query);
  const [chosen, setChosen] = useState(String(asked ?? epochs[0] ?? earnings.epoch));
  const head = useRef<HTMLHeadingElement>(null);
  const mark = `${asked} ${query.get("whyToken")}`;
  useEffect(() => {
    if (asked === null) return;
    setChosen(String(asked));
    // Whoever asked for it, by a link above or from elsewhere, is led to it.
    lead(head.current);
    head.current?.focus({ preventScroll: true });
  }, [mark]);
  if (epochs.length === 0) return null;
  return (
    <section id="why" aria-label="Why this amount">
      <h2 tabIndex={-1} ref={head} class="quiet-focus">
        Why this amount
      </h2>
      <p class="note lead">From what an epoch gave down to models, the way through the lineage, payments and usage. Every part is an exact fraction; one line says what rounding did.</p>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          if (/^[1-9]\d{0,14}$/.test(chosen)) setQuery({ why: chosen });
        }}
      >
        <label>
          <span>Epoch</span>
          {epochs.length > MOST_CHOICES ? (
            <input type="number" min="1" step="1" inputMode="numeric" required value={chosen} onInput={(event) => setChosen(event.currentTarget.value)} />
          ) : (
            <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
              {(asked === null || epochs.includes(asked) ? epochs : [asked, ...epochs]).map((epoch) => (
                <option key={epoch} value={String(epoch)}>
                  Epoch {grouped(epoch)}
                </option>
              ))}
            </select>
          )}
        </label>
        <button type="submit">Explain</button>
        {asked === null ? null : (
          <button type="button" class="second" onClick={() => setQuery({ why: null, whyToken: null })}>
            Close
          </button>
        )}
      </form>
      {asked === null ? null : <Explained earnings={earnings} epoch={asked} query={query} shown={() => lead(head.current)} />}
    </section>
  );
}

const lead = (head: HTMLElement | null): void => head?.scrollIntoView({ block: "start" });

function Explained({ earnings, epoch, query, shown }: { earnings: Earnings; epoch: number; query: URLSearchParams; shown: () => void }) {
  const { account } = earnings;
  const why = useResource(`why ${account} ${epoch}`, "", (signal) => getWhy(account, epoch, signal));
  const isThere = why.value !== undefined;
  // What stands above it may have come meanwhile, and moved it away; whoever has scrolled since is left where they are.
  useEffect(() => {
    if (!isThere) return;
    const stop = new AbortController();
    const again = setTimeout(shown, 400);
    for (const event of ["wheel", "touchmove", "keydown"]) addEventListener(event, () => clearTimeout(again), { signal: stop.signal, passive: true });
    shown();
    return () => {
      clearTimeout(again);
      stop.abort();
    };
  }, [isThere, epoch]);
  return <Loaded of={why} rows={3}>{(value) => <Tokens why={value} earnings={earnings} query={query} />}</Loaded>;
}

function Tokens({ why, earnings, query }: { why: Why; earnings: Earnings; query: URLSearchParams }) {
  const asked = query.get("whyToken");
  const token = why.tokens.find((one) => one.token === asked) ?? why.tokens[0];
  if (token === undefined)
    return <Empty title={`Epoch ${grouped(why.epoch)} gave this account nothing`}>Choose one of the epochs above: they are those that did.</Empty>;
  return (
    <>
      {why.tokens.length === 1 ? null : (
        <div class="filters">
          <label>
            <span>Token</span>
            <select value={token.token} onChange={(event) => setQuery({ whyToken: event.currentTarget.value })}>
              {why.tokens.map((one) => (
                <option key={one.token} value={one.token}>
                  {tokenName(one.token, why.tokens).symbol}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      <WhyCard account={why.account} epoch={why.epoch} token={token} name={tokenName(token.token, why.tokens)} earned={earnings.series.find((one) => one.epoch === why.epoch && one.token === token.token)?.earned} key={`${why.epoch} ${token.token}`} />
      <div class="recompute">
        <h3>Recompute it yourself</h3>
        <p class="note">All of this follows from the epoch's bundle, one file, whose hash the vault has. The command fetches it, holds its hash against the vault, and works everything out again: it trusts this node in nothing.</p>
        <Pairs
          of={[
            ["Epoch", <EpochLink number={why.epoch} />],
            ["Root", <Copyable text={why.root} what="root" />],
            [
              "Bundle",
              <>
                <a class="hex" href={`bundles/${why.bundle}`} download>
                  {why.bundle}
                </a>
              </>,
            ],
            ["Command", <Copyable text={`opensettle why ${why.account} --epoch ${why.epoch} --verify --api ${new URL("./", document.baseURI).href} --deployment deployment.json --rpc URL`} what="command" />],
          ]}
        />
      </div>
    </>
  );
}
