/** Which model this is, as of when; what it is, and how to take its passport along. */

import { useState } from "preact/hooks";
import { type ApiError, asApiError } from "../../api/ask.ts";
import { type Passport, getExport } from "../../api/passports.ts";
import { go } from "../../app/navigation.ts";
import { query, to } from "../../app/router.ts";
import { Notice, Pairs, Pill, Section } from "../../parts/basics.tsx";
import { Level } from "../../parts/Figures.tsx";
import { AccountLink } from "../../parts/links.tsx";
import { saveFile } from "../../parts/saveFile.ts";
import { Copyable, CopyButton, Outside, Time } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import { STATUSES } from "../../text/figures.ts";

export function Head({ passport, name, block }: { passport: Passport; name: string | null; block: string | null }) {
  const status = STATUSES[passport.status];
  const own = to.model(passport.model);
  return (
    <header class="page-head model-head">
      <div class="title-row tight">
        <h1 tabIndex={-1}>{name === null ? `Model ${grouped(passport.number)}` : <Outside text={name} most={80} />}</h1>
        <span class="pills">
          <Pill kind={status?.kind ?? "info"}>{status?.name ?? passport.status.slice(0, 40)}</Pill>
          {passport.frozen ? <Pill kind="info">Terms frozen</Pill> : null}
        </span>
      </div>
      {name === null ? null : (
        <p class="note">
          <Level level="selfReported" /> Its owner calls it so; names are not unique. It is model {grouped(passport.number)} of chain {passport.chainId}.
        </p>
      )}
      <Copyable text={passport.model} what="model's id" />
      <p class="as-of">
        As of block {grouped(passport.asOf.block)}, <Time at={passport.asOf.time} />; epochs up to {grouped(passport.lastEpoch)}.{" "}
        {block === null ? (
          <a href={own + query({ block: passport.asOf.block })}>Permanent link to this state</a>
        ) : (
          <>
            This is the past: <a href={own}>show the newest state</a>.
          </>
        )}
      </p>
    </header>
  );
}

/** What is paid, owned and hashed, and ways on from here. */
export function Identity({ passport, block }: { passport: Passport; block: string | null }) {
  return (
    <Section title="What it is" id="identity">
      <Pairs
        of={[
          ["Owner", <AccountLink account={passport.owner} whole />],
          ["Pay it at", <Copyable text={passport.payAddress} what="address that it is paid at" />],
          ["Digest of its weights", /^0x0+$/.test(passport.identityHash) ? <span class="dim">not named</span> : <Copyable text={passport.identityHash} what="digest of its weights" />],
        ]}
      />
      <div class="actions">
        <a href={to.compare(passport.model)}>Compare it with another</a>
        <BlockForm model={passport.model} block={block} />
      </div>
      <Exports passport={passport} block={block} />
    </Section>
  );
}

function BlockForm({ model, block }: { model: string; block: string | null }) {
  const [text, setText] = useState(block ?? "");
  const bad = text !== "" && !/^\d{1,15}$/.test(text.trim());
  return (
    <form
      class="field-row block-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!bad) go(to.model(model) + query({ block: text.trim() }));
      }}
    >
      <label for="as-of-block">As of block</label>
      <input id="as-of-block" type="text" inputMode="numeric" size={10} placeholder="newest" value={text} aria-invalid={bad || undefined} aria-describedby="as-of-problem" onInput={(event) => setText(event.currentTarget.value)} />
      <button type="submit" class="second">
        Show
      </button>
      <p id="as-of-problem" class="field-problem" role="alert">
        {bad ? "A block is a whole number." : ""}
      </p>
    </form>
  );
}

const FORMATS: readonly [string, string, string][] = [
  ["json", "JSON", "the whole passport, to be verified years later"],
  ["cyclonedx-1.6", "CycloneDX 1.6", "a bill of materials for machine learning"],
  ["cyclonedx-1.7", "CycloneDX 1.7", "the same, newer"],
  ["csv", "CSV", "figures and series, for a spreadsheet"],
  ["card", "Model card", "for Hugging Face"],
  ["eas", "Attestations", "with their signed content"],
];

function Exports({ passport, block }: { passport: Passport; block: string | null }) {
  const [busy, setBusy] = useState<string | null>(null);
  const [done, setDone] = useState<{ name: string; omitted: string[] } | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const take = async (format: string): Promise<void> => {
    if (busy !== null) return;
    setBusy(format);
    setProblem(null);
    setDone(null);
    try {
      const { file, name, omitted } = await getExport(passport.model, format, block);
      saveFile(file, name);
      setDone({ name, omitted });
    } catch (error) {
      setProblem(asApiError(error));
    } finally {
      setBusy(null);
    }
  };
  return (
    <details class="exports">
      <summary>Take it along</summary>
      <ul class="export-list">
        {FORMATS.map(([format, title, what]) => (
          <li key={format}>
            <button type="button" class="second" aria-disabled={busy !== null} onClick={() => void take(format)}>
              {busy === format ? "Fetching…" : title}
            </button>
            <span class="note">{what}</span>
          </li>
        ))}
      </ul>
      <div aria-live="polite">
        {done === null ? null : (
          <Notice kind="good" title={`${done.name} was saved`}>
            {done.omitted.length === 0 ? (
              <p>It leaves out nothing.</p>
            ) : (
              <>
                <p>This form cannot carry:</p>
                <ul class="bullets">
                  {done.omitted.map((one) => (
                    <li key={one}>
                      <Outside text={one} most={300} />
                    </li>
                  ))}
                </ul>
              </>
            )}
          </Notice>
        )}
        {problem === null ? null : (
          <Notice kind="bad" title={problem.message}>
            <p>{problem.remedy}</p>
          </Notice>
        )}
      </div>
      <div class="command">
        <code>opensettle passport {passport.model} --json</code>
        <CopyButton text={`opensettle passport ${passport.model} --json`} what="command" />
      </div>
    </details>
  );
}
