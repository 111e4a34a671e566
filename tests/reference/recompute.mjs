// A second implementation of docs/protocol.md, written from its rules alone: reads bundles in order, recomputes division,
// books, leaves, root and bytes, and prints the first difference or that all agree.
//
//   node tests/reference/recompute.mjs epoch-1.bundle epoch-2.bundle …
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { keccak256 } from "ethers";

const WHOLE = 1_000_000n;
const MOST_STEPS = 8;
const ZERO_WORD = `0x${"0".repeat(64)}`;

/** What is wrong, and on which line of which epoch's file. */
export class Difference extends Error {}

const fail = (message) => {
  throw new Difference(message);
};

// Reading

const patterns = {
  decimal: /^(0|[1-9][0-9]*)$/,
  address: /^0x[0-9a-f]{40}$/,
  word: /^0x[0-9a-f]{64}$/,
};

/** A line's values; JSON numbers become BigInts, so that 64 bits survive. */
function parseLine(line) {
  const marked = line.replace(/"(?:[^"\\]|\\.)*"|[0-9]+/g, (piece) => (piece[0] === '"' ? `"=${piece.slice(1)}` : `"#${piece}"`));
  const unmark = (value) => {
    if (Array.isArray(value)) return value.map(unmark);
    if (typeof value !== "string") return fail(`${JSON.stringify(value)} has no place here`);
    if (value[0] === "=") return value.slice(1);
    return patterns.decimal.test(value.slice(1)) ? BigInt(value.slice(1)) : fail(`${value.slice(1)} is not a plain number`);
  };
  return unmark(JSON.parse(marked));
}

const number = (value) => (typeof value === "bigint" ? value : fail(`${value} is not a number`));
const amount = (value) => (typeof value === "string" && patterns.decimal.test(value) ? BigInt(value) : fail(`${value} is not an amount`));
const address = (value) => (patterns.address.test(value) ? value : fail(`${value} is not an address`));
const word = (value) => (patterns.word.test(value) ? value : fail(`${value} is not a word`));

