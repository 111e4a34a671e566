// Section 8: what a verifier checks, level by level.
import { fail, inOrder, lineOf, read, tableText, Wrong, ZERO_WORD } from "./lines.ts";
import type { Bundle, Many, Row } from "./lines.ts";
import { divide, sumUsage, usesOf } from "./divide.ts";
import { batchRow, countedOf, entriesOf, entriesRoot, leavesRoot, NOTHING, outcome, promised, recordLeaves, totalsOf, usageOf } from "./epoch.ts";
import { creditedBy, listedBy, publishedTables, resolve, settledPayments, tablesBy } from "./facts.ts";
import type { Facts } from "./facts.ts";
import { hashBytes, rootOf } from "./tree.ts";

const WHOLE = 1_000_000n;
const MOST_STEPS = 8;

/** What the vault says of an epoch. */
export interface VaultRecord {
  number: bigint;
  root: string;
  hash: string;
  lastBlock: bigint;
  recordRoot: string;
}

export interface Verified {
  bundle: Bundle;
  hash: string;
}

export type Says = "agrees" | "differs" | "not checked";
export const levels = ["form", "solvency", "fixed", "pools", "sums"] as const;
export type Level = (typeof levels)[number];
export type Verdict = { [K in Level]: { says: Says; words: string } } & { bundle?: Verified };

interface Given {
  bundle: Uint8Array;
  /** The epoch before, verified; none for epoch 1. */
  previous?: Verified | undefined;
  record: VaultRecord;
  facts?: Facts | undefined;
  /** Whether the batches of the facts are at hand too. */
  useEvents?: boolean;
}

/** Rows of a kind as they are and as they should be; the first that differs is told. */
function compare<K extends Many>(kind: K, stated: Row<K>[], due: Row<K>[]): void {
  for (let i = 0; i < Math.max(stated.length, due.length); i++) {
    const [is, should] = [stated[i], due[i]].map((row) => (row ? lineOf(kind, row) : "no more lines"));
    if (is !== should) fail(`${kind}: the bundle has ${is}, due is ${should}`);
  }
}

const equal = (what: string, is: string | bigint, due: string | bigint): void => {
  if (is !== due) fail(`${what}: the bundle has ${is}, due is ${due}`);
};

function form(bundle: Bundle, hash: string, previous: Verified | undefined, record: VaultRecord): void {
  const { epoch, terms } = bundle;
  const before = previous?.bundle;
  equal("epoch", epoch.number, record.number);
  equal("bundle's hash", hash, record.hash);
  equal("last block", epoch.lastBlock, record.lastBlock);

  equal("epoch after the one before", epoch.number, (before?.epoch.number ?? 0n) + 1n);
  if (before) for (const name of ["chainId", "registry", "rail", "vault"] as const) equal(name, bundle.deployment[name], before.deployment[name]);
  if (before) equal("first block", epoch.firstBlock, before.epoch.lastBlock + 1n);
  if (epoch.lastBlock < epoch.firstBlock) fail("the last block is before the first");
  equal("root before", bundle.previous.root, before?.root.root ?? ZERO_WORD);
  equal("bundle before", bundle.previous.hash, previous?.hash ?? ZERO_WORD);
  equal("hash of the last block before", epoch.parentHash, before?.epoch.lastBlockHash ?? ZERO_WORD);

  const steps: number[] = [];
  const tables = new Map<string, string>();
  const numbers = new Map<string, bigint>();
  terms.forEach((row, i) => {
    let sum = 0n;
    steps.push(0);
    for (const { terms: parent, share } of row.parents) {
      const above = parent < row.id ? terms[Number(parent)]! : fail(`terms ${i}: parent terms ${parent} do not stand before them`);
      if (above.modelNumber >= row.modelNumber) fail(`terms ${i}: the parent's number is not lower`);
      steps[i] = Math.max(steps[i]!, steps[Number(parent)]! + 1);
      sum += share;
    }
    if (sum > WHOLE) fail(`terms ${i}: more than the whole goes up`);
    if (steps[i]! > MOST_STEPS) fail(`terms ${i}: more than ${MOST_STEPS} steps`);
    const table = tableText(row.table);
    const key = `${row.model} ${row.splitVersion}`;
    if ((tables.get(key) ?? table) !== table) fail(`terms ${i}: split version ${row.splitVersion} has another table before`);
    if ((numbers.get(row.model) ?? row.modelNumber) !== row.modelNumber) fail(`terms ${i}: the model has another number before`);
    tables.set(key, table);
    numbers.set(row.model, row.modelNumber);
  });

  const tokens = new Set(bundle.token.map(({ token }) => token));
  for (const { block, log, terms: id, token, paid, settled } of bundle.payment) {
    const what = `payment ${block}:${log}`;
    if (block > epoch.lastBlock) fail(`${what} is after the last block`);
    if (settled > paid) fail(`${what} is settled with more than was paid`);
    if (!tokens.has(token)) fail(`${what} is in an unlisted token`);
    if (id >= BigInt(terms.length)) fail(`${what} has no terms`);
  }
  const recorded = new Set(bundle.record.map(({ model }) => model));
  for (const { model } of [...bundle.revenue, ...bundle.domain]) if (!recorded.has(model)) fail(`model ${model} has no record`);
  for (const { terms: id } of bundle.direct) if (id >= BigInt(terms.length)) fail(`direct: there are no terms ${id}`);
}

