// Random things to sign, signed with ethers, which the product does not use: one JSON object on a line, read by the .NET tests.
//
//   node tests/vectors/random-signing.mjs                        writes signing.jsonl beside this file
//   node tests/vectors/random-signing.mjs --check                compares it with what would be written; exit code 1 on a difference
//   node tests/vectors/random-signing.mjs --seed S --count N     writes N transactions and N typed data of another seed to standard output
//
// The first line names seed and count. The same seed gives the same lines, whatever the count.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { computeAddress, encodeRlp, hexlify, keccak256, SigningKey, toBeArray, Transaction, TypedDataEncoder } from "ethers";
import { hashTypedData } from "viem";

const { values: options } = parseArgs({ options: { seed: { type: "string" }, count: { type: "string" }, check: { type: "boolean", default: false } } });
const seed = Number(options.seed ?? 4);
const count = Number(options.count ?? 48);
if (!Number.isSafeInteger(seed) || seed < 0) throw new Error("--seed is a whole number");
if (!Number.isSafeInteger(count) || count < 1) throw new Error("--count is a whole number above zero");

/** sfc32: small, fast, and the same everywhere. */
function generator(...start) {
  let [a, b, c, counter] = [start[0] >>> 0, (start[0] / 2 ** 32) >>> 0, start[1] >>> 0, 1];
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  const random = {
    below: (bound) => next() % bound,
    one: (list) => list[next() % list.length],
    chance: (of) => next() % of === 0,
    array: (length, make) => Array.from({ length }, (_, i) => make(i)),
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = next();
      return bytes;
    },
    /** Any number of at most so many bits: small ones, both ends, and every width between. */
    number: (bits) => {
      const most = (1n << BigInt(bits)) - 1n;
      const kind = next() % 8;
      if (kind === 0) return 0n;
      if (kind === 1) return most;
      if (kind === 2) return BigInt(next() % 256);
      const width = kind === 3 ? bits : 1 + (next() % bits);
      return BigInt(hexlify(random.bytes(32))) & ((1n << BigInt(width)) - 1n);
    },
  };
  return random;
}

const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

function privateKey(random) {
  // The smallest, the largest, short ones (with leading zeros), and most often any.
  const kind = random.below(12);
  const key = kind === 0 ? 1n : kind === 1 ? curveOrder - 1n : kind < 4 ? random.number(8 * (1 + random.below(31))) : random.number(256);
  return `0x${(key % (curveOrder - 1n) === 0n ? 1n : key % curveOrder || 1n).toString(16).padStart(64, "0")}`;
}

// Transactions

/** A length of data: mostly a call's, sometimes none, sometimes kilobytes; the lengths at which RLP changes its form are among them. */
function dataLength(random) {
  const kind = random.below(20);
  if (kind < 4) return 0;
  if (kind < 6) return random.one([1, 54, 55, 56, 57, 255, 256, 257]);
  if (kind < 16) return random.below(140);
  if (kind < 19) return random.below(300);
  return random.below(3000);
}

