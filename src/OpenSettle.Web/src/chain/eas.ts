/** What the registry, the vault, the resolver and EAS itself say, asked of the chain. */

import type { Hex } from "viem";
import { type Rpc, ethCall } from "./rpc.ts";

const one = (type: string, name = ""): { name: string; type: string } => ({ name, type });
const view = <const N extends string>(name: N, inputs: string[], ...outputs: string[]) =>
  ({ type: "function", name, stateMutability: "view", inputs: inputs.map((type) => one(type)), outputs: outputs.map((type) => one(type)) }) as const;

const REGISTRY = [
  view("modelOwner", ["bytes32"], "address"),
  view("payAddressOf", ["bytes32"], "address"),
  view("numberOf", ["bytes32"], "uint64"),
  view("identityOf", ["bytes32"], "bytes32"),
  view("metadataHashOf", ["bytes32"], "bytes32"),
  view("statusOf", ["bytes32"], "uint8"),
  view("isFrozen", ["bytes32"], "bool"),
  view("vault", [], "address"),
  view("versionOf", ["bytes32", "uint8"], "uint32", "uint64"),
] as const;

const VAULT = [view("registry", [], "address"), view("epochHash", ["uint64"], "bytes32")] as const;

const RESOLVER = [
  view("vault", [], "address"),
  view("eas", [], "address"),
  view("attestationOf", ["uint64"], "bytes32"),
  view("recordOf", ["uint64", "bytes32"], "bytes32"),
  view("schemaOf", ["uint8"], "bytes32"),
  view("isEvaluator", ["address"], "bool"),
] as const;

const EAS = [
  {
    type: "function",
    name: "getAttestation",
    stateMutability: "view",
    inputs: [{ name: "uid", type: "bytes32" }],
    outputs: [
      {
        name: "",
        type: "tuple",
        components: [
          { name: "uid", type: "bytes32" },
          { name: "schema", type: "bytes32" },
          { name: "time", type: "uint64" },
          { name: "expirationTime", type: "uint64" },
          { name: "revocationTime", type: "uint64" },
          { name: "refUID", type: "bytes32" },
          { name: "recipient", type: "address" },
          { name: "attester", type: "address" },
          { name: "revocable", type: "bool" },
          { name: "data", type: "bytes" },
        ],
      },
    ],
  },
] as const;

export interface OnEas {
  uid: Hex;
  schema: Hex;
  time: bigint;
  expirationTime: bigint;
  revocationTime: bigint;
  refUID: Hex;
  recipient: string;
  attester: string;
  data: Hex;
}

export interface RegistryFacts {
  owner: string;
  payAddress: string;
  number: bigint;
  identityHash: string;
  metadataHash: string;
  /** By its number. */
  status: number;
  frozen: boolean;
}

const STATUSES = ["active", "deprecated", "retired", "salvage"];
export const statusWord = (status: number): string => STATUSES[status] ?? String(status);

/** Asks one contract; what came is what its type says, or it would not have been decoded. */
const asker =
  (rpc: Rpc, abi: readonly { name: string }[], address: string, block?: bigint) =>
  async <T>(functionName: string, ...args: unknown[]): Promise<T> =>
    (await ethCall(rpc, { abi: abi as never, address, functionName: functionName as never, args: args as never, ...(block === undefined ? {} : { block }) })) as T;

/** @param block At whose end they are asked: the newest one where it is left out. */
export async function registryFacts(rpc: Rpc, registry: string, model: string, block?: bigint): Promise<RegistryFacts> {
  const ask = asker(rpc, REGISTRY, registry, block);
  const [owner, payAddress, number, identityHash, metadataHash, status, frozen] = await Promise.all([
    ask<string>("modelOwner", model),
    ask<string>("payAddressOf", model),
    ask<bigint>("numberOf", model),
    ask<string>("identityOf", model),
    ask<string>("metadataHashOf", model),
    ask<number>("statusOf", model),
    ask<boolean>("isFrozen", model),
  ]);
  return { owner, payAddress, number, identityHash, metadataHash, status, frozen };
}

export interface SplitVersion {
  /** The newest one. */
  version: number;
  /** When it takes effect, in seconds; zero: it is in force. */
  pendingUntil: bigint;
}

export async function splitVersion(rpc: Rpc, registry: string, model: string, block?: bigint): Promise<SplitVersion> {
  const [version, pendingUntil] = await asker(rpc, REGISTRY, registry, block)<readonly [number, bigint]>("versionOf", model, 0);
  return { version, pendingUntil };
}

/** Zero where the vault has activated no such epoch. */
export const keptEpochHash = (rpc: Rpc, vault: string, epoch: number): Promise<Hex> => asker(rpc, VAULT, vault)<Hex>("epochHash", BigInt(epoch));

export interface Peers {
  registryOfVault: string;
  vaultOfResolver: string;
  vaultOfRegistry: string;
  eas: string;
}

/** Whom the contracts know: they name each other, and EAS. */
export async function peersOf(rpc: Rpc, contracts: { registry: string; vault: string; resolver: string }): Promise<Peers> {
  const [registryOfVault, vaultOfResolver, vaultOfRegistry, eas] = await Promise.all([
    asker(rpc, VAULT, contracts.vault)<string>("registry"),
    asker(rpc, RESOLVER, contracts.resolver)<string>("vault"),
    asker(rpc, REGISTRY, contracts.registry)<string>("vault"),
    asker(rpc, RESOLVER, contracts.resolver)<string>("eas"),
  ]);
  return { registryOfVault, vaultOfResolver, vaultOfRegistry, eas };
}

export const schemaOf = (rpc: Rpc, resolver: string, kind: number): Promise<Hex> => asker(rpc, RESOLVER, resolver)<Hex>("schemaOf", kind);

/** The attestation of an epoch, or of a model's record in it; zero where nobody had it attested. */
export const epochUid = (rpc: Rpc, resolver: string, epoch: number): Promise<Hex> => asker(rpc, RESOLVER, resolver)<Hex>("attestationOf", BigInt(epoch));
export const recordUid = (rpc: Rpc, resolver: string, epoch: number, model: string): Promise<Hex> => asker(rpc, RESOLVER, resolver)<Hex>("recordOf", BigInt(epoch), model);

/** All fields are empty where there is none of that uid. */
export const attestationAt = (rpc: Rpc, eas: string, uid: string): Promise<OnEas> => asker(rpc, EAS, eas)<OnEas>("getAttestation", uid);
