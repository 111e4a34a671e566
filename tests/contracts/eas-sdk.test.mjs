// The resolver's schemas and attestations, through the Ethereum Attestation Service's own SDK: what it encodes the resolver
// takes, and what the resolver attests it decodes, field by field.
//
//   node --test tests/contracts/eas-sdk.test.mjs     on a chain of its own, in this process
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { before, test } from "node:test";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { AbiCoder, BrowserProvider, Contract, ContractFactory, encodeBytes32String, getCreateAddress, keccak256, toUtf8Bytes, Wallet, ZeroAddress, ZeroHash } from "ethers";
import hre from "hardhat";

// By require: what the package offers to `import` does not load in Node.
const require = createRequire(import.meta.url);
const { EAS, NO_EXPIRATION, SchemaEncoder, SchemaRegistry } = require("@ethereum-attestation-service/eas-sdk");
const easArtifact = (name) => require(`@ethereum-attestation-service/eas-contracts/artifacts/contracts/${name}.sol/${name}.json`);

const KINDS = ["Provenance", "Lineage", "Contribution", "Permission", "Evaluation", "Epoch", "UsageRecord"];
const OWNERS_KINDS = KINDS.slice(0, 4);
const REVOCABLE = KINDS.slice(0, 5);
const kind = (name) => KINDS.indexOf(name);
const hash = (text) => keccak256(toUtf8Bytes(text));
const word = encodeBytes32String;

const attestor = new Wallet(hash("attestor"));
let provider, owner, evaluator, stranger;
let registry, rail, vault, resolver, schemaRegistry, service;
let modelId, chain;

before(async () => {
  await hre.tasks.getTask("build").run({ noTests: true, quiet: true });
  chain = (await hre.network.connect({ network: "node" })).provider;
  provider = new BrowserProvider(chain, undefined, { cacheTimeout: -1 });
  [owner, evaluator, stranger] = await Promise.all([0, 1, 2].map((index) => provider.getSigner(index)));

  const create = async ({ abi, bytecode }, ...given) => {
    const contract = await new ContractFactory(abi, bytecode, owner).deploy(...given);
    return contract.waitForDeployment();
  };
  const ours = async (name, ...given) => create(await hre.artifacts.readArtifact(name), ...given);
  schemaRegistry = await create(easArtifact("SchemaRegistry"));
  service = await create(easArtifact("EAS"), schemaRegistry.target);
  const foretold = getCreateAddress({ from: owner.address, nonce: (await owner.getNonce()) + 2 });
  registry = await ours("ModelRegistry", foretold);
  rail = await ours("InferencePayments", registry.target, foretold);
  vault = await ours("RoyaltySplit", registry.target, rail.target, {
    guardian: stranger.address,
    governor: stranger.address,
    attestors: [attestor.address],
    threshold: 1,
    window: 60,
    tokens: [{ token: ZeroAddress, smallestLeaf: 1 }],
  });
  resolver = await ours("SettlementResolver", service.target, schemaRegistry.target, vault.target);

  const none = { rows: [], poolWeight: 0, fallbackRows: [], committed: { hash: ZeroHash, rows: 0, weight: 0, uri: "" } };
  await sent(
    registry.register({
      salt: ZeroHash,
      noticePeriod: 0,
      identityHash: hash("weights"),
      metadataHash: hash("metadata"),
      uri: "https://models.example/1.json",
      royalty: 0,
      split: { ...none, rows: [{ account: owner.address, weight: 1, role: word("data") }] },
      parents: [],
      gateways: [],
    }),
  );
  modelId = await registry.modelIdOf(owner.address, ZeroHash);
  await sent(resolver.connect(evaluator).setEvaluator(true, "https://evaluators.example/1"));
});

const sent = async (transaction) => (await transaction).wait();
const eas = (signer) => new EAS(service.target, { signer });
const textOf = (name) => resolver.schemaText(kind(name));
const schemaOf = (name) => resolver.schemaOf(kind(name));
const latestOf = (name, attester) => resolver.latest(modelId, kind(name), attester);

/** The fields of a schema's text, each with its value. */
const fieldsOf = (text, values) => text.split(",").map((field, index) => ({ type: field.split(" ")[0], name: field.split(" ")[1], value: values[index] }));

