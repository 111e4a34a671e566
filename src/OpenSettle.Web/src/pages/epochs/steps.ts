/** An epoch's way, step by step: what was done, what is next, and what its transactions are for. */

import type { EpochDetails } from "../../api/epochs.ts";
import { grouped } from "../../text/format.ts";

export interface Step {
  name: string;
  words: string;
  is: "done" | "now" | "later" | "stopped";
  /** Seconds, where it is known when. */
  at: number | null;
}

const ORDER = ["closed", "built", "signed", "proposed", "active", "attested", "pushed"];
const PROPOSED = ORDER.indexOf("proposed");

/** @param now Seconds. */
export function stepsOf({ epoch, activatedBlock, pushes }: Pick<EpochDetails, "epoch" | "activatedBlock" | "pushes">, now: number): Step[] {
  const isVetoed = epoch.state === "vetoed";
  const reached = ORDER.indexOf(epoch.state);
  const entries = pushes.reduce((sum, [, count]) => sum + count, 0);
  const isOver = epoch.readyAt !== null && epoch.readyAt <= now;
  const steps: [string, string, number | null][] = [
    ["Closed", `The last block is decided: blocks ${grouped(epoch.firstBlock)} to ${grouped(epoch.lastBlock)}.`, epoch.endedAt],
    ["Divided", "Payments are divided by splits, lineage and usage; the bundle is on disk.", null],
    ["Signed", "The attestors signed the roots.", null],
    ["Proposed", epoch.readyAt === null ? "The vault gets the roots, and a window runs in which a guardian can veto them." : isOver ? "The vault had the roots, and their window is over." : "The vault has the roots; a guardian can veto them until the window is over.", null],
    ["Active", activatedBlock === null ? "It can be claimed against from then on." : `It can be claimed against since block ${grouped(activatedBlock)}.`, epoch.activatedAt],
    ["Attested", "The roots and the models' records stand on EAS.", null],
    ["Pushed", entries === 0 ? "What is paid without a claim; this epoch has nothing of it." : `What is paid without a claim: ${grouped(entries)} ${entries === 1 ? "entry" : "entries"}.`, null],
  ];
  const standing = (i: number): Step["is"] => {
    if (i === PROPOSED && isVetoed) return "stopped";
    if (isVetoed) return i < PROPOSED ? "done" : "later";
    // While its window runs nothing is done about it, and when that is over the activation is next.
    if (reached === PROPOSED && !isOver) return i < PROPOSED ? "done" : i === PROPOSED ? "now" : "later";
    return i <= reached ? "done" : i === reached + 1 ? "now" : "later";
  };
  return steps.map(([name, words, at], i) =>
    i === PROPOSED && isVetoed
      ? { name: "Vetoed", words: "A guardian vetoed this attempt. Settlement is held until a person says that it goes on.", is: standing(i), at: null }
      : { name, words, is: standing(i), at },
  );
}

/** Of a state, in a few words. */
export const STATES: Record<string, { kind: "good" | "warn" | "bad" | "info"; words: string }> = {
  closed: { kind: "info", words: "closed" },
  built: { kind: "info", words: "divided" },
  signed: { kind: "info", words: "signed" },
  proposed: { kind: "info", words: "in its window" },
  vetoed: { kind: "bad", words: "vetoed" },
  active: { kind: "good", words: "active" },
  attested: { kind: "good", words: "active, attested" },
  pushed: { kind: "good", words: "settled" },
};

/** What a transaction of the node is for; what is not known is told as the node names it. */
export function purposeText(whole: string, symbolOf: (token: string) => string): string {
  const purpose = whole.replace(/ again (\d+)$/, "");
  const words = textOf(purpose, symbolOf);
  return words === null ? whole : purpose === whole ? words : `${words}, once more`;
}

function textOf(purpose: string, symbolOf: (token: string) => string): string | null {
  const words = purpose.split(" ");
  const attempt = /^\d+\.(\d+)$/.exec(words[2] ?? "")?.[1];
  const again = attempt === undefined || attempt === "0" ? "" : `, attempt ${Number(attempt) + 1}`;
  const entries = /^push epoch \d+ entries (\d+)\+(\d+)$/.exec(purpose);
  const sweep = /^sweep (0x[0-9a-fA-F]{40}) at (\d+)$/.exec(purpose);
  if (sweep !== null) return `Sweep ${symbolOf(sweep[1] ?? "")} into the vault, up to block ${grouped(Number(sweep[2]))}`;
  if (/^propose epoch \d+\.\d+$/.test(purpose)) return `Propose the roots to the vault${again}`;
  if (/^activate epoch \d+\.\d+$/.test(purpose)) return `Activate it${again}`;
  if (/^attest epoch \d+$/.test(purpose)) return "Attest it on EAS";
  if (entries !== null) {
    const [first, count] = [Number(entries[1]), Number(entries[2])];
    return count === 1 ? `Pay push entry ${grouped(first)}` : `Pay push entries ${grouped(first)} to ${grouped(first + count - 1)}`;
  }

  return null;
}