/** A role's one text: plain where its word is plain, else hexadecimal. */
const plainRole = /^(?!0x)[ !#-[\]-~]{0,32}$/;
const role = (value) => {
  if (plainRole.test(value)) return value;
  const bytes = Buffer.from(word(value).slice(2), "hex").toString("latin1").replace(/\0+$/, "");
  return plainRole.test(bytes) ? fail(`the role ${value} has a plain text`) : value;
};

const readers = {
  "opensettle-bundle": (file, [version]) => (number(version) === 1n ? (file.first = true) : fail("not version 1")),
  deployment: (file, [chain, registry, rail, vault]) =>
    (file.deployment = [number(chain), address(registry), address(rail), address(vault)]),
  epoch: (file, [n, first, last, hash]) => (file.epoch = { number: number(n), first: number(first), last: number(last), hash: word(hash) }),
  previous: (file, [root, bundle]) => (file.previous = { root: word(root), bundle: word(bundle) }),
  token: (file, [token, smallest]) => file.tokens.push({ token: address(token), smallest: amount(smallest) }),
  terms: (file, [id, model, modelNumber, lineage, owner, split, rows, parents]) =>
    file.terms.push({
      id: Number(number(id)),
      model: word(model),
      number: number(modelNumber),
      lineage: number(lineage),
      owner: address(owner),
      split: number(split),
      rows: rows.map(([account, weight, text]) => ({ account: account === "OWNER" ? null : address(account), weight: amount(weight), role: role(text) })),
      parents: parents.map(([parent, share]) => ({ id: Number(number(parent)), share: number(share) })),
    }),
  payment: (file, [block, log, time, transaction, route, terms, token, paid, settled, payer, usage]) =>
    file.payments.push({
      block: number(block),
      log: number(log),
      time: number(time),
      transaction: word(transaction),
      route: ["rail", "transfer", "excess"].includes(route) ? route : fail(`${route} is not a route`),
      terms: Number(number(terms)),
      token: address(token),
      paid: amount(paid),
      settled: amount(settled),
      payer: address(payer),
      usage: word(usage),
    }),
  usage: (file, [model, events]) => file.usage.push({ model: word(model), events: number(events) }),
  // What follows from the lines above is not read but computed.
  account: () => {},
  residue: () => {},
  total: () => {},
  root: () => {},
  end: () => {},
};

function read(text) {
  const file = { tokens: [], terms: [], payments: [], usage: [] };
  text.split("\n").forEach((line, i) => {
    if (line === "") return;
    try {
      const [kind, ...values] = parseLine(line);
      (Object.hasOwn(readers, kind) ? readers[kind] : fail(`'${kind}' is not a kind of line`))(file, values);
    } catch (error) {
      fail(`line ${i + 1}: ${error.message}`);
    }
  });
  for (const needed of ["first", "deployment", "epoch", "previous"]) if (!file[needed]) fail(`there is no ${needed} line`);
  file.tokens.sort(by((token) => token.token));
  file.usage.sort(by((usage) => usage.model));
  return file;
}

/** Hexadecimal texts of one length and BigInts order as their values do. */
const by = (...keys) => (a, b) => {
  for (const key of keys) if (key(a) !== key(b)) return key(a) < key(b) ? -1 : 1;
  return 0;
};

// Checking what was given

function checkInputs(file, previous) {
  const { epoch } = file;
  if (epoch.number !== (previous ? previous.epoch.number : 0n) + 1n) fail(`epoch ${epoch.number} does not follow`);
  if (file.previous.root !== (previous ? previous.root : ZERO_WORD)) fail("the root before it is another");
  if (file.previous.bundle !== (previous ? previous.hash : ZERO_WORD)) fail("the bundle before it is another");
  if (previous && String(previous.deployment) !== String(file.deployment)) fail("the bundle before it is of another deployment");
  if (previous && epoch.first !== previous.epoch.last + 1n) fail(`the epoch begins at block ${epoch.first}`);
  const steps = [];
  file.terms.forEach((terms, i) => {
    if (terms.id !== i) fail(`terms ${terms.id} stand where ${i} belong`);
    let sum = 0n;
    steps.push(0);
    for (const { id, share } of terms.parents) {
      if (!(id < i)) fail(`terms ${i}: parent terms ${id} do not stand before them`);
      if (!(file.terms[id].number < terms.number)) fail(`terms ${i}: a parent is not older`);
      steps[i] = Math.max(steps[i], steps[id] + 1);
      sum += share;
    }
    if (sum > WHOLE) fail(`terms ${i}: more than the whole goes up`);
    if (steps[i] > MOST_STEPS) fail(`terms ${i}: more than ${MOST_STEPS} steps`);
  });
  file.payments.forEach((payment, i) => {
    const place = by((p) => p.block, (p) => p.log);
    if (i > 0 && place(file.payments[i - 1], payment) >= 0) fail(`payment ${payment.block}:${payment.log} is out of order`);
    if (payment.block > epoch.last) fail(`payment ${payment.block}:${payment.log} is too late`);
    if (payment.settled > payment.paid) fail(`payment ${payment.block}:${payment.log} settles more than was paid`);
    if (!file.terms[payment.terms]) fail(`payment ${payment.block}:${payment.log} has no terms`);
    if (!file.tokens.some(({ token }) => token === payment.token)) fail(`payment ${payment.block}:${payment.log} is in an unlisted token`);
  });
}

// Division: one token after another, and within it one model after another, from the youngest to the oldest.

function divide(file, residuesBefore) {
  const earned = new Map();
  const residues = new Map(residuesBefore.map((residue) => [`${residue.model} ${residue.token}`, { ...residue }]));
  const models = [...new Map(file.terms.map((terms) => [terms.model, terms.number]))].sort(by(([, n]) => -n)).map(([model]) => model);
  for (const token of new Set(file.payments.map((payment) => payment.token))) {
    const reached = new Map();
    const reach = (id, money, place) => {
      const group = reached.get(id) ?? { terms: file.terms[id], money: 0n, place };
      group.money += money;
      if (by(([block]) => block, ([, log]) => log)(place, group.place) < 0) group.place = place;
      reached.set(id, group);
    };
    for (const payment of file.payments) if (payment.token === token) reach(payment.terms, payment.settled, [payment.block, payment.log]);
    for (const model of models) {
      const groups = [...reached.values()].filter((group) => group.terms.model === model);
      if (groups.length === 0) continue;
      groups.sort(by(({ place }) => place[0], ({ place }) => place[1], ({ terms }) => terms.id));
      groups[0].money += residues.get(`${model} ${token}`)?.amount ?? 0n;
      let left = 0n;
      for (const group of groups) left += divideGroup(group, token, reach, earned);
      residues.set(`${model} ${token}`, { model, token, amount: left });
    }
  }
  return { earned, residues: [...residues.values()].filter(({ amount }) => amount > 0n).sort(by((r) => r.model, (r) => r.token)) };
}

function divideGroup({ terms, money, place }, token, reach, earned) {
  let rest = money;
  for (const parent of terms.parents) {
    const up = (money * parent.share) / WHOLE;
    rest -= up;
    if (up > 0n) reach(parent.id, up, place);
  }
  const weights = new Map();
  for (const row of terms.rows) {
    const account = row.account ?? terms.owner;
    weights.set(account, (weights.get(account) ?? 0n) + row.weight);
  }
  const sum = [...weights.values()].reduce((a, b) => a + b, 0n);
  let left = rest;
  for (const [account, weight] of weights) {
    const part = (rest * weight) / sum;
    earned.set(`${token} ${account}`, (earned.get(`${token} ${account}`) ?? 0n) + part);
    left -= part;
  }
  return left;
}

// Books and tree

function settle(file, previous) {
  const { earned, residues } = divide(file, previous?.residues ?? []);
  const accounts = new Map((previous?.accounts ?? []).map((account) => [`${account.token} ${account.account}`, { ...account }]));
  for (const [key, part] of earned) {
    if (part === 0n) continue;
    const [token, account] = key.split(" ");
    if (!accounts.has(key)) accounts.set(key, { token, account, earned: 0n, leaf: 0n });
    accounts.get(key).earned += part;
  }
  const smallest = new Map(file.tokens.map(({ token, smallest }) => [token, smallest]));
  const changed = new Set();
  for (const account of accounts.values()) {
    const waiting = account.earned - account.leaf;
    if (waiting === 0n || waiting < smallest.get(account.token)) continue;
    account.leaf = account.earned;
    changed.add(account.token);
  }
  const ordered = [...accounts.values()].sort(by((a) => a.token, (a) => a.account));
  const leaves = ordered.filter(({ leaf }) => leaf > 0n).map(({ account, token, leaf }) => [account, token, leaf]);
  if (leaves.length === 0) fail("an epoch without a leaf has no bundle");
  return {
    accounts: ordered,
    residues,
    totals: [...changed].sort().map((token) => ({
      token,
      total: ordered.filter((account) => account.token === token).reduce((sum, { leaf }) => sum + leaf, 0n),
    })),
    root: StandardMerkleTree.of(leaves, ["address", "address", "uint256"], { sortLeaves: false }).root,
  };
}

// Writing

function write(file, books) {
  const text = (value) => (typeof value === "bigint" || typeof value === "number" ? `${value}` : Array.isArray(value) ? `[${value.map(text).join(",")}]` : `"${value}"`);
  const lines = [
    ["opensettle-bundle", 1],
    ["deployment", ...file.deployment],
    ["epoch", file.epoch.number, file.epoch.first, file.epoch.last, file.epoch.hash],
    ["previous", file.previous.root, file.previous.bundle],
    ...file.tokens.map(({ token, smallest }) => ["token", token, `${smallest}`]),
    ...file.terms.map((t) => [
      "terms", t.id, t.model, t.number, t.lineage, t.owner, t.split,
      t.rows.map(({ account, weight, role }) => [account ?? "OWNER", `${weight}`, role]),
      t.parents.map(({ id, share }) => [id, share]),
    ]),
    ...file.payments.map((p) => [
      "payment", p.block, p.log, p.time, p.transaction, p.route, p.terms, p.token, `${p.paid}`, `${p.settled}`, p.payer, p.usage,
    ]),
    ...file.usage.map(({ model, events }) => ["usage", model, events]),
    ...books.accounts.map((a) => ["account", a.token, a.account, `${a.earned}`, `${a.leaf}`]),
    ...books.residues.map((r) => ["residue", r.model, r.token, `${r.amount}`]),
    ...books.totals.map(({ token, total }) => ["total", token, `${total}`]),
    ["root", books.root],
  ];
  lines.push(["end", lines.length]);
  return lines.map(text);
}

/** Recomputes one bundle's bytes after those of the one before it; throws the first Difference. */
export function recompute(bytes, previous) {
  const given = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const file = read(given);
  checkInputs(file, previous);
  const books = settle(file, previous);
  const lines = write(file, books);
  const stated = given.split("\n");
  lines.forEach((line, i) => {
    if (stated[i] !== line) fail(`line ${i + 1}: the file has ${stated[i] ?? "nothing"}, recomputing gives ${line}`);
  });
  if (stated.length !== lines.length + 1 || stated[lines.length] !== "") fail(`line ${lines.length + 1}: the file does not end after its end line`);
  return { ...books, deployment: file.deployment, epoch: file.epoch, hash: keccak256(new TextEncoder().encode(`${lines.join("\n")}\n`)) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const paths = process.argv.slice(2);
  if (paths.length === 0) {
    console.error("Name the bundles of a deployment, in order, from epoch 1.");
    process.exit(2);
  }
  let previous;
  for (const path of paths) {
    try {
      previous = recompute(readFileSync(path), previous);
      console.log(`${path}: epoch ${previous.epoch.number} agrees, root ${previous.root}, hash ${previous.hash}`);
    } catch (error) {
      if (!(error instanceof Difference)) throw error;
      console.error(`${path}: ${error.message}`);
      process.exit(1);
    }
  }
}