/** What an attestation says, by the names of its schema's fields. */
async function said(name, uid) {
  const attestation = await eas(provider).getAttestation(uid);
  const decoded = new SchemaEncoder(await textOf(name)).decodeData(attestation.data);
  return { attestation, fields: Object.fromEntries(decoded.map(({ name, value }) => [name, plain(value.value)])) };
}
const plain = (value) => (Array.isArray(value) ? Array.from(value, plain) : value);

/** What is attested of each kind, in the order of its schema's fields. */
const examples = () => ({
  Provenance: [modelId, hash("weights"), [hash("first set"), hash("second set")], ["trained on", "fine-tuned from"], "https://data.example/1"],
  Lineage: [modelId, [hash("parent"), hash("another parent")], [250_000n, 1n], 2n],
  Contribution: [modelId, stranger.address, word("data"), 2n ** 96n - 1n, hash("method")],
  Permission: [modelId, ZeroAddress, word("resale"), 3n, 2n ** 64n - 1n, hash("terms")],
  Evaluation: [modelId, word("nda-review"), "f1", "0.87", 100n, hash("set"), hash("method")],
});

const requestOf = async (name, values) => {
  const text = await textOf(name);
  const data = new SchemaEncoder(text).encodeData(fieldsOf(text, values));
  return { schema: await schemaOf(name), data: { recipient: ZeroAddress, expirationTime: NO_EXPIRATION, revocable: true, data } };
};

/** Activates the next epoch: whatever was paid goes to the owner, by a root that nobody claims from here. */
async function activate(recordRoot) {
  await sent(rail.connect(stranger).pay(modelId, ZeroAddress, 1_000n, ZeroHash, { value: 1_000n }));
  const last = await provider.getBlock("latest");
  const epoch = (await vault.epoch()) + 1n;
  const proposal = {
    epoch,
    attempt: 0,
    attestorSet: 1,
    previousRoot: await vault.root(),
    root: hash(`root ${epoch}`),
    pushRoot: ZeroHash,
    recordRoot,
    bundleHash: hash(`bundle ${epoch}`),
    lastBlock: last.number,
    lastBlockHash: last.hash,
    totals: [{ token: ZeroAddress, total: 1_000n * epoch }],
    revoked: [],
    bundleUri: "https://bundles.example/1",
  };
  const signature = attestor.signingKey.sign(await vault.proposalDigest(proposal)).serialized;
  await sent(vault.propose(proposal, [{ signer: attestor.address, data: signature }]));
  await chain.request({ method: "evm_increaseTime", params: [60] });
  await sent(vault.activate(proposal));
  const { lastBlock, root, bundleHash } = proposal;
  return { epoch, lastBlock: BigInt(lastBlock), root, recordRoot, bundleHash };
}

/** The one attestation of a transaction, as the SDK finds it in the receipt. */
function onlyUid(receipt) {
  const uids = eas(provider).getUIDsFromAttestReceipt(receipt);
  assert.equal(uids.length, 1);
  return uids[0];
}

test("every schema's text is one that the SDK takes, under the uid that it computes", async () => {
  for (const name of KINDS) {
    const text = await textOf(name);
    const revocable = REVOCABLE.includes(name);
    assert.ok(SchemaEncoder.isSchemaValid(text), text);
    const uid = SchemaRegistry.getSchemaUID(text, resolver.target, revocable);
    assert.equal(await schemaOf(name), uid);
    const kept = await new SchemaRegistry(schemaRegistry.target, { signer: provider }).getSchema({ uid });
    assert.deepEqual([kept.uid, kept.resolver, kept.revocable, kept.schema], [uid, resolver.target, revocable, text]);
  }
});

