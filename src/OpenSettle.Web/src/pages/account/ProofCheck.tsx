/** A leaf's proof: recomputed here, and saved as a file. */

import { useRef, useState } from "preact/hooks";
import { type Earnings, type Proof, type TokenEarnings, getProof } from "../../api/accounts.ts";
import { ApiError } from "../../api/ask.ts";
import type { Status } from "../../api/status.ts";
import { type Verdict, verify } from "../../chain/proof.ts";
import { Notice, Pairs } from "../../parts/basics.tsx";
import { saveFile } from "../../parts/saveFile.ts";
import { EpochLink } from "../../parts/links.tsx";
import { Copyable, Money, type TokenName } from "../../parts/values.tsx";
import { counted, grouped } from "../../text/format.ts";
import { proofFile } from "./proofFile.ts";

interface Checked {
  proof: Proof;
  verdict: Verdict;
}

export type Result = Checked | ApiError | "other";

interface Of {
  token: TokenEarnings;
  name: TokenName;
  earnings: Earnings;
  status: Status | undefined;
  setResult: (result: Result) => void;
}

export function ProofButtons({ token, name, earnings, status, setResult }: Of) {
  const [busy, setBusy] = useState(false);
  const turn = useRef(0);
  // A leaf is all that was ever promised: what was paid by claim came from one, too.
  if (earnings.epoch === 0 || (token.claimable === 0n && token.paid.byClaim === 0n))
    return (
      <p class="note">
        {earnings.epoch === 0
          ? "There is no proof to check until the first epoch is active."
          : "The active root has no leaf of this token for the account, so there is no proof to check: what it got came by push, or is below the smallest leaf."}
      </p>
    );

  const ask = async (): Promise<Result> => {
    const proof = await getProof(earnings.account, token.token);
    if (!same(proof.account, earnings.account) || !same(proof.token, token.token)) return "other";
    // What was asked for goes into the leaf, not what the node says that it sent.
    return { proof, verdict: verify({ account: earnings.account, token: token.token, cumulative: proof.cumulative }, proof.proof, proof.root) };
  };
  const run = (then: (result: Result) => void): void => {
    if (busy) return;
    setBusy(true);
    const mine = ++turn.current;
    ask()
      .catch((error: unknown): Result => readable(error))
      .then((found) => {
        if (turn.current !== mine) return;
        setBusy(false);
        then(found);
      });
  };
  const download = (found: Result): void => {
    if (found === "other" || found instanceof ApiError || !found.verdict.holds || status === undefined) {
      setResult(found);
      return;
    }

    const file = proofFile(found.proof, status.chainId, status.contracts.vault);
    saveFile(new Blob([file.text], { type: "application/json" }), file.name);
  };
  return (
    <p class="actions">
      <button type="button" class="second" aria-disabled={busy ? "true" : undefined} aria-label={`Check the proof here: ${name.symbol}`} onClick={() => run(setResult)}>
        Check the proof here
      </button>
      <button
        type="button"
        class="second"
        aria-disabled={busy || status === undefined ? "true" : undefined}
        aria-label={`Download the proof: ${name.symbol}`}
        onClick={() => status !== undefined && run(download)}
      >
        Download the proof
      </button>
    </p>
  );
}

/** What the check said; announced as it comes. */
export const ProofResult = ({ result, token, name }: { result: Result | undefined; token: TokenEarnings; name: TokenName }) => (
  <div class="result" role="status">
    {result === undefined ? null : <Shown result={result} token={token} name={name} />}
  </div>
);

function Shown({ result, token, name }: { result: Result; token: TokenEarnings; name: TokenName }) {
  if (result === "other")
    return (
      <Notice kind="bad" title="The node sent the proof of something else">
        <p>It is of another account or token. Do not rely on this node; ask its operator, or another node.</p>
      </Notice>
    );
  if (result instanceof ApiError)
    return result.status === 404 ? (
      <Notice kind="warn" title={result.message}>
        <p>The active root has nothing of it for this account. What is pending gets there with a later epoch.</p>
      </Notice>
    ) : (
      <Notice kind="bad" title={result.message}>
        <p>{result.remedy}</p>
      </Notice>
    );

  const { proof, verdict } = result;
  const agrees = proof.cumulative === token.paid.byClaim + token.claimable || proof.cumulative <= token.paid.byClaim;
  return (
    <Notice
      kind={verdict.holds ? "good" : "bad"}
      title={
        verdict.holds
          ? `The proof holds: this leaf leads to the root of epoch ${grouped(proof.epoch)}`
          : `The proof does not hold: this leaf does not lead to the root of epoch ${grouped(proof.epoch)}`
      }
    >
      {verdict.holds ? null : <p>The vault would refuse a claim with it. Do not rely on this node's figures; ask its operator, or another node.</p>}
      <Pairs
        of={[
          ["Epoch", <EpochLink number={proof.epoch} />],
          ["Root", <Copyable text={proof.root} what="root" />],
          verdict.holds ? null : ["Computed here", <code class="hex">{verdict.computedRoot}</code>],
          ["Leaf", <code class="hex">{verdict.leaf}</code>],
          [
            "It promises, in all",
            <>
              <Money value={proof.cumulative} token={name} />
              <span class="note">{grouped(proof.cumulative)} smallest units, what was claimed before already included</span>
            </>,
          ],
          ["Path", counted(proof.proof.length, "hash", "hashes")],
        ]}
      />
      {!verdict.holds || agrees ? null : <p>The figures above are of another moment than this proof: they agree again once the page has caught up.</p>}
      <p class="note">
        Your browser computed this from what this node sent. Whether the vault holds the same root only the chain can say: before a claim the page asks it through your wallet, and <code>opensettle claim</code> does through its own
        endpoint.
      </p>
    </Notice>
  );
}

const readable = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError("The proof cannot be read", `${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)} Ask the operator, or another node.`);

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
