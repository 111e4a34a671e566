/** A proof as a file: with it, and the vault's root, anybody can check the leaf without this node. */

import type { Proof } from "../../api/accounts.ts";
import { leafHash } from "../../chain/proof.ts";

export function proofFile(proof: Proof, chainId: number, vault: string): { name: string; text: string } {
  const leaf = leafHash({ account: proof.account, token: proof.token, cumulative: proof.cumulative });
  const content = {
    format: "opensettle-proof-1",
    chainId,
    vault,
    epoch: proof.epoch,
    root: proof.root,
    account: proof.account,
    token: proof.token,
    cumulative: proof.cumulative.toString(),
    leaf,
    proof: proof.proof,
    how: {
      leaf: "keccak256(keccak256(abi.encode(address account, address token, uint256 cumulative)))",
      node: "keccak256(smaller ++ larger), from the leaf through proof, in its order",
      root: "the vault's active root: the last node has to be it",
      claim: "the vault pays cumulative less what it has paid of it before",
    },
  };
  return { name: `proof-${proof.account.toLowerCase()}-${proof.token.toLowerCase()}-epoch-${proof.epoch}.json`, text: `${JSON.stringify(content, null, 2)}\n` };
}
