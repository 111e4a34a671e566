// Section 7: lines of bundles, read strictly and written in their one form. Everything else builds on the types made here.

/** What is wrong, in words. Whatever is refused or differs is told by throwing one. */
export class Wrong extends Error {}

export function fail(words: string): never {
  throw new Wrong(words);
}

/** A result of more than 256 bits is a fault, never a smaller number. */
export const held = (value: bigint): bigint => (value >> 256n === 0n ? value : fail(`${value} does not fit into 256 bits`));
export const part = (a: bigint, b: bigint, c: bigint): bigint => held((a * b) / c);

export const ZERO_WORD = `0x${"0".repeat(64)}`;
export const ZERO_ADDRESS = `0x${"0".repeat(40)}`;
const MOST_LINE = 64 * 1024 * 1024;
const MOST_NESTING = 6;

// JSON of arrays, texts and plain numbers, without spaces: the parser takes nothing that the writer does not write.

export type Value = bigint | string | Value[];

const TEXT = /"([^"\\\p{Cc}]*(?:\\["\\][^"\\\p{Cc}]*)*)"/uy;
const NUMBER = /0|[1-9][0-9]{0,19}/y;

export function parse(line: string): Value[] {
  let at = 0;
  const matched = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const match = pattern.exec(line) ?? fail(`column ${at + 1}: not a value`);
    at = pattern.lastIndex;
    return match[1] ?? match[0];
  };
  const value = (nesting: number): Value => {
    if (line[at] === '"') return matched(TEXT).replace(/\\(.)/gu, "$1");
    if (line[at] !== "[") {
      const number = BigInt(matched(NUMBER));
      return number >> 64n === 0n ? number : fail(`${number} does not fit into 64 bits`);
    }
    if (nesting === MOST_NESTING) fail(`column ${at + 1}: too deep`);
    const values: Value[] = [];
    at++;
    if (line[at] !== "]") {
      values.push(value(nesting + 1));
      while (line[at] === ",") {
        at++;
        values.push(value(nesting + 1));
      }
      if (line[at] !== "]") fail(`column ${at + 1}: not ']' or ','`);
    }
    at++;
    return values;
  };
  if (line[0] !== "[") fail("not an array");
  const values = value(0) as Value[];
  return at === line.length ? values : fail(`column ${at + 1}: something follows the array`);
}

export const write = (value: Value): string => {
  if (typeof value === "bigint") return `${value}`;
  return typeof value === "string" ? `"${value.replace(/["\\]/g, "\\$&")}"` : `[${value.map(write).join(",")}]`;
};

// Columns: how one value of a line is read and written.

export interface Column<T> {
  read(value: Value): T;
  write(value: T): Value;
}

const same = <T extends Value>(read: (value: Value) => T): Column<T> => ({ read, write: (value) => value });
const shown = (value: Value): string => (Array.isArray(value) ? "a list" : `'${value}'`);
const matching = (pattern: RegExp, what: string) =>
  same((value) => (typeof value === "string" && pattern.test(value) ? value : fail(`${shown(value)} is not ${what}`)));

export const number = same((value) => (typeof value === "bigint" ? value : fail(`${shown(value)} is not a number`)));
export const count = same((value) => (number.read(value) === 0n ? fail("a number is zero that cannot be") : number.read(value)));
export const text = same((value) => (typeof value === "string" ? value : fail(`${shown(value)} is not a text`)));
export const address = matching(/^0x[0-9a-f]{40}$/, "an address");
export const word = matching(/^0x[0-9a-f]{64}$/, "a word");
export const account = same((value) => (address.read(value) === ZERO_ADDRESS ? fail("the zero address is not an account") : address.read(value)));
export const route = matching(/^(rail|transfer|excess)$/, "a route");

export const amount: Column<bigint> = {
  read: (value) =>
    typeof value === "string" && /^(0|[1-9][0-9]{0,77})$/.test(value) ? held(BigInt(value)) : fail(`${shown(value)} is not an amount`),
  write: (value) => `${value}`,
};
export const positive: Column<bigint> = {
  read: (value) => (amount.read(value) === 0n ? fail("an amount is zero that cannot be") : amount.read(value)),
  write: amount.write,
};

export type Columns = Record<string, Column<any>>;
export type RowOf<C extends Columns> = { [K in keyof C]: C[K] extends Column<infer T> ? T : never };

export const readRow = <C extends Columns>(columns: C, values: Value[]): RowOf<C> => {
  const names = Object.keys(columns);
  if (values.length !== names.length) fail(`${values.length} values stand where ${names.length} belong`);
  return Object.fromEntries(names.map((name, i) => [name, columns[name]!.read(values[i]!)])) as RowOf<C>;
};

