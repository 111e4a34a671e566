/** Something that is asked for: what came stays until something newer does. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/ask.ts";

export interface Resource<T> {
  value: T | undefined;
  error: ApiError | undefined;
  /** Nothing has come yet, neither a value nor an error. */
  waiting: boolean;
  reload: () => void;
}

/** Between two questions for the same thing, however often what it depends on changes. */
const LEAST_MS = 2_000;

/** Asks for one subject, one question at a time: news that come while it is under way are asked for after it. */
class Question<T> {
  readonly subject: string;
  readonly #ended = new AbortController();
  readonly #tell: (change: { value: T } | { error: ApiError }) => void;
  #asking = false;
  #again = false;
  #askedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  load: (signal: AbortSignal) => Promise<T>;

  constructor(subject: string, load: (signal: AbortSignal) => Promise<T>, tell: (change: { value: T } | { error: ApiError }) => void) {
    this.subject = subject;
    this.load = load;
    this.#tell = tell;
  }

  ask(atOnce: boolean): void {
    if (this.#asking) {
      this.#again = true;
      return;
    }

    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), atOnce ? 0 : Math.max(0, this.#askedAt + LEAST_MS - Date.now()));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#ended.abort();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.#askedAt = Date.now();
    try {
      const value = await this.load(this.#ended.signal);
      if (!this.#ended.signal.aborted) this.#tell({ value });
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#tell({ error: asApiError(error) });
    } finally {
      this.#asking = false;
    }

    if (this.#again && !this.#ended.signal.aborted) {
      this.#again = false;
      this.ask(false);
    }
  }
}

/**
 * @param subject What is asked for: with another one the old value goes.
 * @param mark What it depends on: with another one it is asked for again, and the old value stays until the new one is there.
 */
export function useResource<T>(subject: string, mark: string, load: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ subject: string; value?: T; error?: ApiError }>({ subject });
  const question = useRef<Question<T> | undefined>(undefined);
  if (question.current !== undefined) question.current.load = load;

  useEffect(() => {
    const mine = new Question<T>(subject, load, (change) =>
      setState((before) => ("error" in change && before.subject === subject && before.value !== undefined ? { subject, value: before.value, ...change } : { subject, ...change })),
    );
    question.current = mine;
    return () => mine.end();
  }, [subject]);
  useEffect(() => question.current?.ask(question.current.subject !== state.subject || state.value === undefined), [subject, mark]);

  const now = state.subject === subject ? state : { subject };
  return { value: now.value, error: now.error, waiting: now.value === undefined && now.error === undefined, reload: () => question.current?.ask(true) };
}
