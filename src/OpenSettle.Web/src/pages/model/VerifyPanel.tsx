/** The check in the browser, and its verdict for the whole page. */

import { useRef, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../../api/ask.ts";
import { type Passport, type UseRecord, getDocumentBytes, getRecord, getRecordsPage } from "../../api/passports.ts";
import { getModel } from "../../api/models.ts";
import { useLive } from "../../app/live.ts";
import { type Kind, Notice, Pill } from "../../parts/basics.tsx";
import { CopyButton, Outside } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import type { Check, Outcome, Verdict } from "./checks.ts";

const OUTCOMES: Readonly<Record<Outcome, { kind: Kind; name: string }>> = {
  holds: { kind: "good", name: "Holds" },
  differs: { kind: "bad", name: "Differs" },
  unchecked: { kind: "warn", name: "Not checked" },
};

/** As many records as one page has are read; more pages follow until there are this many. */
const MOST_PAGES = 4;

async function allRecords(model: string): Promise<{ records: UseRecord[]; complete: boolean }> {
  const records: UseRecord[] = [];
  let next: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await getRecordsPage(model, next);
    records.push(...answer.value);
    next = answer.next;
    if (next === null) return { records, complete: true };
  }

  return { records, complete: false };
}

interface Result {
  /** Which passport was checked: another one is not, by this. */
  block: number;
  source: string;
  verdict: Verdict;
}

export function VerifyPanel({ passport }: { passport: Passport }) {
  const { status } = useLive();
  const [progress, setProgress] = useState<string | null>(null);
  const [result, setResult] = useState<Result | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const running = useRef(false);
  const command = `opensettle passport ${passport.model} --verify --block ${passport.asOf.block} --rpc https://… --deployment deployment.json`;

  const check = async (): Promise<void> => {
    if (running.current || status === undefined) return;
    running.current = true;
    setProblem(null);
    setProgress("Asking who can read the chain…");
    try {
      // It brings along what only the check needs.
      const { verifyPassport } = await import("./verify.ts");
      const { chainReader } = await import("./reader.ts");
      const reader = await chainReader(passport.chainId);
      const verdict = await verifyPassport({
        passport,
        contracts: status.contracts,
        rpc: reader.rpc,
        missing: reader.words,
        split: async () => (await getModel(passport.model, undefined, String(passport.asOf.block))).split.version,
        records: () => allRecords(passport.model),
        record: (epoch) => getRecord(passport.model, epoch),
        document: (hash) => getDocumentBytes(hash),
        progress: (done, all) => setProgress(`Checking: ${grouped(done)} of ${grouped(all)}…`),
      });
      setResult({ block: passport.asOf.block, source: reader.rpc === null ? "" : reader.words, verdict });
    } catch (error) {
      setProblem(asApiError(error));
    } finally {
      running.current = false;
      setProgress(null);
    }
  };

  const verdict = result?.verdict;
  const kind: Kind = verdict === undefined ? "info" : verdict.differs > 0 ? "bad" : verdict.holds === 0 ? "warn" : verdict.unchecked > 0 ? "info" : "good";
  return (
    <section class={`verify verify-${kind}`} aria-label="Check in this browser" id="verify">
      <div class="verify-head">
        <div>
          <h2>{verdict === undefined ? "Believe no node: check it here" : verdict.differs > 0 ? "Something differs: do not rely on this page" : verdict.holds === 0 ? "Nothing could be checked" : verdict.unchecked > 0 ? "What could be checked holds" : "All that is checked here holds"}</h2>
          <p class="verify-sum" role={verdict !== undefined && verdict.differs > 0 ? "alert" : "status"}>
            {progress ??
              (verdict === undefined
                ? "Your browser reads the chain and recomputes the records, the attestations and the figures that follow from them."
                : `${grouped(verdict.holds)} hold, ${grouped(verdict.differs)} differ, ${grouped(verdict.unchecked)} could not be checked.`)}
          </p>
          {result !== null && result.source !== "" ? <p class="note">{result.source}</p> : null}
          {result !== null && result.block !== passport.asOf.block ? <p class="note">That was block {grouped(result.block)}; the page shows block {grouped(passport.asOf.block)} now. Check again for it.</p> : null}
        </div>
        <button type="button" class={verdict === undefined ? undefined : "second"} aria-disabled={progress !== null || status === undefined} onClick={() => void check()}>
          {verdict === undefined ? "Check now" : "Check again"}
        </button>
      </div>
      {problem === null ? null : (
        <Notice kind="bad" title={problem.message} live>
          <p>{problem.remedy}</p>
        </Notice>
      )}
      {verdict === undefined ? null : <Checks key={`${verdict.differs}`} checks={verdict.checks} />}
      <details class="rests">
        <summary>What this does not check</summary>
        <p>
          It does not know which deployment is the right one: compare the vault's address below with one that you trust. A record or an attestation that the node leaves out is not missed here. It reads no bundles, no payments, no transfers and no signed usage: buyers, washing, retention, paid usage, decay and ranking are not computed again, nor is the page's own code checked. The
          command checks all of it.
        </p>
        <div class="command">
          <code>{command}</code>
          <CopyButton text={command} what="command that checks all" />
        </div>
      </details>
    </section>
  );
}

const MOST_SHOWN = 40;

/** What differs first, then what could not be checked; what holds is folded. */
function Checks({ checks }: { checks: Check[] }) {
  const [all, setAll] = useState(false);
  const order: readonly Outcome[] = ["differs", "unchecked", "holds"];
  return (
    <>
      {order.map((outcome) => {
        const own = checks.filter((check) => check.outcome === outcome);
        if (own.length === 0) return null;
        const shown = all ? own : own.slice(0, MOST_SHOWN);
        return (
          <details class="checks" key={outcome} open={outcome === "differs" || (outcome === "unchecked" && !checks.some((check) => check.outcome === "holds"))}>
            <summary>
              {grouped(own.length)} {outcome === "holds" ? "hold" : outcome === "differs" ? "differ" : "could not be checked"}
            </summary>
            <ul class="check-list">
              {shown.map((check, i) => (
                <li key={i}>
                  <Pill kind={OUTCOMES[check.outcome].kind}>{OUTCOMES[check.outcome].name}</Pill>
                  <span class="line-text">
                    <strong>
                      {check.group}: <Outside text={check.what} most={120} />
                    </strong>
                    <span class="note">
                      <Outside text={check.words} most={300} />
                    </span>
                  </span>
                </li>
              ))}
            </ul>
            {shown.length < own.length ? (
              <button type="button" class="quiet" onClick={() => setAll(true)}>
                Show all {grouped(own.length)}
              </button>
            ) : null}
          </details>
        );
      })}
    </>
  );
}
