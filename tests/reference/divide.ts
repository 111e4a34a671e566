// The sums of section 3 and the division of section 4.
import { by, held, inOrder, OWNER, part, ZERO_WORD } from "./lines.ts";
import type { Bundle, Row, Table } from "./lines.ts";
import type { Event } from "./facts.ts";
import { hashText } from "./tree.ts";

const WHOLE = 1_000_000n;
const UNIT = 1n << 32n;

/** Sums by key; a key is one text of the values that it is made of. */
export class Sums extends Map<string, bigint> {
  add(key: string, value: bigint): void {
    this.set(key, held((this.get(key) ?? 0n) + value));
  }

  /** Keys, split into their values, with the sums that are not zero. */
  *parts(): Generator<[string[], bigint]> {
    for (const [key, sum] of this) if (sum !== 0n) yield [key.split(" "), sum];
  }

  total(): bigint {
    return held([...this.values()].reduce((a, b) => a + b, 0n));
  }
}

const atHand = (table: Table | string): table is Table => typeof table !== "string";

// Section 3

export interface UsageSums {
  method: Row<"method">[];
  open: Row<"open">[];
  direct: Row<"direct">[];
  /** Of each payment the number of weighing events that name it. */
  named: bigint[];
}

/** What counted events say of the payments of an epoch. */
export function sumUsage({ terms, payment: payments }: Pick<Bundle, "terms" | "payment">, counted: Event[]): UsageSums {
  const methods = new Sums();
  const open = new Sums();
  const direct = new Sums();
  const named = payments.map(() => 0n);
  const votes = payments.map(() => new Sums());
  // A model's payments by what an event may name them by.
  const byName = new Map<string, Set<number>>();
  payments.forEach(({ terms: id, usageRef, transaction }, i) => {
    for (const name of [usageRef, transaction]) {
      const key = `${terms[Number(id)]!.model} ${name}`;
      byName.set(key, (byName.get(key) ?? new Set()).add(i));
    }
  });
  for (const { model, units, payment, method, weights } of counted) {
    if (units === 0n || weights.length === 0) continue;
    methods.add(`${model} ${method}`, 1n);
    const sum = weights.reduce((total, { weight }) => total + weight, 0n);
    const shares = weights.map(({ account, weight }) => ({ account, share: part(units * UNIT, weight, sum) }));
    const those = /^0x0*$/.test(payment) ? undefined : byName.get(`${model} ${payment}`);
    if (!those) for (const { account, share } of shares) open.add(`${model} ${account}`, share);
    for (const i of those ?? []) {
      named[i]!++;
      for (const { account, share } of shares) votes[i]!.add(account, share);
    }
  }
  payments.forEach(({ terms: id, token, settled }, i) => {
    const { table } = terms[Number(id)]!;
    if (named[i] === 0n || !atHand(table) || table.pool === 0n) return;
    const all = votes[i]!.total();
    for (const [account, vote] of votes[i]!) direct.add(`${id} ${token} ${account}`, part(settled * UNIT, vote, all));
  });
  return {
    method: [...methods.parts()].map(([[model, method], events]) => ({ model: model!, method: method!, events })).sort(inOrder("method")),
    open: [...open.parts()].map(([[model, account], weight]) => ({ model: model!, account: account!, weight })).sort(inOrder("open")),
    direct: [...direct.parts()]
      .map(([[id, token, account], weight]) => ({ terms: BigInt(id!), token: token!, account: account!, weight }))
      .sort(inOrder("direct")),
    named,
  };
}

// What records tell of usage

export interface Uses {
  /** By model, if not zero. */
  paidUses: Sums;
  consumers: Sums;
  domain: Row<"domain">[];
}

