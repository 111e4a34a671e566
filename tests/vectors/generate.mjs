// Golden data for every implementation of the same hashes: written with OpenZeppelin's merkle-tree and with ethers,
// neither of which the product uses, and read by the Solidity and the .NET tests.
//
//   node tests/vectors/generate.mjs           writes merkle.json, trees.json, records.json, chain.json and batches.json beside this file
//   node tests/vectors/generate.mjs --check   compares them with what would be written; exit code 1 on a difference
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import {
  AbiCoder, concat, dataLength, getAddress, getBytes, hexlify, keccak256, toUtf8Bytes, Transaction, TypedDataEncoder, Wallet, ZeroHash,
} from "ethers";
import { signBatch } from "../../docs/examples/sign-usage.ts";

// The package's own core: its classes prove every proof again before they give it, which takes minutes for all of them.
const { getMultiProof, getProof } = createRequire(import.meta.url)("@openzeppelin/merkle-tree/dist/core.js");

/** Bytes that anybody can derive again: keccak256 of a name. */
const named = (name) => getBytes(keccak256(toUtf8Bytes(name)));
const bigint = (bytes) => BigInt(hexlify(bytes));
const compareBytes = (a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0);

/** A seeded source of bytes: keccak256("<seed>/0"), keccak256("<seed>/1"), … one after another. */
function seeded(seed) {
  let block = new Uint8Array(0);
  let next = 0;
  const take = (count) => {
    while (block.length < count) block = getBytes(concat([block, named(`${seed}/${next++}`)]));
    const taken = block.slice(0, count);
    block = block.slice(count);
    return taken;
  };
  return {
    bytes: (count) => (count === 0 ? "0x" : hexlify(take(count))),
    number: (bits) => bigint(take(Math.ceil(bits / 8))) & ((1n << BigInt(bits)) - 1n),
    below: (bound) => Number(bigint(take(4)) % BigInt(bound)),
    address: () => getAddress(hexlify(take(20))),
  };
}

// Trees

const tokens = [
  "0x0000000000000000000000000000000000000000",
  getAddress(hexlify(named("opensettle/token/1").slice(0, 20))),
  getAddress(hexlify(named("opensettle/token/2").slice(0, 20))),
];

function leaves(size) {
  const rows = [];
  for (let i = 0; i < size; i++) {
    const hash = named(`opensettle/merkle/${size}/${i}`);
    const amount = i === 0 ? 1n : i === 1 ? (1n << 128n) - 1n : bigint(hash.slice(16, 32));
    rows.push([getAddress(hexlify(hash.slice(0, 20))), tokens[hash[20] % 3], amount]);
  }
  return rows.sort((a, b) => compareBytes(a[1], b[1]) || compareBytes(a[0], b[0]));
}

// Trees all of whose proofs are written out; those of all other trees are in trees.json, hashed together.
const proven = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 33];

function tree(size) {
  const rows = leaves(size);
  const built = StandardMerkleTree.of(rows, ["address", "address", "uint256"], { sortLeaves: false });
  const written = size <= 100;
  const indexes = proven.includes(size) ? rows.map((_, i) => i) : [...new Set([0, Math.floor(size / 2), size - 1])];
  return {
    size,
    root: built.root,
    // Tells a fault in the leaves from one in the tree.
    leavesHash: keccak256(concat(rows.map((row) => built.leafHash(row)))),
    ...(written && {
      accounts: rows.map((row) => row[0]),
      tokens: rows.map((row) => row[1]),
      amounts: rows.map((row) => row[2].toString()),
    }),
    proofs: indexes.map((index) => ({
      index,
      account: rows[index][0],
      token: rows[index][1],
      amount: rows[index][2].toString(),
      leaf: built.leafHash(rows[index]),
      proof: built.getProof(index),
    })),
  };
}

