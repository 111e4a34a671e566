// The other side of the tests of attestations in .NET: EAS's own SDK reads what they wrote, and writes what they read.
//
//   node tests/contracts/eas-peer.mjs read RPC EAS UID...             what the SDK reads of attestations, as a JSON list
//   node tests/contracts/eas-peer.mjs verify RPC EAS FILE             whether the SDK takes an off-chain attestation, and what it says
//   node tests/contracts/eas-peer.mjs write RPC EAS KEY SCHEMA VALUES FILE
//                                                                     attests on chain, and the same off chain into FILE; prints both uids
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { JsonRpcProvider, NonceManager, Wallet, ZeroAddress } from "ethers";

// By require: what the package offers to `import` does not load in Node.
const require = createRequire(import.meta.url);
const { EAS, NO_EXPIRATION, OffchainAttestationVersion, SchemaEncoder, SchemaRegistry } = require("@ethereum-attestation-service/eas-sdk");

const [command, rpc, service, ...rest] = process.argv.slice(2);
const provider = new JsonRpcProvider(rpc, undefined, { staticNetwork: true, pollingInterval: 100, cacheTimeout: -1 });
const eas = new EAS(service, { signer: provider });
const text = (value) => (Array.isArray(value) ? Array.from(value, text) : typeof value === "bigint" || typeof value === "number" ? value.toString() : value);
const print = (value) => console.log(JSON.stringify(value, (_, part) => (typeof part === "bigint" ? part.toString() : part)));

async function schemaOf(uid) {
  const registry = new SchemaRegistry(await eas.contract.getSchemaRegistry(), { signer: provider });
  return (await registry.getSchema({ uid })).schema;
}

async function fieldsOf(schema, data) {
  const decoded = new SchemaEncoder(await schemaOf(schema)).decodeData(data);
  return Object.fromEntries(decoded.map(({ name, value }) => [name, text(value.value)]));
}

async function read(uids) {
  const found = [];
  for (const uid of uids) {
    const { schema, attester, recipient, refUID, time, expirationTime, revocationTime, data } = await eas.getAttestation(uid);
    found.push({ uid, schema, attester, recipient, refUID, time, expirationTime, revocationTime, fields: await fieldsOf(schema, data) });
  }
  print(found);
}

async function verify([file]) {
  const { sig, signer } = JSON.parse(readFileSync(file, "utf8"));
  const valid = (await eas.getOffchain()).verifyOffchainAttestationSignature(signer, sig);
  print({ valid, signer, uid: sig.uid, fields: await fieldsOf(sig.message.schema, sig.message.data) });
}

async function write([key, schema, values, file]) {
  const wallet = new Wallet(key, provider);
  const given = JSON.parse(values);
  const schemaText = await schemaOf(schema);
  const data = new SchemaEncoder(schemaText).encodeData(schemaText.split(",").map((field, index) => ({ type: field.split(" ")[0], name: field.split(" ")[1], value: given[index] })));
  const writer = new EAS(service, { signer: new NonceManager(wallet) });
  const uid = await (await writer.attest({ schema, data: { recipient: ZeroAddress, expirationTime: NO_EXPIRATION, revocable: true, data } })).wait();
  const time = BigInt((await provider.getBlock("latest")).timestamp);
  const offchain = await eas.getOffchain(OffchainAttestationVersion.Version2);
  const signed = await offchain.signOffchainAttestation({ schema, recipient: ZeroAddress, time, expirationTime: NO_EXPIRATION, revocable: true, refUID: uid, data }, wallet);
  writeFileSync(file, JSON.stringify({ sig: signed, signer: wallet.address }, (_, part) => (typeof part === "bigint" ? part.toString() : part)));
  print({ uid, offchain: signed.uid, attester: wallet.address });
}

await { read, verify, write }[command](rest);
provider.destroy();
