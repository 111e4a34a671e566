// Section 5: the books, leaves and pushes after an epoch; and whole epochs, built from facts alone.
import { by, bytesOf, fail, held, inOrder, ZERO_WORD } from "./lines.ts";
import type { Bundle, Row } from "./lines.ts";
import { divide, sumUsage, Sums, usesOf } from "./divide.ts";
import { publishedTables, listedBy, listedIn, resolve, settledPayments, tablesBy } from "./facts.ts";
import type { Event, Facts } from "./facts.ts";
import { entryHash, eventHash, hashBytes, leafHash, recordHash, rootOf } from "./tree.ts";

type Accounts = Row<"account">[];
type Entry = { account: string; recipient: string; token: string; amount: bigint };

const keyOf = ({ token, account }: { token: string; account: string }): string => `${token} ${account}`;
const byKey = (accounts: Accounts): Map<string, Row<"account">> => new Map(accounts.map((row) => [keyOf(row), row]));

/** The books with what was earned, and with what that adds to leaves and pushes. */
export function settle(before: Accounts, earned: Sums, tokens: Row<"token">[], pushed: Set<string>): Accounts {
  const books = byKey(before.map((row) => ({ ...row })));
  for (const [[token, account], sum] of earned.parts()) {
    const key = `${token} ${account}`;
    if (!books.has(key)) books.set(key, { token: token!, account: account!, earned: 0n, leaf: 0n, pushed: 0n });
    books.get(key)!.earned = held(books.get(key)!.earned + sum);
  }
  const smallest = new Map(tokens.map((row) => [row.token, row.smallest]));
  for (const row of books.values()) {
    const waiting = row.earned - row.leaf - row.pushed;
    if (waiting === 0n || waiting < (smallest.get(row.token) ?? fail(`token ${row.token} is not listed`))) continue;
    if (pushed.has(row.account)) row.pushed += waiting;
    else row.leaf += waiting;
  }
  return [...books.values()].sort(inOrder("account"));
}

export const leavesRoot = (accounts: Accounts): string =>
  rootOf(accounts.filter(({ leaf }) => leaf > 0n).map(({ account, token, leaf }) => leafHash(account, token, leaf)));

/** What the epoch assigned to pushes. */
export function entriesOf(before: Accounts, after: Accounts, pushes: Row<"push">[]): Entry[] {
  const old = byKey(before);
  const recipients = new Map(pushes.map(({ account, recipient }) => [account, recipient]));
  const entries: Entry[] = [];
  for (const row of after) {
    const amount = row.pushed - (old.get(keyOf(row))?.pushed ?? 0n);
    if (amount === 0n) continue;
    const recipient = recipients.get(row.account) ?? fail(`account ${row.account} has an entry and no recipient`);
    entries.push({ account: row.account, recipient, token: row.token, amount });
  }
  return entries;
}

export const entriesRoot = (entries: Entry[]): string =>
  rootOf(entries.map(({ account, recipient, token, amount }, i) => entryHash(BigInt(i), account, recipient, token, amount)));

/** All that was ever promised of each token. */
export function promised(accounts: Accounts): Sums {
  const totals = new Sums();
  for (const { token, leaf, pushed } of accounts) totals.add(token, leaf + pushed);
  return totals;
}

/** The totals of the tokens of which a leaf or what was pushed changed. */
export function totalsOf(before: Accounts, after: Accounts): Row<"total">[] {
  const old = byKey(before);
  const changed = after.filter((row) => row.leaf !== (old.get(keyOf(row))?.leaf ?? 0n) || row.pushed !== (old.get(keyOf(row))?.pushed ?? 0n));
  const totals = promised(after);
  return [...new Set(changed.map(({ token }) => token))].sort().map((token) => ({ token, total: totals.get(token)! }));
}

// Records

/** The leaves of the records, models ascending. */
export function recordLeaves({ epoch, record, revenue, domain }: Pick<Bundle, "epoch" | "record" | "revenue" | "domain">): string[] {
  return record.map(({ model, uses, consumers }) => {
    const tokens = revenue.filter((row) => row.model === model);
    const domains = domain.filter((row) => row.model === model);
    return recordHash(
      model, epoch.number, uses, consumers, tokens.map(({ token }) => token), tokens.map(({ amount }) => amount),
      domains.map((row) => row.domain), domains.map(({ successes }) => successes), domains.map(({ trials }) => trials),
    );
  });
}

/** Records follow from counted usage and revenue; what else they tell of usage is given. */
function recordsOf(usage: Row<"usage">[], told: Pick<Bundle, "record" | "domain">, revenue: Row<"revenue">[]) {
  const uses = new Map(usage.filter(({ counted }) => counted > 0n).map(({ model, counted }) => [model, counted]));
  const known = new Map(told.record.map((row) => [row.model, row]));
  const models = [...new Set([...uses.keys(), ...revenue.map(({ model }) => model)])].sort();
  const record = models.map((model) => {
    const given = uses.has(model) ? known.get(model) : undefined;
    return { model, uses: uses.get(model) ?? 0n, paidUses: given?.paidUses ?? 0n, consumers: given?.consumers ?? 0n };
  });
  return { record, revenue, domain: told.domain.filter(({ model }) => uses.has(model)) };
}

type Body = Pick<Bundle, "epoch" | "token" | "terms" | "usage" | "payment" | "open" | "direct" | "record" | "domain">;
type Before = Pick<Bundle, "account" | "residue" | "suspense">;
export const NOTHING: Before = { account: [], residue: [], suspense: [] };

