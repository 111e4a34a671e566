/** Pieces that every page uses. */

import type { ComponentChildren } from "preact";
import type { ApiError } from "../api/ask.ts";
import type { Resource } from "../app/resource.ts";
import { to } from "../app/router.ts";

export type Kind = "good" | "warn" | "bad" | "info";

/** The head of a page; a new page's heading gets the focus, so that it is read out. */
export function Heading({ title, children }: { title: ComponentChildren; children?: ComponentChildren }) {
  return (
    <header class="page-head">
      <h1 tabIndex={-1}>{title}</h1>
      {children}
    </header>
  );
}

export function Section({ title, id, note, children }: { title: string; id?: string; note?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section id={id} aria-label={title}>
      <h2>{title}</h2>
      {note === undefined ? null : <p class="note lead">{note}</p>}
      {children}
    </section>
  );
}

/** One figure with its name; the note says what it counts. */
export function Stat({ name, note, strong, children }: { name: string; note?: ComponentChildren; strong?: boolean; children: ComponentChildren }) {
  return (
    <div class={strong ? "stat strong" : "stat"}>
      <dt>{name}</dt>
      <dd>
        <span class="stat-figure">{children}</span>
        {note ? <span class="note">{note}</span> : null}
      </dd>
    </div>
  );
}

/** A row of figures: <Stat>s. */
export const Stats = ({ children }: { children: ComponentChildren }) => <dl class="stats">{children}</dl>;

export const Pill = ({ kind, children }: { kind: Kind; children: ComponentChildren }) => <span class={`pill ${kind}`}>{children}</span>;

/** Something to know. `live`: it came while the reader was here, and is read out. */
export function Notice({ kind, title, live, children }: { kind: Kind; title: ComponentChildren; live?: boolean; children?: ComponentChildren }) {
  return (
    <div class={`notice ${kind}`} role={live ? (kind === "bad" ? "alert" : "status") : undefined}>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}

/** What would be here, where nothing is, and how it comes about. */
export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      <p>{children}</p>
    </div>
  );
}

/** Grey shapes where content will be. */
export function Skeleton({ rows = 2 }: { rows?: number }) {
  return (
    <div class="skeleton">
      <span class="unseen">Loading…</span>
      {Array.from({ length: rows }, (_, i) => (
        <div class="bone" aria-hidden="true" key={i} />
      ))}
    </div>
  );
}

/** What failed, what to do, and a button to try again. */
export function Trouble({ problem, again }: { problem: ApiError; again: () => void }) {
  return (
    <Notice kind="bad" title={problem.message} live>
      <p>{problem.remedy}</p>
      <p class="actions">
        <button type="button" onClick={again}>
          Try again
        </button>
        <a href={to.overview()}>To the overview</a>
      </p>
    </Notice>
  );
}

/** A resource as it comes: shapes, then what it shows; an error beside an older value leaves the value. */
export function Loaded<T>({ of, rows, children }: { of: Resource<T>; rows?: number; children: (value: T) => ComponentChildren }) {
  if (of.value !== undefined) return <>{children(of.value)}</>;
  return of.error === undefined ? <Skeleton rows={rows ?? 2} /> : <Trouble problem={of.error} again={of.reload} />;
}

/** A table that scrolls within its own box, by keyboard too. */
export function Table({ label, head, children }: { label: string; head: readonly (string | { title: string; class: string })[]; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((column) => (typeof column === "string" ? <th scope="col" key={column}>{column}</th> : <th scope="col" class={column.class} key={column.title}>{column.title}</th>))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** Names and what they are: [name, value] pairs; what is null is left out. */
export function Pairs({ of }: { of: readonly (readonly [string, ComponentChildren] | null)[] }) {
  return (
    <dl class="pairs">
      {of.filter((pair) => pair !== null).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
