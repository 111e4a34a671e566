/**
 * What the chain keeps of a model's records, and what attestations consist of, put together here from their fields: a node that says
 * one thing and proves another is found out. docs/protocol.md, sections 5 and 8, and the resolver's schemas say the forms.
 */

import { type Address, type Hex, encodeAbiParameters, keccak256 } from "viem";
import { rootOf } from "./proof.ts";

export interface RecordFields {
  model: string;
  epoch: number | bigint;
  uses: number | bigint;
  consumers: number | bigint;
  revenue: readonly { token: string; amount: bigint }[];
  domains: readonly { word: string; successes: number | bigint; trials: number | bigint }[];
}

export interface EpochFields {
  epoch: number;
  lastBlock: number;
  root: string;
  recordRoot: string;
  bundleHash: string;
}

const words = (...types: string[]): { type: string }[] => types.map((type) => ({ type }));

const RECORD = words("bytes32", "uint64", "uint64", "uint64", "address[]", "uint256[]", "bytes32[]", "uint64[]", "uint64[]");
const EPOCH = words("uint64", "uint64", "bytes32", "bytes32", "bytes32");

/** abi.encode(modelId, epoch, uses, consumers, tokens, revenue, domains, successes, trials): what is attested, and hashed into the leaf. */
export const encodeRecord = (record: RecordFields): Hex =>
  encodeAbiParameters(RECORD, [
    record.model,
    BigInt(record.epoch),
    BigInt(record.uses),
    BigInt(record.consumers),
    record.revenue.map((one) => one.token as Address),
    // Fills its word also where 128 bits do not hold it: such a record has its place in the tree.
    record.revenue.map((one) => one.amount),
    record.domains.map((one) => one.word),
    record.domains.map((one) => BigInt(one.successes)),
    record.domains.map((one) => BigInt(one.trials)),
  ]);

/** Hashed twice, so that no inner node passes for a leaf. */
export const recordLeaf = (data: Hex): Hex => keccak256(keccak256(data));

/** The record root that follows from the record and its path. */
export const recordRootOf = (data: Hex, path: readonly string[]): Hex => rootOf(recordLeaf(data), path);

/** The struct as the vault hashes it: all its fields have one word each. */
export const encodeEpoch = (epoch: EpochFields): Hex => encodeAbiParameters(EPOCH, [BigInt(epoch.epoch), BigInt(epoch.lastBlock), epoch.root, epoch.recordRoot, epoch.bundleHash]);

export const epochHash = (epoch: EpochFields): Hex => keccak256(encodeEpoch(epoch));

/** The resolver's kinds, by their numbers. */
export const KINDS = ["provenance", "lineage", "contribution", "permission", "evaluation", "epoch", "usageRecord"] as const;

const PERMISSIONS = ["unset", "allowed", "notAllowed", "constrained"];

type Says = Readonly<Record<string, unknown>>;

const textOf = (says: Says, name: string): string => {
  const value = says[name];
  if (typeof value !== "string") throw new TypeError(`${name}: a text was expected`);
  return value;
};

const numberOf = (says: Says, name: string): bigint => {
  const value = says[name];
  if (typeof value === "string" && /^\d{1,78}$/.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw new TypeError(`${name}: a whole number was expected`);
};

const listOf = (says: Says, name: string): Says[] => {
  const value = says[name];
  if (!Array.isArray(value)) throw new TypeError(`${name}: a list was expected`);
  return value.map((one: unknown) => (typeof one === "object" && one !== null ? (one as Says) : { "": one }));
};

const permissionNumber = (word: string): bigint => {
  const known = PERMISSIONS.indexOf(word);
  if (known >= 0) return BigInt(known);
  if (/^\d{1,3}$/.test(word)) return BigInt(word);
  throw new TypeError("permission: a permission was expected");
};

/** An attestation's data, put together from what the node says that it says; throws where that has not the fields of its kind. */
export function encodeSays(says: Says): Hex {
  const model = says["kind"] === "epoch" ? "" : textOf(says, "model");
  switch (says["kind"]) {
    case "provenance":
      return encodeAbiParameters(words("bytes32", "bytes32", "bytes32[]", "string[]", "string"), [
        model,
        textOf(says, "identityHash"),
        listOf(says, "datasetHashes").map((one) => textOf(one, "")),
        listOf(says, "relations").map((one) => textOf(one, "")),
        textOf(says, "uri"),
      ]);
    case "lineage": {
      const parents = listOf(says, "parents");
      return encodeAbiParameters(words("bytes32", "bytes32[]", "uint32[]", "uint32"), [
        model,
        parents.map((one) => textOf(one, "model")),
        parents.map((one) => Number(numberOf(one, "share"))),
        Number(numberOf(says, "version")),
      ]);
    }
    case "contribution":
      return encodeAbiParameters(words("bytes32", "address", "bytes32", "uint96", "bytes32"), [
        model,
        textOf(says, "account") as Address,
        textOf(says, "role"),
        numberOf(says, "weight"),
        textOf(says, "method"),
      ]);
    case "permission":
      return encodeAbiParameters(words("bytes32", "address", "bytes32", "uint8", "uint64", "bytes32"), [
        model,
        textOf(says, "account") as Address,
        textOf(says, "use"),
        Number(permissionNumber(textOf(says, "permission"))),
        numberOf(says, "expires"),
        textOf(says, "termsHash"),
      ]);
    case "evaluation":
      return encodeAbiParameters(words("bytes32", "bytes32", "string", "string", "uint64", "bytes32", "bytes32"), [
        model,
        textOf(says, "domain"),
        textOf(says, "metric"),
        textOf(says, "value"),
        numberOf(says, "n"),
        textOf(says, "evalSetHash"),
        textOf(says, "methodHash"),
      ]);
    case "epoch":
      return encodeAbiParameters(EPOCH, [numberOf(says, "number"), numberOf(says, "lastBlock"), textOf(says, "root"), textOf(says, "recordRoot"), textOf(says, "bundleHash")]);
    case "usageRecord": {
      const [revenue, domains] = [listOf(says, "revenue"), listOf(says, "domains")];
      return encodeAbiParameters(RECORD, [
        model,
        numberOf(says, "epoch"),
        numberOf(says, "uses"),
        numberOf(says, "consumers"),
        revenue.map((one) => textOf(one, "token")),
        revenue.map((one) => numberOf(one, "amount")),
        domains.map((one) => textOf(one, "domain")),
        domains.map((one) => numberOf(one, "successes")),
        domains.map((one) => numberOf(one, "trials")),
      ]);
    }
    default:
      throw new TypeError("kind: a kind of attestation was expected");
  }
}
