/** Two models side by side. */

import { useState } from "preact/hooks";
import { type ModelSummary, getModelsPage } from "../../api/models.ts";
import { type ComparedModel, type Figure, compareModels } from "../../api/passports.ts";
import { useLive } from "../../app/live.ts";
import { passportMark } from "../../parts/passportMark.ts";
import { type Place, go } from "../../app/navigation.ts";
import { useResource } from "../../app/resource.ts";
import { query, to } from "../../app/router.ts";
import { useTitle } from "../../app/title.ts";
import { Empty, Heading, Loaded, Notice, Pill, Section } from "../../parts/basics.tsx";
import { FigureValue, Level, LevelsExplained, Scope } from "../../parts/Figures.tsx";
import { Interval } from "../../parts/Interval.tsx";
import { ModelLink } from "../../parts/links.tsx";
import { CopyButton, Outside, Time, type TokenName, useTokenName } from "../../parts/values.tsx";
import { grouped, shortHex } from "../../text/format.ts";
import { FLAGS, STATUSES, drawn, nameOfFigure } from "../../text/figures.ts";
import { type Row, type Verdict, betterOf, groupsOf, wanted } from "./rows.ts";
import "../../styles/figures.css";
import "../../styles/compare.css";

const ID = /^0x[0-9a-fA-F]{64}$/;

export default function Compare({ place }: { place: Place }) {
  useTitle("Compare");
  const read = (name: string): string | null => {
    const value = place.query.get(name);
    return value !== null && ID.test(value) ? value.toLowerCase() : null;
  };
  const [a, b] = [read("a"), read("b")];
  const asked = place.query.get("block");
  const block = asked !== null && /^\d{1,15}$/.test(asked) ? asked : null;
  const bad = [place.query.get("a"), place.query.get("b")].some((value) => value !== null && value !== "" && !ID.test(value));
  const choose = (name: "a" | "b", id: string | null): void => go(`compare${query({ a: (name === "a" ? id : a) ?? undefined, b: (name === "b" ? id : b) ?? undefined, block: block ?? undefined })}`);
  return (
    <div class="compare-page">
      <Heading title="Compare two models">
        <p class="note">Figures of the same name and of the same thing, side by side. Where intervals overlap, a difference may be chance.</p>
      </Heading>
      {bad ? (
        <Notice kind="warn" title="The address names no model">
          <p>A model's id is 0x and 64 hexadecimal digits. Choose it here.</p>
        </Notice>
      ) : null}
      <details class="choosing" open={a === null || b === null || a === b}>
        <summary>Choose {a === null || b === null ? "them" : "others"}</summary>
        <div class="chosen">
          <Chooser title="One" which="a" id={a} choose={choose} />
          <Chooser title="The other" which="b" id={b} choose={choose} />
        </div>
      </details>
      {a === null || b === null ? (
        <Empty title="Choose two models">
          By number, id or name. Every passport has a link to compare, and <a href={to.find()}>find by domain</a> compares with the first.
        </Empty>
      ) : a === b ? (
        <Empty title="That is one model twice">Choose another on one side.</Empty>
      ) : (
        <Side a={a} b={b} block={block} />
      )}
    </div>
  );
}

