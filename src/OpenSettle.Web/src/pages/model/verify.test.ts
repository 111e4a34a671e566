import assert from "node:assert/strict";
import { test } from "node:test";
import { type Hex, decodeFunctionData, encodeFunctionResult, keccak256, parseAbi } from "viem";
import type { Attestation, Figure, Passport, RecordProof, UseRecord } from "../../api/passports.ts";
import { encodeEpoch, encodeRecord, encodeSays, epochHash, recordLeaf } from "../../chain/records.ts";
import { type Rpc, RpcError } from "../../chain/rpc.ts";
import type { Check, Sources } from "./checks.ts";
import { verifyPassport } from "./verify.ts";

const word = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`;
const address = (n: number): Hex => `0x${n.toString(16).padStart(40, "0")}`;
const ZERO = word(0);
const [MODEL, OWNER, PAY, REGISTRY, VAULT, RESOLVER, EAS, TOKEN, EVALUATOR] = [word(0xabc), address(1), address(2), address(3), address(4), address(5), address(6), address(7), address(8)];
const DOMAIN = `0x${"6e6461".padEnd(64, "0")}`;

// Written a second time, as Solidity has it: a wrong selector in the page would not be answered here.
const ABI = parseAbi([
  "function modelOwner(bytes32) view returns (address)",
  "function payAddressOf(bytes32) view returns (address)",
  "function numberOf(bytes32) view returns (uint64)",
  "function identityOf(bytes32) view returns (bytes32)",
  "function metadataHashOf(bytes32) view returns (bytes32)",
  "function statusOf(bytes32) view returns (uint8)",
  "function isFrozen(bytes32) view returns (bool)",
  "function vault() view returns (address)",
  "function versionOf(bytes32,uint8) view returns (uint32,uint64)",
  "function registry() view returns (address)",
  "function eas() view returns (address)",
  "function epochHash(uint64) view returns (bytes32)",
  "function attestationOf(uint64) view returns (bytes32)",
  "function recordOf(uint64,bytes32) view returns (bytes32)",
  "function schemaOf(uint8) view returns (bytes32)",
  "struct Attestation { bytes32 uid; bytes32 schema; uint64 time; uint64 expirationTime; uint64 revocationTime; bytes32 refUID; address recipient; address attester; bool revocable; bytes data; }",
  "function getAttestation(bytes32) view returns (Attestation)",
]);

interface World {
  passport: Passport;
  records: UseRecord[];
  proofs: RecordProof[];
  documents: Map<string, Uint8Array>;
  /** What the chain says, by function. */
  chain: Record<string, (...args: never[]) => unknown>;
  chainId: number;
  asked: string[];
  head: number;
  /** The split's version that the node tells. */
  said: number;
}

const figure = (id: string, scope: string, value: string | null, n: bigint, leastN = 1n): Figure => ({ id, scope, state: value === null ? "insufficient" : "known", value, low: null, high: null, n, leastN, level: "onChain", firstBlock: 1, lastBlock: 2, query: "", note: null, points: null });

/** A model with two epochs, an evaluation and a document, about which everybody says the truth. */
function world(): World {
  const records: UseRecord[] = [2, 1].map((epoch) => ({
    epoch,
    uses: 20 * epoch,
    paidUses: 3,
    consumers: 2,
    revenue: [{ token: TOKEN, amount: BigInt(epoch) * 500n }],
    domains: [{ domain: "nda", word: DOMAIN, successes: 18 * epoch, trials: 20 * epoch, paidSuccesses: 1, paidTrials: 2 }],
  }));
  const proofs = records.map((record): RecordProof => {
    const data = encodeRecord({ ...record, model: MODEL });
    const sibling = word(record.epoch + 77);
    const leaf = recordLeaf(data);
    const recordRoot = keccak256(`0x${[leaf, sibling].sort().map((hash) => hash.slice(2)).join("")}`);
    return { epoch: { epoch: record.epoch, lastBlock: record.epoch * 100, root: word(11), recordRoot, bundleHash: word(12) }, record, data, leaf, proof: [sibling] };
  });
  const says = { kind: "evaluation", model: MODEL, domain: DOMAIN, metric: "accuracy", value: "0.94", n: "1000", evalSetHash: word(21), methodHash: word(22) };
  const attestation: Attestation = { uid: word(31), schema: word(104), kind: "evaluation", standing: "valid", why: null, benefits: false, attester: EVALUATOR, recipient: PAY, refUid: ZERO, time: 1000n, expires: 0n, revokedAt: 0n, onChain: true, at: { block: 5, logIndex: 0 }, says };
  const document = new TextEncoder().encode('{"format":"opensettle-model/1","name":"A"}');
  const passport: Passport = {
    format: "opensettle-passport/1",
    codeVersion: "1",
    chainId: 31337,
    model: MODEL,
    number: 3,
    asOf: { block: 300, time: 5000 },
    lastEpoch: 2,
    owner: OWNER,
    payAddress: PAY,
    identityHash: word(41),
    status: "active",
    frozen: false,
    metadata: { hash: keccak256(document), uri: "", level: "selfReported", document: { format: "opensettle-model/1", name: "A" } },
    domains: [],
    flags: [],
    figures: [figure("usage.uses", "", "60", 60n), figure("revenue.settled", TOKEN, "1500", 2n), figure("domain.observed", "nda", "0.900000", 60n, 30n), figure("wash.share", TOKEN, "0.500000", 2n)],
    ancestors: [],
    contributors: [],
    permissions: [],
    attestations: [attestation],
    tokens: [],
  };
  const byEpoch = new Map(proofs.map((proof) => [BigInt(proof.epoch.epoch), proof]));
  const nobody = { uid: ZERO, schema: ZERO, time: 0n, expirationTime: 0n, revocationTime: 0n, refUID: ZERO, recipient: address(0), attester: address(0), revocable: false, data: "0x" };
  return {
    passport,
    records,
    proofs,
    documents: new Map([[keccak256(document), document]]),
    chainId: 31337,
    asked: [],
    head: 320,
    said: 2,
    chain: {
      modelOwner: () => OWNER,
      payAddressOf: () => PAY,
      numberOf: () => 3n,
      identityOf: () => word(41),
      metadataHashOf: () => passport.metadata.hash,
      statusOf: () => 0,
      isFrozen: () => false,
      versionOf: (_: Hex, term: number) => (term === 0 ? [2, 0n] : [9, 0n]),
      vault: () => VAULT,
      registry: () => REGISTRY,
      eas: () => EAS,
      epochHash: (epoch: bigint) => (byEpoch.has(epoch) ? epochHash(byEpoch.get(epoch)!.epoch) : ZERO),
      attestationOf: (epoch: bigint) => (epoch === 2n ? word(51) : ZERO),
      recordOf: (epoch: bigint) => (epoch === 2n ? word(52) : ZERO),
      schemaOf: (kind: number) => word(100 + kind),
      getAttestation: (uid: Hex) =>
        uid === word(51)
          ? { ...nobody, uid, schema: word(105), attester: RESOLVER, data: encodeEpoch(proofs[0]!.epoch) }
          : uid === word(52)
            ? { ...nobody, uid, schema: word(106), attester: RESOLVER, recipient: PAY, data: proofs[0]!.data }
            : uid === word(31)
              ? { ...nobody, uid, schema: word(104), time: 1000n, attester: EVALUATOR, recipient: PAY, data: encodeSays(says) }
              : nobody,
    },
  };
}

const rpcOf = (of: World): Rpc => ({
  source: "endpoint",
  request: ({ method, params }) => {
    if (method === "eth_chainId") return Promise.resolve(`0x${of.chainId.toString(16)}`);
    if (method === "eth_getBlockByNumber") {
      const number = (params as [string])[0] === "latest" ? of.head : Number((params as [string])[0]);
      return Promise.resolve({ number: `0x${number.toString(16)}`, timestamp: `0x${(5000 + number - 300).toString(16)}` });
    }

    assert.equal(method, "eth_call");
    const [call, block] = params as [{ to: string; data: Hex }, string];
    const { functionName, args } = decodeFunctionData({ abi: ABI, data: call.data });
    of.asked.push(`${functionName} ${block}`);
    const answer = of.chain[functionName];
    if (answer === undefined) return Promise.reject(new RpcError("no", -32000));
    try {
      return Promise.resolve(encodeFunctionResult({ abi: ABI, functionName, result: answer(...((args ?? []) as unknown as never[])) } as never));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  },
});

const run = (of: World, more: Partial<Sources> = {}) =>
  verifyPassport({
    passport: of.passport,
    contracts: { registry: REGISTRY, vault: VAULT, resolver: RESOLVER },
    rpc: rpcOf(of),
    missing: "",
    split: () => Promise.resolve(of.said),
    records: () => Promise.resolve({ records: of.records, complete: true }),
    record: (epoch) => {
      const proof = of.proofs.find((one) => one.epoch.epoch === epoch);
      return proof === undefined ? Promise.reject(new Error("gone")) : Promise.resolve(proof);
    },
    document: (hash) => Promise.resolve(of.documents.get(hash) ?? null),
    progress: () => {},
    ...more,
  });

const found = (checks: readonly Check[], outcome: string): string[] => checks.filter((check) => check.outcome === outcome).map((check) => `${check.group}: ${check.what}`);

test("a node that says the truth: all holds, at the passport's block", async () => {
  const of = world();
  const { checks, holds, differs, unchecked } = await run(of);
  assert.deepEqual([found(checks, "differs"), found(checks, "unchecked")], [[], []]);
  assert.equal(differs + unchecked, 0);
  // The block, contracts, eight of the registry, document, two records, an epoch's and a record's attestation, an evaluation, three figures.
  assert.equal(holds, 19);
  assert.ok(of.asked.includes("modelOwner 0x12b"), "the end of block 299");
});

test("every lie turns red, and what it makes doubtful is not called proven", async () => {
  const lies: [string, (of: World) => void][] = [
    ["Registry: Owner", (of) => (of.passport.owner = address(99))],
    ["Registry: Pay address", (of) => (of.passport.payAddress = address(99))],
    ["Registry: Number", (of) => (of.passport.number = 4)],
    ["Registry: Digest of its weights", (of) => (of.passport.identityHash = word(99))],
    ["Registry: Status", (of) => (of.passport.status = "retired")],
    ["Registry: Terms frozen", (of) => (of.passport.frozen = true)],
    ["Registry: Version of its split", (of) => (of.said = 1)],
    ["Registry: Version of its split", (of) => (of.chain["versionOf"] = () => [2, 9_999n])],
    ["Registry: Document's hash", (of) => (of.chain["metadataHashOf"] = () => word(99))],
    ["Document: What its owner says", (of) => of.documents.set(of.passport.metadata.hash, new TextEncoder().encode("{}"))],
    ["Records: Epoch 2", (of) => (of.records[0] = { ...of.records[0]!, uses: 41 })],
    ["Records: Epoch 2", (of) => (of.records[0] = { ...of.records[0]!, revenue: [{ token: TOKEN, amount: 1n }] })],
    ["Records: Epoch 1", (of) => (of.proofs[1] = { ...of.proofs[1]!, proof: [] })],
    ["Records: Epoch 1", (of) => (of.proofs[1] = { ...of.proofs[1]!, proof: ["javascript:alert(1)"] })],
    ["Records: Epoch 1", (of) => (of.proofs[1] = { ...of.proofs[1]!, epoch: { ...of.proofs[1]!.epoch, bundleHash: word(99) } })],
    ["Records: Epoch 2", (of) => (of.chain["epochHash"] = (epoch: bigint) => (epoch === 2n ? ZERO : epochHash(of.proofs[1]!.epoch)))],
    ["Epochs: Attestation of epoch 2", (of) => (of.chain["attestationOf"] = (epoch: bigint) => (epoch === 2n ? word(52) : ZERO))],
    ["Records: Attestation of the record of epoch 2", (of) => (of.chain["recordOf"] = (epoch: bigint) => (epoch === 2n ? word(31) : ZERO))],
    ["Attestations: evaluation 0x000000…00001f", (of) => (of.passport.attestations[0]!.says = { ...of.passport.attestations[0]!.says, value: "0.99" })],
    ["Attestations: evaluation 0x000000…00001f", (of) => (of.passport.attestations[0]!.attester = address(99))],
    ["Attestations: evaluation 0x000000…00001f", (of) => (of.passport.attestations[0]!.standing = "revoked")],
    ["Attestations: evaluation 0x000000…00001f", (of) => (of.chain["getAttestation"] = ((was) => (uid: Hex) => ({ ...(was as (uid: Hex) => object)(uid), revocationTime: 4000n }))(of.chain["getAttestation"]))],
    ["Figures: usage.uses", (of) => (of.passport.figures[0] = figure("usage.uses", "", "61", 60n))],
    [`Figures: revenue.settled of ${TOKEN}`, (of) => (of.passport.figures[1] = figure("revenue.settled", TOKEN, "1501", 2n))],
    [`Figures: revenue.settled of ${TOKEN}`, (of) => void of.passport.figures.splice(1, 1)],
    ["Figures: domain.observed of nda", (of) => (of.passport.figures[2] = figure("domain.observed", "nda", "0.910000", 60n, 30n))],
    ["Figures: domain.observed of nda", (of) => (of.passport.figures[2] = figure("domain.observed", "nda", null, 60n, 30n))],
    ["Contracts: Block and time", (of) => (of.passport.asOf.time = 4_998)],
    ["Contracts: Block and time", (of) => (of.passport.asOf.block = 1_000_000)],
    ["Registry: The model", (of) => (of.chain["numberOf"] = () => 0n)],
    ["Contracts: They belong together", (of) => (of.chain["registry"] = () => address(99))],
  ];
  for (const [what, lie] of lies) {
    const of = world();
    lie(of);
    const { checks, differs } = await run(of);
    assert.ok(found(checks, "differs").includes(what), `${what} was not noticed: ${JSON.stringify(found(checks, "differs"))}`);
    assert.ok(differs > 0);
    if (what.startsWith("Records: Epoch")) assert.equal(found(checks, "holds").some((one) => one.startsWith("Figures")), false, "figures of records that are not proven");
  }
});

test("a split that is to come is not in force", async () => {
  const of = world();
  of.chain["versionOf"] = () => [3, 9_999n];
  assert.equal((await run(of)).differs, 0);
  of.chain["versionOf"] = () => [3, 4_999n];
  assert.deepEqual(found((await run(of)).checks, "differs"), ["Registry: Version of its split"]);
});

test("a revocation after the passport's time is none yet", async () => {
  const of = world();
  const was = of.chain["getAttestation"] as (uid: Hex) => object;
  of.chain["getAttestation"] = (uid: Hex) => (uid === word(31) ? { ...was(uid), revocationTime: 6000n } : was(uid));
  assert.equal((await run(of)).differs, 0);
});

test("without a chain nothing is called proven, and what contradicts itself is still found", async () => {
  const of = world();
  const { checks, differs } = await run(of, { rpc: null, missing: "Nobody can be asked." });
  assert.equal(differs, 0);
  assert.deepEqual(found(checks, "holds"), ["Document: What its owner says"]);
  assert.equal(checks.find((check) => check.what === "Chain")?.words, "Nobody can be asked.");
  of.records[0] = { ...of.records[0]!, uses: 41 };
  assert.deepEqual(found((await run(of, { rpc: null })).checks, "differs"), ["Records: Epoch 2"]);
});

test("another chain answers for nothing", async () => {
  const of = world();
  of.chainId = 1;
  const { checks, differs } = await run(of);
  assert.equal(differs, 0);
  assert.ok(found(checks, "unchecked").includes("Contracts: Chain"));
  assert.deepEqual(of.asked, []);
});

test("an endpoint without the past: what differs now is not called a lie", async () => {
  const of = world();
  const rpc = rpcOf(of);
  of.chain["modelOwner"] = () => address(99);
  const { checks } = await run(of, { rpc: { ...rpc, request: (request) => (Array.isArray(request.params) && request.params[1] === "0x12b" ? Promise.reject(new RpcError("missing trie node", -32000)) : rpc.request(request)) } });
  assert.deepEqual(found(checks, "differs"), []);
  assert.ok(found(checks, "unchecked").includes("Registry: Owner"));
  assert.ok(found(checks, "holds").includes("Registry: Number"));
  // What never changes is no matter of when.
  of.chain["numberOf"] = () => 7n;
  const later = await run(of, { rpc: { ...rpc, request: (request) => (Array.isArray(request.params) && request.params[1] === "0x12b" ? Promise.reject(new RpcError("missing trie node", -32000)) : rpc.request(request)) } });
  assert.deepEqual(found(later.checks, "differs"), ["Registry: Number"]);
});

test("a passport of the newest block: that block need not be there yet, and the time is that of the one before", async () => {
  const of = world();
  of.head = 299;
  of.passport.asOf.time = 4_999;
  assert.equal((await run(of)).holds, 19);
  of.passport.asOf.time = 5_000;
  assert.deepEqual(found((await run(of)).checks, "differs"), ["Contracts: Block and time"]);
});

test("an endpoint that is a little behind is no proof of a lie", async () => {
  const of = world();
  of.head = 295;
  const { checks, differs } = await run(of);
  assert.equal(differs, 0);
  assert.ok(found(checks, "unchecked").includes("Contracts: Block and time"));
});

test("a chain that breaks off, and a node that gives no records: said, and nothing red", async () => {
  for (const gone of ["epochHash", "getAttestation", "modelOwner", "schemaOf", "eas"]) {
    const of = world();
    delete of.chain[gone];
    const { differs, unchecked } = await run(of);
    // Without its schemas the resolver's attestations cannot be told from others: that proves no lie, and nothing else either.
    assert.equal(differs, 0, gone);
    assert.ok(unchecked > 0, gone);
  }

  const { checks, differs } = await run(world(), { records: () => Promise.reject(new Error("busy")) });
  assert.equal(differs, 0);
  assert.ok(found(checks, "unchecked").includes("Records: The model's records"));
});

test("records of epochs after the passport's are not counted into it; a list that is cut proves no sum", async () => {
  const of = world();
  of.passport.lastEpoch = 1;
  of.passport.figures = [figure("usage.uses", "", "20", 20n), figure("revenue.settled", TOKEN, "500", 1n)];
  assert.equal((await run(of)).differs, 0);
  const cut = await run(world(), { records: () => Promise.resolve({ records: world().records, complete: false }) });
  assert.equal(found(cut.checks, "holds").some((one) => one.startsWith("Figures")), false);
});

test("off-chain attestations, a document in another form: not checked, and said so", async () => {
  const of = world();
  of.passport.attestations.push({ ...of.passport.attestations[0]!, uid: word(32), onChain: false });
  of.passport.metadata = { ...of.passport.metadata, document: { name: "A" } };
  const { checks, differs } = await run(of);
  assert.equal(differs, 0);
  assert.deepEqual(found(checks, "unchecked"), ["Document: What its owner says", "Attestations: Off chain"]);
});