function transaction(random) {
  const key = new SigningKey(privateKey(random));
  const data = random.bytes(dataLength(random));
  // A single byte below 0x80 is its own RLP.
  if (data.length === 1 && random.chance(2)) data[0] &= 0x7f;
  const maxFeePerGas = random.number(256);
  const tip = random.number(256);
  const fields = {
    type: 2,
    chainId: random.chance(3) ? random.number(64) : random.one([1n, 10n, 137n, 8453n, 31337n, 11155111n, (1n << 53n) - 1n, 1n << 53n]),
    // 2^64 - 1 is no nonce (EIP-2681).
    nonce: ((n) => (n === (1n << 64n) - 1n ? n - 1n : n))(random.number(64)),
    maxPriorityFeePerGas: tip > maxFeePerGas ? maxFeePerGas : tip,
    maxFeePerGas,
    gasLimit: random.number(64),
    to: random.chance(6) ? null : random.chance(12) ? `0x${"0".repeat(40)}` : hexlify(random.bytes(20)),
    value: random.number(256),
    data: hexlify(data),
  };
  // ethers keeps a nonce as a JavaScript number; so the fields are put together here, and held against it wherever it can.
  const integer = (value) => toBeArray(value);
  const list = [
    integer(fields.chainId), integer(fields.nonce), integer(fields.maxPriorityFeePerGas), integer(fields.maxFeePerGas), integer(fields.gasLimit),
    fields.to ?? "0x", integer(fields.value), fields.data, [],
  ];
  const envelope = (items) => `0x02${encodeRlp(items).slice(2)}`;
  const signature = key.sign(keccak256(envelope(list)));
  const raw = envelope([...list, integer(BigInt(signature.yParity)), integer(BigInt(signature.r)), integer(BigInt(signature.s))]);
  if (fields.nonce <= Number.MAX_SAFE_INTEGER) {
    const whole = Transaction.from({ ...fields, nonce: Number(fields.nonce), accessList: [] });
    whole.signature = key.sign(whole.unsignedHash);
    if (whole.serialized !== raw) throw new Error(`ethers serializes another transaction: ${whole.serialized}, not ${raw}`);
  }

  const text = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, typeof value === "bigint" ? value.toString() : value]));
  delete text.type;
  return { kind: "transaction", privateKey: key.privateKey, from: computeAddress(key), ...text, raw, hash: keccak256(raw) };
}

// Typed data

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$";
const texts = [
  "", "plain", "quote \" and \\ backslash", "line\nbreak\ttab", "\u0000 nothing \u001f", "épreuve ✓", "日本語", "🙂🏳️‍🌈 beyond the first plane 𝒳", "e\u0301 combined",
  "‮right to left", "</script>&'\u2028\u2029", "\ufeff mark", "\ud7ff\ue000\uffff",
];

/** A name that nothing else has. Names that JavaScript's objects have, or Solidity's types, are none. */
function name(random, taken) {
  while (true) {
    const first = random.one(letters);
    const made = first + random.array(random.below(10), () => random.one(`${letters}0123456789`)).join("");
    if (taken.has(made) || made in Object.prototype || /^(u?int\d*|bytes\d*|address|bool|string|EIP712Domain)$/.test(made)) continue;
    taken.add(made);
    return made;
  }
}

function atomic(random) {
  return random.one([
    `uint${8 * (1 + random.below(32))}`, `uint${8 * (1 + random.below(32))}`, "uint256", `bytes${1 + random.below(32)}`, "bytes32", "bytes", "string", "bool", "address",
  ]);
}

function suffix(random) {
  let text = "";
  while (random.chance(3) && text.length < 9) text += random.chance(2) ? "[]" : `[${1 + random.below(3)}]`;
  return text;
}

/** Structs of which each refers only to later ones, so that they end; the first is the message's. */
function structs(random) {
  const names = new Set();
  const made = random.array(1 + random.below(4), () => ({ name: name(random, names), taken: new Set(), fields: [] }));
  made.forEach((struct, at) => {
    const fields = random.chance(10) ? 0 : 1 + random.below(6);
    for (let i = 0; i < fields; i++) {
      const later = made.slice(at + 1);
      const type = later.length > 0 && random.chance(3) ? random.one(later).name : atomic(random);
      struct.fields.push({ name: name(random, struct.taken), type: type + suffix(random) });
    }
  });
  // ethers wants every struct used.
  made.slice(1).forEach((struct, at) => {
    const users = made.slice(0, at + 1);
    if (users.some((user) => user.fields.some((field) => field.type.split("[")[0] === struct.name))) return;
    const user = random.one(users);
    user.fields.splice(random.below(user.fields.length + 1), 0, { name: name(random, user.taken), type: struct.name + suffix(random) });
  });
  return made;
}

/** A value as the JSON of wallets has it: numbers as decimal text, bytes and addresses in lower case. */
function value(random, types, type, depth) {
  const array = /^(.*)\[(\d*)\]$/.exec(type);
  if (array) {
    const length = array[2] === "" ? (depth > 5 ? 0 : random.below(depth > 2 ? 2 : 4)) : Number(array[2]);
    return random.array(length, () => value(random, types, array[1], depth + 1));
  }
  if (types[type]) return Object.fromEntries(types[type].map((field) => [field.name, value(random, types, field.type, depth + 1)]));
  if (type.startsWith("uint")) return random.number(Number(type.slice(4))).toString();
  if (type === "bool") return random.chance(2);
  if (type === "address") return hexlify(random.bytes(20));
  if (type === "string") return random.chance(3) ? random.array(1 + random.below(3), () => random.one(texts)).join(" ") : random.one(texts);
  return hexlify(random.bytes(type === "bytes" ? random.below(random.chance(8) ? 300 : 40) : Number(type.slice(5))));
}

