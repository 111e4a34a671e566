// Section 5: the tree, its root and its proofs.
import { keccak256 } from "ethers/crypto";
import { ZERO_WORD } from "./lines.ts";

export const bytes = (hex: string): Uint8Array => Buffer.from(hex.slice(2), "hex");
export const hashBytes = (data: Uint8Array): string => keccak256(data);
export const hashText = (text: string): string => keccak256(Buffer.from(text, "utf8"));

/** What abi.encode makes of numbers, addresses and words: each fills 32 bytes. */
const encode = (values: (string | bigint)[]): Uint8Array =>
  Buffer.from(values.map((value) => (typeof value === "bigint" ? value.toString(16) : value.slice(2)).padStart(64, "0")).join(""), "hex");

const twice = (data: Uint8Array): string => keccak256(bytes(keccak256(data)));
export const leafHash = (account: string, token: string, amount: bigint): string => twice(encode([account, token, amount]));
export const entryHash = (index: bigint, account: string, recipient: string, token: string, amount: bigint): string =>
  twice(encode([index, account, recipient, token, amount]));
export const eventHash = (text: string): string => twice(Buffer.from(text, "utf8"));

/** A record's nine fields: of lists their places stand first, and they themselves after all fields. */
export function recordHash(model: string, epoch: bigint, uses: bigint, consumers: bigint, ...lists: (string | bigint)[][]): string {
  let at = BigInt(4 + lists.length);
  const places = lists.map((list) => {
    const place = at * 32n;
    at += BigInt(list.length + 1);
    return place;
  });
  return twice(encode([model, epoch, uses, consumers, ...places, ...lists.flatMap((list) => [BigInt(list.length), ...list])]));
}

const inner = (a: string, b: string): string => keccak256(Buffer.from(a < b ? a.slice(2) + b.slice(2) : b.slice(2) + a.slice(2), "hex"));

/** All 2n - 1 nodes, the root first; none for no leaves. */
export function treeOf(leaves: string[]): string[] {
  if (leaves.length === 0) return [];
  const nodes = new Array<string>(2 * leaves.length - 1);
  leaves.forEach((leaf, k) => (nodes[nodes.length - 1 - k] = leaf));
  for (let i = leaves.length - 2; i >= 0; i--) nodes[i] = inner(nodes[2 * i + 1]!, nodes[2 * i + 2]!);
  return nodes;
}

export const rootOf = (leaves: string[]): string => treeOf(leaves)[0] ?? ZERO_WORD;

/** The siblings on the way from leaf k to the root. */
export function proofOf(nodes: string[], k: number): string[] {
  const proof: string[] = [];
  for (let i = nodes.length - 1 - k; i > 0; i = (i - 1) >> 1) proof.push(nodes[i % 2 === 1 ? i + 1 : i - 1]!);
  return proof;
}

export const rootFrom = (leaf: string, proof: string[]): string => proof.reduce(inner, leaf);