function Chooser({ title, which, id, choose }: { title: string; which: "a" | "b"; id: string | null; choose: (which: "a" | "b", id: string | null) => void }) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const { status } = useLive();
  const models = useResource("models to compare", open ? String(status?.models ?? "") : "", async (signal) => (open ? (await getModelsPage("?limit=1000", signal)).value : []));
  const want = wanted(text);
  const all: readonly ModelSummary[] = models.value ?? [];
  const found = want === null ? all.slice(0, 8) : "id" in want ? all.filter((one) => one.id === want.id) : "number" in want ? all.filter((one) => String(one.number).startsWith(String(want.number))).slice(0, 8) : all.filter((one) => `${one.name ?? ""} ${one.uri} ${one.id}`.toLowerCase().includes(want.words)).slice(0, 8);
  const take = (chosen: string): void => {
    setText("");
    setOpen(false);
    choose(which, chosen);
  };
  return (
    <form
      class="card chooser"
      role="search"
      aria-label={`${title} to compare`}
      onSubmit={(event) => {
        event.preventDefault();
        if (want !== null && "id" in want) take(want.id);
        else if (want !== null && "number" in want) {
          const exact = all.find((one) => one.number === want.number);
          if (exact !== undefined) take(exact.id);
        } else if (found[0] !== undefined) take(found[0].id);
      }}
    >
      <h2>{id === null ? title : <ModelLink model={id} number={all.find((one) => one.id === id)?.number} />}</h2>
      <label for={`model-${which}`} class="unseen">
        {title}: number, id or name
      </label>
      <div class="field-row">
        <input
          id={`model-${which}`}
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          placeholder={id === null ? "Number, id or name" : "Another one"}
          value={text}
          onFocus={() => setOpen(true)}
          onInput={(event) => {
            setOpen(true);
            setText(event.currentTarget.value);
          }}
        />
        <button type="submit" class="second">
          Take
        </button>
      </div>
      {!open ? null : models.waiting || (models.value?.length === 0 && (status?.models ?? 1) > 0 && models.error === undefined) ? (
        <p class="note">Looking…</p>
      ) : found.length === 0 ? (
        <p class="note" role="status">
          {want !== null && "id" in want ? "It is none of the first 1,000: press Take." : "No model of the first 1,000 is called so. Its whole id always works."}
        </p>
      ) : (
        <ul class="choices">
          {found.map((one) => (
            <li key={one.id}>
              <button type="button" class="quiet" onClick={() => take(one.id)}>
                {grouped(one.number)}: <Outside text={one.name ?? (one.uri === "" ? shortHex(one.id) : one.uri)} most={36} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}

function Side({ a, b, block }: { a: string; b: string; block: string | null }) {
  const { status } = useLive();
  const nameOf = useTokenName();
  const [everything, setEverything] = useState(false);
  const comparison = useResource(`compare ${a} ${b} ${block ?? ""}`, block === null ? passportMark(status) : "", (signal) => compareModels(a, b, block, signal));
  return (
    <Loaded of={comparison} rows={4}>
      {(value) => {
        const groups = groupsOf(value, everything);
        const command = `opensettle compare ${a} ${b}${block === null ? "" : ` --block ${block}`}`;
        return (
          <>
            {value.differ.length === 0 ? null : (
              <Notice kind="warn" title="Before you hold them against each other">
                {value.differ.map((words) => (
                  <p key={words}>
                    <Outside text={words} most={300} />
                  </p>
                ))}
              </Notice>
            )}
            <div class="sides">
              <Model model={value.a} letter="A" />
              <Model model={value.b} letter="B" />
            </div>
            <p class="note as-of">
              {block === null ? (
                <a href={`compare${query({ a, b, block: value.a.asOf.block })}`}>Permanent link to this comparison</a>
              ) : (
                <>
                  This is the past: <a href={to.compare(a, b)}>compare them now</a>.
                </>
              )}
            </p>
            {groups.length === 0 ? <Empty title="Neither has a figure that is known">Figures come with payments, uses and evaluations.</Empty> : null}
            {groups.map((group) => (
              <Section key={group.title} title={group.title}>
                <div class="compare-rows" role="table" aria-label={group.title}>
                  <div class="compare-row compare-names" role="row">
                    <span role="columnheader">Figure</span>
                    <span role="columnheader">A: model {grouped(value.a.number)}</span>
                    <span role="columnheader">B: model {grouped(value.b.number)}</span>
                  </div>
                  {group.rows.map((row) => (
                    <RowOf key={`${row.id} ${row.scope}`} row={row} nameOf={nameOf} />
                  ))}
                </div>
              </Section>
            ))}
            <p class="actions">
              <button type="button" class="second" aria-pressed={everything} onClick={() => setEverything(!everything)}>
                {everything ? "Leave out what neither knows" : "Show also what neither knows"}
              </button>
            </p>
            <LevelsExplained />
            <div class="command">
              <code>{command}</code>
              <CopyButton text={command} what="command" />
            </div>
          </>
        );
      }}
    </Loaded>
  );
}

function Model({ model, letter }: { model: ComparedModel; letter: string }) {
  const state = STATUSES[model.status];
  return (
    <div class="card side">
      <h2>
        <span class="letter">{letter}</span> <ModelLink model={model.model} number={model.number} name={model.name} />
      </h2>
      <p class="pills">
        <Pill kind={state?.kind ?? "info"}>{state?.name ?? model.status.slice(0, 40)}</Pill>
        {model.flags.filter((flag) => flag !== model.status).map((flag) => (
          <Pill kind="warn" key={flag}>
            {FLAGS[flag] ?? flag.slice(0, 40)}
          </Pill>
        ))}
      </p>
      <p class="note">
        As of block {grouped(model.asOf.block)}, <Time at={model.asOf.time} />; rules of version {model.codeVersion.slice(0, 20)}.
      </p>
    </div>
  );
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  same: "The same",
  differs: "They differ; it may be chance",
  surely: "They surely differ",
  "one-sided": "Not comparable: only one is known",
  neither: "Not comparable: neither is known",
};

/** Differences of amounts and counts are no matter of chance: they have no interval. */
const wordsOf = (row: Row): string => (row.verdict === "differs" && (row.a?.low === null || row.b?.low === null) ? "They differ" : VERDICTS[row.verdict]);

function RowOf({ row, nameOf }: { row: Row; nameOf: (address: string) => TokenName }) {
  const better = betterOf(row);
  return (
    <div class={`compare-row verdict-${row.verdict}`} role="row">
      <div role="rowheader" class="compare-what">
        <span>{nameOfFigure(row.id)}</span>
        {row.scope === "" ? "" : ", "}
        <Scope figure={row} nameOf={nameOf} />
        <span class="note compare-verdict">
          {wordsOf(row)}
          {better === null ? "" : `: ${better.toUpperCase()} is better`}
        </span>
      </div>
      <Cell figure={row.a} nameOf={nameOf} letter="A" better={better === "a"} />
      <Cell figure={row.b} nameOf={nameOf} letter="B" better={better === "b"} />
    </div>
  );
}

function Cell({ figure, nameOf, letter, better }: { figure: Figure | null; nameOf: (address: string) => TokenName; letter: string; better: boolean }) {
  const isShare = figure !== null && figure.state === "known" && figure.low !== null && figure.high !== null && figure.id !== "domain.decay" && (drawn(figure.high) ?? 2) <= 1;
  return (
    <div role="cell" class={better ? "compare-cell better" : "compare-cell"}>
      <span class="letter" aria-hidden="true">
        {letter}
      </span>
      {figure === null ? (
        <span class="dim">It has no such figure</span>
      ) : (
        <>
          <span class="compare-value">
            <FigureValue figure={figure} nameOf={nameOf} />
          </span>
          {isShare ? <Interval low={figure.low ?? "0"} high={figure.high ?? "1"} value={Math.round((drawn(figure.value ?? "") ?? 0) * 1_000_000)} label="95 % interval, as in the figures" /> : null}
          <span class="compare-foot">
            <Level level={figure.level} /> <span class="note">n {grouped(figure.n)}</span>
          </span>
        </>
      )}
    </div>
  );
}
