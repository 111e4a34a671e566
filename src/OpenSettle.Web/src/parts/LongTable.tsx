/**
 * A table of any length: rows come page by page as the reader nears the end, and only those in sight are in the document, so that
 * a hundred thousand scroll as ten do. Every row has the same height.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/ask.ts";
import { grouped } from "../text/format.ts";
import { Skeleton, Trouble } from "./basics.tsx";

export interface Column<T> {
  title: string;
  class?: string;
  cell: (row: T) => ComponentChildren;
}

export interface LongPage<T> {
  rows: readonly T[];
  /** What the next page is asked with; null: there is no more. */
  next: string | null;
}

export interface LongTableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  /** `after` is what the page before said; null for the first. */
  load: (after: string | null, signal: AbortSignal) => Promise<LongPage<T>>;
  keyOf: (row: T) => string;
  /** With another one it begins anew. */
  subject: string;
  empty: ComponentChildren;
}

const ROW_PX = 44;
/** Beyond the edges of what is seen. */
const SPARE = 12;
/** Rows that are there before the end is reached. */
const AHEAD = 100;

interface Rows<T> {
  subject: string;
  rows: T[];
  next: string | null;
  begun: boolean;
  error?: ApiError;
}

export function LongTable<T>({ label, columns, load, keyOf, subject, empty }: LongTableProps<T>) {
  const [state, setState] = useState<Rows<T>>({ subject, rows: [], next: null, begun: false });
  const [view, setView] = useState({ first: 0, count: 40 });
  const [again, setAgain] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const now = state.subject === subject ? state : { subject, rows: [], next: null, begun: false };
  const wanted = view.first + view.count + AHEAD;
  const isShort = !now.begun || (now.next !== null && now.rows.length < wanted);

  useEffect(() => {
    if (!isShort || now.error !== undefined) return;
    const abort = new AbortController();
    load(now.begun ? now.next : null, abort.signal).then(
      (page) => {
        if (abort.signal.aborted) return;
        setState({ subject, rows: [...now.rows, ...page.rows], next: page.next, begun: true });
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setState({ ...now, error: asApiError(error) });
      },
    );
    return () => abort.abort();
  }, [subject, now.rows.length, isShort, again]);

  const look = (): void => {
    const element = box.current;
    if (element === null) return;
    const first = Math.max(0, Math.floor(element.scrollTop / ROW_PX) - SPARE);
    const count = Math.ceil(element.clientHeight / ROW_PX) + 2 * SPARE;
    setView((before) => (before.first === first && before.count === count ? before : { first, count }));
  };
  useLayoutEffect(look, [now.rows.length]);

  if (!now.begun && now.error === undefined) return <Skeleton rows={3} />;
  const retry = (): void => {
    const { error: _, ...rest } = now;
    setState(rest);
    setAgain(again + 1);
  };
  if (now.error !== undefined && now.rows.length === 0) return <Trouble problem={now.error} again={retry} />;
  if (now.rows.length === 0) return <>{empty}</>;
  const { first, count } = view;
  const inSight = now.rows.slice(first, first + count);
  const after = Math.max(0, now.rows.length - first - inSight.length);
  return (
    <>
      <div class="scroll long" role="region" aria-label={label} tabIndex={0} ref={box} onScroll={look}>
        <table aria-rowcount={now.next === null ? now.rows.length + 1 : -1}>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map((column) => (
                <th scope="col" key={column.title} class={column.class}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {first > 0 ? <Gap rows={first} columns={columns.length} /> : null}
            {inSight.map((row, i) => (
              <tr key={keyOf(row)} aria-rowindex={first + i + 2}>
                {columns.map((column) => (
                  <td key={column.title} class={column.class}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
            {after > 0 ? <Gap rows={after} columns={columns.length} /> : null}
          </tbody>
        </table>
      </div>
      {now.error === undefined ? null : <Trouble problem={now.error} again={retry} />}
      <p class="note">{now.next === null ? `${grouped(now.rows.length)} in all.` : `${grouped(now.rows.length)} read; more come as you scroll.`}</p>
    </>
  );
}

/** Room for rows that are out of sight. The height is set by script, which the page's policy lets be. */
function Gap({ rows, columns }: { rows: number; columns: number }) {
  const cell = useRef<HTMLTableCellElement>(null);
  useLayoutEffect(() => {
    if (cell.current !== null) cell.current.style.height = `${rows * ROW_PX}px`;
  }, [rows]);
  return (
    <tr class="gap" aria-hidden="true">
      <td colSpan={columns} ref={cell} />
    </tr>
  );
}
