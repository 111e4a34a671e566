/** What an operator is told, in words. */

import type { Endpoint, Reloaded, Signer } from "../../api/ops.ts";
import type { Kind } from "../../parts/basics.tsx";
import { counted } from "../../text/format.ts";

export interface Said {
  kind: Kind;
  word: string;
  note: string;
}

const ENDPOINTS: Record<string, Said> = {
  ok: { kind: "good", word: "well", note: "It is asked." },
  behind: { kind: "warn", word: "behind", note: "Its head is behind that of the others: asked last." },
  cooling: { kind: "warn", word: "cooling down", note: "It failed several times, or asked for fewer requests: not asked for a while." },
  setAside: { kind: "bad", word: "set aside", note: "It is another chain's, or contradicted the others: not asked before the next start." },
};

export const endpointWords = ({ state }: Pick<Endpoint, "state">): Said => ENDPOINTS[state] ?? { kind: "info", word: state, note: "" };

/** As `opensettle doctor` counts: less than an epoch's gas is too little, less than ten epochs' is soon. */
const AMPLE = 10n;

export function balanceWords({ balance, epochCost }: Pick<Signer, "balance" | "epochCost">): Said | null {
  if (balance === null) return null;
  if (balance === 0n) return { kind: "bad", word: "empty", note: "No transaction goes out: send coin to this account." };
  if (epochCost === null || epochCost === 0n) return null;
  if (balance < epochCost) return { kind: "bad", word: "too little", note: "Less than one epoch takes at the gas of now: send coin to this account." };
  const epochs = balance / epochCost;
  if (epochs < AMPLE) return { kind: "warn", word: "low", note: `Enough for about ${counted(Number(epochs), "epoch")} at the gas of now: send coin to this account.` };
  return { kind: "good", word: "ample", note: epochs > 10_000n ? "Enough for more than 10,000 epochs at the gas of now." : `Enough for about ${counted(Number(epochs), "epoch")} at the gas of now.` };
}

const HOLDS: Record<string, readonly [string, string]> = {
  unknownModel: ["The registry has no such model", "It counts once the model is registered in a final block. Is its id right at the gateway?"],
  unlistedGateway: ["The model does not list the gateway", "It counts once the model's owner lists the gateway's account."],
  beyondHorizon: ["It is older than what is known of ids", "Nobody can say whether it is new: raise usageHorizonDays, or leave it."],
  aheadOfTime: ["Its time lies ahead", "It counts when its time has come. Is the gateway's clock right?"],
};

/** Why usage waits, and what lets it go on. */
export const holdWords = (reason: string): { why: string; remedy: string } => {
  const [why, remedy] = HOLDS[reason] ?? [reason, "docs/operate.md says more of what waits."];
  return { why, remedy };
};

/** Why a key is asked for again; null where it was not refused. */
export const refusalWords = (status: number | undefined): string | null =>
  status === 401
    ? "This key does not hold: it is mistyped, or was revoked. 'opensettle operator add NAME' shows a new one, once."
    : status === 403
      ? "This key is a gateway's. An operator's comes from 'opensettle operator add NAME'."
      : null;

export const TRANSACTION_STATES: Record<string, string> = { planned: "planned", signed: "sent, not final yet", done: "done", reverted: "reverted", givenUp: "given up" };

/** "propose epoch 2.1" → "Propose epoch 2.1", with tokens by their names. */
export const purposeWords = (purpose: string, nameOf: (address: string) => string): string =>
  purpose.replace(/0x[0-9a-fA-F]{40}\b/g, nameOf).replace(/^./, (letter) => letter.toUpperCase());

export function reloadWords({ applied, needStart }: Reloaded): string {
  const names = (rows: Reloaded["applied"]): string => rows.map((row) => (row.chain === null ? row.setting : `${row.chain}: ${row.setting}`)).join(", ");
  if (applied.length === 0 && needStart.length === 0) return "The settings were read, and nothing in them changed.";
  return [
    applied.length === 0 ? null : `Taken over from the next turn on: ${names(applied)}.`,
    needStart.length === 0 ? null : `These hold from the next start on: ${names(needStart)}.`,
  ]
    .filter((line) => line !== null)
    .join(" ");
}
