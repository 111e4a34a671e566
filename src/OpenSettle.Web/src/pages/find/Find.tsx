/** Models that stay reliable in a domain, the surest first. */

import { useState } from "preact/hooks";
import { getRecordsPage, findModels, type Found, type FoundModel } from "../../api/passports.ts";
import { getModelsPage } from "../../api/models.ts";
import { useLive } from "../../app/live.ts";
import { passportMark } from "../../parts/passportMark.ts";
import { type Place, go } from "../../app/navigation.ts";
import { useResource } from "../../app/resource.ts";
import { query, to } from "../../app/router.ts";
import { useTitle } from "../../app/title.ts";
import { type ApiError, asApiError } from "../../api/ask.ts";
import { Empty, Heading, Loaded, Pill, Section, Trouble } from "../../parts/basics.tsx";
import { Interval } from "../../parts/Interval.tsx";
import { Level } from "../../parts/Figures.tsx";
import { ModelLink } from "../../parts/links.tsx";
import { CopyButton, Outside, tokenName } from "../../parts/values.tsx";
import { counted, grouped } from "../../text/format.ts";
import { BASES, FLAGS, STATUSES, amountText, share } from "../../text/figures.ts";
import { shown } from "../../text/outside.ts";
import { type Question, BASIS_WORDS, STATUS_WORDS, commandOf, given, problemsOf, questionOf } from "./question.ts";
import "../../styles/figures.css";
import "../../styles/find.css";

export default function Find({ place }: { place: Place }) {
  const question = questionOf(place.query);
  useTitle(question.domain === "" ? "Find" : `Find ${question.domain.slice(0, 40)}`);
  const { status } = useLive();
  const problems = problemsOf(question, (status?.tokens.length ?? 0) > 1);
  const isGood = question.domain !== "" && Object.keys(problems).length === 0;
  return (
    <div class="find-page">
      <Heading title="Find a model">
        <p class="note">By what it is surely good for: the lower end of a 95 % interval, so that 9 of 10 does not beat 940 of 1000.</p>
      </Heading>
      <QuestionForm key={JSON.stringify(question)} question={question} />
      {isGood ? <Results key={JSON.stringify(question)} question={question} /> : question.domain === "" ? <Domains /> : null}
    </div>
  );
}

function QuestionForm({ question }: { question: Question }) {
  const { status } = useLive();
  const [draft, setDraft] = useState(question);
  const tokens = status?.tokens ?? [];
  const problems = problemsOf(draft, tokens.length > 1);
  const command = commandOf(questionOf(new URLSearchParams(given(draft))));
  const [tried, setTried] = useState(Object.keys(problemsOf(question, tokens.length > 1)).length > 0);
  const field = (name: keyof Question, label: string, hint: string, more: { inputMode?: "numeric" | "decimal"; max?: number } = {}) => (
    <div class={name === "domain" ? "find-field wide-field" : "find-field"}>
      <label for={`find-${name}`}>{label}</label>
      <input
        id={`find-${name}`}
        type="text"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxLength={more.max ?? 60}
        placeholder={hint}
        {...(more.inputMode === undefined ? {} : { inputMode: more.inputMode })}
        value={draft[name]}
        aria-invalid={tried && problems[name] !== undefined ? true : undefined}
        aria-describedby={`find-${name}-problem`}
        onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value.trimStart() })}
      />
      <p id={`find-${name}-problem`} class="field-problem">
        {tried ? problems[name] : ""}
      </p>
    </div>
  );
  const choice = (name: "status" | "basis" | "token", label: string, all: string, options: readonly (readonly [string, string])[]) => (
    <div class="find-field">
      <label for={`find-${name}`}>{label}</label>
      <select id={`find-${name}`} value={draft[name]} aria-describedby={`find-${name}-problem`} onChange={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })}>
        <option value="">{all}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <p id={`find-${name}-problem`} class="field-problem">
        {tried ? problems[name] : ""}
      </p>
    </div>
  );
  return (
    <form
      class="card find-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        const next = questionOf(new URLSearchParams(given(draft)));
        if (Object.keys(problemsOf(next, tokens.length > 1)).length === 0) go(`find${query(given(next))}`);
      }}
    >
      <div class="find-row">
        {field("domain", "Domain", "as gateways write it, like nda-review", { max: 200 })}
        <button type="submit">Find</button>
      </div>
      <details open={Object.keys(given(question)).some((name) => name !== "domain")}>
        <summary>Narrow it down</summary>
        <div class="find-fields">
          {field("minN", "Fewest trials", "30", { inputMode: "numeric" })}
          {field("lowerBound", "Least lower bound", "0.75", { inputMode: "decimal" })}
          {field("maxPrice", "Most for a use", "0.002", { inputMode: "decimal" })}
          {choice("token", "Price in", tokens.length > 1 ? "choose a token" : "its token", tokens.map((one) => [one.token, tokenName(one.token, tokens).symbol] as const))}
          {choice("basis", "Known by", "either way", BASIS_WORDS.map((word) => [word, (BASES[word] ?? word).replace(/^by /, "")] as const))}
          {choice("status", "Status", "any", STATUS_WORDS.map((word) => [word, STATUSES[word]?.name ?? word] as const))}
        </div>
      </details>
      {/* What would be copied has to be what is seen. */}
      {draft.domain === "" || shown(command) !== command ? null : (
        <div class="command">
          <code>{command}</code>
          <CopyButton text={command} what="command" />
        </div>
      )}
    </form>
  );
}