/** All that follows from an epoch's payments and sums and the books before it. */
export function outcome(body: Body, before: Before, pushList: Row<"push">[]) {
  const divided = divide(body, before);
  const accounts = settle(before.account, divided.earned, body.token, new Set(pushList.map(({ account }) => account)));
  const entries = entriesOf(before.account, accounts, pushList);
  const pushed = new Set(entries.map(({ account }) => account));
  const records = recordsOf(body.usage, body, divided.revenue);
  return {
    push: pushList.filter(({ account }) => pushed.has(account)).sort(inOrder("push")),
    account: accounts,
    residue: divided.residue,
    suspense: divided.suspense,
    total: totalsOf(before.account, accounts),
    ...records,
    root: { root: leavesRoot(accounts), pushRoot: entriesRoot(entries), recordRoot: rootOf(recordLeaves({ epoch: body.epoch, ...records })) },
    divided,
  };
}

// Usage

export interface Batch {
  gateway: string;
  number: bigint;
  events: Event[];
}

/** The events of batches whose gateway was listed by their model in the epoch. */
export function countedOf(facts: Facts, batches: Batch[], firstBlock: bigint, lastBlock: bigint): Event[] {
  const memory = new Map<string, boolean>();
  const ids = new Set<string>();
  for (const { events } of batches) {
    if (events.length === 0) fail("a batch is empty");
    for (const { id } of events) if (ids.size === ids.add(id).size) fail(`event ${id} comes twice`);
  }
  const counts = (gateway: string, model: string): boolean => {
    const key = `${gateway} ${model}`;
    if (!memory.has(key)) memory.set(key, listedIn(facts, gateway, model, firstBlock, lastBlock));
    return memory.get(key)!;
  };
  return batches.flatMap(({ gateway, events }) => events.filter(({ model }) => counts(gateway, model)));
}

export const batchRow = ({ gateway, number, events }: Batch): Row<"batch"> => ({
  gateway,
  number,
  root: rootOf(events.map(({ text }) => eventHash(text))),
  events: BigInt(events.length),
});

/** Of each model, all events, and the number and the units of those that count. */
export function usageOf(batches: Batch[], seen: { model: string; events: bigint }[], counted: Event[]): Row<"usage">[] {
  const all = new Sums();
  const number = new Sums();
  const units = new Sums();
  for (const { events } of batches) for (const { model } of events) all.add(model, 1n);
  for (const { model, events } of seen) all.add(model, events);
  for (const event of counted) {
    number.add(event.model, 1n);
    units.add(event.model, event.units);
  }
  return [...all.parts()]
    .map(([[model], events]) => ({ model: model!, events, counted: number.get(model!) ?? 0n, units: units.get(model!) ?? 0n }))
    .sort(inOrder("usage"));
}

// Whole epochs

export interface Made {
  bundle: Omit<Bundle, "opensettle-bundle" | "end">;
  bytes: Uint8Array;
  hash: string;
}

/** Every epoch that the facts close. An epoch by which nothing was ever promised has no bundle; what it would take, the next one takes. */
export function build(facts: Facts): Made[] {
  const made: Made[] = [];
  const all = settledPayments(facts);
  const { firstBlock, ...deployment } = facts.chain.chain;
  let batches: Batch[] = [];
  let seen: { model: string; events: bigint }[] = [];
  for (const epoch of facts.epochs) {
    const before = made.at(-1);
    const { lastBlock } = epoch;
    const first = before ? before.bundle.epoch.lastBlock + 1n : firstBlock;
    batches = [...batches, ...epoch.batches].sort(by((batch) => batch.gateway, (batch) => batch.number));
    seen = [...seen, ...epoch.seen];

    const taken = all.filter(({ since }) => since <= lastBlock && !(before && since <= before.bundle.epoch.lastBlock));
    const old: Before = before?.bundle ?? NOTHING;
    const { terms, payments } = resolve(facts, lastBlock, tablesBy(facts, lastBlock, publishedTables(facts, lastBlock)), taken, old.suspense);
    const token = listedBy(facts, lastBlock);
    for (const payment of payments) if (!token.some((row) => row.token === payment.token)) fail(`token ${payment.token} is not listed`);
    const counted = countedOf(facts, batches, first, lastBlock);
    const { named, method, open, direct } = sumUsage({ terms, payment: payments }, counted);
    const payment = payments.map((row, i) => ({ ...row, named: named[i]! }));
    const usage = usageOf(batches, seen, counted);
    const uses = usesOf({ terms, payment }, counted);
    const record = usage.map(({ model, counted: sum }) => ({ model, uses: sum, paidUses: uses.paidUses.get(model) ?? 0n, consumers: uses.consumers.get(model) ?? 0n }));
    const about = {
      number: epoch.number, firstBlock: first, lastBlock, parentHash: before?.bundle.epoch.lastBlockHash ?? ZERO_WORD, lastBlockHash: epoch.lastBlockHash,
    };
    const { divided: _, ...settled } = outcome({ epoch: about, token, terms, usage, payment, open, direct, record, domain: uses.domain }, old, epoch.pushes);
    if (promised(settled.account).total() === 0n) continue;
    if (epoch.number !== BigInt(made.length + 1)) fail(`epoch ${epoch.number} is closed where ${made.length + 1} is due`);

    const bundle = {
      deployment,
      epoch: about,
      previous: { root: before?.bundle.root.root ?? ZERO_WORD, hash: before?.hash ?? ZERO_WORD },
      token,
      terms,
      batch: batches.map(batchRow),
      usage,
      method,
      open,
      payment,
      direct,
      ...settled,
    };
    const bytes = bytesOf(bundle);
    made.push({ bundle, bytes, hash: hashBytes(bytes) });
    batches = [];
    seen = [];
  }
  return made;
}
