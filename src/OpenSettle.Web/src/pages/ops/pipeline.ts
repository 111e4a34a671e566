/** An epoch's way as steps, each with what is known of it. */

import type { PipelineEpoch } from "../../api/ops.ts";

export type StepState = "done" | "now" | "later" | "waits" | "vetoed" | "reverted";

export interface Step {
  name: string;
  title: string;
  state: StepState;
  /** In seconds; null where nobody says. */
  at: number | null;
  hash: string | null;
  note: string | null;
}

const STEPS = [
  ["closed", "Closed"],
  ["built", "Built"],
  ["signed", "Signed"],
  ["proposed", "Proposed"],
  ["active", "Active"],
  ["attested", "Attested"],
  ["pushed", "Pushed"],
] as const;

const PROPOSED = 3;

/** What is done next, while it is not done. */
const DOING: Record<string, string> = {
  built: "usage comes in, then it is divided",
  signed: "the attestors sign",
  proposed: "the proposal is on its way",
  active: "the window runs",
  attested: "the attestation is on its way",
  pushed: "entries are being paid",
};

type Sent = PipelineEpoch["transactions"][number];

/** The newest transaction for a step: what is tried again has the same name with a number behind it. */
function sentFor(step: string, { epoch: { number, attempt }, transactions }: PipelineEpoch): Sent[] {
  const begins: Record<string, string> = {
    proposed: `propose epoch ${number}.${attempt}`,
    active: `activate epoch ${number}.${attempt}`,
    attested: `attest epoch ${number}`,
    pushed: `push epoch ${number} entries `,
  };
  const name = begins[step];
  if (name === undefined) return [];
  return transactions.filter(({ purpose }) => purpose === name || purpose.startsWith(name.endsWith(" ") ? name : `${name} again `));
}

export function stepsOf(row: PipelineEpoch): Step[] {
  const { state } = row.epoch;
  const vetoed = state === "vetoed";
  // Somebody else's proposal: nothing of it is this node's work.
  const foreign = state === "foreign";
  const reached = vetoed ? PROPOSED - 1 : STEPS.findIndex(([name]) => name === state);
  return STEPS.map(([name, title], i): Step => {
    const sent = sentFor(name, row);
    const last = sent.at(-1);
    const at = name === "closed" ? row.endedAt : name === "active" ? (row.activatedAt ?? null) : (last?.sent ?? null);
    const base = { name, title, at, hash: last?.hash ?? null };
    if (i <= reached) return { ...base, state: "done", note: name === "pushed" ? pushedNote(sent) : null };
    if (vetoed && i === PROPOSED) return { ...base, state: "vetoed", at: row.vetoed.at(-1)?.time ?? null, note: "a person has to say that it goes on" };
    if (foreign && i === PROPOSED) return { ...base, state: "waits", note: "this node did not make it: it waits for a veto" };
    if (vetoed || foreign || i > reached + 1) return { ...base, state: "later", at: null, hash: null, note: null };
    // An attempt that went wrong may be followed by one that has not: only the newest says how it is.
    if (last?.state === "reverted") return { ...base, state: "reverted", note: "the transaction reverted; it is tried again" };
    if (last?.waits != null) return { ...base, state: "waits", note: last.waits };
    return { ...base, state: "now", at: null, note: DOING[name] ?? null };
  });
}

function pushedNote(sent: readonly Sent[]): string {
  if (sent.length === 0) return "nobody was to be";
  return sent.length === 1 ? "by one transaction" : `by ${sent.length} transactions`;
}

/** When the window ends, while it runs. */
export const windowEnd = ({ epoch: { state, readyAt } }: PipelineEpoch): number | null => (state === "proposed" && readyAt !== null && readyAt > 0 ? readyAt : null);

export const STATE_WORDS: Record<StepState, string> = { done: "done", now: "under way", later: "to come", waits: "waits", vetoed: "vetoed", reverted: "reverted" };

/** What an operator has to type to let settlement go on after a veto; null where nothing was vetoed. */
export function toResume(pipeline: readonly PipelineEpoch[]): { epoch: number; attempt: number; typed: string } | null {
  const newest = pipeline[0]?.epoch;
  return newest?.state === "vetoed" ? { epoch: newest.number, attempt: newest.attempt, typed: `${newest.number}.${newest.attempt}` } : null;
}
