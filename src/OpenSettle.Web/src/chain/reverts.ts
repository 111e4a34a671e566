/** What the vault refuses with, in words: what, and what to do. */

import { decodeErrorResult } from "viem";
import { utc } from "../text/times.ts";
import { VAULT } from "./abi.ts";
import type { RpcError } from "./rpc.ts";

export interface Refusal {
  /** The vault's error, or Error, Panic; "" where nothing was said. */
  name: string;
  title: string;
  remedy: string;
}

/** Why a call reverted, or null: then it was not the call that failed. */
export function refusalOf(error: RpcError): Refusal | null {
  const data = revertData(error.data);
  if (data !== null) return decoded(data);
  if (error.code === 3 || /revert/i.test(error.message)) return { name: "", title: "The vault would refuse this", remedy: "It says no reason. Read the account anew; if it stays so, ask the operator." };
  return null;
}

/** Endpoints and wallets wrap what a call returned in objects of their own. */
export function revertData(data: unknown, depth = 0): string | null {
  if (typeof data === "string") return /^(Reverted )?0x([0-9a-fA-F]{2}){4,}$/.test(data) ? data.replace("Reverted ", "") : null;
  if (typeof data !== "object" || data === null || depth > 4) return null;
  for (const name of ["data", "originalError", "error", "cause"]) {
    const found = revertData((data as Record<string, unknown>)[name], depth + 1);
    if (found !== null) return found;
  }

  return null;
}

function decoded(data: string): Refusal {
  let error: ReturnType<typeof decodeErrorResult<typeof VAULT>>;
  try {
    error = decodeErrorResult({ abi: VAULT, data: data as `0x${string}` });
  } catch {
    return { name: "", title: "The vault would refuse this", remedy: `It answers with ${data.slice(0, 10)}, which this page does not know. Ask the operator.` };
  }

  const say = (title: string, remedy: string): Refusal => ({ name: error.errorName, title, remedy });
  switch (error.errorName) {
    case "NothingToClaim":
      return say("There is nothing to claim any more", "It was claimed meanwhile, by this account or by somebody for it. The figures are read anew.");
    case "BadProof":
      return say("The vault does not accept the proof", "The node's proof does not lead to what the vault activated. Do not rely on this node; ask its operator, or another node.");
    case "BadPushProof":
      return say("The vault does not accept the proof of this payment", "The node's proof does not lead to the epoch's payments. Ask its operator, or another node.");
    case "RootRevoked":
      return say("The root of this claim was revoked", "A later epoch took it back. Read the account anew: what is owed stands in the newest root.");
    case "AlreadyPaid":
      return say("This payment was made already", "Somebody pushed it, or the account took it before. The figures are read anew.");
    case "NotYours":
      return say("Only the account itself may do this", "Choose the account in the wallet, and try again.");
    case "BadRecipient":
      return say("The vault pays nothing to this address", "The zero address and the vault itself are refused. Choose another recipient.");
    case "TransferFailed":
      return say("The token or the recipient refused the money", "A contract may not take it, or the token blocks the address. Claim to another address (below), or one token at a time.");
    case "ExceedsPromised":
      return say("The vault was promised less of this token than is asked for", "That should not be: do not rely on this node, and tell the operator.");
    case "NotBacked":
      return say("The vault holds less of this token than it owes", "The token took more than was sent. Tell the operator; other tokens can be claimed.");
    case "MoreGasNeeded":
      return say("Too little gas for so many tokens", "Raise the gas limit in the wallet, or choose fewer tokens.");
    case "SignatureExpired":
      return say("The signature's time is over", `It counted until ${utc(Number(error.args[0] % 10_000_000_000n))}. Sign again.`);
    case "BadSignature":
      return say("The vault does not accept the signature", "It is another account's, or the account set its recipient since. Sign again with the account itself.");
    case "ReentrancyGuardReentrantCall":
      return say("The vault is in the middle of another payment", "A contract called it while it paid. Claim one token at a time.");
    default:
      return say("The vault would refuse this", `It answers with ${error.errorName}. Read the account anew; if it stays so, ask the operator.`);
  }
}
