/** What wallets and endpoints refuse with, in words: what, and what to do. */

import { OtherChain, type RpcError, asRpcError } from "../chain/rpc.ts";
import { refusalOf } from "../chain/reverts.ts";
import { clipped, shown } from "../text/outside.ts";

export type TroubleKind =
  /** The person said no. */
  | "rejected"
  /** The wallet is on another chain, or does not know this one. */
  | "chain"
  /** It is asking for something else already, or is locked. */
  | "busy"
  /** There is too little coin for the gas. */
  | "gas"
  /** The vault would refuse it, or has. */
  | "reverted"
  /** What was pressed for is no longer what it was. */
  | "changed"
  | "unsupported"
  | "other";

export interface Trouble {
  kind: TroubleKind;
  title: string;
  remedy: string;
  /** What the wallet or the endpoint said itself: an outside text. */
  said?: string;
}

/** How deep wallets hide the code that counts. */
function codeOf(error: RpcError): number {
  let data: unknown = error.data;
  for (let depth = 0; depth < 3 && typeof data === "object" && data !== null; depth++) {
    const { originalError, code } = data as { originalError?: unknown; code?: unknown };
    if (code === 4902 || code === 4001) return code;
    data = originalError;
  }

  return error.code;
}

export function isUnknownChain(thrown: unknown): boolean {
  const error = asRpcError(thrown);
  return codeOf(error) === 4902 || /unrecognized chain|unknown chain|chain .{0,40}not (been )?added/i.test(error.message);
}

/** @param whose What was asked: "wallet", or the endpoint of the page. */
export function troubleOf(thrown: unknown, whose: "wallet" | "endpoint" = "wallet"): Trouble {
  if (thrown instanceof OtherChain)
    return { kind: "chain", title: `The ${whose} is on chain ${thrown.found}, and the money is on chain ${thrown.wanted}`, remedy: whose === "wallet" ? "Switch the wallet's chain, and try again." : "Its operator set the wrong endpoint (pageRpc)." };
  const error = asRpcError(thrown);
  const said = clipped(shown(error.message), 300);
  const say = (kind: TroubleKind, title: string, remedy: string): Trouble => ({ kind, title, remedy, said });
  const code = codeOf(error);
  if (code === 4001 || code === 5750 || /user (rejected|denied|cancell?ed)/i.test(error.message)) return say("rejected", "You declined it in the wallet", "Nothing was sent. Press again when you want to.");
  if (/insufficient funds|doesn't have enough funds|not enough funds|exceeds (the )?balance|intrinsic gas/i.test(error.message))
    return say("gas", "There is not enough coin for the gas", "Send some of the chain's coin to the wallet's account, or let somebody else claim for it: the money goes where it should all the same.");
  const refused = refusalOf(error);
  if (refused !== null) return { kind: "reverted", title: refused.title, remedy: refused.remedy };
  switch (code) {
    case 4100:
      return say("other", "The wallet does not let this page use the account", "Connect the wallet again, and choose the account there.");
    case 4200:
    case -32601:
      return say("unsupported", "The wallet cannot do this", "Claim the usual way, or with another wallet.");
    case 4900:
    case 4901:
      return say("other", "The wallet is not connected to the chain", "Check the wallet's own connection, then try again.");
    case 4902:
      return say("chain", "The wallet does not know this chain", "Add the chain in the wallet, then try again.");
    case -32002:
      return say("busy", "The wallet is already asking you something", "Open the wallet: it may be locked, or an earlier question waits there. Answer that one, then try again.");
    case 5700:
    case 5710:
    case 5760:
      return say("unsupported", "The wallet does not take this as one batch", "Claim one token after the other, or with another wallet.");
    case 5720:
    case 5730:
    case 5740:
      return say("other", "The wallet refused the batch", "Try again; if it stays so, claim one token after the other.");
    case 0:
      return say("other", whose === "wallet" ? "The wallet gave no answer that can be used" : "The chain's endpoint does not answer", whose === "wallet" ? "Open the wallet and see whether it works, then try again." : "Try again in a moment; with a wallet the page asks the wallet's own endpoint.");
    default:
      return say("other", whose === "wallet" ? "The wallet refused" : "The chain's endpoint refused", `It answered with code ${code}. Try again; if it stays so, look into the wallet's own messages.`);
  }
}
