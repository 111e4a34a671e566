// For the tests: facts, told one after another, and histories of random ones.
import { tableText, table as tableColumn, write } from "./lines.ts";
import type { Table, Value } from "./lines.ts";
import { readFacts } from "./facts.ts";
import type { Facts } from "./facts.ts";
import { hashText } from "./tree.ts";

export const hex = (byte: string, length: number): string => `0x${byte.repeat(length)}`;
export const person = (byte: string): string => hex(byte, 20);
export const word = (text: string): string => hashText(text);
export const NONE = hex("00", 32);

export const COIN = person("c0");
type Rows = [account: string, weight: number | bigint][];

const rows = (given: Rows) => given.map(([account, weight]) => ({ account, weight: BigInt(weight), role: "" }));
export const tableFor = (given: Rows, pool: number | bigint = 0, fallback: Rows = []): Table => ({
  rows: rows(given),
  pool: BigInt(pool),
  fallback: rows(fallback),
});

export interface EventGiven {
  model: string;
  units: number | bigint;
  payment?: string;
  method?: string;
  weights?: Rows;
  consumer?: string;
  domain?: string;
  outcome?: string;
}

/** Facts in chain order: `block` begins a new one, each fact takes the next log. */
export class Story {
  chain: Value[][] = [];
  rest: Value[][] = [];
  now = 0n;
  log = 0n;
  numbers = 0n;
  events = 0;
  closed = 0n;

  constructor(first = 1, tokens: [string, number][] = [[COIN, 1]]) {
    this.chain.push(["chain", 31337n, person("01"), person("02"), person("03"), BigInt(first)]);
    this.block(first);
    for (const [token, smallest] of tokens) this.fact("listed", token, `${smallest}`);
  }

  get time(): bigint {
    return 1_700_000_000n + 12n * this.now;
  }

  block(number: number | bigint = this.now + 1n): this {
    this.now = BigInt(number);
    this.log = 0n;
    return this;
  }

  fact(kind: string, ...values: Value[]): this {
    const when = kind === "listed" ? [this.now, this.log] : [this.now, this.log, this.time];
    this.chain.push([kind, ...when, ...values]);
    this.log++;
    return this;
  }

  /** A model with its first split and, where it names parents, its first lineage. */
  model(model: string, creator: string, first: Table, parents: [string, number][] = []): this {
    this.fact("registered", word(model), ++this.numbers, creator);
    this.fact("split", word(model), 1n, this.time, tableColumn.write(first));
    return parents.length === 0 ? this : this.lineage(model, 1, 0, parents);
  }

  split(model: string, version: number, table: Table, notice = 0): this {
    return this.fact("split", word(model), BigInt(version), this.time + BigInt(notice), tableColumn.write(table));
  }

  committed(model: string, version: number, table: Table, notice = 0): this {
    const weight = table.rows.reduce((sum, row) => sum + row.weight, table.pool);
    const number = BigInt(table.rows.length + table.fallback.length);
    return this.fact("committed", word(model), BigInt(version), this.time + BigInt(notice), hashText(tableText(table)), number, `${weight}`);
  }

  lineage(model: string, version: number, notice: number, parents: [string, number][]): this {
    const named = parents.map(([parent, share]) => [word(parent), BigInt(share)]);
    return this.fact("lineage", word(model), BigInt(version), this.time + BigInt(notice), named);
  }

  gateway(model: string, gateway: string, listed = 1): this {
    return this.fact("gateway", word(model), gateway, BigInt(listed));
  }

  get transaction(): string {
    return word(`transaction ${this.now} ${this.log}`);
  }

  pay(model: string, amount: number | bigint, { route = "rail", token = COIN, usageRef = NONE, transaction = this.transaction } = {}): this {
    return this.fact("payment", transaction, route, word(model), token, `${amount}`, person("99"), usageRef);
  }

  transfer(model: string, amount: number | bigint, token = COIN): this {
    return this.pay(model, amount, { route: "transfer", token });
  }

  sweep(model: string, amount: number | bigint, token = COIN): this {
    return this.fact("sweep", this.transaction, word(model), token, `${amount}`);
  }

  publish(table: Table): this {
    this.rest.push(["table", tableColumn.write(table)]);
    return this;
  }

  batch(gateway: string, number: number, events: EventGiven[]): this {
    const event = ({ model, units, payment = NONE, method = NONE, weights = [], consumer = word("consumer"), domain = "chat", outcome = "done" }: EventGiven): Value => {
      const id = word(`event ${++this.events}`);
      const ascending = weights.map(([account, weight]) => [account, `${weight}`]).sort();
      return ["event", id, consumer, word(model), domain, outcome, BigInt(units), this.time, payment, method, ascending];
    };
    this.rest.push(["batch", gateway, BigInt(number), events.map(event)]);
    return this;
  }

  seen(model: string, events: number): this {
    this.rest.push(["seen", word(model), BigInt(events)]);
    return this;
  }

  push(account: string, recipient: string): this {
    this.rest.push(["push", account, recipient]);
    return this;
  }

  /** Ends the epoch with the block of now. */
  close(): this {
    this.rest.push(["close", ++this.closed, this.now, word(`block ${this.now}`)]);
    return this.block();
  }

  get text(): string {
    return [...this.chain, ...this.rest].map((line) => `${write(line)}\n`).join("");
  }

  get facts(): Facts {
    return readFacts(this.text);
  }
}

/** Numbers that only the seed decides (xorshift). */
export function dice(seed: number): (sides: number) => number {
  let state = BigInt(seed) * 0x9e3779b97f4a7c15n + 1n;
  return (sides) => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return Number((state & 0xffffffffffffffffn) >> 11n) % sides;
  };
}