const domainTypes = { name: "string", version: "string", chainId: "uint256", verifyingContract: "address", salt: "bytes32" };

function domain(random) {
  const some = {};
  if (random.chance(2)) some.name = random.one(texts);
  if (random.chance(2)) some.version = random.one(["1", "", "2.0.0-β"]);
  if (random.chance(2)) some.chainId = random.chance(2) ? "31337" : random.number(256).toString();
  if (random.chance(2)) some.verifyingContract = hexlify(random.bytes(20));
  if (random.chance(3)) some.salt = hexlify(random.bytes(32));
  return some;
}

/** A struct that holds itself in an array: legal in EIP-712, and refused by ethers. viem says its digest. */
function recursive(random, made) {
  const struct = random.one(made);
  struct.fields.splice(random.below(struct.fields.length + 1), 0, { name: name(random, struct.taken), type: `${struct.name}[]` });
}

function typed(random) {
  const key = new SigningKey(privateKey(random));
  const made = structs(random);
  // viem takes a type's name to end at a $.
  const viemReads = made.every((struct) => !struct.name.includes("$"));
  const isRecursive = viemReads && random.chance(8);
  if (isRecursive) recursive(random, made);
  const types = Object.fromEntries(made.map((struct) => [struct.name, struct.fields]));
  const primaryType = made[0].name;
  const message = value(random, types, primaryType, 0);
  const where = domain(random);
  const payload = {
    types: { EIP712Domain: Object.entries(domainTypes).filter(([field]) => field in where).map(([field, type]) => ({ name: field, type })), ...types },
    primaryType,
    domain: where,
    message,
  };
  let digest = viemReads ? hashTypedData(payload) : null;
  let encodeType = null;
  if (!isRecursive) {
    // ethers' own payload, but for the chain's id, which it writes as a number where it can.
    const theirs = TypedDataEncoder.getPayload(where, types, message);
    if (where.chainId !== undefined) theirs.domain.chainId = where.chainId;
    const sorted = (data) => JSON.stringify(data, (_, part) => (part !== null && part.constructor === Object ? Object.fromEntries(Object.entries(part).sort()) : part));
    if (sorted(theirs) !== sorted(payload)) throw new Error(`ethers writes another payload: ${JSON.stringify(theirs)}`);
    const said = TypedDataEncoder.hash(where, types, message);
    if (viemReads && said !== digest) throw new Error(`ethers and viem have two digests for ${JSON.stringify(payload)}`);
    digest = said;
    encodeType = TypedDataEncoder.from(types).encodeType(primaryType);
  }

  return { kind: "typed", privateKey: key.privateKey, from: computeAddress(key), payload, encodeType, digest, signature: key.sign(digest).serialized };
}

function* lines() {
  yield JSON.stringify({ kind: "about", seed, count, again: `node tests/vectors/random-signing.mjs --seed ${seed} --count ${count}` });
  for (let i = 0; i < count; i++) {
    yield JSON.stringify(transaction(generator(seed, 2 * i)));
    yield JSON.stringify(typed(generator(seed, 2 * i + 1)));
  }
}

const path = fileURLToPath(new URL("signing.jsonl", import.meta.url));
if (options.check) {
  let committed = "";
  try {
    committed = readFileSync(path, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  if (committed !== [...lines(), ""].join("\n")) {
    console.error("tests/vectors/signing.jsonl is not what its generator makes. Run: node tests/vectors/random-signing.mjs");
    process.exitCode = 1;
  }
} else if (options.seed === undefined && options.count === undefined) {
  writeFileSync(path, [...lines(), ""].join("\n"));
} else {
  for (const line of lines()) process.stdout.write(`${line}\n`);
}
