// For the tests: building with everything checked that always holds.
import assert from "node:assert/strict";
import { Sums } from "./divide.ts";
import { build } from "./epoch.ts";
import type { Made } from "./epoch.ts";
import type { Facts } from "./facts.ts";
import { levels, verify } from "./verify.ts";
import type { Level, Says, VaultRecord, Verdict, Verified } from "./verify.ts";

export const recordOf = ({ bundle, hash }: Made): VaultRecord => ({
  number: bundle.epoch.number,
  root: bundle.root.root,
  hash,
  lastBlock: bundle.epoch.lastBlock,
  recordRoot: bundle.root.recordRoot,
});

export const saidOf = (verdict: Verdict): Record<Level, Says> =>
  Object.fromEntries(levels.map((level) => [level, verdict[level].says])) as Record<Level, Says>;

/** What is held of each token: by accounts, as residues and in suspense. */
function heldIn(bundle: Made["bundle"] | undefined): Sums {
  const sums = new Sums();
  for (const { token, earned } of bundle?.account ?? []) sums.add(token, earned);
  for (const { token, amount } of [...(bundle?.residue ?? []), ...(bundle?.suspense ?? [])]) sums.add(token, amount);
  return sums;
}

/** Builds all epochs; each conserves its money, and verifying it agrees on every level. */
export function made(facts: Facts): { made: Made[]; verified: Verified[] } {
  const all = build(facts);
  const verified: Verified[] = [];
  all.forEach((epoch, i) => {
    const due = heldIn(all[i - 1]?.bundle);
    for (const { token, settled } of epoch.bundle.payment) due.add(token, settled);
    assert.deepEqual([...heldIn(epoch.bundle).parts()].sort(), [...due.parts()].sort(), "money is lost or made");
    const verdict = verify({ bundle: epoch.bytes, previous: verified.at(-1), record: recordOf(epoch), facts, useEvents: true });
    for (const level of levels) assert.equal(verdict[level].says, "agrees", `epoch ${i + 1}, ${level}: ${verdict[level].words}`);
    verified.push(verdict.bundle!);
  });
  return { made: all, verified };
}
