/** The search field of every page: suggestions as one types, by the pattern of a combobox. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Hit, search } from "../api/search.ts";
import { Outside } from "../parts/values.tsx";
import { announce } from "../parts/announce.ts";
import { counted, shortHex } from "../text/format.ts";
import { moved, placeOf } from "./hits.ts";
import { go } from "./navigation.ts";
import { to } from "./router.ts";
import { Suggester } from "./suggest.ts";
import "../styles/search.css";

const LIST = "query-hits";

export function Search() {
  const [query, setQuery] = useState("");
  const [problem, setProblem] = useState("");
  const [hits, setHits] = useState<{ list: readonly Hit[]; more: boolean }>({ list: [], more: false });
  const [active, setActive] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const suggester = useRef<Suggester | undefined>(undefined);
  suggester.current ??= new Suggester(search, (list, more) => {
    setHits({ list, more });
    setActive(-1);
    if (list.length > 0) announce(`${counted(list.length, "suggestion")}. Use the arrow keys.`);
  });
  const close = (): void => {
    suggester.current?.end();
    setHits({ list: [], more: false });
    setActive(-1);
  };
  const leave = (place: string): void => {
    close();
    setQuery("");
    field.current?.blur();
    go(place);
  };
  const find = (): void => {
    const words = query.trim();
    const chosen = hits.list[active];
    if (chosen !== undefined) leave(placeOf(chosen));
    else if (words !== "") leave(to.search(words));
    else {
      setProblem("Enter an address, a model's name or id, a transaction or an epoch.");
      field.current?.focus();
    }
  };
  useSlash(field);
  useEffect(() => () => suggester.current?.end(), []);
  const open = hits.list.length > 0;
  return (
    <form
      class="search"
      role="search"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        find();
      }}
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) close();
      }}
    >
      <label for="query" class="unseen">
        Address, model, transaction or epoch
      </label>
      <div class="search-field">
        <input
          id="query"
          ref={field}
          type="text"
          role="combobox"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          placeholder="Address, model, transaction or epoch"
          aria-describedby="query-problem"
          aria-invalid={problem === "" ? undefined : true}
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={LIST}
          aria-activedescendant={active >= 0 ? `${LIST}-${active}` : undefined}
          aria-keyshortcuts="/"
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setProblem("");
            suggester.current?.typed(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape" && open) {
              event.preventDefault();
              close();
              return;
            }

            const next = moved(event.key, active, hits.list.length);
            if (next === null) return;
            event.preventDefault();
            setActive(next);
          }}
        />
        <kbd class="slash" aria-hidden="true">/</kbd>
        <ul id={LIST} class="hits" role="listbox" aria-label="Suggestions" hidden={!open}>
          {hits.list.map((hit, i) => (
            <li
              key={`${hit.kind} ${hit.id}`}
              id={`${LIST}-${i}`}
              role="option"
              aria-selected={i === active}
              class="hit"
              // Before the field loses its focus, which would close the list.
              onMouseDown={(event) => {
                event.preventDefault();
                leave(placeOf(hit));
              }}
              onMouseMove={() => setActive(i)}
            >
              <HitWords hit={hit} />
            </li>
          ))}
        </ul>
      </div>
      <button type="submit">Look up</button>
      <p id="query-problem" class="field-problem" role="alert">
        {problem}
      </p>
    </form>
  );
}

/** A name first where there is one; always what it is, since names are claimed. */
export function HitWords({ hit }: { hit: Hit }) {
  const name = hit.label !== null ? <Outside text={hit.label} most={60} /> : hit.kind === "epoch" ? `Epoch ${hit.id}` : hit.kind === "model" ? hit.what : <span class="hex">{shortHex(hit.id, 8)}</span>;
  return (
    <>
      <span class="hit-name">{name}</span>
      <span class="note">
        {hit.kind === "model" && hit.label === null ? null : hit.what}
        {hit.kind === "model" ? <> <span class="hex">{shortHex(hit.id, 6)}</span></> : null}
      </span>
    </>
  );
}

/** "/" goes to the field from anywhere but where one types. */
function useSlash(field: { current: HTMLInputElement | null }): void {
  useEffect(() => {
    const look = (event: KeyboardEvent): void => {
      if (event.key !== "/" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && (event.target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName))) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    addEventListener("keydown", look);
    return () => removeEventListener("keydown", look);
  }, []);
}
