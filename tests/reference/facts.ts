// The facts of a history (README.md), and what sections 1 and 2 make of them: settled payments, terms, listed gateways.
import {
  account, address, amount, by, count, fail, inOrder, list, MOST_WEIGHT, number, parents as termParents, parse, positive, readRow, route, table, tableText, text, word,
  write, Wrong, ZERO_ADDRESS, ZERO_WORD,
} from "./lines.ts";
import type { Column, Columns, Row, RowOf, Table } from "./lines.ts";
import { hashText } from "./tree.ts";

const WHOLE = 1_000_000n;
const MOST_STEPS = 8;

// Reading

const place = { block: number, log: number };
const timed = { ...place, time: number };
const lineage = list({ parent: word, share: count });

const chainKinds = {
  chain: { chainId: number, registry: address, rail: address, vault: address, firstBlock: number },
  listed: { ...place, token: address, smallest: amount },
  registered: { ...timed, model: word, number, creator: account },
  split: { ...timed, model: word, version: number, effectiveAt: number, table },
  committed: { ...timed, model: word, version: number, effectiveAt: number, hash: word, rows: number, weight: amount },
  cancelled: { ...timed, model: word, version: number },
  lineage: { ...timed, model: word, version: number, effectiveAt: number, parents: lineage },
  "lineage-cancelled": { ...timed, model: word, version: number },
  owner: { ...timed, model: word, owner: account },
  gateway: { ...timed, model: word, gateway: address, listed: number },
  payment: { ...timed, transaction: word, route, model: word, token: address, amount, payer: address, usageRef: word },
  sweep: { ...timed, transaction: word, model: word, token: address, amount },
};

const events: Column<Event[]> = {
  read: (value) => (Array.isArray(value) ? value.map((event) => readEvent(Array.isArray(event) ? event : fail("an event is not a list"))) : fail("no events")),
  write: () => fail("events are not written"),
};

const epochKinds = {
  table: { table },
  batch: { gateway: address, number, events },
  seen: { model: word, events: number },
  push: { account, recipient: address },
  close: { number, lastBlock: number, lastBlockHash: word },
};

type ChainKinds = typeof chainKinds;
type Chain = { [K in Exclude<keyof ChainKinds, "chain">]: RowOf<ChainKinds[K]>[] } & { chain: RowOf<ChainKinds["chain"]> };
type Split = RowOf<ChainKinds["split"]> | RowOf<ChainKinds["committed"]>;

/** What an epoch has beside the chain. */
export interface Epoch {
  tables: Table[];
  batches: { gateway: string; number: bigint; events: Event[] }[];
  seen: { model: string; events: bigint }[];
  pushes: { account: string; recipient: string }[];
  number: bigint;
  lastBlock: bigint;
  lastBlockHash: string;
}

export interface Facts {
  chain: Chain;
  epochs: Epoch[];
}

export interface Event {
  id: string;
  text: string;
  consumer: string;
  model: string;
  domain: string;
  outcome: string;
  units: bigint;
  payment: string;
  method: string;
  weights: { account: string; weight: bigint }[];
}

const eventColumns = {
  kind: text, id: word, consumer: word, model: word, domain: text, outcome: text, units: number, time: number, payment: word, method: word,
  weights: list({ account, weight: positive }),
};

function readEvent(values: Parameters<typeof write>[0][]): Event {
  const event = readRow(eventColumns, values);
  if (event.kind !== "event") fail(`'${event.kind}' is not an event`);
  event.weights.forEach(({ account, weight }, i) => {
    if (weight > MOST_WEIGHT) fail("a weight of an event has more than 96 bits");
    if (i > 0 && event.weights[i - 1]!.account >= account) fail("an event's accounts do not ascend");
  });
  return { ...event, text: write(values) };
}

export function readFacts(facts: string): Facts {
  const chain: Record<string, any> = Object.fromEntries(Object.keys(chainKinds).map((kind) => [kind, []]));
  const epochs: Epoch[] = [];
  let open = emptyEpoch();
  let last = { block: -1n, log: 0n };
  facts.trimEnd().split("\n").forEach((line, i) => {
    try {
      const [kind, ...values] = parse(line) as [string, ...ReturnType<typeof parse>];
      if (Object.hasOwn(chainKinds, kind)) {
        const row: Record<string, any> = readRow(chainKinds[kind as keyof ChainKinds] as Columns, values);
        if ((kind === "chain") !== (i === 0)) fail("the 'chain' line is the first, and the only one");
        if (kind === "chain") chain[kind] = row;
        else {
          if (by<any>((f) => f.block, (f) => f.log)(last, row) > 0) fail("before the last fact in chain order");
          last = row as typeof last;
          chain[kind].push(row);
        }
      } else if (kind === "table") open.tables.push(readRow(epochKinds.table, values).table);
      else if (kind === "batch") open.batches.push(readRow(epochKinds.batch, values));
      else if (kind === "seen") open.seen.push(readRow(epochKinds.seen, values));
      else if (kind === "push") open.pushes.push(readRow(epochKinds.push, values));
      else if (kind === "close") {
        epochs.push({ ...open, ...readRow(epochKinds.close, values) });
        open = emptyEpoch();
      } else fail(`'${kind}' is not a kind of fact`);
    } catch (error) {
      throw error instanceof Wrong ? new Wrong(`facts, line ${i + 1}: ${error.message}`) : error;
    }
  });
  return { chain: chain as unknown as Chain, epochs };
}

