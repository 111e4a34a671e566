// The worked example of docs/protocol.md: from its facts follow its numbers, its leaves, its bundle and its hashes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { readFacts } from "./facts.ts";
import { recordLeaves } from "./epoch.ts";
import { leafHash } from "./tree.ts";
import { person, word } from "./story.ts";
import { made } from "./support.ts";

const [ada, bo, cy, di, ed, fay] = ["aa", "bb", "cc", "dd", "ed", "fa"].map(person) as [string, string, string, string, string, string];

const protocol = readFileSync(fileURLToPath(new URL("../../docs/protocol.md", import.meta.url)), "utf8");
const section = protocol.slice(protocol.indexOf("## 10."));
const block = (name: string): string => new RegExp(`\`\`\`${name}\\n([^\`]*)\`\`\``).exec(section)?.[1] ?? assert.fail(`docs/protocol.md has no ${name}`);

const facts = readFacts(block("facts"));
const { made: epochs } = made(facts);
const { bundle, bytes, hash } = epochs[0]!;

test("the tables of the worked example have the numbers that the rules give", () => {
  const names = new Map([["Ada", ada], ["Bo", bo], ["Cy", cy], ["Di", di], ["Ed", ed], ["Fay", fay]]);
  const told = new Map<string, bigint>();
  const residues: bigint[] = [];
  for (const [, name, number] of section.matchAll(/^\| (\w+)[^|]*\|[^|]+\| (\d+) \|$/gm)) {
    if (name === "residue") residues.push(BigInt(number!));
    const account = names.get(name!);
    if (account) told.set(account, (told.get(account) ?? 0n) + BigInt(number!));
  }
  assert.deepEqual(bundle.account.map(({ account, earned }) => [account, earned]), [...told].sort());
  assert.equal(told.size, names.size);
  const residueOf = (model: string) => bundle.residue.find((residue) => residue.model === word(model))!.amount;
  assert.deepEqual(residues, [residueOf("child"), residueOf("base")]);

  assert.deepEqual(bundle.payment.map(({ settled }) => settled), [1000n, 14n, 101n, 3n]);
  assert.deepEqual(bundle.direct.map(({ account, weight }) => [account, weight]), [[ed, 750n << 32n], [fay, 250n << 32n]]);
  assert.deepEqual(bundle.open.map(({ account, weight }) => [account, weight]), [[ed, 40n << 32n]]);
  assert.deepEqual(bundle.usage, [{ model: word("child"), events: 3n, counted: 2n, units: 140n }]);
  assert.deepEqual(
    bundle.account.map(({ leaf, pushed }) => [leaf, pushed]),
    [[540n, 0n], [89n, 0n], [0n, 304n], [0n, 0n], [114n, 0n], [0n, 0n]],
  );
});

test("the worked example's events, leaves, bundle, roots and hash are the stated ones", () => {
  assert.equal(epochs.length, 1);
  assert.equal(block("events"), facts.epochs[0]!.batches[0]!.events.map(({ text }) => `${text}\n`).join(""));
  const leaves = bundle.account.filter(({ leaf }) => leaf > 0n);
  assert.equal(block("leaves"), leaves.map(({ account, token, leaf }) => `${account} ${token} ${leaf}\n  ${leafHash(account, token, leaf)}\n`).join(""));
  const records = recordLeaves(bundle);
  assert.equal(block("records"), bundle.record.map(({ model }, i) => `${model}\n  ${records[i]}\n`).join(""));
  assert.deepEqual(block("bundle").split("\n"), Buffer.from(bytes).toString("utf8").split("\n"));
  assert.ok(section.includes(`\nroot ${bundle.root.root}\npush root ${bundle.root.pushRoot}\nrecord root ${bundle.root.recordRoot}\nhash ${hash}\n`), `the roots and the hash are not ${bundle.root.root}, ${bundle.root.pushRoot} and ${hash}`);
});