for (const name of [...OWNERS_KINDS, "Evaluation"]) {
  test(`${name}: attested, read and revoked by the SDK`, async () => {
    const attester = name === "Evaluation" ? evaluator : owner;
    const values = examples()[name];
    const first = await (await eas(attester).attest(await requestOf(name, values))).wait();
    const uid = await (await eas(attester).attest(await requestOf(name, values))).wait();
    assert.equal(await latestOf(name, attester.address), uid);

    const { attestation, fields } = await said(name, uid);
    assert.equal(attestation.attester, attester.address);
    const names = fieldsOf(await textOf(name), values).map((field) => field.name);
    assert.deepEqual(fields, Object.fromEntries(names.map((name, index) => [name, values[index]])));

    await (await eas(attester).revoke({ schema: attestation.schema, data: { uid } })).wait();
    assert.ok(await eas(provider).isAttestationRevoked(uid));
    assert.equal(await latestOf(name, attester.address), first);
  });

  test(`${name}: not by anybody else`, async () => {
    const request = await requestOf(name, examples()[name]);
    const error = name === "Evaluation" ? "NotAnEvaluator" : "NotTheOwner";
    await assert.rejects(service.connect(stranger).attest.staticCall({ schema: request.schema, data: { ...request.data, refUID: ZeroHash, value: 0 } }), (thrown) => {
      assert.equal(resolver.interface.parseError(thrown.data)?.name, error);
      return true;
    });
  });
}

test("an evaluation that the SDK signed is brought by another, and is the signer's", async () => {
  const { schema, data } = await requestOf("Evaluation", examples().Evaluation);
  const delegated = await eas(evaluator).getDelegated();
  const { signature } = await delegated.signDelegatedAttestation(
    { schema, ...data, refUID: ZeroHash, value: 0n, deadline: 0n, nonce: await eas(provider).getNonce(evaluator.address) },
    evaluator,
  );
  const uid = await (await eas(stranger).attestByDelegation({ schema, data, signature, attester: evaluator.address })).wait();
  assert.equal((await said("Evaluation", uid)).attestation.attester, evaluator.address);
  assert.equal(await latestOf("Evaluation", evaluator.address), uid);
});

test("an epoch's attestation is the vault's record, by the names of its fields", async (context) => {
  await activate(hash("records before"));
  const record = await activate(hash("records"));
  const receipt = await sent(resolver.connect(stranger).attestEpoch(record));
  context.diagnostic(`gas of attestEpoch: ${receipt.gasUsed}`);
  const uid = onlyUid(receipt);
  assert.equal(await resolver.attestationOf(record.epoch), uid);

  const { attestation, fields } = await said("Epoch", uid);
  assert.deepEqual(fields, record);
  assert.equal(await vault.epochHash(record.epoch), keccak256(attestation.data));
  assert.equal(attestation.attester, resolver.target);
});

test("a model's record is a leaf of OpenZeppelin's tree, and decodes by the schema", async (context) => {
  const text = await textOf("UsageRecord");
  const types = text.split(",").map((field) => field.split(" ")[0]);
  const epoch = (await vault.epoch()) + 1n;
  const rowOf = (id, uses) => [id, epoch, uses, 2n, [ZeroAddress, stranger.address], [5n, 2n ** 128n - 1n], [word("nda-review")], [8n], [10n]];
  const rows = [modelId, hash("b"), hash("c"), hash("d"), hash("e")].map((id, index) => rowOf(id, BigInt(index) + 40n));
  const tree = StandardMerkleTree.of(rows, types, { sortLeaves: false });

  const record = await activate(tree.root);
  const receipt = await sent(resolver.connect(stranger).attestRecord(record, rows[0], tree.getProof(0)));
  context.diagnostic(`gas of attestRecord, two tokens and one domain: ${receipt.gasUsed}`);
  const uid = onlyUid(receipt);
  assert.equal(await resolver.recordOf(epoch, modelId), uid);
  assert.equal(await latestOf("UsageRecord", resolver.target), uid);

  const { attestation, fields } = await said("UsageRecord", uid);
  assert.equal(attestation.data, AbiCoder.defaultAbiCoder().encode(types, rows[0]));
  assert.equal(keccak256(keccak256(attestation.data)), tree.leafHash(rows[0]));
  assert.equal(attestation.recipient, await registry.payAddressOf(modelId));
  const names = fieldsOf(text, rows[0]).map((field) => field.name);
  assert.deepEqual(fields, Object.fromEntries(names.map((name, index) => [name, rows[0][index]])));
});
