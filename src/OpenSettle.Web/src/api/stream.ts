/** Server-sent events by fetch, because a key goes along, which EventSource cannot do. */

import { ask } from "./ask.ts";

export interface StreamEvent {
  id: string;
  event: string;
  data: string;
}

/** Lines to events, as the HTML standard says; what has no data is no event. */
export class EventParser {
  #rest = "";
  #event = "";
  #data: string[] = [];
  #id = "";

  push(chunk: string): StreamEvent[] {
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0) events.push({ id: this.#id, event: this.#event === "" ? "message" : this.#event, data: this.#data.join("\n") });
        this.#event = "";
        this.#data = [];
        continue;
      }

      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const [field, value] = colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
      if (field === "data") this.#data.push(value);
      else if (field === "event") this.#event = value;
      else if (field === "id" && !value.includes("\0")) this.#id = value;
    }

    return events;
  }
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** Reads the stream until it is told to stop, and comes back after a pause where it ends; `live` says whether it is open. */
export function follow(on: { event: (event: StreamEvent) => void; live: (open: boolean) => void }): () => void {
  const stop = new AbortController();
  void (async () => {
    let last = "";
    let pause = FIRST_PAUSE_MS;
    while (!stop.signal.aborted) {
      try {
        await read(last, stop.signal, (event) => {
          pause = FIRST_PAUSE_MS;
          if (event.id !== "") last = event.id;
          on.event(event);
        }, on.live);
      } catch {
        // A stream that breaks is opened again; what the node itself lacks shows where the page asks.
      }

      on.live(false);
      if (stop.signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
    }
  })();
  return () => stop.abort();
}

async function read(last: string, signal: AbortSignal, each: (event: StreamEvent) => void, live: (open: boolean) => void): Promise<void> {
  const response = await ask("stream", { headers: { accept: "text/event-stream", ...(last === "" ? {} : { "last-event-id": last }) } }, signal, true);
  if (!response.ok || response.body === null) return;
  live(true);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.push(value).forEach(each);
  }
}
