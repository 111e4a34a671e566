/** What a long table is made of, without the table: the rows that are in sight, and the pages that come as they are wanted. */

import { ApiError, asApiError } from "../api/ask.ts";

export interface LongPage<T> {
  rows: readonly T[];
  /** What the next page is asked with; null: there is no more. */
  next: string | null;
}

/** `after` is what the page before said; null for the first. */
export type LoadPage<T> = (after: string | null, signal: AbortSignal) => Promise<LongPage<T>>;

export interface Sight {
  first: number;
  count: number;
}

/** Beyond the edges of what is seen. */
const SPARE = 12;
/** The window moves by so many rows at once, so that not every pixel draws anew. An even number: stripes stay where they are. */
const STEP = 6;
/** Rows that are there before the end is reached. */
export const AHEAD = 100;
/** Browsers cut off what is higher than some 17 million pixels. */
export const MOST_ROWS = 300_000;

/** The rows to draw. It holds for any place, also for one beyond the end, where a browser has overscrolled or rows have gone. */
export function sightOf(scrollTop: number, height: number, rowPx: number, rows: number): Sight {
  const most = Math.max(0, rows * rowPx - height);
  const top = Number.isFinite(scrollTop) ? Math.min(Math.max(0, scrollTop), most) : 0;
  const span = Math.ceil(Math.max(0, height) / rowPx) + 2 * SPARE + STEP;
  const first = Math.floor(Math.max(0, Math.floor(top / rowPx) - SPARE) / STEP) * STEP;
  return { first, count: Math.max(0, Math.min(span, rows - first)) };
}

/**
 * The rows that came so far, one list to which pages are added: nothing is copied as it grows. One page is asked for at a time, and an
 * error waits for `retry`.
 */
export class LongRows<T> {
  readonly rows: T[] = [];
  load: LoadPage<T>;
  begun = false;
  error: ApiError | undefined;
  readonly #changed: () => void;
  readonly #end = new AbortController();
  #next: string | null = null;
  #asking = false;
  #wanted = 1;

  constructor(load: LoadPage<T>, changed: () => void) {
    this.load = load;
    this.#changed = changed;
  }

  /** All rows are here. */
  get isWhole(): boolean {
    return this.begun && this.#next === null;
  }

  /** There are more, and a table cannot show them. */
  get isFull(): boolean {
    return !this.isWhole && this.rows.length >= MOST_ROWS;
  }

  /** Reads on until there are so many rows, or no more. */
  want(rows: number): void {
    this.#wanted = Math.max(this.#wanted, rows);
    this.#ask();
  }

  retry(): void {
    this.error = undefined;
    this.#changed();
    this.#ask();
  }

  /** What is under way is left, and nothing is told any more. */
  end(): void {
    this.#end.abort();
  }

  #ask(): void {
    const enough = this.begun && (this.#next === null || this.rows.length >= this.#wanted || this.isFull);
    if (this.#asking || this.error !== undefined || enough || this.#end.signal.aborted) return;
    this.#asking = true;
    const after = this.begun ? this.#next : null;
    void this.#page(after).then(() => {
      this.#asking = false;
      if (this.#end.signal.aborted) return;
      this.#changed();
      this.#ask();
    });
  }

  async #page(after: string | null): Promise<void> {
    try {
      const page = await this.load(after, this.#end.signal);
      if (this.#end.signal.aborted) return;
      // A page that leads to itself would be asked for without end.
      if (page.next !== null && page.next === after) throw new ApiError("The list does not go on", "The node named the same page twice. Reload the page; if it stays so, tell the node's operator.");
      for (const row of page.rows) this.rows.push(row);
      this.#next = page.next;
      this.begun = true;
    } catch (error) {
      if (!this.#end.signal.aborted) this.error = asApiError(error);
    }
  }
}