const merkle = {
  about: [
    "Made by tests/vectors/generate.mjs with OpenZeppelin's StandardMerkleTree.of(rows, ['address','address','uint256'], { sortLeaves: false }).",
    "A row is (account, token, amount); rows are ordered by token, then account, in byte order.",
    "Row i of a tree of n, before ordering: h = keccak256(utf8('opensettle/merkle/n/i')), account = h[0..20], token = tokens[h[20] mod 3],",
    "amount = h[16..32] as a number, except 1 for i = 0 and 2^128-1 for i = 1. leavesHash = keccak256 of all leaf hashes in order.",
    "Trees of up to 100 list their rows, some of up to 33 all their proofs, the others the first, middle and last.",
  ],
  leafEncoding: ["address", "address", "uint256"],
  tokens,
  trees: [...Array.from({ length: 33 }, (_, i) => i + 1), 100, 1000].map(tree),
};

// Many trees in little room: the hashes of what they must give.

const pushTypes = ["uint256", "address", "address", "address", "uint256"];
const cumulativeTypes = ["address", "address", "uint256"];

/** Entry i of a list of so many pushes. */
function push(size, i) {
  const hash = named(`opensettle/push/${size}/${i}`);
  const recipient = i % 3 === 0 ? hash : named(`opensettle/push/${size}/${i}/recipient`);
  return [BigInt(i), hexlify(hash.slice(0, 20)), hexlify(recipient.slice(0, 20)), tokens[hash[20] % 3], bigint(hash.slice(16, 32))];
}

const pushes = (size) => Array.from({ length: size }, (_, i) => push(size, i));

function grown(rows, types) {
  const built = StandardMerkleTree.of(rows, types, { sortLeaves: false });
  const nodes = built.dump().tree;
  return { rows, root: built.root, nodes, nodeOf: (i) => nodes.length - 1 - i, hashes: rows.map((_, i) => nodes[nodes.length - 1 - i]) };
}

/** About one leaf in (size mod 5) + 1, and never none. */
function subset(size) {
  const taken = Array.from({ length: size }, (_, i) => i).filter((i) => named(`opensettle/multiproof/${size}/${i}`)[0] % ((size % 5) + 1) === 0);
  return taken.length > 0 ? taken : [size - 1];
}

const flagBytes = (flags) => new Uint8Array(flags.map(Number));

function column(sizes, rowsOf, types) {
  const result = { sizes: sizes.length, roots: [], leavesHashes: [], proofsHashes: [], multiProofHashes: [] };
  for (const size of sizes) {
    const { root, nodes, nodeOf, hashes, rows } = grown(rowsOf(size), types);
    result.roots.push(root);
    result.leavesHashes.push(keccak256(concat(hashes)));
    result.proofsHashes.push(keccak256(concat(rows.flatMap((_, i) => getProof(nodes, nodeOf(i))))));
    const multi = getMultiProof(nodes, subset(size).map(nodeOf));
    result.multiProofHashes.push(keccak256(concat([...multi.leaves, ...multi.proof, flagBytes(multi.proofFlags)])));
  }
  return result;
}

/** A proof of several leaves as the package's public function gives it, from indices in any order. */
function multiProof(rowsOf, types, fields) {
  return ([size, indices]) => {
    const rows = rowsOf(size);
    const built = StandardMerkleTree.of(rows, types, { sortLeaves: false });
    const { leaves: proved, proof, proofFlags } = built.getMultiProof(indices);
    return {
      size,
      root: built.root,
      indices,
      ...Object.fromEntries(fields.map((field, at) => [field, proved.map((row) => row[at].toString())])),
      hashes: proved.map((row) => built.leafHash(row)),
      proof,
      proofFlags,
    };
  };
}

const span = (size) => Array.from({ length: size }, (_, i) => i);
const single = (sizes, rowsOf) => sizes.map((size) => {
  const rows = rowsOf(size);
  const built = StandardMerkleTree.of(rows, pushTypes, { sortLeaves: false });
  const field = (at) => rows.map((row) => row[at].toString());
  return { size, root: built.root, accounts: field(1), recipients: field(2), tokens: field(3), amounts: field(4), proofs: rows.map((_, i) => built.getProof(i)) };
});

