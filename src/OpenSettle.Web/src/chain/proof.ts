/** A leaf's way to its root, as the vault computes it: OpenZeppelin's StandardMerkleTree, recomputed here. */

import { type Address, type Hex, concat, encodeAbiParameters, keccak256 } from "viem";

const LEAF = [{ type: "address" }, { type: "address" }, { type: "uint256" }] as const;

export interface Leaf {
  account: string;
  token: string;
  cumulative: bigint;
}

export interface Verdict {
  /** The path leads from the leaf to the stated root. */
  holds: boolean;
  leaf: string;
  computedRoot: string;
}

/** keccak256(keccak256(abi.encode(account, token, cumulative))): hashed twice, so that no inner node passes for a leaf. */
export function leafHash({ account, token, cumulative }: Leaf): Hex {
  return keccak256(keccak256(encodeAbiParameters(LEAF, [account as Address, token as Address, cumulative])));
}

/** Climbs from the leaf; at every step the smaller hash stands first. */
export function rootOf(leaf: Hex, path: readonly string[]): Hex {
  return path.reduce<Hex>((node, sibling) => {
    if (!isWord(sibling)) throw new TypeError(`${sibling.slice(0, 80)}: a proof consists of words of 32 bytes`);
    const other = sibling.toLowerCase() as Hex;
    return keccak256(node < other ? concat([node, other]) : concat([other, node]));
  }, leaf);
}

export function verify(leaf: Leaf, path: readonly string[], root: string): Verdict {
  const hash = leafHash(leaf);
  const computedRoot = rootOf(hash, path);
  return { holds: isWord(root) && computedRoot === root.toLowerCase(), leaf: hash, computedRoot };
}

const isWord = (value: string): boolean => /^0x[0-9a-fA-F]{64}$/.test(value);
