// Golden data of attestations, by the Ethereum Attestation Service's own SDK, which the product does not use: schemas and their data,
// requests by delegation in every form that deployed versions take, and off-chain attestations of every version.
//
//   node tests/vectors/attestations.mjs           writes attestations.json beside this file
//   node tests/vectors/attestations.mjs --check   compares it with what would be written; exit code 1 on a difference
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { AbiCoder, encodeBytes32String, id, Interface, Signature, TypedDataEncoder, Wallet, ZeroAddress, ZeroHash, solidityPackedKeccak256 } from "ethers";

// By require: what the package offers to `import` does not load in Node.
const require = createRequire(import.meta.url);
const { Delegated, Offchain, OffchainAttestationVersion, SchemaEncoder, SchemaRegistry } = require("@ethereum-attestation-service/eas-sdk");
const packages = fileURLToPath(new URL("../../node_modules/@ethereum-attestation-service/eas-contracts", import.meta.url));

const wallet = new Wallet(id("opensettle/attester"));
const resolver = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const service = "0xA1207F3BBa224E2c9c3c6D5aF63D0eb1582Ce587";
const chainId = 31337n;
const model = id("model");
const account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const word = encodeBytes32String;

// In the resolver's order; the resolver's own tests hold these texts to the contract.
const schemas = [
  ["Provenance", "bytes32 modelId,bytes32 identityHash,bytes32[] datasetHashes,string[] relations,string uri", [model, id("weights"), [id("first set"), id("second set")], ["trained-on", "fine-tuned-from"], "https://data.example/ä"]],
  ["Lineage", "bytes32 modelId,bytes32[] parents,uint32[] shares,uint32 version", [model, [id("parent"), id("another parent")], [250_000, 1], 2]],
  ["Contribution", "bytes32 modelId,address account,bytes32 role,uint96 weight,bytes32 method", [model, account, word("data"), 2n ** 96n - 1n, id("method")]],
  ["Permission", "bytes32 modelId,address account,bytes32 use,uint8 permission,uint64 expires,bytes32 termsHash", [model, ZeroAddress, word("resale"), 3, 2n ** 64n - 1n, id("terms")]],
  ["Evaluation", "bytes32 modelId,bytes32 domain,string metric,string value,uint64 n,bytes32 evalSetHash,bytes32 methodHash", [model, word("nda-review"), "accuracy", "0.87", 100, id("set"), id("method")]],
  ["Epoch", "uint64 epoch,uint64 lastBlock,bytes32 root,bytes32 recordRoot,bytes32 bundleHash", [7, 1234, id("root"), id("records"), id("bundle")]],
  [
    "UsageRecord",
    "bytes32 modelId,uint64 epoch,uint64 uses,uint64 consumers,address[] tokens,uint128[] revenue,bytes32[] domains,uint64[] successes,uint64[] trials",
    [model, 7, 40, 2, [ZeroAddress, account], [5n, 2n ** 128n - 1n], [word("nda-review")], [8], [10]],
  ],
];

const dataOf = (text, values) =>
  new SchemaEncoder(text).encodeData(text.split(",").map((field, index) => ({ type: field.split(" ")[0], name: field.split(" ")[1], value: values[index] })));
const kinds = schemas.map(([kind, text, values]) => ({
  kind,
  text,
  uid: SchemaRegistry.getSchemaUID(text, resolver, !["Epoch", "UsageRecord"].includes(kind)),
  data: dataOf(text, values),
}));

// An attestation on chain. The SDK has no function for its uid; the contract's own is checked on a chain, by another test.
const evaluation = kinds[4];
const time = 1_800_000_000n;
const expirationTime = 1_900_000_000n;
const refUID = id("commitment");
const onChain = [0, 1].map((bump) => ({
  bump,
  uid: solidityPackedKeccak256(
    ["bytes32", "address", "address", "uint64", "uint64", "bool", "bytes32", "bytes", "uint32"],
    [evaluation.uid, account, wallet.address, time, expirationTime, true, refUID, evaluation.data, bump],
  ),
}));

const saved = (signed) => ({ digest: TypedDataEncoder.hash(signed.domain, signed.types, signed.message), ...Signature.from(signed.signature).toJSON(), r: signed.signature.r, s: signed.signature.s, v: signed.signature.v });
const delegated = [];
for (const version of ["0.26", "1.0.1", "1.2.0", "1.3.0", "1.4.0"]) {
  const sdk = new Delegated({ address: service, version, chainId }, undefined);
  const attest = await sdk.signDelegatedAttestation(
    { schema: evaluation.uid, recipient: account, expirationTime, revocable: true, refUID, data: evaluation.data, value: 0n, nonce: 5n, deadline: 1_850_000_000n },
    wallet,
  );
  const revoke = await sdk.signDelegatedRevocation({ schema: evaluation.uid, uid: id("uid"), value: 0n, nonce: 6n, deadline: 1_850_000_000n }, wallet);
  const type = `${attest.primaryType}(${attest.types.Attest.map(({ name, type }) => `${type} ${name}`).join(",")})`;
  delegated.push({ version, typeHash: id(type), domainSeparator: TypedDataEncoder.hashDomain(attest.domain), attest: trimmed(saved(attest)), revoke: trimmed(saved(revoke)) });
}
function trimmed({ digest, r, s, v }) {
  return { digest, r, s, v };
}

// Which form a chain's EAS has, as far as the package of its contracts says so: by the type's hash in its code, and by the call in its ABI.
const forms = [];
for (const chain of readdirSync(`${packages}/deployments`).sort()) {
  let deployment;
  try {
    deployment = JSON.parse(readFileSync(`${packages}/deployments/${chain}/EAS.json`, "utf8"));
  } catch {
    continue;
  }
  const code = deployment.deployedBytecode ?? deployment.bytecode ?? "";
  // Of a proxy the code says nothing.
  const typeHashes = [...new Set(delegated.map(({ typeHash }) => typeHash))].filter((hash) => code.includes(hash.slice(2)));
  if (typeHashes.length === 1) forms.push({ chain, typeHash: typeHashes[0], selector: new Interface(deployment.abi).getFunction("attestByDelegation").selector });
}

const packed = (value) => JSON.parse(JSON.stringify(value, (_, part) => (typeof part === "bigint" ? part.toString() : part)));
const offchain = [];
for (const version of [OffchainAttestationVersion.Legacy, OffchainAttestationVersion.Version1, OffchainAttestationVersion.Version2]) {
  const sdk = new Offchain({ address: service, version: "1.3.0", chainId }, version, undefined);
  const message = { schema: evaluation.uid, recipient: account, time, expirationTime, revocable: true, refUID, data: evaluation.data };
  const signed = await sdk.signOffchainAttestation(version === OffchainAttestationVersion.Version2 ? { ...message, salt: id("salt") } : message, wallet);
  offchain.push({ version, file: packed({ sig: signed, signer: wallet.address }) });
}

const text = `${JSON.stringify(
  {
    attester: wallet.address, privateKey: wallet.privateKey, resolver, service, chainId: chainId.toString(), recipient: account, time: time.toString(), expirationTime: expirationTime.toString(), refUID,
    kinds, onChain, delegated, forms, offchain,
  },
  null,
  2,
)}\n`;
const path = fileURLToPath(new URL("attestations.json", import.meta.url));
if (process.argv.includes("--check")) {
  if (readFileSync(path, "utf8") !== text) {
    console.error("tests/vectors/attestations.json is not what tests/vectors/attestations.mjs writes.");
    process.exit(1);
  }
} else writeFileSync(path, text);