const writeRow = <C extends Columns>(columns: C, row: RowOf<C>): Value[] =>
  Object.entries(columns).map(([name, column]) => column.write(row[name]));

export const list = <C extends Columns>(columns: C): Column<RowOf<C>[]> => ({
  read: (value) =>
    Array.isArray(value)
      ? value.map((entry) => readRow(columns, Array.isArray(entry) ? entry : fail(`${shown(entry)} is not a list`)))
      : fail(`${shown(value)} is not a list`),
  write: (rows) => rows.map((row) => writeRow(columns, row)),
});

// Tables

/** A role's one text: plain where its word is plain, else hexadecimal. */
const PLAIN_ROLE = /^(?!0x)[ !#-[\]-~]{0,32}$/;
const role = same((value) => {
  if (PLAIN_ROLE.test(text.read(value))) return text.read(value);
  const plain = Buffer.from(word.read(value).slice(2), "hex").toString("latin1").replace(/\0+$/, "");
  return PLAIN_ROLE.test(plain) ? fail(`the role ${shown(value)} has a plain text`) : text.read(value);
});

/** A domain stands as its word's one text, like a role; here it is its word, by which it is ordered. */
const domain: Column<string> = {
  read: (value) => {
    const given = role.read(value);
    return given.startsWith("0x") ? given : `0x${Buffer.from(given, "latin1").toString("hex").padEnd(64, "0")}`;
  },
  write: (value) => {
    const plain = Buffer.from(value.slice(2), "hex").toString("latin1").replace(/\0+$/, "");
    return PLAIN_ROLE.test(plain) ? plain : value;
  },
};

export const OWNER = "OWNER";
const rows = list({ account: same((value) => (value === OWNER ? OWNER : account.read(value))), weight: amount, role });

export interface Table {
  rows: { account: string; weight: bigint; role: string }[];
  pool: bigint;
  fallback: { account: string; weight: bigint; role: string }[];
}

export const MOST_WEIGHT = (1n << 96n) - 1n;

const isGood = ({ rows, pool, fallback }: Table): boolean =>
  [...rows, ...fallback].every(({ weight }) => weight > 0n && weight <= MOST_WEIGHT) &&
  pool <= MOST_WEIGHT &&
  (rows.length > 0 || pool > 0n) &&
  fallback.length > 0 === pool > 0n;

/** A table that is not good is refused wherever it comes in. */
export const table: Column<Table> = {
  read: (value) => {
    if (!Array.isArray(value) || value.length !== 3) return fail(`${shown(value)} is not a table`);
    const given = { rows: rows.read(value[0]!), pool: amount.read(value[1]!), fallback: rows.read(value[2]!) };
    return isGood(given) ? given : fail("the table is not good");
  },
  write: ({ rows: first, pool, fallback }) => [rows.write(first), amount.write(pool), rows.write(fallback)],
};

const tableOrHash: Column<Table | string> = {
  read: (value) => (typeof value === "string" ? word.read(value) : table.read(value)),
  write: (value) => (typeof value === "string" ? value : table.write(value)),
};

/** A table's one text, or its commitment's hash. */
export const tableText = (value: Table | string): string => write(tableOrHash.write(value));

export const parents = list({ terms: number, share: count });

// The kinds of lines, in their order; rows of a kind ascend by its key.

const one = <C extends Columns>(columns: C) => ({ columns, once: true as const, key: [] as string[] });
const many = <C extends Columns>(key: (keyof C & string)[], columns: C) => ({ columns, once: false as const, key: key as string[] });

export const kinds = {
  "opensettle-bundle": one({ version: same((value) => (value === 1n ? value : fail("not version 1"))) }),
  deployment: one({ chainId: number, registry: address, rail: address, vault: address }),
  epoch: one({ number, firstBlock: number, lastBlock: number, parentHash: word, lastBlockHash: word }),
  previous: one({ root: word, hash: word }),
  token: many(["token"], { token: address, smallest: amount }),
  terms: many(["id"], {
    id: number,
    model: word,
    modelNumber: number,
    lineageVersion: number,
    owner: account,
    splitVersion: number,
    table: tableOrHash,
    parents,
  }),
  batch: many(["gateway", "number"], { gateway: address, number, root: word, events: count }),
  usage: many(["model"], { model: word, events: count, counted: number, units: amount }),
  method: many(["model", "method"], { model: word, method: word, events: count }),
  open: many(["model", "account"], { model: word, account, weight: positive }),
  payment: many(["block", "log"], {
    block: number,
    log: number,
    time: number,
    transaction: word,
    route,
    terms: number,
    token: address,
    paid: amount,
    settled: amount,
    payer: address,
    usageRef: word,
    named: number,
  }),
  direct: many(["terms", "token", "account"], { terms: number, token: address, account, weight: positive }),
  push: many(["account"], { account, recipient: address }),
  account: many(["token", "account"], { token: address, account, earned: amount, leaf: amount, pushed: amount }),
  residue: many(["model", "token"], { model: word, token: address, amount: positive }),
  suspense: many(["model", "splitVersion", "owner", "token"], {
    model: word,
    splitVersion: number,
    owner: account,
    token: address,
    amount: positive,
  }),
  total: many(["token"], { token: address, total: amount }),
  record: many(["model"], { model: word, uses: number, paidUses: number, consumers: number }),
  revenue: many(["model", "token"], { model: word, token: address, amount: positive }),
  domain: many(["model", "domain"], { model: word, domain, successes: number, trials: count, paidSuccesses: number, paidTrials: number }),
  root: one({ root: word, pushRoot: word, recordRoot: word }),
  end: one({ lines: number }),
};

export type Kinds = typeof kinds;
export type Kind = keyof Kinds;
export type Row<K extends Kind> = RowOf<Kinds[K]["columns"]>;
export type Many = { [K in Kind]: Kinds[K]["once"] extends true ? never : K }[Kind];
export type Bundle = { [K in Kind]: K extends Many ? Row<K>[] : Row<K> };

type AnyRow = Record<string, any>;

/** Hexadecimal texts of one length and BigInts order as their values do. */
export const by =
  <T>(...keys: ((row: T) => string | bigint | number)[]) =>
  (a: T, b: T): number => {
    for (const key of keys) if (key(a) !== key(b)) return key(a) < key(b) ? -1 : 1;
    return 0;
  };

export const inOrder = <K extends Kind>(kind: K): ((a: Row<K>, b: Row<K>) => number) =>
  by<AnyRow>(...kinds[kind].key.map((name) => (row: AnyRow) => row[name])) as (a: Row<K>, b: Row<K>) => number;

export const lineOf = <K extends Kind>(kind: K, row: Row<K>): string => write([kind, ...writeRow(kinds[kind].columns as Columns, row)]);

/** Reads a bundle's bytes, and refuses all that is not in its one form. */
export function read(bytes: Uint8Array): Bundle {
  let whole: string;
  try {
    whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail("not UTF-8");
  }
  const lines = whole.split("\n");
  let at = 0;
  const told = <T>(body: () => T): T => {
    try {
      return body();
    } catch (error) {
      return error instanceof Wrong ? fail(`line ${at + 1}: ${error.message}`) : fail(`line ${at + 1}: ${String(error)}`);
    }
  };
  if (lines.pop() !== "") {
    at = lines.length;
    told(() => fail("does not end with a line feed"));
  }
  const next = (): Value[] | undefined =>
    at < lines.length
      ? told(() => (Buffer.byteLength(lines[at]!) > MOST_LINE ? fail("longer than 64 MiB") : parse(lines[at]!)))
      : undefined;
  const bundle: Record<string, AnyRow | AnyRow[]> = {};
  let values = next();
  for (const [kind, { columns, once }] of Object.entries(kinds)) {
    const found: AnyRow[] = [];
    const order = inOrder(kind as Kind);
    while (values?.[0] === kind && !(once && found.length === 1)) {
      const row = told(() => readRow(columns as Columns, values!.slice(1)));
      const last = found.at(-1);
      if (last && order(last as never, row as never) >= 0) told(() => fail("not after the line before it"));
      if (kind === "terms" && row["id"] !== BigInt(found.length)) told(() => fail(`terms ${row["id"]} stand where ${found.length} belong`));
      if (kind === "end" && row["lines"] !== BigInt(at)) told(() => fail(`${row["lines"]} lines are said to stand before it`));
      found.push(row);
      at++;
      values = next();
    }
    if (once && found.length === 0) told(() => fail(values ? `no '${kind}' line, but ${shown(values[0] ?? "")}` : `no '${kind}' line`));
    bundle[kind] = once ? found[0]! : found;
  }
  if (values) told(() => fail(`${shown(values![0] ?? "")} has no place here`));
  return bundle as unknown as Bundle;
}

/** Writes a bundle's bytes; what its end line says follows from the others. */
export function bytesOf(bundle: Omit<Bundle, "opensettle-bundle" | "end">): Uint8Array {
  const all: Bundle = { ...bundle, "opensettle-bundle": { version: 1n }, end: { lines: 0n } };
  const lines = (Object.keys(kinds) as Kind[]).flatMap((kind) => [all[kind]].flat().map((row) => lineOf(kind, row as never)));
  lines.splice(-1, 1, lineOf("end", { lines: BigInt(lines.length - 1) }));
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}
