/** Tables of the node as files, asked for with the key where there is one. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type ApiError, asApiError } from "../api/ask.ts";
import { collectCsv } from "../api/csv.ts";
import { counted } from "../text/format.ts";
import { announce } from "./announce.ts";
import { saveFile } from "./saveFile.ts";

/** A table of the node as one file, all of its pages. */
export function CsvButton({ path, name, what }: { path: string; name: string; what: string }) {
  const [state, setState] = useState<{ rows: number } | ApiError | undefined>();
  const under = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => under.current?.abort(), []);
  const stop = (): void => {
    under.current?.abort();
    under.current = undefined;
    setState(undefined);
  };
  const start = (): void => {
    const mine = new AbortController();
    under.current = mine;
    setState({ rows: 0 });
    collectCsv(path, (rows) => under.current === mine && setState({ rows }), mine.signal).then(
      (parts) => {
        if (under.current !== mine) return;
        saveFile(new Blob(parts, { type: "text/csv;charset=utf-8" }), name);
        announce(`The file ${name} was saved.`);
        stop();
      },
      (error: unknown) => {
        if (under.current !== mine) return;
        under.current = undefined;
        setState(asApiError(error));
      },
    );
  };
  const isBusy = state !== undefined && "rows" in state;
  return (
    <span class="csv">
      <button type="button" class="quiet" onClick={isBusy ? stop : start} aria-label={isBusy ? `Stop reading ${what}` : `Download CSV of ${what}`}>
        {isBusy ? "Stop" : "Download CSV"}
      </button>
      {state === undefined ? null : isBusy ? (
        <span class="note"> Reading: {counted((state as { rows: number }).rows, "row")}</span>
      ) : (
        <span class="note field-problem" role="alert">
          {" "}
          {(state as ApiError).message}. {(state as ApiError).remedy}
        </span>
      )}
    </span>
  );
}
