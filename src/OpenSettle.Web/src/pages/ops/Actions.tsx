/** What an operator can say to the node. Each says what became of it. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { reload, resume, retryQuarantine } from "../../api/ops.ts";
import { asApiError } from "../../api/ask.ts";
import { refresh } from "../../app/live.ts";
import { announce } from "../../parts/announce.ts";
import { Notice } from "../../parts/basics.tsx";
import { counted } from "../../text/format.ts";
import { reloadWords } from "./words.ts";

type Outcome = { good: boolean; title: string; more: string } | null;

/** A button that is pressed once at a time; `run` gives what there is to say. */
function useAction(run: () => Promise<string>): { busy: boolean; outcome: Outcome; press: () => void } {
  const [state, setState] = useState<{ busy: boolean; outcome: Outcome }>({ busy: false, outcome: null });
  const press = (): void => {
    if (state.busy) return;
    setState({ busy: true, outcome: null });
    run().then(
      (title) => {
        setState({ busy: false, outcome: { good: true, title, more: "" } });
        announce(title);
        void refresh();
      },
      (error: unknown) => {
        const { message, remedy } = asApiError(error);
        setState({ busy: false, outcome: { good: false, title: message, more: remedy } });
      },
    );
  };
  return { ...state, press };
}

const Said = ({ outcome }: { outcome: Outcome }) =>
  outcome === null ? null : (
    <Notice kind={outcome.good ? "good" : "bad"} title={outcome.title} live={!outcome.good}>
      {outcome.more === "" ? null : <p>{outcome.more}</p>}
    </Notice>
  );

function Action({ label, run, children }: { label: string; run: () => Promise<string>; children?: ComponentChildren }) {
  const { busy, outcome, press } = useAction(run);
  return (
    <div class="action">
      <p class="actions">
        <button type="button" class="second" aria-disabled={busy} onClick={press}>
          {busy ? "One moment…" : label}
        </button>
        {children}
      </p>
      <Said outcome={outcome} />
    </div>
  );
}

export const ReloadAction = () => (
  <Action label="Read the settings again" run={async () => reloadWords(await reload())}>
    <span class="note">Where anything is wrong with them, nothing changes.</span>
  </Action>
);

export const RetryAction = () => (
  <Action
    label="Look now"
    run={async () => {
      const waiting = await retryQuarantine();
      return waiting === 0 ? "Nothing waits." : `The node looks now; ${counted(waiting, "event")} waited.`;
    }}
  >
    <span class="note">The node looks by itself within a minute.</span>
  </Action>
);

/** After a veto. What is typed is the epoch and the attempt, so that nobody lets another one go on than he means. */
export function ResumeForm({ epoch, attempt, typed }: { epoch: number; attempt: number; typed: string }) {
  const [words, setWords] = useState("");
  const [same, setSame] = useState(false);
  const [problem, setProblem] = useState("");
  const { busy, outcome, press } = useAction(async () => {
    await resume(epoch, attempt, same);
    return `Epoch ${epoch} goes on: it is divided anew, and proposed with the next attempt.`;
  });
  return (
    <form
      class="card resume"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (words.trim() === typed) press();
        else setProblem(`Type ${typed}: the epoch and the attempt that were vetoed.`);
      }}
    >
      <h2>Attempt {attempt} at epoch {epoch} was vetoed</h2>
      <p>
        Settlement waits for you. Find out why the guardian vetoed it; what was wrong has to be right first. Then the epoch is divided anew with what has come since. Should it come out with the root that was
        vetoed, it is held again, unless you say that this is meant.
      </p>
      <label for="resume">To go on, type {typed}</label>
      <div class="field-row">
        <input
          id="resume"
          type="text"
          inputMode="decimal"
          autocomplete="off"
          spellcheck={false}
          value={words}
          aria-invalid={problem === "" ? undefined : true}
          aria-describedby="resume-problem"
          onInput={(event) => {
            setWords(event.currentTarget.value);
            setProblem("");
          }}
        />
        <button type="submit" aria-disabled={busy}>
          {busy ? "One moment…" : "Go on"}
        </button>
      </div>
      <p id="resume-problem" class="field-problem" role="alert">
        {problem}
      </p>
      <label class="check">
        <input type="checkbox" checked={same} onChange={(event) => setSame(event.currentTarget.checked)} />
        <span>Propose it although it comes out with the same root</span>
      </label>
      <Said outcome={outcome} />
    </form>
  );
}
