/** The node for whoever runs it: behind an operator's key, live, and with what a person may have to say to it. */

import { useRef, useState } from "preact/hooks";
import { apiKey, setApiKey } from "../../api/ask.ts";
import { type Operations, getChains, getOperations } from "../../api/ops.ts";
import { KeyForm } from "../../app/KeyForm.tsx";
import { restartLive, useLive } from "../../app/live.ts";
import { useResource } from "../../app/resource.ts";
import { useTitle } from "../../app/title.ts";
import { announce } from "../../parts/announce.ts";
import { Loaded, Notice, Pill, Stat, Stats } from "../../parts/basics.tsx";
import { counted, grouped } from "../../text/format.ts";
import { span } from "../../text/times.ts";
import { ReloadAction, ResumeForm } from "./Actions.tsx";
import { Pipeline, Sweeps, Transactions } from "./Pipeline.tsx";
import { Alerts, Chains, Endpoints, MoneyByToken, Rest, Signers, Usage } from "./Room.tsx";
import { toResume } from "./pipeline.ts";
import { refusalWords } from "./words.ts";
import "../../styles/ops.css";

export default function Ops() {
  useTitle("Operate");
  const [key, setKey] = useState(apiKey());
  const forget = (): void => {
    setApiKey(null);
    setKey(null);
    restartLive();
    announce("The key was forgotten.");
  };
  return (
    <>
      <div class="title-row">
        <h1 tabIndex={-1}>Operate</h1>
        {key === null ? null : <State />}
        {key === null ? null : (
          <button type="button" class="quiet" onClick={forget}>
            Forget the key
          </button>
        )}
      </div>
      {key === null ? (
        <Ask why="This page is for whoever runs the node. An operator's key comes from 'opensettle operator add NAME'." onKey={() => setKey(apiKey())} />
      ) : (
        <Desk key={key} keyText={key} onKey={() => setKey(apiKey())} />
      )}
    </>
  );
}

/** Where the whole page waits for a key, its form stands above already. */
function Ask({ why, onKey }: { why: string; onKey: () => void }) {
  const { problem } = useLive();
  return problem?.status === 401 ? <p class="note">This node shows nothing without a key: give an operator's above.</p> : <KeyForm why={why} onKey={onKey} />;
}

function State() {
  const { status } = useLive();
  if (status === undefined) return null;
  if (status.halted !== null) return <Pill kind="bad">Halted</Pill>;
  if (status.held !== null) return <Pill kind="warn">Held</Pill>;
  if (status.trouble !== null) return <Pill kind="warn">In trouble</Pill>;
  return <Pill kind="good">Settling</Pill>;
}

function Desk({ keyText, onKey }: { keyText: string; onKey: () => void }) {
  const live = useLive();
  // Read anew with each answer of the status, which follows the stream: what came stays until the newer is there. A key that is refused is not tried again.
  const mark = useRef("");
  const refused = useRef(false);
  if (!refused.current) mark.current = String(live.answeredAt?.getTime() ?? "");
  const ops = useResource(keyText, mark.current, getOperations);
  const chains = useResource("chains", mark.current, getChains);
  const why = refusalWords(ops.error?.status);
  refused.current = why !== null;
  if (why !== null) return <Ask why={why} onKey={onKey} />;
  return (
    <>
      {ops.value !== undefined && ops.error !== undefined ? (
        <Notice kind="warn" title={ops.error.message} live>
          <p>{ops.error.remedy} What you see is older.</p>
        </Notice>
      ) : null}
      <Loaded of={ops} rows={4}>
        {(value) => <Rooms ops={value} chains={chains.value ?? []} />}
      </Loaded>
    </>
  );
}

function Rooms({ ops, chains }: { ops: Operations; chains: Awaited<ReturnType<typeof getChains>> }) {
  const { status } = useLive();
  const resumed = toResume(ops.pipeline);
  return (
    <>
      <Lag />
      {resumed === null ? null : (
        <section aria-label="Veto">
          <ResumeForm {...resumed} key={resumed.typed} />
        </section>
      )}
      <Alerts alerts={status?.alerts ?? ops.alerts} />
      <Chains chains={chains} />
      <Pipeline pipeline={ops.pipeline} />
      <Transactions rows={ops.transactions} />
      <MoneyByToken tokens={ops.tokens} />
      <Sweeps rows={ops.sweeps} />
      <Signers signers={ops.signers} />
      <Endpoints endpoints={ops.endpoints} />
      <Usage quarantine={ops.quarantine} ingest={ops.ingest} />
      <Rest ops={ops} />
      <section aria-label="Settings">
        <h2>Settings</h2>
        <ReloadAction />
      </section>
    </>
  );
}

function Lag() {
  const { status } = useLive();
  const chain = status?.chain;
  if (status === undefined || chain === null || chain === undefined)
    return (
      <Notice kind="info" title="The chain was not read yet">
        <p>It is as soon as an endpoint answers: they are listed below.</p>
      </Notice>
    );
  const behind = status.booksBlock === null ? chain.final : Math.max(0, chain.final - status.booksBlock);
  const left = chain.backfill?.secondsLeft;
  return (
    <Stats>
      <Stat name="Head" note={`chain ${status.chainId}`}>{grouped(chain.head)}</Stat>
      <Stat name="Final" note={`${counted(Math.max(0, chain.head - chain.final), "block")} behind the head`}>{grouped(chain.final)}</Stat>
      <Stat name="In the books" note={behind === 0 ? "all final blocks" : `${counted(behind, "final block")} to read${left == null ? "" : `, about ${span(left)}`}`}>
        {status.booksBlock === null ? "–" : grouped(status.booksBlock)}
      </Stat>
      <Stat name="Not final" note="payments that may still go">{grouped(chain.pendingPayments)}</Stat>
    </Stats>
  );
}
