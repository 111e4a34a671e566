/** What the model is still good for, what to look out for, and what is not as it was. */

import type { Model } from "../../api/models.ts";
import type { Domain, Passport } from "../../api/passports.ts";
import type { Resource } from "../../app/resource.ts";
import { to } from "../../app/router.ts";
import { Empty, Pill, Section } from "../../parts/basics.tsx";
import { Level } from "../../parts/Figures.tsx";
import { Interval } from "../../parts/Interval.tsx";
import { Outside, Time, tokenName } from "../../parts/values.tsx";
import { counted, grouped } from "../../text/format.ts";
import { BASES, FLAGS, figureWords, intervalWords, millionthsOf, nameOfFigure, share } from "../../text/figures.ts";
import { Prose } from "./OwnWords.tsx";
import { type Change, changesOf } from "./changes.ts";
import { documentText } from "./document.ts";
import { ToAttestation } from "./jump.tsx";

/** A standing ranks from so many trials on: docs/metrics.md. */
const LEAST_TRIALS = 30n;
const MOST_SHOWN = 12;

export function GoodFor({ passport }: { passport: Passport }) {
  const ranked = [...passport.domains].sort((a, b) => Number(b.basis !== "unknown") - Number(a.basis !== "unknown") || millionthsOf(b.low) - millionthsOf(a.low));
  const [first, more] = [ranked.slice(0, MOST_SHOWN), ranked.slice(MOST_SHOWN)];
  return (
    <Section title="Still good for" id="good-for" note="By the lower end of a 95 % interval, the surest first: so 9 of 10 does not beat 940 of 1000.">
      {ranked.length === 0 ? (
        <Empty title="Nobody can say yet">
          No domain has trials that count. They come with judged uses that name a payment, and with results of evaluators that committed to their set before.
        </Empty>
      ) : (
        <ul class="domains">
          {first.map((domain) => (
            <DomainRow key={domain.word} passport={passport} domain={domain} />
          ))}
        </ul>
      )}
      {more.length === 0 ? null : (
        <details class="more">
          <summary>{counted(more.length, "more domain")}</summary>
          <ul class="domains">
            {more.map((domain) => (
              <DomainRow key={domain.word} passport={passport} domain={domain} />
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

function DomainRow({ passport, domain }: { passport: Passport; domain: Domain }) {
  const isKnown = domain.basis in BASES && domain.trials > 0n;
  const isEnough = domain.trials >= LEAST_TRIALS;
  const all = passport.figures.filter((figure) => figure.scope === domain.domain && figure.id.startsWith("domain."));
  const trust = passport.attestations.filter((one) => one.kind === "evaluation" && one.standing === "valid" && one.says?.["domain"] === domain.word && one.says["n"] !== "0");
  return (
    <li class="domain">
      <div class="domain-head">
        <h3>
          <a href={to.find(domain.domain)}>
            <Outside text={domain.domain} most={60} />
          </a>
        </h3>
        <Level level="attested" />
      </div>
      {!isKnown ? (
        <p class="domain-words">Nobody can say yet: no trial counts.</p>
      ) : (
        <>
          <p class="domain-words">
            {isEnough ? (
              <>
                Right in <strong>{share(domain.low)}</strong> to <strong>{share(domain.high)}</strong> of cases
              </>
            ) : (
              <strong>
                Insufficient data: {grouped(domain.trials)} of {grouped(LEAST_TRIALS)} needed
              </strong>
            )}
          </p>
          <Interval low={domain.low} high={domain.high} value={domain.trials === 0n ? null : Number((domain.successes * 1_000_000n) / domain.trials)} label={`95 % interval: ${share(domain.low)} to ${share(domain.high)}`} certain={isEnough} />
          <p class="note">
            {grouped(domain.successes)} of {grouped(domain.trials)} {BASES[domain.basis]}. {isEnough ? "" : `So far ${share(domain.low)} to ${share(domain.high)}. `}
          </p>
        </>
      )}
      <details class="rests">
        <summary>By each way of knowing</summary>
        <table class="plain">
          <tbody>
            {all.map((figure) => (
              <tr key={figure.id}>
                <th scope="row">{nameOfFigure(figure.id)}</th>
                <td>
                  {figureWords(figure, null)} {figure.state === "known" || figure.low !== null ? <span class="dim">{intervalWords(figure, null)}</span> : null}
                  {figure.note === null ? null : (
                    <span class="note">
                      <Outside text={figure.note} most={300} />
                    </span>
                  )}
                </td>
                <td class="number">n {grouped(figure.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {trust.length === 0 ? null : (
          <p>
            Evaluations: {trust.slice(0, 8).map((one) => <ToAttestation key={one.uid} uid={one.uid} />)} {trust.length > 8 ? `and ${trust.length - 8} more` : ""}
          </p>
        )}
      </details>
    </li>
  );
}

export function LookOut({ passport }: { passport: Passport }) {
  const limits = documentText(passport.metadata.document, "limitations");
  return (
    <Section title="Look out" id="look-out">
      {passport.flags.length === 0 ? <p class="note">Nothing in its figures asks for caution. That is no praise: it says what was looked for and not found.</p> : null}
      <ul class="flags">
        {passport.flags.map((flag) => {
          const token = /^0x[0-9a-fA-F]{40}$/.test(flag.scope) ? tokenName(flag.scope, passport.tokens) : null;
          return (
            <li key={`${flag.id} ${flag.scope}`} class="flag">
              <p class="flag-title">
                <span aria-hidden="true">!</span> {FLAGS[flag.id] ?? flag.id}
                {flag.scope === "" ? "" : ": "}
                {flag.scope === "" ? null : token === null ? <Outside text={flag.scope} most={60} /> : <span class="symbol">{token.symbol}</span>}
              </p>
              <p>
                <Outside text={flag.message} most={400} />
              </p>
            </li>
          );
        })}
      </ul>
      <div class="card limits">
        <div class="card-head">
          <h3>Known limitations</h3>
          <Level level="selfReported" />
        </div>
        {limits === null ? (
          <p class="note">{passport.metadata.document === null ? "This node has no document of its owner's that could name any." : "Its owner's document names none."}</p>
        ) : (
          <Prose text={limits} most={20} />
        )}
      </div>
    </Section>
  );
}

export function Changes({ passport, terms }: { passport: Passport; terms: Resource<Model> }) {
  const split = terms.value?.split;
  const changes = changesOf(passport, split === undefined ? null : { version: split.version, committed: split.committed !== null }, (token) => tokenName(token, passport.tokens).symbol);
  const [first, more] = [changes.slice(0, 10), changes.slice(10, 110)];
  return (
    <Section title="What changed" id="changes">
      {changes.length === 0 ? (
        <p class="note">Nothing that this node knows of: owner, split and status are as they were, and no attestation was revoked, ended or replaced.</p>
      ) : (
        <ChangeList of={first} />
      )}
      {more.length === 0 ? null : (
        <details class="more">
          <summary>{counted(more.length, "older change")}</summary>
          <ChangeList of={more} />
          {changes.length > 110 ? <p class="note">{counted(changes.length - 110, "more")} are among the attestations below.</p> : null}
        </details>
      )}
    </Section>
  );
}

const ChangeList = ({ of }: { of: readonly Change[] }) => (
  <ul class="lines">
    {of.map((change, i) => (
      <li key={i}>
        <Pill kind={change.kind}>{change.what}</Pill>
        <span class="line-text">
          <Outside text={change.says} most={300} />
          {change.at === null ? null : (
            <span class="note">
              <Time at={change.at} />
            </span>
          )}
        </span>
        {change.uid === null ? null : <ToAttestation uid={change.uid} />}
      </li>
    ))}
  </ul>
);