const emptyEpoch = (): Epoch => ({ tables: [], batches: [], seen: [], pushes: [], number: 0n, lastBlock: 0n, lastBlockHash: ZERO_WORD });

// Section 2

export type Settled = Omit<Row<"payment">, "terms" | "named"> & { model: string; since: bigint };

/** All payments that are ever settled, in chain order; `since` is the block that brought their money into the vault. */
export function settledPayments({ chain }: Facts): Settled[] {
  const waiting = new Map<string, typeof chain.payment>();
  const settled: Settled[] = [];
  const settle = ({ amount: paid, ...payment }: (typeof chain.payment)[number], sum: bigint, since: bigint) =>
    settled.push({ ...payment, paid, settled: sum, since });
  const inChain = by<{ block: bigint; log: bigint }>((fact) => fact.block, (fact) => fact.log);
  const facts = [...chain.payment.map((payment) => ({ ...payment, payment })), ...chain.sweep.map((sweep) => ({ ...sweep, sweep }))];
  for (const fact of facts.sort(inChain)) {
    const key = `${fact.model} ${fact.token}`;
    if ("payment" in fact) {
      if (fact.payment.route === "rail") settle(fact.payment, fact.payment.amount, fact.block);
      else waiting.set(key, [...(waiting.get(key) ?? []), fact.payment]);
      continue;
    }
    const { sweep } = fact;
    const transfers = waiting.get(key) ?? [];
    waiting.delete(key);
    const logged = transfers.reduce((sum, transfer) => sum + transfer.amount, 0n);
    let upTo = 0n;
    let before = 0n;
    for (const transfer of transfers) {
      upTo += transfer.amount;
      const whole = sweep.amount >= logged ? upTo : (upTo * sweep.amount) / logged;
      settle(transfer, whole - before, sweep.block);
      before = whole;
    }
    if (sweep.amount > logged) {
      const excess = { ...sweep, amount: sweep.amount - logged, route: "excess", payer: ZERO_ADDRESS, usageRef: ZERO_WORD };
      settle(excess, excess.amount, sweep.block);
    }
  }
  return settled.sort(inChain);
}

/** What the vault was credited of each token by a block. */
export function creditedBy({ chain }: Facts, lastBlock: bigint): Map<string, bigint> {
  const credited = new Map<string, bigint>();
  const rail = chain.payment.filter((payment) => payment.route === "rail");
  for (const { block, token, amount } of [...rail, ...chain.sweep]) {
    if (block <= lastBlock) credited.set(token, (credited.get(token) ?? 0n) + amount);
  }
  return credited;
}

/** The tokens listed by a block, each with the last smallest leaf that was said of it. */
export const listedBy = ({ chain }: Facts, lastBlock: bigint): Row<"token">[] =>
  [...new Map(chain.listed.filter(({ block }) => block <= lastBlock).map(({ token, smallest }) => [token, { token, smallest }])).values()].sort(
    inOrder("token"),
  );

/** Section 3: whether a gateway was listed by a model at the start of one of the blocks. */
export function listedIn({ chain }: Facts, gateway: string, model: string, firstBlock: bigint, lastBlock: bigint): boolean {
  let listed = false;
  let since = 0n;
  for (const word of chain.gateway) {
    if (word.gateway !== gateway || word.model !== model) continue;
    // What was said before counts from the block after it to this word's own block.
    if (listed && since < word.block && since < lastBlock && word.block >= firstBlock) return true;
    listed = word.listed === 1n;
    since = word.block;
  }
  return listed && since < lastBlock;
}

// Section 1

/** Whether a table is the one that a commitment means. */
const isMeant = (given: Table, { hash, rows, weight }: { hash: string; rows: bigint; weight: bigint }): boolean =>
  BigInt(given.rows.length + given.fallback.length) === rows &&
  given.rows.reduce((sum, row) => sum + row.weight, given.pool) === weight &&
  hashText(tableText(given)) === hash;

/** The table of a split version, where it is at hand, or else its commitment's hash. */
export type TableOf = (model: string, version: bigint) => Table | string;

