/** Where the node wants a key: it is kept for this tab, and sent to this node alone. */

import { useId, useState } from "preact/hooks";
import { setApiKey } from "../api/ask.ts";
import { restartLive } from "./live.ts";

export function KeyForm({ why, onKey }: { why: string; onKey?: () => void }) {
  const [key, setKey] = useState("");
  const id = useId();
  return (
    <form
      class="card key-form"
      aria-label="Key"
      onSubmit={(event) => {
        event.preventDefault();
        if (key.trim() === "") return;
        setApiKey(key.trim());
        setKey("");
        restartLive();
        onKey?.();
      }}
    >
      <h2>This needs a key</h2>
      <p>{why}</p>
      <label for={id}>Key</label>
      <div class="field-row">
        <input id={id} type="password" autocomplete="off" spellcheck={false} value={key} onInput={(event) => setKey(event.currentTarget.value)} />
        <button type="submit">Use it</button>
      </div>
      <p class="note">It stays in this tab until you close it, and goes to this node alone.</p>
    </form>
  );
}
