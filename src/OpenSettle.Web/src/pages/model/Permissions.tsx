/** What may be done with the model, by whose word, and a question for one account. */

import { useState } from "preact/hooks";
import { type ApiError, asApiError } from "../../api/ask.ts";
import { type Passport, type Permission, getPermission } from "../../api/passports.ts";
import { Empty, Notice, Pill, Section, Table } from "../../parts/basics.tsx";
import { Level } from "../../parts/Figures.tsx";
import { AccountLink } from "../../parts/links.tsx";
import { CopyButton, Outside, Time } from "../../parts/values.tsx";
import { wordText } from "../../text/figures.ts";
import { shown } from "../../text/outside.ts";
import { safeLink } from "./document.ts";
import { ToAttestation } from "./jump.tsx";

const ANSWERS: Readonly<Record<string, { kind: "good" | "bad" | "warn" | "info"; name: string; says: string }>> = {
  allowed: { kind: "good", name: "Allowed", says: "" },
  notAllowed: { kind: "bad", name: "Not allowed", says: "" },
  constrained: { kind: "warn", name: "Constrained", says: "It may be used under terms: read them." },
  unknown: { kind: "info", name: "Unknown", says: "Nobody has said. Unknown is not a yes: ask its owner." },
};

const ANYBODY = /^0x0{40}$/;
const NONE = /^0x0{64}$/;
const seconds = (value: bigint): number | null => (value > 0n && value < 100_000_000_000n ? Number(value) : null);

export function Permissions({ passport, block }: { passport: Passport; block: string | null }) {
  return (
    <Section title="May I use it?" id="permissions">
      {passport.permissions.length === 0 ? (
        <Empty title="Nothing was said of any use">The owner says it in the registry, or by an attestation. Until then every use is unknown, which is not a yes.</Empty>
      ) : (
        <Table label="Permissions" head={["Use", "Who", "Answer", "Until", "Terms", "Whose word"]}>
          {passport.permissions.map((one) => (
            <tr key={`${one.account} ${one.use} ${one.attestation ?? ""}`}>
              <td>
                <Outside text={wordText(one.use)} most={40} />
              </td>
              <td>{ANYBODY.test(one.account) ? "anybody" : <AccountLink account={one.account} />}</td>
              <td>
                <Pill kind={ANSWERS[one.permission]?.kind ?? "info"}>{ANSWERS[one.permission]?.name ?? one.permission.slice(0, 40)}</Pill>
              </td>
              <td>
                <Until at={one.expires} />
              </td>
              <td>
                <Terms hash={one.termsHash} uri={one.uri} />
              </td>
              <td>{one.attestation === null ? <Level level="onChain" /> : <ToAttestation uid={one.attestation} />}</td>
            </tr>
          ))}
        </Table>
      )}
      <Question passport={passport} block={block} />
    </Section>
  );
}

function Until({ at }: { at: bigint }) {
  if (at === 0n) return <span class="dim">no end</span>;
  const time = seconds(at);
  return time === null ? <span>second {at.toString()}</span> : <Time at={time} />;
}

function Terms({ hash, uri }: { hash: string | null; uri: string | null }) {
  const link = uri === null ? null : safeLink(uri);
  if ((hash === null || NONE.test(hash)) && (uri === null || uri === "")) return <span class="dim">none</span>;
  return (
    <>
      {uri === null || uri === "" ? null : link === null ? (
        <Outside text={uri} most={120} />
      ) : (
        <a href={link} rel="noopener noreferrer" target="_blank">
          <Outside text={uri} most={300} />
        </a>
      )}
      {hash === null || NONE.test(hash) ? null : <code class="hex note">{hash}</code>}
    </>
  );
}

function Question({ passport, block }: { passport: Passport; block: string | null }) {
  const [account, setAccount] = useState("");
  const [use, setUse] = useState("inference");
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<{ of: string; value: Permission } | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const badAccount = account.trim() !== "" && !/^0x[0-9a-fA-F]{40}$/.test(account.trim());
  const badUse = !/^(?:0x[0-9a-fA-F]{64}|[\x20-\x7e]{1,32})$/.test(use.trim());
  const ask = async (): Promise<void> => {
    if (busy || badAccount || badUse) return;
    setBusy(true);
    setProblem(null);
    setAnswer(null);
    try {
      setAnswer({ of: account.trim() === "" ? "anybody" : account.trim(), value: await getPermission(passport.model, use.trim(), account.trim(), block) });
    } catch (error) {
      setProblem(asApiError(error));
    } finally {
      setBusy(false);
    }
  };
  const known = answer === null ? undefined : (ANSWERS[answer.value.answer] ?? ANSWERS["unknown"]);
  const command = `opensettle permissions ${passport.model} --use ${badUse ? "USE" : /^[\w.-]+$/.test(use.trim()) ? use.trim() : `'${use.trim().replace(/'/g, "'\\''")}'`}${account.trim() === "" || badAccount ? "" : ` --account ${account.trim()}`}`;
  return (
    <form
      class="card question"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <h3>Ask for one use</h3>
      <div class="question-fields">
        <div>
          <label for="permission-use">Use</label>
          <input id="permission-use" type="text" list="uses" maxLength={66} autocomplete="off" value={use} aria-invalid={badUse || undefined} onInput={(event) => setUse(event.currentTarget.value)} />
          <datalist id="uses">
            {[...new Set(["inference", "training", "resale", ...passport.permissions.map((one) => wordText(one.use))])].slice(0, 30).map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </div>
        <div class="wide-field">
          <label for="permission-account">Account, if it is for one</label>
          <input id="permission-account" type="text" spellcheck={false} autocomplete="off" placeholder="0x… (anybody)" value={account} aria-invalid={badAccount || undefined} onInput={(event) => setAccount(event.currentTarget.value)} />
        </div>
        <button type="submit" aria-disabled={busy}>
          May I?
        </button>
      </div>
      <p class="field-problem" role="alert">
        {badAccount ? "An account has 0x and 40 hexadecimal digits." : badUse ? "A use is a word of 1 to 32 printable characters, like inference; or 0x and 64 digits." : ""}
      </p>
      <div aria-live="polite">
        {answer === null || known === undefined ? null : (
          <Notice kind={known.kind} title={known.name}>
            <p>
              {wordText(answer.value.use)} by <span class="hex">{answer.of}</span>. {known.says}{" "}
              {answer.value.source === "registry" ? "The registry's own word." : answer.value.source === "attestation" ? "By an attestation: " : ""}
              {answer.value.attestation === null ? null : <ToAttestation uid={answer.value.attestation} />}
            </p>
            {answer.value.expires === null || answer.value.expires === 0n ? null : (
              <p>
                Until <Until at={answer.value.expires} />.
              </p>
            )}
            {answer.value.termsHash === null && answer.value.uri === null ? null : (
              <p>
                Terms: <Terms hash={answer.value.termsHash} uri={answer.value.uri} />
              </p>
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
        <code>{shown(command)}</code>
        <CopyButton text={command} what="command" />
      </div>
    </form>
  );
}
