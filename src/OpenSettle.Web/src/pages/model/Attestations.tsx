/** Evaluations and all else that was attested of the model: whose word, what became of it, and whether its attester gains. */

import { useEffect, useState } from "preact/hooks";
import type { Attestation, Passport } from "../../api/passports.ts";
import { setQuery } from "../../app/navigation.ts";
import { Empty, Pill, Section } from "../../parts/basics.tsx";
import { AccountLink } from "../../parts/links.tsx";
import { CopyButton, Outside, Time } from "../../parts/values.tsx";
import { grouped, shortHex } from "../../text/format.ts";
import { ToAttestation, jumpTo } from "./jump.tsx";
import { KIND_NAMES, STANDINGS, saysWords } from "./says.ts";

const PAGE = 12;
const NONE = /^0x0+$/;

export function Attestations({ passport, block }: { passport: Passport; block: string | null }) {
  const query = new URLSearchParams(location.search);
  const kind = query.get("kind") ?? "";
  const wanted = query.get("attestation");
  const [page, setPage] = useState(0);
  // Who follows a link to one of them is led there.
  useEffect(() => {
    if (wanted !== null) jumpTo(`attestation-${wanted}`);
  }, []);
  const shown = passport.attestations.filter((one) => kind === "" || one.kind === kind || one.uid === wanted);
  const at = wanted === null ? -1 : shown.findIndex((one) => one.uid === wanted);
  const first = (at >= 0 ? Math.floor(at / PAGE) : Math.min(page, Math.max(0, Math.ceil(shown.length / PAGE) - 1))) * PAGE;
  const kinds = [...new Set(passport.attestations.map((one) => one.kind))];
  const turn = (to: number): void => {
    setQuery({ attestation: null });
    setPage(to);
  };
  return (
    <Section title="Evaluations and attestations" id="attestations" note="What accounts signed about the model. Anybody may call itself an evaluator: whom to trust is your choice. Only those of evaluators that do not gain, and that committed to their set before, rank.">
      {passport.attestations.length === 0 ? (
        <Empty title="Nobody has attested anything yet">Owners attest provenance, lineage, contributions and permissions; evaluators their results; the resolver epochs and records.</Empty>
      ) : (
        <>
          {kinds.length < 2 ? null : (
            <p class="choice">
              <label for="attestation-kind">Kind</label>
              <select id="attestation-kind" value={kind} onChange={(event) => { setPage(0); setQuery({ kind: event.currentTarget.value, attestation: null }); }}>
                <option value="">All {grouped(passport.attestations.length)}</option>
                {kinds.map((one) => (
                  <option key={one} value={one}>
                    {KIND_NAMES[one] ?? one}
                  </option>
                ))}
              </select>
            </p>
          )}
          <ul class="attestations">
            {shown.slice(first, first + PAGE).map((one) => (
              <Row key={one.uid} one={one} isWanted={one.uid === wanted} />
            ))}
          </ul>
          {shown.length <= PAGE ? null : (
            <p class="pages">
              <button type="button" class="second" aria-disabled={first === 0} onClick={() => first > 0 && turn(first / PAGE - 1)}>
                Before
              </button>
              <span>
                {grouped(first + 1)} to {grouped(Math.min(shown.length, first + PAGE))} of {grouped(shown.length)}
              </span>
              <button type="button" class="second" aria-disabled={first + PAGE >= shown.length} onClick={() => first + PAGE < shown.length && turn(first / PAGE + 1)}>
                Next
              </button>
            </p>
          )}
          <div class="command">
            <code>opensettle attest list {passport.model} --verify --deployment deployment.json</code>
            <CopyButton text={`opensettle attest list ${passport.model} --verify --deployment deployment.json`} what="command" />
          </div>
          {block === null ? null : <p class="note">As of the block: what was revoked later stands here as it was.</p>}
        </>
      )}
    </Section>
  );
}

const when = (value: bigint) => (value > 0n && value < 100_000_000_000n ? <Time at={Number(value)} /> : <span>{value === 0n ? "never" : `second ${value.toString()}`}</span>);

function Row({ one, isWanted }: { one: Attestation; isWanted: boolean }) {
  const standing = STANDINGS[one.standing];
  const isGone = one.standing !== "valid";
  return (
    <li id={`attestation-${one.uid}`} class={`attestation${isGone ? " gone" : ""}${isWanted ? " wanted" : ""}`} tabIndex={-1}>
      <div class="attestation-head">
        <h3>{KIND_NAMES[one.kind] ?? one.kind.slice(0, 40)}</h3>
        <span class="pills">
          <Pill kind={standing?.kind ?? "warn"}>{standing?.name ?? one.standing.slice(0, 40)}</Pill>
          <Pill kind={one.onChain ? "info" : "warn"}>{one.onChain ? "On chain" : "Off chain"}</Pill>
          {one.benefits ? <Pill kind="warn">Its attester gains</Pill> : null}
        </span>
      </div>
      <p class="attestation-says">
        <Outside text={saysWords(one)} most={300} />
      </p>
      {one.why === null && (standing === undefined || standing.says === "") ? null : (
        <p class="note">
          {standing?.says} {one.why === null ? null : <Outside text={one.why} most={300} />}
        </p>
      )}
      <p class="attestation-foot note">
        <span>
          By <AccountLink account={one.attester} />
        </span>
        <span>{when(one.time)}</span>
        {one.revokedAt > 0n ? <span>revoked {when(one.revokedAt)}</span> : null}
        {one.expires > 0n ? <span>ends {when(one.expires)}</span> : null}
        {one.at === null ? null : <span>block {grouped(one.at.block)}</span>}
        {NONE.test(one.refUid) ? null : (
          <span>
            refers to <ToAttestation uid={one.refUid} />
          </span>
        )}
        <span class="copyable">
          <code class="hex short" title={one.uid}>
            {shortHex(one.uid, 6)}
          </code>
          <CopyButton text={one.uid} what="attestation's uid" />
        </span>
      </p>
      {one.benefits && one.kind === "evaluation" ? <p class="note">An evaluator that gains from the model: it ranks nothing.</p> : null}
    </li>
  );
}
