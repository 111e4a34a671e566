/** Milliseconds between two questions for the same thing, however often what it depends on changes. */
export const LEAST_MS = 2_000;

/** Asks for one subject, one question at a time: news that come while it is under way are asked for after it. */
export class Question<T> {
  readonly subject: string;
  readonly #ended = new AbortController();
  readonly #tell: (change: { value: T } | { error: unknown }) => void;
  #asking = false;
  #again = false;
  #askedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  load: (signal: AbortSignal) => Promise<T>;

  constructor(subject: string, load: (signal: AbortSignal) => Promise<T>, tell: (change: { value: T } | { error: unknown }) => void) {
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
      if (!this.#ended.signal.aborted) this.#tell({ error });
    } finally {
      this.#asking = false;
    }

    if (this.#again && !this.#ended.signal.aborted) {
      this.#again = false;
      this.ask(false);
    }
  }
}
