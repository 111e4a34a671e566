/** Figures of passports: the value, how surely it is known, and what it rests on. */

import { type ComponentChildren, createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Figure } from "../api/passports.ts";
import { grouped } from "../text/format.ts";
import { LEVELS, drawn, figureWords, intervalWords, meaningOfFigure, nameOfFigure, safeCommand, valueWords } from "../text/figures.ts";
import { shown } from "../text/outside.ts";
import { Interval } from "./Interval.tsx";
import { type TokenName, CopyButton, Outside } from "./values.tsx";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** What a figure rests on, where the page shows that, too: attestations, records. */
export const RestsOn = createContext<(figure: Figure) => ComponentChildren>(() => null);

/** A figure's token where it is of one. */
export const tokenOf = (figure: { scope: string }, nameOf: (address: string) => TokenName): TokenName | null => (ADDRESS.test(figure.scope) ? nameOf(figure.scope) : null);

/** How surely it is known, by a word and not by colour alone. */
export function Level({ level }: { level: string }) {
  const known = LEVELS[level];
  return (
    <span class={`level level-${known === undefined ? "unknown" : level}`} title={known?.says ?? "Nobody says how surely this is known."}>
      {known?.name ?? "Unknown"}
    </span>
  );
}

/** What the badges mean, once on a page. */
export function LevelsExplained() {
  return (
    <ul class="levels">
      {Object.entries(LEVELS).map(([level, { says }]) => (
        <li key={level}>
          <Level level={level} /> {says}
        </li>
      ))}
    </ul>
  );
}

/** What a figure is of: a token's symbol, a domain, or nothing. */
export function Scope({ figure, nameOf }: { figure: { scope: string }; nameOf: (address: string) => TokenName }) {
  const token = tokenOf(figure, nameOf);
  if (figure.scope === "") return null;
  return token === null ? <Outside text={figure.scope} most={60} /> : <span class="symbol">{token.symbol}</span>;
}

export function FigureValue({ figure, nameOf }: { figure: Figure; nameOf: (address: string) => TokenName }) {
  const token = tokenOf(figure, nameOf);
  const interval = figure.state === "known" || figure.id === "domain.decay" ? intervalWords(figure, token) : null;
  return (
    <>
      <span class={figure.state === "known" ? "figure-value" : "figure-value missing"}>{figureWords(figure, token)}</span>
      {interval === null ? null : <span class="figure-interval">{interval}</span>}
    </>
  );
}

/** One figure with its name, its level, and behind a line what it rests on. */
/** @param under The heading that it stands below: its own is of the next level. */
export function FigureCard({ figure, nameOf, under = "h3" }: { figure: Figure; nameOf: (address: string) => TokenName; under?: "h2" | "h3" }) {
  const Name = under === "h2" ? "h3" : "h4";
  const isShare = figure.state === "known" && figure.low !== null && figure.high !== null && figure.id !== "domain.decay" && (drawn(figure.high) ?? 2) <= 1;
  return (
    <div class="figure-card">
      <div class="figure-head">
        <Name>{nameOfFigure(figure.id)}</Name>
        <Level level={figure.level} />
      </div>
      <p class="figure-line">
        <FigureValue figure={figure} nameOf={nameOf} />
      </p>
      {isShare ? <Interval low={figure.low ?? "0"} high={figure.high ?? "1"} value={Math.round((drawn(figure.value ?? "") ?? 0) * 1_000_000)} label={`95 % interval: ${intervalWords(figure, null) ?? ""}`} /> : null}
      <Rests figure={figure} nameOf={nameOf} />
    </div>
  );
}

/** n, blocks, note, and the command that computes it again. */
export function Rests({ figure, nameOf }: { figure: Figure; nameOf: (address: string) => TokenName }) {
  const restsOn = useContext(RestsOn);
  const command = safeCommand(figure.query);
  const token = tokenOf(figure, nameOf);
  const meaning = meaningOfFigure(figure.id);
  return (
    <details class="rests">
      <summary>
        n {grouped(figure.n)}
        {figure.firstBlock === 0 && figure.lastBlock === 0 ? "" : `, blocks ${grouped(figure.firstBlock)} to ${grouped(figure.lastBlock)}`}
      </summary>
      {meaning === null ? null : <p>{meaning}</p>}
      {figure.note === null ? null : (
        <p>
          <Outside text={figure.note} most={600} />
        </p>
      )}
      <p>
        Given from n {grouped(figure.leastN)} on. {LEVELS[figure.level]?.says}
      </p>
      {figure.value !== null && valueWords(figure.id, figure.value, token) !== figure.value ? (
        <p>
          Exactly <code>{figure.value.slice(0, 120)}</code>
        </p>
      ) : null}
      {restsOn(figure)}
      {command === null ? (
        <p>The node sends no command that computes it again, or another text in its place.</p>
      ) : (
        <div class="command">
          <code>{shown(command)}</code>
          <CopyButton text={command} what="command that computes it again" />
        </div>
      )}
    </details>
  );
}