// Models' records

const recordTypes = ["bytes32", "uint64", "uint64", "uint64", "address[]", "uint128[]", "bytes32[]", "uint64[]", "uint64[]"];

/** A record of an epoch: from none to three tokens and domains, the largest numbers among them. */
function record(source, epoch) {
  const tokensOf = [...new Set(span(source.below(4)).map(() => source.address().toLowerCase()))].sort();
  const domains = [...new Set(span(source.below(4)).map(() => source.bytes(32)))].sort();
  const numbers = () => domains.map(() => (source.below(5) === 0 ? (1n << 64n) - 1n : source.number(20)));
  const revenue = tokensOf.map(() => (source.below(5) === 0 ? (1n << 128n) - 1n : source.number(90)));
  return [source.bytes(32), BigInt(epoch), source.number(64), source.number(20), tokensOf, revenue, domains, numbers(), numbers()];
}

function recordTree(size) {
  const source = seeded(`opensettle/records/${size}`);
  const rows = span(size).map(() => record(source, size * 1000)).sort((a, b) => compareBytes(a[0], b[0]));
  const built = StandardMerkleTree.of(rows, recordTypes, { sortLeaves: false });
  const texts = (values) => values.map((value) => value.toString());
  return {
    epoch: size * 1000,
    root: built.root,
    records: rows.map(([model, , uses, consumers, ...lists], i) => ({
      model, uses: uses.toString(), consumers: consumers.toString(),
      tokens: lists[0], revenue: texts(lists[1]), domains: lists[2], successes: texts(lists[3]), trials: texts(lists[4]),
      dataHash: keccak256(AbiCoder.defaultAbiCoder().encode(recordTypes, rows[i])), leaf: built.leafHash(rows[i]), proof: built.getProof(i),
    })),
  };
}

const records = {
  about: ["Made by tests/vectors/generate.mjs: records of an epoch, models ascending, in OpenZeppelin's StandardMerkleTree.of(records, types, { sortLeaves: false }); dataHash by ethers."],
  types: recordTypes,
  trees: [1, 2, 3, 4, 5, 7, 8, 16, 33].map(recordTree),
};

const trees = {
  about: [
    "Made by tests/vectors/generate.mjs with OpenZeppelin's merkle-tree package; all with { sortLeaves: false }.",
    "cumulative: item n-1 is of the tree of the n rows that merkle.json's about describes. push: likewise, of (index, account, recipient, token, amount)",
    "in the order of i: h = keccak256(utf8('opensettle/push/n/i')), account = h[0..20], token = merkle.json's tokens[h[20] mod 3], amount = h[16..32],",
    "recipient = account where i mod 3 is 0, else the first 20 bytes of keccak256(utf8('opensettle/push/n/i/recipient')).",
    "leavesHashes, proofsHashes: keccak256 of all leaf hashes, of all nodes of all proofs, in order of the leaves.",
    "multiProofHashes: keccak256 of leaf hashes, proof and one byte for each flag, of the multiproof of the leaves i whose",
    "keccak256(utf8('opensettle/multiproof/n/i'))[0] mod ((n mod 5) + 1) is 0; where there is none, of the last leaf.",
  ],
  cumulative: column(span(300).map((i) => i + 1), leaves, cumulativeTypes),
  large: [4097, 10007, 65537].map((size) => {
    const { root, hashes } = grown(leaves(size), cumulativeTypes);
    return { size, root, leavesHash: keccak256(concat(hashes)) };
  }),
  multiProofs: [
    [1, [0]], [2, [1]], [2, [0, 1]], [3, [2, 0]], [5, [0, 4]], [6, [5, 1, 3]], [7, span(7)], [8, [3]], [13, [12, 2, 7, 3]], [17, [16]], [17, [0, 1, 15, 16]],
    [33, span(33)], [33, []], [100, [99, 0, 50, 51, 3, 64]], [300, [299, 1, 2, 3, 128, 212, 213]],
  ].map(multiProof(leaves, cumulativeTypes, ["accounts", "tokens", "amounts"])),
  push: column(span(130).map((i) => i + 1), pushes, pushTypes),
  pushTrees: single([1, 2, 3, 6, 9], pushes),
  pushMultiProofs: [[1, [0]], [5, [4, 0, 2]], [9, span(9)], [40, [39, 8, 9, 21]]].map(
    multiProof(pushes, pushTypes, ["index", "accounts", "recipients", "tokens", "amounts"]),
  ),
};

