/** Tables that the node gives page by page, as one file. A key goes along, which a plain link could not do. */

import { ApiError, ask, problemOf } from "./ask.ts";

const MOST_WAITS = 30;

/** All pages of it, the head once. `told` is given the rows so far. */
export async function collectCsv(path: string, told: (rows: number) => void, signal: AbortSignal, pause: (ms: number) => Promise<void> = wait): Promise<string[]> {
  const parts: string[] = [];
  const [route = path, own = ""] = path.split("?");
  let query = own === "" ? "" : `?${own}`;
  let rows = 0;
  for (let waits = 0; ; ) {
    const response = await ask(route + query, { headers: { accept: "text/csv" } }, signal);
    if (response.status === 429 && waits < MOST_WAITS) {
      // Who reads everything meets the node's rate: it says when there is room again.
      waits++;
      await pause(1_000 * Math.min(60, Math.max(1, Number(response.headers.get("retry-after")) || 1)));
      signal.throwIfAborted();
      continue;
    }

    if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response.status);
    const text = await response.text();
    const head = text.indexOf("\r\n") + 2;
    if (head < 2) throw new ApiError("The node's answer is not what this page understands", "A table was expected. Page and node may be of different versions: reload the page.");
    parts.push(parts.length === 0 ? text : text.slice(head));
    rows += linesOf(text) - 1;
    told(rows);
    const next = /^<(\?[^>]*)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1];
    if (next === undefined) return parts;
    if (next === query) throw new ApiError("The list does not go on", "The node named the same page twice. Tell the node's operator.");
    query = next;
  }
}

/** Ends of lines outside of quotes. */
function linesOf(text: string): number {
  let lines = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i);
    if (letter === 34) quoted = !quoted;
    else if (letter === 10 && !quoted) lines++;
  }

  return lines;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
