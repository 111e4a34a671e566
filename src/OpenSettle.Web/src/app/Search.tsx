/** The search field of every page. */

import { useRef, useState } from "preact/hooks";
import { recognise } from "../text/format.ts";
import { go } from "./navigation.ts";
import { to } from "./router.ts";

export function Search() {
  const [query, setQuery] = useState("");
  const [problem, setProblem] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const find = (): void => {
    const words = query.trim();
    if (words === "") {
      setProblem("Enter an address, a model's name or id, a transaction or an epoch.");
      field.current?.focus();
      return;
    }

    setQuery("");
    const found = recognise(words);
    go(found?.kind === "account" ? to.account(found.id) : to.search(words));
  };
  return (
    <form
      class="search"
      role="search"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        find();
      }}
    >
      <label for="query" class="unseen">
        Address, model, transaction or epoch
      </label>
      <input
        id="query"
        ref={field}
        type="text"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        placeholder="Address, model, transaction or epoch"
        aria-describedby="query-problem"
        aria-invalid={problem === "" ? undefined : true}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setProblem("");
        }}
      />
      <button type="submit">Look up</button>
      <p id="query-problem" class="field-problem" role="alert">
        {problem}
      </p>
    </form>
  );
}