// Hashes, transactions, typed data

const keccak = [0, 1, 31, 32, 55, 56, 64, 135, 136, 137, 200, 271, 272, 273, 1000].map((length) => {
  const input = seeded(`opensettle/keccak/${length}`).bytes(length);
  return { length, input, hash: keccak256(input) };
});

const transactions = Array.from({ length: 20 }, (_, i) => {
  const random = seeded(`opensettle/transaction/${i}`);
  const wallet = new Wallet(random.bytes(32));
  const dataLengths = [0, 1, 4, 36, 55, 56, 68, 200, 255, 256, 1024, 4096];
  const fields = {
    type: 2,
    chainId: [1n, 10n, 31337n, 8453n, 11155420n][i % 5],
    nonce: i === 0 ? 0 : random.below(1 << 20),
    maxPriorityFeePerGas: i === 1 ? 0n : random.number(34),
    maxFeePerGas: (1n << 34n) + random.number(40),
    gasLimit: 21_000n + random.number(22),
    // Every seventh creates a contract.
    to: i % 7 === 6 ? null : random.address(),
    value: i % 2 === 0 ? 0n : random.number([7, 8, 64, 90][i % 4]),
    data: random.bytes(dataLengths[i % dataLengths.length]),
  };
  const transaction = Transaction.from(fields);
  const unsignedHash = transaction.unsignedHash;
  transaction.signature = wallet.signingKey.sign(unsignedHash);
  return {
    privateKey: wallet.privateKey,
    from: wallet.address,
    chainId: fields.chainId.toString(),
    nonce: fields.nonce.toString(),
    maxPriorityFeePerGas: fields.maxPriorityFeePerGas.toString(),
    maxFeePerGas: fields.maxFeePerGas.toString(),
    gasLimit: fields.gasLimit.toString(),
    to: fields.to,
    value: fields.value.toString(),
    data: fields.data,
    unsignedHash,
    r: transaction.signature.r,
    s: transaction.signature.s,
    yParity: transaction.signature.yParity,
    raw: transaction.serialized,
    hash: transaction.hash,
  };
});

const proposalTypes = {
  Proposal: [
    { name: "epoch", type: "uint64" },
    { name: "attempt", type: "uint32" },
    { name: "attestorSet", type: "uint32" },
    { name: "previousRoot", type: "bytes32" },
    { name: "root", type: "bytes32" },
    { name: "pushRoot", type: "bytes32" },
    { name: "recordRoot", type: "bytes32" },
    { name: "bundleHash", type: "bytes32" },
    { name: "lastBlock", type: "uint64" },
    { name: "lastBlockHash", type: "bytes32" },
    { name: "totals", type: "TokenTotal[]" },
    { name: "revoked", type: "bytes32[]" },
    { name: "bundleUri", type: "string" },
  ],
  TokenTotal: [
    { name: "token", type: "address" },
    { name: "total", type: "uint128" },
  ],
};

// The struct as the contracts take it.
const proposalTuple = `tuple(${proposalTypes.Proposal.map(({ name, type }) => `${type === "TokenTotal[]" ? "tuple(address token, uint128 total)[]" : type} ${name}`).join(", ")})`;

