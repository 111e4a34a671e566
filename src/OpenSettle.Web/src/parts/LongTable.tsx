/**
 * A table of any length: rows come page by page as the reader nears the end, and only those in sight are in the document, so that
 * a hundred thousand scroll as ten do. Every row has the same height, which is measured: fonts differ.
 */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { grouped } from "../text/format.ts";
import { Skeleton, Trouble } from "./basics.tsx";
import { AHEAD, type LoadPage, LongRows, sightOf } from "./longRows.ts";

export type { LongPage } from "./longRows.ts";

export interface Column<T> {
  title: string;
  class?: string;
  cell: (row: T) => ComponentChildren;
}

export interface LongTableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  load: LoadPage<T>;
  keyOf: (row: T) => string;
  /** With another one it begins anew. */
  subject: string;
  empty: ComponentChildren;
}

/** Before a row is there to be measured. */
const ROW_PX = 45;
const PAGING = new Set(["PageDown", "PageUp", "Home", "End"]);

export function LongTable<T>(props: LongTableProps<T>) {
  // Another subject is another table: nothing of the one before is left, not even how far it was scrolled.
  return <Rows key={props.subject} {...props} />;
}

function Rows<T>({ label, columns, load, keyOf, empty }: LongTableProps<T>) {
  const [, setTurn] = useState(0);
  const [view, setView] = useState({ top: 0, height: 700, rowPx: ROW_PX });
  const box = useRef<HTMLDivElement>(null);
  const isFocused = useRef(false);
  const widths = useRef<{ of: number; least: number[] }>({ of: 0, least: [] });
  const kept = useRef<LongRows<T> | undefined>(undefined);
  // Its rows change in place; each change is a turn.
  const rows = (kept.current ??= new LongRows<T>(load, () => setTurn((turn) => turn + 1)));
  rows.load = load;
  const { first, count } = sightOf(view.top, view.height, view.rowPx, rows.rows.length);

  useEffect(() => () => rows.end(), []);
  useEffect(() => rows.want(first + count + AHEAD), [first, count]);

  const look = (): void => {
    const element = box.current;
    if (element === null) return;
    isFocused.current = element.contains(document.activeElement);
    const row = element.querySelector("tbody tr:not(.gap)");
    const rowPx = row === null ? ROW_PX : Math.max(16, row.getBoundingClientRect().height);
    const { scrollTop: top, clientHeight: height } = element;
    setView((before) => {
      const same = before.height === height && Math.abs(before.rowPx - rowPx) < 0.01;
      const [was, is] = [sightOf(before.top, before.height, before.rowPx, rows.rows.length), sightOf(top, height, rowPx, rows.rows.length)];
      return same && was.first === is.first && was.count === is.count ? before : { top, height, rowPx };
    });
  };
  useLayoutEffect(look, [rows.rows.length]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const fit = new ResizeObserver(look);
    fit.observe(element);
    return () => fit.disconnect();
  }, [rows.rows.length > 0]);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    // A row that had the focus has gone out of sight: without this the next key would go to the page.
    if (isFocused.current && !element.contains(document.activeElement)) element.focus({ preventScroll: true });
    if (count < rows.rows.length) keepWidths(element, widths.current);
  }, [first, count, view.rowPx]);

  if (!rows.begun) return rows.error === undefined ? <Skeleton rows={3} /> : <Trouble problem={rows.error} again={() => rows.retry()} />;
  if (rows.rows.length === 0) return rows.error !== undefined ? <Trouble problem={rows.error} again={() => rows.retry()} /> : rows.isWhole ? <>{empty}</> : <Skeleton rows={3} />;
  const inSight = rows.rows.slice(first, first + count);
  const after = rows.rows.length - first - inSight.length;
  return (
    <>
      <div
        class="scroll long"
        role="region"
        aria-label={label}
        tabIndex={0}
        ref={box}
        onScroll={look}
        onKeyDown={(event) => {
          // From a link within a row, too, these scroll the table, and that row may go.
          if (PAGING.has(event.key) && event.target !== box.current) box.current?.focus({ preventScroll: true });
        }}
      >
        <table aria-rowcount={rows.isWhole ? rows.rows.length + 1 : -1}>
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
            {first > 0 ? <Gap key="before" px={first * view.rowPx} columns={columns.length} /> : null}
            {inSight.map((row, i) => (
              <tr key={keyOf(row)} aria-rowindex={first + i + 2}>
                {columns.map((column) => (
                  <td key={column.title} class={column.class}>
                    <div class="cell">{column.cell(row)}</div>
                  </td>
                ))}
              </tr>
            ))}
            {after > 0 ? <Gap key="after" px={after * view.rowPx} columns={columns.length} /> : null}
          </tbody>
        </table>
      </div>
      {rows.error === undefined ? null : <Trouble problem={rows.error} again={() => rows.retry()} />}
      <p class="note">
        {rows.isWhole
          ? `${grouped(rows.rows.length)} in all.`
          : rows.isFull
            ? `The newest ${grouped(rows.rows.length)}; there are more than this table can show.`
            : `${grouped(rows.rows.length)} read; more come as you scroll.`}
      </p>
    </>
  );
}

/** Columns keep the greatest width that they had, so that they do not jump as rows come and go. A new width of the box starts over. */
function keepWidths(box: HTMLElement, known: { of: number; least: number[] }): void {
  const heads = [...box.querySelectorAll<HTMLElement>("thead th")];
  if (known.of !== box.clientWidth) {
    known.of = box.clientWidth;
    known.least = [];
    for (const head of heads) head.style.minWidth = "";
  }

  known.least = heads.map((head, i) => Math.max(known.least[i] ?? 0, Math.ceil(head.getBoundingClientRect().width)));
  heads.forEach((head, i) => (head.style.minWidth = `${known.least[i] ?? 0}px`));
}

/** Room for rows that are out of sight. The height is set by script, which the page's policy lets be. */
function Gap({ px, columns }: { px: number; columns: number }) {
  const cell = useRef<HTMLTableCellElement>(null);
  useLayoutEffect(() => {
    if (cell.current !== null) cell.current.style.height = `${px}px`;
  }, [px]);
  return (
    <tr class="gap" aria-hidden="true">
      <td colSpan={columns} ref={cell} />
    </tr>
  );
}
