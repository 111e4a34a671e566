/** Something that is asked for: what came stays until something newer does. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/ask.ts";
import { Question } from "./question.ts";

export interface Resource<T> {
  value: T | undefined;
  error: ApiError | undefined;
  /** Nothing has come yet, neither a value nor an error. */
  waiting: boolean;
  reload: () => void;
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
    const mine = new Question<T>(subject, load, (change) => {
      const next = "value" in change ? { subject, value: change.value } : { subject, error: asApiError(change.error) };
      // What was there stays beside what went wrong since.
      setState((before) => ("error" in next && before.subject === subject && before.value !== undefined ? { value: before.value, ...next } : next));
    });
    question.current = mine;
    return () => mine.end();
  }, [subject]);
  useEffect(() => question.current?.ask(question.current.subject !== state.subject || state.value === undefined), [subject, mark]);

  const now = state.subject === subject ? state : { subject };
  return { value: now.value, error: now.error, waiting: now.value === undefined && now.error === undefined, reload: () => question.current?.ask(true) };
}