/** A history of three epochs with some of everything. */
export function randomStory(seed: number): Story {
  const roll = dice(seed);
  const pick = <T>(from: T[]): T => from[roll(from.length)]!;
  const people = [..."456789abcdef"].flatMap((a) => [..."12"].map((b) => person(a + b)));
  const gateways = [person("9a"), person("9b")];
  const tokens = [COIN, person("c1"), person("00")];
  const story = new Story(10, tokens.map((token) => [token, pick([0, 1, 40, 1000])]));
  const weight = () => (roll(12) === 0 ? (1n << 96n) - 1n - BigInt(roll(9)) : BigInt(1 + roll(roll(2) === 0 ? 5 : 100_000)));
  const someRows = (most: number): Rows => Array.from({ length: roll(most) + 1 }, () => [roll(4) === 0 ? "OWNER" : pick(people), weight()]);
  const someTable = (): Table => {
    const pooled = roll(2) === 0;
    return tableFor(pooled && roll(4) === 0 ? [] : someRows(4), pooled ? weight() : 0, pooled ? someRows(2) : []);
  };
  const models: { name: string; version: number; lineage: number; committed: Table[] }[] = [];
  const references: { model: string; payment: string }[] = [];
  const batches = new Map<string, number>();

  const parentsFor = (older: string[]): [string, number][] => {
    const named = new Set(Array.from({ length: roll(4) }, () => pick(older)));
    return older.length === 0 ? [] : [...named].map((name) => [name, pick([1, 250_000, 333_333, 77])]);
  };
  const register = () => {
    const name = `model ${models.length}`;
    // Half of them in one long line.
    const line: [string, number][] = roll(2) === 0 && models.length > 0 ? [[models.at(-1)!.name, 100_000 + roll(500_000)]] : parentsFor(models.map((m) => m.name));
    story.model(name, pick(people), someTable(), line);
    models.push({ name, version: 1, lineage: line.length === 0 ? 0 : 1, committed: [] });
    for (const gateway of gateways) if (roll(3) > 0) story.gateway(name, gateway);
  };
  const acts: (() => void)[] = [
    () => models.length < 12 && register(),
    () => {
      const model = pick(models);
      const table = someTable();
      if (roll(2) === 0) story.split(model.name, ++model.version, table, roll(3) * 12);
      else {
        story.committed(model.name, ++model.version, table, roll(3) * 12);
        model.committed.push(table);
      }
      if (roll(5) === 0) story.fact("cancelled", word(model.name), BigInt(model.version));
    },
    () => {
      const at = roll(models.length);
      const model = models[at]!;
      story.lineage(model.name, ++model.lineage, roll(3) * 12, parentsFor(models.slice(0, at).map(({ name }) => name)));
      if (model.lineage > 1 && roll(3) === 0) story.fact("lineage-cancelled", word(model.name), BigInt(model.lineage));
    },
    () => void story.fact("owner", word(pick(models).name), pick(people)),
    () => void story.gateway(pick(models).name, pick(gateways), roll(2)),
    () => void (models.length < 12 && register()),
  ];
  const money = () => (roll(10) === 0 ? 10n ** BigInt(roll(25)) : roll(8) === 0 ? 0n : BigInt(roll(5000)));
  for (let i = 0; i < 5; i++) register();
  for (let epoch = 0; epoch < 3; epoch++) {
    for (let step = 0; step < 40; step++) {
      if (roll(3) > 0) story.block();
      const model = pick(models).name;
      const token = pick(tokens);
      const kind = roll(10);
      if (kind < 2) pick(acts)();
      else if (kind < 6) {
        const transaction = story.transaction;
        const usageRef = roll(2) === 0 ? word(`reference ${roll(9)}`) : NONE;
        references.push({ model, payment: usageRef }, { model, payment: transaction });
        story.pay(model, money(), { token, usageRef, transaction });
      } else if (kind < 8) {
        references.push({ model, payment: story.transaction });
        story.transfer(model, money(), token);
      } else {
        references.push({ model, payment: story.transaction });
        story.sweep(model, money(), token);
      }
    }
    story.block().pay("model 0", 5000).block();
    for (const model of models) {
      if (roll(2) === 0) model.committed.splice(0).forEach((table) => story.publish(table));
      if (roll(4) === 0) story.seen(model.name, roll(9));
    }
    for (let i = roll(4); i > 0; i--) {
      const gateway = pick(gateways);
      batches.set(gateway, (batches.get(gateway) ?? 0) + 1);
      const events = Array.from({ length: 1 + roll(8) }, (): EventGiven => {
        const voted = new Set(Array.from({ length: roll(4) }, () => pick(people)));
        return {
          ...(roll(3) === 0 ? { model: pick(models).name } : pick(references)),
          units: roll(5) === 0 ? (1n << 64n) - 1n : roll(50),
          method: roll(2) === 0 ? word("method") : NONE,
          consumer: roll(4) === 0 ? NONE : word(`consumer ${roll(4)}`),
          domain: pick(["nda-review", "", "droit d'été", `0x${"5A".repeat(32)}`, "a domain of more than thirty-two characters", "chat"]),
          outcome: pick(["ok", "ok", "error", "unknown", "done"]),
          weights: [...voted].map((account) => [account, weight()]),
        };
      });
      story.batch(gateway, batches.get(gateway)!, events);
    }
    for (const account of people) if (roll(6) === 0) story.push(account, person("1c"));
    story.close();
  }
  return story;
}