const proposals = Array.from({ length: 10 }, (_, i) => {
  const random = seeded(`opensettle/proposal/${i}`);
  const domain = {
    name: "OpenSettle",
    version: "1",
    chainId: [1n, 31337n, 8453n, 10n, 137n][i % 5],
    verifyingContract: random.address(),
  };
  const uris = ["", "https://bundles.example/epoch-1.json", "ipfs://bafy/épreuve-✓.json", `file:${"x".repeat(200)}`];
  const message = {
    epoch: i === 9 ? (1n << 64n) - 1n : random.number(16) + 1n,
    attempt: i === 9 ? (1n << 32n) - 1n : random.number(3),
    attestorSet: i === 9 ? (1n << 32n) - 1n : random.number(4) + 1n,
    previousRoot: i === 0 ? ZeroHash : random.bytes(32),
    root: random.bytes(32),
    pushRoot: i % 2 === 0 ? ZeroHash : random.bytes(32),
    recordRoot: i % 3 === 0 ? ZeroHash : random.bytes(32),
    bundleHash: random.bytes(32),
    lastBlock: i === 9 ? (1n << 64n) - 1n : random.number(32),
    lastBlockHash: random.bytes(32),
    totals: Array.from({ length: i % 4 }, (_, t) => ({
      token: t === 0 && i % 8 === 1 ? tokens[0] : random.address(),
      total: i === 3 && t === 0 ? (1n << 128n) - 1n : random.number(128),
    })).sort((a, b) => compareBytes(a.token, b.token)),
    revoked: Array.from({ length: i % 3 }, () => random.bytes(32)),
    bundleUri: uris[i % uris.length],
  };
  const digest = TypedDataEncoder.hash(domain, proposalTypes, message);
  const record = AbiCoder.defaultAbiCoder().encode(
    ["uint64", "uint64", "bytes32", "bytes32", "bytes32"],
    [message.epoch, message.lastBlock, message.root, message.recordRoot, message.bundleHash],
  );
  const signatures = Array.from({ length: 3 }, () => new Wallet(random.bytes(32)))
    .sort((a, b) => compareBytes(a.address, b.address))
    .map((wallet) => {
      const signature = wallet.signingKey.sign(digest);
      return { privateKey: wallet.privateKey, signer: wallet.address, v: signature.v, signature: signature.serialized };
    });
  return {
    domain: { ...domain, chainId: domain.chainId.toString() },
    domainSeparator: TypedDataEncoder.hashDomain(domain),
    message: {
      ...message,
      epoch: message.epoch.toString(),
      attempt: message.attempt.toString(),
      attestorSet: message.attestorSet.toString(),
      lastBlock: message.lastBlock.toString(),
      totals: message.totals.map(({ token, total }) => ({ token, total: total.toString() })),
    },
    encoded: AbiCoder.defaultAbiCoder().encode([proposalTuple], [message]),
    structHash: TypedDataEncoder.hashStruct("Proposal", proposalTypes, message),
    digest,
    record: { encoded: record, hash: keccak256(record) },
    signatures,
  };
});

const chain = {
  about: [
    "Made by tests/vectors/generate.mjs with ethers. Integers are decimal strings, addresses are checksummed.",
    "transactions: EIP-1559, empty access list; to is null where a contract is created.",
    "proposals: EIP-712; signatures are r, s, v with v 27 or 28, in ascending order of signer. encoded: abi.encode(proposal).",
    "record: what the vault keeps of the epoch once it is activated, abi.encode(epoch, lastBlock, root, recordRoot, bundleHash), and its keccak256.",
  ],
  proposalType: TypedDataEncoder.from(proposalTypes).encodeType("Proposal"),
  keccak,
  transactions,
  proposals,
};

// Signed usage: what the example for gateways signs, one batch after another

const usageDomain = { chainId: 31337, registry: getAddress(hexlify(named("opensettle/registry").slice(0, 20))) };
const odd = ["nda-review", "a", 'says "yes"', "back\\slash", "für Verträge", "合同 🖋", "a\u2028b/c", "x".repeat(200)];