function solvency(bundle: Bundle, before: Bundle | undefined, record: VaultRecord, facts: Facts | undefined): void {
  const now = new Map(bundle.account.map((row) => [`${row.token} ${row.account}`, row]));
  for (const row of before?.account ?? []) {
    for (const name of ["earned", "leaf", "pushed"] as const) {
      if ((now.get(`${row.token} ${row.account}`)?.[name] ?? 0n) < row[name]) fail(`what '${name}' was of ${row.account} in ${row.token} fell`);
    }
  }
  for (const { token, account, earned, leaf, pushed } of bundle.account) {
    if (leaf + pushed > earned) fail(`${account} is promised more of ${token} than it earned`);
  }
  const old = before?.account ?? [];
  compare("total", bundle.total, totalsOf(old, bundle.account));
  const entries = entriesOf(old, bundle.account, bundle.push);
  const pushed = new Set(entries.map(({ account }) => account));
  for (const { account } of bundle.push) if (!pushed.has(account)) fail(`account ${account} has a recipient and no entry`);
  equal("root", bundle.root.root, leavesRoot(bundle.account));
  equal("push root", bundle.root.pushRoot, entriesRoot(entries));
  equal("record root", bundle.root.recordRoot, rootOf(recordLeaves(bundle)));
  equal("vault's root", bundle.root.root, record.root);
  equal("vault's record root", bundle.root.recordRoot, record.recordRoot);
  if (!facts) return;
  const credited = creditedBy(facts, record.lastBlock);
  for (const [token, total] of promised(bundle.account)) {
    if (total > (credited.get(token) ?? 0n)) fail(`of ${token}, ${total} is promised and ${credited.get(token) ?? 0n} was credited`);
  }
}

function fixed(bundle: Bundle, before: Bundle | undefined, facts: Facts): void {
  const { epoch, deployment } = bundle;
  const { chain } = facts.chain;
  for (const name of ["chainId", "registry", "rail", "vault"] as const) equal(name, deployment[name], chain[name]);
  if (!before) equal("first block", epoch.firstBlock, chain.firstBlock);
  const close = facts.epochs.find(({ lastBlock }) => lastBlock === epoch.lastBlock);
  if (close) equal("last block's hash", epoch.lastBlockHash, close.lastBlockHash);
  compare("token", bundle.token, listedBy(facts, epoch.lastBlock));

  const taken = settledPayments(facts).filter(({ since }) => since <= epoch.lastBlock && !(before && since <= before.epoch.lastBlock));
  // Known are the tables that were published, and of those that the bundle has whole the committed ones.
  const carried = new Set(facts.chain.split.map(({ model, version }) => `${model} ${version}`));
  const stated = bundle.terms.flatMap(({ model, splitVersion, table }) =>
    typeof table === "string" || carried.has(`${model} ${splitVersion}`) ? [] : [table],
  );
  const tableOf = tablesBy(facts, epoch.lastBlock, [...publishedTables(facts, epoch.lastBlock), ...stated]);
  const { terms, payments } = resolve(facts, epoch.lastBlock, tableOf, taken, before?.suspense ?? []);
  const unnamed = (rows: Row<"payment">[]) => rows.map((row) => ({ ...row, named: 0n }));
  compare("payment", unnamed(bundle.payment), unnamed(payments));
  compare("terms", bundle.terms, terms);

  const old = new Map((before?.account ?? []).map((row) => [`${row.token} ${row.account}`, row]));
  const now = new Map(bundle.account.map((row) => [`${row.token} ${row.account}`, row]));
  // Who is pushed is the builder's choice, where it goes to is not.
  const chosen = new Set(bundle.push.map(({ account }) => account));
  const list = new Map((close?.pushes ?? []).map(({ account, recipient }) => [account, recipient]));
  for (const { account, recipient } of bundle.push) {
    if ((list.get(account) ?? account) !== recipient) fail(`${account} is paid to another recipient`);
  }
  for (const [key, { account, leaf }] of now) {
    if (chosen.has(account) && leaf > (old.get(key)?.leaf ?? 0n)) fail(`${account} is on the push list, and its leaf rose`);
  }

  const least = new Map([...old.keys()].map((key) => [key, 0n]));
  for (const [key, sum] of divide(bundle, before ?? NOTHING).byRows) least.set(key, sum);
  for (const [key, sum] of least) {
    const earned = (now.get(key)?.earned ?? 0n) - (old.get(key)?.earned ?? 0n);
    if (earned < sum) fail(`token and account ${key} earned ${earned}, rows give ${sum}`);
  }
}

