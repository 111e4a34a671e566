// A history's folder (README.md), and both checks of it: that building gives the same bytes, and that verifying agrees.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail, read, Wrong } from "./lines.ts";
import { build } from "./epoch.ts";
import { readFacts } from "./facts.ts";
import type { Facts } from "./facts.ts";
import { hashBytes } from "./tree.ts";
import { levels, verify } from "./verify.ts";
import type { Level, Says, VaultRecord, Verified } from "./verify.ts";

/** The first line in which two bundles differ. */
function difference(stated: Uint8Array, built: Uint8Array): string {
  const [is, due] = [stated, built].map((bytes) => Buffer.from(bytes).toString("utf8").split("\n"));
  const at = due!.findIndex((line, i) => line !== is![i]);
  return at < 0 ? "it goes on after its end" : `line ${at + 1}: the file has ${is![at] ?? "nothing"}, building gives ${due![at]}`;
}

interface Damaged {
  epoch: number;
  read: boolean;
  levels: Record<Level, Says>;
}

/** Throws what is wrong first; gives the number of epochs and of damaged bundles. */
export function checkHistory(folder: string): { epochs: number; damaged: number } {
  const facts = readFacts(readFileSync(join(folder, "facts.jsonl"), "utf8"));
  const chain = readFileSync(join(folder, "chain.txt"), "utf8").trim().split("\n").map((line): VaultRecord => {
    const [number, root, hash, lastBlock, recordRoot] = line.split(" ") as [string, string, string, string, string];
    return { number: BigInt(number), root, hash, lastBlock: BigInt(lastBlock), recordRoot };
  });
  const built = build(facts);
  if (built.length !== chain.length) fail(`${chain.length} epochs are on chain, ${built.length} were built`);
  const verified: Verified[] = [];
  chain.forEach((record, i) => {
    const bytes = readFileSync(join(folder, `epoch-${record.number}.bundle`));
    const { bundle, hash, bytes: due } = built[i]!;
    if (!bytes.equals(due)) fail(`epoch ${record.number}: ${difference(bytes, due)}`);
    if (hash !== record.hash) fail(`epoch ${record.number}: the hash on chain is ${record.hash}, building gives ${hash}`);
    if (bundle.root.root !== record.root) fail(`epoch ${record.number}: the root on chain is ${record.root}, building gives ${bundle.root.root}`);
    const verdict = verify({ bundle: bytes, previous: verified.at(-1), record, facts, useEvents: true });
    for (const level of levels) if (verdict[level].says !== "agrees") fail(`epoch ${record.number}: ${level} ${verdict[level].says}: ${verdict[level].words}`);
    verified.push(verdict.bundle!);
  });
  const damages = readdirSync(folder).filter((name) => /^damaged-.*\.json$/.test(name)).sort();
  for (const name of damages) checkDamaged(join(folder, name), chain, verified, facts);
  return { epochs: chain.length, damaged: damages.length };
}

/** Why a bundle cannot be read; nothing where it can. */
function refusalOf(bytes: Uint8Array): string {
  try {
    read(bytes);
    return "";
  } catch (error) {
    if (error instanceof Wrong) return error.message;
    throw error;
  }
}

function checkDamaged(path: string, chain: VaultRecord[], verified: Verified[], facts: Facts): void {
  const said = JSON.parse(readFileSync(path, "utf8")) as Damaged;
  const bytes = readFileSync(path.replace(/json$/, "bundle"));
  const refusal = refusalOf(bytes);
  // What is wrong with terms may be seen in reading or in checking the form: the verdict is the same.
  if (refusal !== "" && said.read) fail(`${path}: it is said that it can be read, here ${refusal}`);
  const record = { ...chain[said.epoch - 1]!, hash: hashBytes(bytes) };
  const verdict = verify({ bundle: bytes, previous: verified[said.epoch - 2], record, facts, useEvents: true });
  for (const level of levels) {
    const { says, words } = verdict[level];
    if (said.levels[level] !== says) fail(`${path}: it is said that ${level} ${said.levels[level]}, here it ${says}: ${words}`);
  }
}