function usageEvent(random, number, i) {
  const data = {
    modelId: random.bytes(32),
    ...(i % 5 !== 4 && { domain: odd[(number + i) % odd.length] }),
    ...(i % 4 !== 3 && { outcome: ["ok", "error", odd[2]][i % 3] }),
    units: i === 0 ? Number.MAX_SAFE_INTEGER : random.below(1 << 30),
    ...(i % 3 === 1 && { payment: { txHash: random.bytes(32) } }),
    ...(i % 2 === 0 && {
      attribution: {
        method: "infini-gram",
        methodHash: random.bytes(32),
        // In no order, and with some that influenced nothing or less.
        weights: Array.from({ length: i % 9 }, (_, k) => ({ account: random.address(), weight: (random.number(k === 2 ? 95 : 20) * (k % 4 === 3 ? -1n : 1n)).toString() })),
      },
    }),
  };
  const time = ["2026-11-20T11:30:00Z", "2026-11-20T12:30:01.750+01:00", "2026-11-20T11:29:59.001Z", "2026-11-20T06:29:58.999-05:00"][(number + i) % 4];
  const subject = i % 2 === 1 ? { subject: random.bytes(32) } : {};
  return { specversion: "1.0", type: "ai.opensettle.usage.v1", source: `urn:gateway:${odd[i % 3]}`, id: `${number}/${i}`, ...subject, time, data };
}

async function usageBatches() {
  const wallet = new Wallet(hexlify(named("opensettle/gateway")));
  let last = { number: 0, digest: ZeroHash };
  const made = [];
  for (const count of [1, 2, 3, 7, 33]) {
    const random = seeded(`opensettle/usage/${count}`);
    const events = Array.from({ length: count }, (_, i) => usageEvent(random, made.length + 1, i));
    const batch = await signBatch(wallet, usageDomain.chainId, usageDomain.registry, last, events);
    // Of the larger ones the root tells the lines.
    made.push({ header: batch.header, root: batch.statement.root, digest: batch.digest, ...(count <= 7 && { lines: batch.lines }), events });
    last = { number: batch.statement.number, digest: batch.digest };
  }
  return {
    about: [
      "Made by tests/vectors/generate.mjs with docs/examples/sign-usage.ts: ethers signs, OpenZeppelin's SimpleMerkleTree makes the root.",
      "One gateway's batches, each after the one before it; events are CloudEvents as they are sent, in their order.",
    ],
    ...usageDomain,
    gateway: wallet.address,
    privateKey: wallet.privateKey,
    batches: made,
  };
}

const batches = await usageBatches();

// Arrays of plain values on one line: the files stay readable, and a change shows as a small difference.
const text = (value) =>
  `${JSON.stringify(value, null, 1).replace(/\[\s*((?:"[^"]*"|true|false|\d+)(?:,\n\s*(?:"[^"]*"|true|false|\d+))*)\s*\]/g, (_, inner) => `[${inner.replace(/,\n\s*/g, ", ")}]`)}\n`;

// What the data promises to cover, so that a change of the seeds cannot quietly lose it.
const covered = new Set(proposals.flatMap((p) => p.signatures.map((s) => s.v)));
if (!covered.has(27) || !covered.has(28)) throw new Error("the proposals' signatures cover only one v");
if (!transactions.some((t) => t.data === "0x") || !transactions.some((t) => dataLength(t.data) > 1000)) throw new Error("the transactions cover too few lengths of data");

const check = process.argv.includes("--check");
let differs = false;
for (const [name, value] of [["merkle.json", merkle], ["trees.json", trees], ["records.json", records], ["chain.json", chain], ["batches.json", batches]]) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  if (!check) {
    writeFileSync(path, text(value));
    continue;
  }
  let committed = null;
  try {
    committed = readFileSync(path, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  if (committed !== text(value)) {
    differs = true;
    console.error(`tests/vectors/${name} ${committed === null ? "is missing" : "differs from what its generator makes"}. Run: node tests/vectors/generate.mjs`);
  }
}
process.exitCode = differs ? 1 : 0;