function pools(bundle: Bundle, before: Bundle | undefined): void {
  const due = outcome(bundle, before ?? NOTHING, bundle.push);
  compare("push", bundle.push, due.push);
  compare("account", bundle.account, due.account);
  compare("residue", bundle.residue, due.residue);
  compare("suspense", bundle.suspense, due.suspense);
  compare("total", bundle.total, due.total);
  equal("root", bundle.root.root, due.root.root);
  compare("record", bundle.record, due.record);
  compare("revenue", bundle.revenue, due.revenue);
  compare("domain", bundle.domain, due.domain);
  equal("push root", bundle.root.pushRoot, due.root.pushRoot);
  equal("record root", bundle.root.recordRoot, due.root.recordRoot);
}

function sums(bundle: Bundle, facts: Facts): void {
  const all = facts.epochs.flatMap((epoch) => epoch.batches);
  const batches = bundle.batch.map(
    (row) => all.find(({ gateway, number }) => gateway === row.gateway && number === row.number) ?? fail(`no events of batch ${row.number} of ${row.gateway}`),
  );
  compare("batch", bundle.batch, batches.map(batchRow));
  const counted = countedOf(facts, batches, bundle.epoch.firstBlock, bundle.epoch.lastBlock);
  const { named, ...due } = sumUsage(bundle, counted);
  // Events in no batch are the node's word alone: of all events, only that they are not fewer can be told.
  const usage = new Map(usageOf(batches, [], counted).map((row) => [row.model, row]));
  for (const { model, events } of bundle.usage) {
    const least = usage.get(model) ?? { model, events: 0n, counted: 0n, units: 0n };
    usage.set(model, { ...least, events: events > least.events ? events : least.events });
  }
  compare("usage", bundle.usage, [...usage.values()].sort(inOrder("usage")));
  compare("method", bundle.method, due.method);
  compare("open", bundle.open, due.open);
  compare("direct", bundle.direct, due.direct);
  compare("payment", bundle.payment, bundle.payment.map((row, i) => ({ ...row, named: named[i]! })));
  // How many uses a record has, and whether it is due at all, follows from the lines above.
  const uses = usesOf(bundle, counted);
  compare("domain", bundle.domain, uses.domain);
  const recorded = new Map(bundle.record.map((row) => [row.model, row]));
  for (const name of ["paidUses", "consumers"] as const) {
    for (const model of new Set([...recorded.keys(), ...uses[name].keys()])) equal(`${name} of ${model}`, recorded.get(model)?.[name] ?? 0n, uses[name].get(model) ?? 0n);
  }
}

export function verify({ bundle: bytes, previous, record, facts, useEvents = false }: Given): Verdict {
  const unchecked = { says: "not checked", words: "" } as const;
  const verdict: Verdict = { form: unchecked, solvency: unchecked, fixed: unchecked, pools: unchecked, sums: unchecked };
  const check = (level: Level, body: () => void): boolean => {
    try {
      body();
      verdict[level] = { says: "agrees", words: "" };
      return true;
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      verdict[level] = { says: "differs", words: error.message };
      return false;
    }
  };
  const hash = hashBytes(bytes);
  let bundle!: Bundle;
  const holds = check("form", () => {
    bundle = read(bytes);
    form(bundle, hash, previous, record);
  });
  if (!holds) return verdict;
  const before = previous?.bundle;
  check("solvency", () => solvency(bundle, before, record, facts));
  if (facts) check("fixed", () => fixed(bundle, before, facts));
  check("pools", () => pools(bundle, before));
  if (facts && useEvents) check("sums", () => sums(bundle, facts));
  return { ...verdict, bundle: { bundle, hash } };
}