const PLAIN = /^[ !#-[\]-~]{0,32}$/;

/** The word of a domain that an event names. */
export function domainWord(domain: string): string {
  if (/^0x[0-9a-fA-F]{64}$/.test(domain)) return domain.toLowerCase();
  if (domain.startsWith("0x") || !PLAIN.test(domain)) return hashText(domain);
  return `0x${Buffer.from(domain, "latin1").toString("hex").padEnd(64, "0")}`;
}

export function usesOf({ terms, payment: payments }: Pick<Bundle, "terms" | "payment">, counted: Event[]): Uses {
  const paying = new Set<string>();
  for (const { terms: id, usageRef, transaction, settled } of payments) {
    if (settled > 0n) for (const name of [usageRef, transaction]) paying.add(`${terms[Number(id)]!.model} ${name}`);
  }
  const paidUses = new Sums();
  const consumers = new Sums();
  const met = new Set<string>();
  const [successes, trials, paidSuccesses, paidTrials] = [new Sums(), new Sums(), new Sums(), new Sums()];
  for (const { model, consumer, domain, outcome, payment } of counted) {
    const paid = payment !== ZERO_WORD && paying.has(`${model} ${payment}`);
    if (paid) paidUses.add(model, 1n);
    if (consumer !== ZERO_WORD && !met.has(`${model} ${consumer}`)) consumers.add(model, 1n);
    if (consumer !== ZERO_WORD) met.add(`${model} ${consumer}`);
    if (outcome !== "ok" && outcome !== "error") continue;
    const key = `${model} ${domainWord(domain)}`;
    trials.add(key, 1n);
    if (outcome === "ok") successes.add(key, 1n);
    if (paid) paidTrials.add(key, 1n);
    if (paid && outcome === "ok") paidSuccesses.add(key, 1n);
  }
  const domain = [...trials].map(([key, sum]) => {
    const [model, word] = key.split(" ") as [string, string];
    const of = (sums: Sums): bigint => sums.get(key) ?? 0n;
    return { model, domain: word, successes: of(successes), trials: sum, paidSuccesses: of(paidSuccesses), paidTrials: of(paidTrials) };
  });
  return { paidUses, consumers, domain: domain.sort(inOrder("domain")) };
}

// Section 4

export interface Waiting {
  residue: Row<"residue">[];
  suspense: Row<"suspense">[];
}

export interface Divided extends Waiting {
  /** By token and account, all that was earned, and what of it rows gave. */
  earned: Sums;
  byRows: Sums;
  /** By model and token, what the model's own payments were settled with. */
  revenue: Row<"revenue">[];
}

interface Group {
  terms: Row<"terms">;
  money: bigint;
  /** The place of its oldest payment among the epoch's; without a payment, after all. */
  oldest: number;
}

/** Rows with the owner in place, one for each account. */
const merged = (rows: Table["rows"], owner: string): Sums => {
  const weights = new Sums();
  for (const { account, weight } of rows) weights.add(account === OWNER ? owner : account, weight);
  return weights;
};

export function divide({ terms, payment: payments, open, direct }: Pick<Bundle, "terms" | "payment" | "open" | "direct">, before: Waiting): Divided {
  const earned = new Sums();
  const byRows = new Sums();
  const residues = new Sums(before.residue.map(({ model, token, amount }) => [`${model} ${token}`, amount]));
  const suspense = new Sums();
  const revenue = new Sums();
  for (const { terms: id, token, settled } of payments) revenue.add(`${terms[Number(id)]!.model} ${token}`, settled);
  const models = [...new Set([...terms].sort(by((t) => -t.modelNumber)).map(({ model }) => model))];

  const openSums = new Map<string, Sums>();
  for (const { model, account, weight } of open) {
    if (!openSums.has(model)) openSums.set(model, new Sums());
    openSums.get(model)!.set(account, weight);
  }
  const directSums = new Map<string, Sums>();
  for (const { terms: id, token, account, weight } of direct) {
    const key = `${id} ${token}`;
    if (!directSums.has(key)) directSums.set(key, new Sums());
    directSums.get(key)!.set(account, weight);
  }
  // Of each terms and token, what named payments were settled with.
  const namedMoney = new Sums();
  for (const { terms: id, token, settled, named } of payments) if (named > 0n) namedMoney.add(`${id} ${token}`, settled);

  for (const token of new Set([...payments, ...before.suspense].map((money) => money.token))) {
    const groups = new Map<bigint, Group>();
    const reach = (id: bigint, money: bigint, oldest: number) => {
      const group = groups.get(id) ?? { terms: terms[Number(id)]!, money: 0n, oldest };
      groups.set(id, { ...group, money: held(group.money + money), oldest: Math.min(group.oldest, oldest) });
    };
    payments.forEach((payment, i) => {
      if (payment.token === token) reach(payment.terms, payment.settled, i);
    });
    for (const waits of before.suspense) {
      if (waits.token !== token) continue;
      const { model, splitVersion, owner, amount } = waits;
      const to = terms.find(
        (t) =>
          t.model === model && t.splitVersion === splitVersion && t.owner === owner && t.lineageVersion === 0n && t.parents.length === 0 && atHand(t.table),
      );
      if (to) reach(to.id, amount, Infinity);
      else suspense.add(`${model} ${splitVersion} ${owner} ${token}`, amount);
    }

    for (const model of models) {
      const those = [...groups.values()].filter((group) => group.terms.model === model).sort(by((group) => group.oldest, (group) => group.terms.id));
      if (those.length === 0) continue;
      those[0]!.money = held(those[0]!.money + (residues.get(`${model} ${token}`) ?? 0n));
      let left = 0n;
      for (const { terms: { id, table, owner, parents, splitVersion }, money, oldest } of those) {
        let rest = money;
        for (const { terms: parent, share } of parents) {
          const up = part(money, share, WHOLE);
          rest -= up;
          if (up > 0n) reach(parent, up, oldest);
        }
        if (!atHand(table)) {
          suspense.add(`${model} ${splitVersion} ${owner} ${token}`, rest);
          continue;
        }
        left += rest;
        const give = (sum: bigint, weights: Sums, all: bigint, also?: Sums) => {
          for (const [account, weight] of weights) {
            const share = part(sum, weight, all);
            left -= share;
            earned.add(`${token} ${account}`, share);
            also?.add(`${token} ${account}`, share);
          }
        };
        const rows = merged(table.rows, owner);
        const all = rows.total() + table.pool;
        give(rest, rows, all, byRows);
        const pool = part(rest, table.pool, all);
        if (pool === 0n) continue;
        const own = directSums.get(`${id} ${token}`);
        const named = own ? part(pool, namedMoney.get(`${id} ${token}`) ?? 0n, money) : 0n;
        if (own) give(named, own, own.total());
        const others = openSums.get(model) ?? merged(table.fallback, owner);
        give(pool - named, others, others.total());
      }
      residues.set(`${model} ${token}`, left);
    }
  }
  return {
    earned,
    byRows,
    revenue: [...revenue.parts()].map(([[model, token], amount]) => ({ model: model!, token: token!, amount })).sort(inOrder("revenue")),
    residue: [...residues.parts()].map(([[model, token], amount]) => ({ model: model!, token: token!, amount })).sort(inOrder("residue")),
    suspense: [...suspense.parts()]
      .map(([[model, version, owner, token], amount]) => ({ model: model!, splitVersion: BigInt(version!), owner: owner!, token: token!, amount }))
      .sort(inOrder("suspense")),
  };
}