/** Of a version that is only committed to, the table is looked for among the known ones. */
export function tablesBy({ chain }: Facts, lastBlock: bigint, known: Table[]): TableOf {
  const cache = new Map<string, Table | string>();
  return (model, version) => {
    const key = `${model} ${version}`;
    if (!cache.has(key)) {
      const of = (set: Split) => set.model === model && set.version === version && set.block <= lastBlock;
      const whole = chain.split.find(of);
      const commitment = chain.committed.find(of) ?? (whole ? undefined : fail(`split version ${version} of ${model} was never set`));
      cache.set(key, whole?.table ?? known.find((given) => isMeant(given, commitment!)) ?? commitment!.hash);
    }
    return cache.get(key)!;
  };
}

/** The tables that were published by the end of an epoch. */
export const publishedTables = ({ epochs }: Facts, lastBlock: bigint): Table[] =>
  epochs.filter((epoch) => epoch.lastBlock <= lastBlock).flatMap((epoch) => epoch.tables);

type Version = { block: bigint; version: bigint; effectiveAt: bigint; model: string };

/** The newest version in force at the start of a block; the first is from the beginning, where the registration's block set it. */
const inForce = <T extends Version>(versions: T[], cancelled: Chain["cancelled"], registered: bigint | undefined, block: bigint, time: bigint) =>
  versions
    .filter(
      (set) =>
        (set.version === 1n && set.block === registered) ||
        (set.block < block &&
          set.effectiveAt <= time &&
          !cancelled.some((by) => by.model === set.model && by.version === set.version && by.block < block)),
    )
    .sort(by((set) => -set.version))[0];

const grouped = <T extends { model: string; block: bigint }>(facts: T[], lastBlock: bigint): ((model: string) => T[]) => {
  const groups = new Map<string, T[]>();
  for (const fact of facts) if (fact.block <= lastBlock) groups.set(fact.model, [...(groups.get(fact.model) ?? []), fact]);
  return (model) => groups.get(model) ?? [];
};

type Suspense = Pick<Row<"suspense">, "model" | "splitVersion" | "owner">;

/** The terms of payments, in the order in which they are completed, and after them those of suspense whose table is at hand. */
export function resolve({ chain }: Facts, lastBlock: bigint, tableOf: TableOf, payments: Settled[], suspense: Suspense[]) {
  const splits = grouped<Split>([...chain.split, ...chain.committed], lastBlock);
  const lineages = grouped(chain.lineage, lastBlock);
  const owners = grouped(chain.owner, lastBlock);
  const registered = new Map(chain.registered.filter(({ block }) => block <= lastBlock).map((fact) => [fact.model, fact]));
  const terms: Row<"terms">[] = [];
  const ids = new Map<string, bigint>();

  const add = (fields: Pick<Row<"terms">, "model" | "splitVersion" | "lineageVersion" | "owner" | "parents">): bigint => {
    const { model, splitVersion, lineageVersion, owner, parents } = fields;
    const key = [model, splitVersion, lineageVersion, owner, write(termParents.write(parents))].join();
    const id = ids.get(key) ?? BigInt(terms.length);
    if (!ids.has(key)) {
      const { number: modelNumber } = registered.get(model) ?? fail(`model ${model} is not registered`);
      terms.push({ id, model, modelNumber, lineageVersion, owner, splitVersion, table: tableOf(model, splitVersion), parents });
      ids.set(key, id);
    }
    return id;
  };

  const memory = new Map<string, bigint>();
  const at = (model: string, block: bigint, time: bigint, steps: number): bigint => {
    const key = `${model} ${block} ${steps}`;
    if (!memory.has(key)) {
      const since = registered.get(model)?.block;
      const split = inForce(splits(model), chain.cancelled, since, block, time) ?? fail(`model ${model} has no split`);
      const named = inForce(lineages(model), chain["lineage-cancelled"], since, block, time);
      const owner = owners(model).findLast((fact) => fact.block < block)?.owner ?? registered.get(model)?.creator;
      const above = steps === MOST_STEPS ? [] : (named?.parents ?? []);
      const parents = above.map(({ parent, share }) => ({ terms: at(parent, block, time, steps + 1), share }));
      if (above.reduce((sum, { share }) => sum + share, 0n) > WHOLE) fail(`more than all of model ${model} goes up`);
      memory.set(
        key,
        add({
          model,
          splitVersion: split.version,
          lineageVersion: named?.version ?? 0n,
          owner: owner ?? fail(`model ${model} is not registered`),
          parents,
        }),
      );
    }
    return memory.get(key)!;
  };

  const paid = payments.map(({ model, since, ...payment }) => ({ ...payment, terms: at(model, payment.block, payment.time, 0), named: 0n }));
  for (const { model, splitVersion, owner } of suspense) {
    if (typeof tableOf(model, splitVersion) !== "string") add({ model, splitVersion, lineageVersion: 0n, owner, parents: [] });
  }
  return { terms, payments: paid };
}
