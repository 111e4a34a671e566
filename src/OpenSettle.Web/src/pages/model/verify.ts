/**
 * Holds what the node says of a model against the chain, in the browser: contracts and registry, epochs and records, attestations, and
 * the figures that follow from records alone. What it cannot check it says; `opensettle passport MODEL --verify` checks all.
 */

import type { Hex } from "viem";
import type { Attestation, RecordProof, UseRecord } from "../../api/passports.ts";
import { type OnEas, attestationAt, epochUid, keptEpochHash, recordUid, schemaOf } from "../../chain/eas.ts";
import { KINDS, encodeEpoch, encodeRecord, encodeSays, epochHash, recordLeaf, recordRootOf } from "../../chain/records.ts";
import { type Rpc, mustBeOn } from "../../chain/rpc.ts";
import { counted, grouped, shortHex } from "../../text/format.ts";
import { type Add, type Check, type Group, type Outcome, type Sources, type Verdict, ZERO, same, summed, wordsOf } from "./checks.ts";
import { figureChecks, intervalChecks } from "./recompute.ts";
import { contracts, document, moment, registry } from "./verifyRegistry.ts";

/** More than these are not asked for by one press: each is a question or two to the chain. */
const MOST_RECORDS = 400;
const MOST_ATTESTATIONS = 300;
const AT_ONCE = 6;

export async function verifyPassport(sources: Sources): Promise<Verdict> {
  const { passport, rpc } = sources;
  const checks: Check[] = [];
  const add = (group: Group, what: string, outcome: Outcome, words: string): void => void checks.push({ group, what, outcome, words });

  let chain = rpc;
  if (chain !== null) {
    try {
      await mustBeOn(chain, passport.chainId);
    } catch (error) {
      add("Contracts", "Chain", "unchecked", `The chain could not be asked: ${wordsOf(error)}.`);
      chain = null;
    }
  } else {
    add("Contracts", "Chain", "unchecked", sources.missing);
  }

  if (chain !== null) await moment(passport, chain, add);
  const eas = chain === null ? null : await contracts(sources, chain, add);
  if (chain !== null) await registry(sources, chain, add);
  await document(sources, add);
  const proven = await records(sources, chain, eas, add);
  await attestations(sources, chain, eas, add);
  for (const check of [...intervalChecks(passport), ...figureChecks(passport, proven.records, proven.why)]) add("Figures", check.what, check.outcome, check.words);
  return summed(checks);
}

interface Proven {
  records: UseRecord[];
  /** Why figures cannot be computed from these; null: they can. */
  why: string | null;
}

async function records(sources: Sources, rpc: Rpc | null, eas: string | null, add: Add): Promise<Proven> {
  const { passport } = sources;
  let listed: { records: UseRecord[]; complete: boolean };
  try {
    listed = await sources.records();
  } catch (error) {
    add("Records", "The model's records", "unchecked", `The node did not give them: ${wordsOf(error)}.`);
    return { records: [], why: "The records could not be had." };
  }

  const due = listed.records.filter((record) => record.epoch <= passport.lastEpoch);
  const asked = due.slice(0, MOST_RECORDS);
  let schemas: { epoch: Hex; record: Hex } | null = null;
  if (rpc !== null && eas !== null) {
    try {
      schemas = { epoch: await schemaOf(rpc, sources.contracts.resolver, KINDS.indexOf("epoch")), record: await schemaOf(rpc, sources.contracts.resolver, KINDS.indexOf("usageRecord")) };
    } catch {
      // Said with each attestation below.
    }
  }

  const good = new Map<number, UseRecord>();
  let done = 0;
  const outcomes = await each(asked, async (record) => {
    const found: Check[] = [];
    const own: Add = (group, what, outcome, words) => void found.push({ group, what, outcome, words });
    if (await oneRecord(sources, rpc, eas, schemas, record, own)) good.set(record.epoch, record);
    sources.progress(++done, asked.length + Math.min(passport.attestations.length, MOST_ATTESTATIONS));
    return found;
  });
  for (const check of outcomes.flat()) add(check.group, check.what, check.outcome, check.words);
  if (due.length > asked.length) add("Records", "Older records", "unchecked", `${counted(due.length - asked.length, "older record")} were not looked at: that takes the command below.`);
  const all = listed.complete && good.size === due.length;
  return {
    records: all ? due : [],
    why: all ? null : rpc === null ? "The records are not proven without the chain." : "Not all records are proven.",
  };
}

async function oneRecord(sources: Sources, rpc: Rpc | null, eas: string | null, schemas: { epoch: Hex; record: Hex } | null, listed: UseRecord, add: Add): Promise<boolean> {
  const { passport } = sources;
  const name = `Epoch ${grouped(listed.epoch)}`;
  let proof: RecordProof;
  try {
    proof = await sources.record(listed.epoch);
  } catch (error) {
    add("Records", name, "unchecked", `The node did not give its proof: ${wordsOf(error)}.`);
    return false;
  }

  // The leaf is made of what is LISTED, so that a list that says something else than the proof is found out.
  let data: Hex;
  try {
    data = encodeRecord({ ...listed, model: passport.model });
    const root = recordRootOf(data, proof.proof);
    if (proof.epoch.epoch !== listed.epoch || !same(root, proof.epoch.recordRoot) || !same(data, proof.data) || !same(recordLeaf(data), proof.leaf)) {
      add("Records", name, "differs", "Its record does not lead to the record root that the node names: the node's list and its proof are of different things.");
      return false;
    }
  } catch (error) {
    add("Records", name, "differs", `Its record or its path is not what they should be: ${wordsOf(error)}.`);
    return false;
  }

  if (rpc === null) {
    add("Records", name, "unchecked", "Its record leads to the record root that the node names. Whether the vault has that root was not asked.");
    return false;
  }

  try {
    const kept = await keptEpochHash(rpc, sources.contracts.vault, listed.epoch);
    if (kept !== epochHash(proof.epoch)) {
      add("Records", name, "differs", same(kept, ZERO) ? "The vault has activated no such epoch." : "The vault has another epoch of that number: its root, record root or bundle differ.");
      return false;
    }
  } catch (error) {
    add("Records", name, "unchecked", `The vault could not be asked: ${wordsOf(error)}.`);
    return false;
  }

  add("Records", name, "holds", "Its record leads to the record root of the epoch that the vault has activated.");
  if (eas !== null) {
    const resolver = sources.contracts.resolver;
    const expect = { resolver, eas };
    await ownAttestation(rpc, expect, "Epochs", `Attestation of epoch ${grouped(listed.epoch)}`, schemas?.epoch, encodeEpoch(proof.epoch), () => epochUid(rpc, resolver, listed.epoch), add);
    await ownAttestation(rpc, expect, "Records", `Attestation of the record of epoch ${grouped(listed.epoch)}`, schemas?.record, data, () => recordUid(rpc, resolver, listed.epoch, passport.model), add);
  }

  return true;
}

