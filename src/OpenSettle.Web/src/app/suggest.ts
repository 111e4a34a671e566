/** Suggestions as somebody types: asked for after a pause, and never an older answer after a newer question. */

import type { Found, Hit } from "../api/search.ts";

export const PAUSE_MS = 200;
/** Of fewer letters there is too much. */
const LEAST = 2;
export const MOST = 8;

export class Suggester {
  readonly #ask: (words: string, limit: number, signal: AbortSignal) => Promise<Found>;
  readonly #tell: (hits: Hit[], more: boolean) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #question: AbortController | undefined;

  constructor(ask: (words: string, limit: number, signal: AbortSignal) => Promise<Found>, tell: (hits: Hit[], more: boolean) => void) {
    this.#ask = ask;
    this.#tell = tell;
  }

  typed(text: string): void {
    this.end();
    const words = text.trim();
    if (words.length < LEAST && !/^\d$/.test(words)) {
      this.#tell([], false);
      return;
    }

    this.#timer = setTimeout(() => void this.#now(words), PAUSE_MS);
  }

  /** What was asked is of no use any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#question?.abort();
    this.#question = undefined;
  }

  async #now(words: string): Promise<void> {
    const question = new AbortController();
    this.#question = question;
    try {
      const { hits, more } = await this.#ask(words, MOST, question.signal);
      if (!question.signal.aborted) this.#tell(hits, more);
    } catch {
      // What is wrong with the node is said where it is asked for good: a suggestion is a favour.
      if (!question.signal.aborted) this.#tell([], false);
    }
  }
}