function Results({ question }: { question: Question }) {
  const { status } = useLive();
  const asked = given(question);
  const first = useResource(`find ${JSON.stringify(asked)}`, passportMark(status), (signal) => findModels(asked, signal));
  return (
    <Section title="Found" id="found">
      <Loaded of={first} rows={3}>
        {(found) => <Pages key={JSON.stringify([found.next, found.items.map((item) => item.model + item.low)])} asked={asked} first={found} />}
      </Loaded>
    </Section>
  );
}

function Pages({ asked, first }: { asked: Record<string, string>; first: Found }) {
  const [items, setItems] = useState(first.items);
  const [next, setNext] = useState(first.next);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const more = async (): Promise<void> => {
    if (next === null || busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const page = await findModels({ ...asked, after: next });
      // Standings may have moved between two pages: nobody stands there twice.
      const known = new Set(items.map((item) => item.model));
      setItems([...items, ...page.items.filter((item) => !known.has(item.model))]);
      setNext(page.next);
    } catch (error) {
      setProblem(asApiError(error));
    } finally {
      setBusy(false);
    }
  };
  if (items.length === 0) {
    return (
      <Empty title="No model stands up to that">
        {Object.keys(asked).length > 1 ? "Ask for less: fewer trials, a lower bound, another price or status." : "Nobody has judged uses or evaluations in this domain. Check how it is written: as gateways write it, letter by letter."}
      </Empty>
    );
  }

  return (
    <>
      <p class="note lead" role="status">
        {next === null ? `${counted(items.length, "model")}.` : `The first ${grouped(items.length)}.`}
        {first.asOf === null ? "" : ` As of block ${grouped(first.asOf.block)}.`}
      </p>
      <ol class="found">
        {items.map((item, i) => (
          <Row key={item.model} item={item} rank={i + 1} best={items[0]} />
        ))}
      </ol>
      {problem === null ? null : <Trouble problem={problem} again={() => void more()} />}
      {next === null ? null : (
        <p class="actions">
          <button type="button" class="second" aria-disabled={busy} onClick={() => void more()}>
            {busy ? "Fetching…" : "Show more"}
          </button>
        </p>
      )}
    </>
  );
}

function Row({ item, rank, best }: { item: FoundModel; rank: number; best: FoundModel | undefined }) {
  const { status } = useLive();
  const state = item.status === null ? undefined : STATUSES[item.status];
  const token = item.token === null ? null : tokenName(item.token, status?.tokens);
  const isEnough = item.trials >= 30n;
  return (
    <li class="card found-row">
      <div class="found-head">
        <h3>
          <span class="rank" aria-label={`Rank ${rank}`}>{rank}</span> <ModelLink model={item.model} number={item.number} name={item.name} />
        </h3>
        <span class="pills">
          {state === undefined || item.status === "active" ? null : <Pill kind={state.kind}>{state.name}</Pill>}
          {item.flags.filter((flag) => flag !== item.status).map((flag) => (
            <Pill kind="warn" key={flag}>
              {FLAGS[flag] ?? flag.slice(0, 40)}
            </Pill>
          ))}
        </span>
      </div>
      <div class="found-figures">
        <p class="domain-words">
          Right in <strong>{share(item.low)}</strong> to <strong>{share(item.high)}</strong> of cases {isEnough ? null : <span class="dim">(of few: {grouped(item.trials)} of 30)</span>}
        </p>
        <Level level="attested" />
      </div>
      <Interval low={item.low} high={item.high} value={item.trials === 0n ? null : Number((item.successes * 1_000_000n) / item.trials)} label={`95 % interval: ${share(item.low)} to ${share(item.high)}`} certain={isEnough} />
      <p class="note found-foot">
        <span>
          {grouped(item.successes)} of {grouped(item.trials)} {BASES[item.basis] ?? item.basis}
        </span>
        {item.price === null || token === null ? null : (
          <span>
            {amountText(item.price, token.decimals)} {token.symbol} a use
          </span>
        )}
        {best === undefined || best.model === item.model ? null : <a href={to.compare(best.model, item.model)}>Compare with the first</a>}
      </p>
    </li>
  );
}

/** Which domains there are: of the newest records of the models that this node lists first. */
const LOOKED_AT = 12;

function Domains() {
  const { status } = useLive();
  const domains = useResource("domains", String(status?.activeEpoch ?? ""), async (signal) => {
    const models = (await getModelsPage("?limit=60", signal)).value.slice(-LOOKED_AT);
    const names = new Map<string, number>();
    for (const model of models) {
      for (const record of (await getRecordsPage(model.id, "?limit=3", signal)).value) {
        for (const { domain, trials } of record.domains) names.set(domain, (names.get(domain) ?? 0) + trials);
      }
    }

    return [...names].sort((a, b) => b[1] - a[1]).slice(0, 40);
  });
  return (
    <Section title="Domains" id="domains" note={`Names are the gateways' and evaluators' own. These are in newest records of ${LOOKED_AT} models; there may be others.`}>
      <Loaded of={domains} rows={1}>
        {(names) =>
          names.length === 0 ? (
            <Empty title="No domain was seen in them">A domain is what gateways and evaluators call a kind of task, like nda-review. Enter one above: models with judged uses or evaluations in it are found.</Empty>
          ) : (
            <ul class="domain-links">
              {names.map(([domain, trials]) => (
                <li key={domain}>
                  <a href={to.find(domain)}>
                    <Outside text={domain} most={60} />
                  </a>{" "}
                  <span class="note">{counted(trials, "trial")}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}