/** What the resolver itself attested: anybody may have it do so, and where nobody did the path alone proves. */
async function ownAttestation(rpc: Rpc, by: { resolver: string; eas: string }, group: Group, what: string, schema: Hex | undefined, data: Hex, uidOf: () => Promise<Hex>, add: Add): Promise<void> {
  try {
    const uid = await uidOf();
    if (same(uid, ZERO)) return;
    if (schema === undefined) {
      add(group, what, "unchecked", "The resolver's schemas could not be read.");
      return;
    }

    const found = await attestationAt(rpc, by.eas, uid);
    const holds = same(found.uid, uid) && same(found.schema, schema) && same(found.attester, by.resolver) && found.revocationTime === 0n && same(found.data, data);
    add(group, what, holds ? "holds" : "differs", holds ? `EAS has it, of the resolver, with the same content (${shortHex(uid, 6)}).` : `What EAS has under ${shortHex(uid, 6)} is not that.`);
  } catch (error) {
    add(group, what, "unchecked", `EAS could not be asked: ${wordsOf(error)}.`);
  }
}

async function attestations(sources: Sources, rpc: Rpc | null, eas: string | null, add: Add): Promise<void> {
  const { passport } = sources;
  const onChain = passport.attestations.filter((one) => one.onChain);
  const asked = onChain.slice(0, MOST_ATTESTATIONS);
  if (onChain.length < passport.attestations.length)
    add("Attestations", "Off chain", "unchecked", `${counted(passport.attestations.length - onChain.length, "attestation")} are off chain: their attester's word, which this page does not check.`);
  if (asked.length === 0) return;
  if (rpc === null || eas === null) {
    add("Attestations", "On chain", "unchecked", `${counted(onChain.length, "attestation")} were not looked up in EAS.`);
    return;
  }

  const schemas = new Map<string, Promise<Hex>>();
  const schema = (kind: string): Promise<Hex> => {
    const known = schemas.get(kind) ?? schemaOf(rpc, sources.contracts.resolver, KINDS.findIndex((one) => one === kind));
    schemas.set(kind, known);
    return known;
  };
  let done = 0;
  const found = await each(asked, async (one): Promise<Check> => {
    const what = `${one.kind} ${shortHex(one.uid, 6)}`;
    try {
      const wrong = differences(one, await attestationAt(rpc, eas, one.uid), await schema(one.kind), passport.asOf.time);
      return { group: "Attestations", what, outcome: wrong.length === 0 ? "holds" : "differs", words: wrong.length === 0 ? "EAS says the same, field by field." : `EAS says otherwise: ${wrong.join(", ")}.` };
    } catch (error) {
      return { group: "Attestations", what, outcome: "unchecked", words: `EAS could not be asked: ${wordsOf(error)}.` };
    } finally {
      sources.progress(++done, asked.length);
    }
  });
  for (const check of found) add(check.group, check.what, check.outcome, check.words);
  if (onChain.length > asked.length) add("Attestations", "More of them", "unchecked", `${counted(onChain.length - asked.length, "attestation")} more were not looked up: that takes the command below.`);
}

/** In what the node's attestation is not the one that EAS has; judged as of the passport's time. */
export function differences(said: Attestation, found: OnEas, schema: string, time: number): string[] {
  if (!same(found.uid, said.uid)) return ["it has none of that uid"];
  const wrong: string[] = [];
  const compare = (what: string, a: string, b: string): void => void (same(a, b) || wrong.push(what));
  compare("schema", said.schema, found.schema);
  compare("kind", said.schema, schema);
  compare("attester", said.attester, found.attester);
  compare("recipient", said.recipient, found.recipient);
  compare("what it refers to", said.refUid, found.refUID);
  compare("time", said.time.toString(), found.time.toString());
  compare("end", said.expires.toString(), found.expirationTime.toString());
  const revoked = found.revocationTime > 0n && found.revocationTime <= BigInt(time);
  if (said.standing === "valid" && revoked) wrong.push("it was revoked, and the node calls it valid");
  if (said.standing === "revoked" && !revoked) wrong.push("it was not revoked by then");
  if (said.standing === "valid" && found.expirationTime > 0n && found.expirationTime < BigInt(time)) wrong.push("it had ended, and the node calls it valid");
  if (said.says !== null) {
    try {
      compare("content", encodeSays(said.says), found.data);
    } catch {
      wrong.push("content");
    }
  }

  return wrong;
}

/** A few at a time, in order. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
