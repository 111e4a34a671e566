/** What the node says of the moment, the contracts, the registry and the document, held against the chain. */

import { keccak256 } from "viem";
import type { Passport } from "../../api/passports.ts";
import { peersOf, registryFacts, splitVersion, statusWord } from "../../chain/eas.ts";
import { type Rpc, blockHead } from "../../chain/rpc.ts";
import { grouped, shortHex } from "../../text/format.ts";
import { type Add, type Sources, ZERO, same, wordsOf } from "./checks.ts";

/** More blocks than an endpoint that is in order is behind. */
const FAR_AHEAD = 1_000n;

/** A node that invents a block of the future would have an excuse for everything else. */
export async function moment(passport: Passport, rpc: Rpc, add: Add): Promise<void> {
  const what = "Block and time";
  const block = BigInt(passport.asOf.block);
  try {
    const head = await blockHead(rpc);
    // As of a block means up to its start: it need not be there yet.
    if (block > head.number + 1n) {
      const far = block > head.number + FAR_AHEAD;
      add("Contracts", what, far ? "differs" : "unchecked", `The passport is as of block ${grouped(block)}, and the chain's newest is ${grouped(head.number)}.${far ? "" : " Its endpoint may be behind: check again in a moment."}`);
      return;
    }

    // Of the past a passport has that block's time; the newest has the time of the last one that counts.
    const near = [block > 0n ? block - 1n : 0n, ...(block <= head.number ? [block] : [])];
    const times = await Promise.all(near.map(async (number) => (await blockHead(rpc, number)).time));
    const holds = times.includes(passport.asOf.time);
    add("Contracts", what, holds ? "holds" : "differs", holds ? `Block ${grouped(block)} has the time that the passport is judged by.` : `Block ${grouped(block)} has another time than the passport says: what ended or was revoked is judged wrongly.`);
  } catch (error) {
    add("Contracts", what, "unchecked", `The chain gave no block: ${wordsOf(error)}.`);
  }
}

/** The contracts name each other: a foreign one among them would be noticed. Which deployment it is nobody here can say. */
export async function contracts({ contracts: said }: Sources, rpc: Rpc, add: Add): Promise<string | null> {
  try {
    const peers = await peersOf(rpc, said);
    const belong = same(peers.registryOfVault, said.registry) && same(peers.vaultOfRegistry, said.vault) && same(peers.vaultOfResolver, said.vault);
    add(
      "Contracts",
      "They belong together",
      belong ? "holds" : "differs",
      belong ? "Registry, vault and resolver name each other on chain. Compare the vault's address with one that you trust." : "On chain, registry, vault and resolver do not name each other: the node mixes contracts.",
    );
    return belong ? peers.eas : null;
  } catch (error) {
    add("Contracts", "They belong together", "unchecked", `The contracts could not be read: ${wordsOf(error)}.`);
    return null;
  }
}

export async function registry(sources: Sources, rpc: Rpc, add: Add): Promise<void> {
  const { passport, contracts: said } = sources;
  // As of a block means up to its start: the end of the one before.
  const block = BigInt(Math.max(0, passport.asOf.block - 1));
  let facts: Awaited<ReturnType<typeof registryFacts>>;
  let old = true;
  try {
    facts = await registryFacts(rpc, said.registry, passport.model, block);
  } catch {
    try {
      // Not every endpoint keeps the state of past blocks.
      facts = await registryFacts(rpc, said.registry, passport.model);
      old = false;
    } catch (error) {
      add("Registry", "What the registry says", "unchecked", `The registry could not be read: ${wordsOf(error)}.`);
      return;
    }
  }

  if (facts.number === 0n) {
    // Numbers are given once and for ever.
    add("Registry", "The model", "differs", "The registry knows no such model.");
    return;
  }

  const compare = (what: string, node: string, chain: string, isForEver = false): void => {
    const holds = same(node, chain);
    const outcome = holds ? "holds" : old || isForEver ? "differs" : "unchecked";
    add(
      "Registry",
      what,
      outcome,
      holds ? `The registry says the same: ${shortHex(chain, 6)}.` : outcome === "differs" ? `The node says ${shortHex(node, 6)}, the registry ${shortHex(chain, 6)}.` : `It is ${shortHex(chain, 6)} now, and the chain's endpoint does not keep what it was at block ${grouped(passport.asOf.block)}.`,
    );
  };
  compare("Owner", passport.owner, facts.owner);
  compare("Pay address", passport.payAddress, facts.payAddress, true);
  compare("Number", String(passport.number), facts.number.toString(), true);
  compare("Digest of its weights", passport.identityHash, facts.identityHash, true);
  compare("Document's hash", passport.metadata.hash, facts.metadataHash);
  compare("Status", passport.status, statusWord(facts.status));
  compare("Terms frozen", passport.frozen ? "yes" : "no", facts.frozen ? "yes" : "no");
  if (old) await split(sources, rpc, block, add);
}

/** Only at the passport's own block: later the split may rightly have another version. */
async function split({ passport, contracts: said, split: read }: Sources, rpc: Rpc, block: bigint, add: Add): Promise<void> {
  try {
    const version = await read();
    if (version === null) return;
    const newest = await splitVersion(rpc, said.registry, passport.model, block);
    const isPending = newest.pendingUntil > BigInt(passport.asOf.time);
    const holds = isPending ? version < newest.version : version === newest.version;
    add("Registry", "Version of its split", holds ? "holds" : "differs", holds ? `The registry says the same: version ${grouped(version)}${isPending ? ", and a newer one is to come" : ""}.` : `The node says version ${grouped(version)}, the registry ${grouped(newest.version)}.`);
  } catch (error) {
    add("Registry", "Version of its split", "unchecked", `It could not be asked: ${wordsOf(error)}.`);
  }
}

export async function document({ passport, document: read }: Sources, add: Add): Promise<void> {
  if (passport.metadata.document === null || same(passport.metadata.hash, ZERO)) return;
  try {
    const bytes = await read(passport.metadata.hash);
    if (bytes === null) {
      add("Document", "What its owner says", "unchecked", "The node shows a document, and does not give its bytes.");
      return;
    }

    const shown = same(JSON.stringify(JSON.parse(new TextDecoder().decode(bytes))), JSON.stringify(passport.metadata.document));
    const holds = same(keccak256(bytes), passport.metadata.hash);
    add(
      "Document",
      "What its owner says",
      !holds ? "differs" : shown ? "holds" : "unchecked",
      !holds ? "The document's bytes have another hash than the registry names." : shown ? "The document has the hash that the registry names." : "The document has the hash that the registry names; the passport shows it in another form, which is not compared here.",
    );
  } catch (error) {
    add("Document", "What its owner says", "unchecked", `The document could not be read: ${wordsOf(error)}.`);
  }
}
