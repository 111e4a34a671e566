/**
 * A claim from the press to the end, as a machine without side effects: what happens comes as events, what is to be done goes out
 * as effects. The wallet is asked once at most for each step, and only for what somebody pressed for.
 */

import type { Trouble } from "../../../wallet/refusals.ts";
import type { Payment, Sent } from "../../../wallet/watch.ts";
import type { Job, Step } from "./steps.ts";

/** Where it is seen what becomes of a step. */
export type Trail = { kind: "transaction"; sent: Sent } | { kind: "batch"; id: string } | { kind: "relay"; ids: readonly string[] };

export interface Done {
  /** Null: it has no transaction of its own (a signature), or the wallet does not say which. */
  hash: string | null;
  block: bigint | null;
  payments: readonly Payment[];
  /** What is to be said besides: an outside text where the node said it. */
  note: string | null;
}

export type Progress =
  | { at: "waiting" }
  | { at: "asking" }
  | { at: "following"; trail: Trail; hash: string | null; lost: boolean; note: string | null }
  | { at: "done"; done: Done; final: boolean }
  | { at: "failed"; trouble: Trouble; hash: string | null };

export interface State {
  /** Counts presses: what is told of an earlier one is passed over. */
  run: number;
  phase: "idle" | "preparing" | "working" | "done" | "stopped";
  job: Job | null;
  steps: readonly Pick<Step, "kind" | "what">[];
  progress: readonly Progress[];
  trouble: Trouble | null;
  /** It was found again after the page was loaded anew. */
  resumed: boolean;
}

export type Event =
  | { type: "press"; job: Job; seen: string }
  | { type: "prepared"; run: number; steps: readonly Step[] }
  | { type: "refused"; run: number; trouble: Trouble }
  | { type: "signed"; run: number; at: number; signature: string }
  | { type: "sent"; run: number; at: number; trail: Trail }
  | { type: "failed"; run: number; at: number; trouble: Trouble; hash?: string | null }
  | { type: "seen"; run: number; at: number; hash?: string | null; lost?: boolean; note?: string | null }
  /** The wallet sped it up: the same call, by another transaction. */
  | { type: "replaced"; run: number; at: number; trail: Trail }
  | { type: "done"; run: number; at: number; done: Done }
  | { type: "final"; run: number; at: number }
  /** The block that it was in is gone: it waits again. */
  | { type: "unmined"; run: number; at: number; trail: Trail }
  | { type: "resume"; what: string; trail: Trail }
  | { type: "clear" };

export type Effect =
  | { type: "prepare"; run: number; job: Job; seen: string }
  | { type: "ask"; run: number; at: number; step: Step; signatures: readonly Signed[] }
  | { type: "follow"; run: number; at: number; trail: Trail }
  | { type: "settle"; run: number; at: number; done: Done; trail: Trail | null }
  | { type: "keep"; what: string; trail: Trail }
  | { type: "forget" }
  | { type: "reread" };

export interface Signed {
  step: Step;
  signature: string;
}

/** The state, and what only the machine itself needs of it. */
export interface Machine {
  state: State;
  steps: readonly Step[];
  signatures: readonly Signed[];
  trails: readonly (Trail | null)[];
}

export const START: Machine = { state: { run: 0, phase: "idle", job: null, steps: [], progress: [], trouble: null, resumed: false }, steps: [], signatures: [], trails: [] };

export const isBusy = ({ phase }: State): boolean => phase === "preparing" || phase === "working";

export function next(machine: Machine, event: Event): [Machine, Effect[]] {
  const { state } = machine;
  switch (event.type) {
    case "press": {
      if (isBusy(state)) return [machine, []];
      const run = state.run + 1;
      return [{ ...START, state: { ...START.state, run, phase: "preparing", job: event.job } }, [{ type: "prepare", run, job: event.job, seen: event.seen }]];
    }

    case "resume": {
      if (state.phase !== "idle") return [machine, []];
      const run = state.run + 1;
      const progress: Progress[] = [following(event.trail)];
      const kind = event.trail.kind === "relay" ? "hand" : event.trail.kind === "batch" ? "batch" : "send";
      return [{ state: { run, phase: "working", job: null, steps: [{ kind, what: event.what }], progress, trouble: null, resumed: true }, steps: [], signatures: [], trails: [event.trail] }, [{ type: "follow", run, at: 0, trail: event.trail }]];
    }

    case "clear":
      // What waits in the wallet cannot be taken back; it is only not looked at any more.
      return state.phase === "idle" ? [machine, []] : [{ ...START, state: { ...START.state, run: state.run + 1 } }, [{ type: "forget" }, { type: "reread" }]];

    case "prepared":
      if (event.run !== state.run || state.phase !== "preparing" || event.steps.length === 0) return [machine, []];
      return begin({ ...machine, steps: event.steps, trails: event.steps.map(() => null), state: { ...state, phase: "working", steps: event.steps, progress: event.steps.map(() => ({ at: "waiting" })) } }, 0);

    case "refused":
      if (event.run !== state.run || state.phase !== "preparing") return [machine, []];
      return [{ ...machine, state: { ...state, phase: "stopped", trouble: event.trouble } }, [{ type: "reread" }]];

    default:
      return event.run === state.run ? ofStep(machine, event) : [machine, []];
  }
}

type OfStep = Extract<Event, { at: number }>;

function ofStep(machine: Machine, event: OfStep): [Machine, Effect[]] {
  const { state } = machine;
  const now = state.progress[event.at];
  if (now === undefined) return [machine, []];
  const isActive = state.phase === "working" && (now.at === "asking" || now.at === "following");
  switch (event.type) {
    case "signed": {
      const step = machine.steps[event.at];
      if (now.at !== "asking" || step?.kind !== "sign" || state.phase !== "working") return [machine, []];
      const done: Progress = { at: "done", done: { hash: null, block: null, payments: [], note: null }, final: true };
      return begin(with_({ ...machine, signatures: [...machine.signatures, { step, signature: event.signature }] }, event.at, done), event.at + 1);
    }

    case "sent":
      if (now.at !== "asking" || machine.steps[event.at]?.kind === "sign" || state.phase !== "working") return [machine, []];
      return follow(machine, event.at, event.trail);

    case "replaced":
      return now.at === "following" && isActive ? follow(machine, event.at, event.trail) : [machine, []];

    case "seen":
      if (now.at !== "following" || !isActive) return [machine, []];
      return [with_(machine, event.at, { ...now, hash: event.hash ?? now.hash, lost: event.lost ?? now.lost, note: event.note === undefined ? now.note : event.note }), []];

    case "failed": {
      if (!isActive) return [machine, []];
      const hash = event.hash ?? (now.at === "following" ? now.hash : null);
      const stopped = with_(machine, event.at, { at: "failed", trouble: event.trouble, hash });
      return [{ ...stopped, state: { ...stopped.state, phase: "stopped", trouble: event.trouble } }, [{ type: "forget" }, { type: "reread" }]];
    }

    case "done": {
      if (now.at !== "following" || !isActive) return [machine, []];
      const [begun, effects] = begin(with_(machine, event.at, { at: "done", done: event.done, final: false }), event.at + 1);
      // It is remembered until it is final; a later step's takes its place.
      const settle: Effect = { type: "settle", run: state.run, at: event.at, done: event.done, trail: machine.trails[event.at] ?? null };
      return [begun, [{ type: "reread" }, settle, ...effects]];
    }

    case "final":
      if (now.at !== "done" || now.final) return [machine, []];
      return [with_(machine, event.at, { ...now, final: true }), state.phase === "done" ? [{ type: "forget" }] : []];

    case "unmined":
      // Only of what nothing follows: a later step was asked for in the belief that this one stands.
      if (now.at !== "done" || now.final || state.phase !== "done" || event.at !== state.progress.length - 1) return [machine, []];
      return follow({ ...machine, state: { ...state, phase: "working" } }, event.at, event.trail);
  }
}

/** Asks for a step, or ends where there is none. */
function begin(machine: Machine, at: number): [Machine, Effect[]] {
  const step = machine.steps[at];
  if (step === undefined) return [{ ...machine, state: { ...machine.state, phase: "done" } }, []];
  return [with_(machine, at, { at: "asking" }), [{ type: "ask", run: machine.state.run, at, step, signatures: machine.signatures }]];
}

function follow(machine: Machine, at: number, trail: Trail): [Machine, Effect[]] {
  const followed = with_({ ...machine, trails: machine.trails.map((one, i) => (i === at ? trail : one)) }, at, following(trail));
  return [followed, [{ type: "keep", what: machine.state.steps[at]?.what ?? "", trail }, { type: "follow", run: machine.state.run, at, trail }]];
}

const following = (trail: Trail): Progress => ({ at: "following", trail, hash: trail.kind === "transaction" ? trail.sent.hash : null, lost: false, note: null });

const with_ = (machine: Machine, at: number, progress: Progress): Machine => ({ ...machine, state: { ...machine.state, progress: machine.state.progress.map((one, i) => (i === at ? progress : one)) } });
