/** What the model did in each epoch, as the epochs' record roots commit to it. */

import { useState } from "preact/hooks";
import { asApiError } from "../../api/ask.ts";
import { type Passport, type UseRecord, getRecordFile, getRecordsPage } from "../../api/passports.ts";
import { useLive } from "../../app/live.ts";
import { passportMark } from "../../parts/passportMark.ts";
import { useResource } from "../../app/resource.ts";
import { Empty, Loaded, Section, Table } from "../../parts/basics.tsx";
import { announce } from "../../parts/announce.ts";
import { saveFile } from "../../parts/saveFile.ts";
import { EpochLink } from "../../parts/links.tsx";
import { Money, Outside } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import { ToAttestation } from "./jump.tsx";
import type { NameOf } from "./ModelPage.tsx";

const MOST_SHOWN = 12;

export function Records({ passport, nameOf }: { passport: Passport; nameOf: NameOf }) {
  const { status } = useLive();
  const records = useResource(`records ${passport.model}`, passportMark(status), async (signal) => (await getRecordsPage(passport.model, null, signal)).value);
  const attested = new Map(passport.attestations.filter((one) => one.kind === "usageRecord" && one.standing === "valid").map((one) => [String(one.says?.["epoch"]), one.uid]));
  return (
    <Section title="Epoch by epoch" id="records" note="Records whose root the vault has. Uses are the gateways' word; revenue follows from payments.">
      <Loaded of={records} rows={2}>
        {(all) => {
          const due = all.filter((record) => record.epoch <= passport.lastEpoch);
          return due.length === 0 ? (
            <Empty title="No epoch has a record of it yet">There is one for each epoch in which the model has uses that count, or revenue.</Empty>
          ) : (
            <>
              <Table label="Records by epoch" head={["Epoch", { title: "Uses", class: "number" }, { title: "Paid uses", class: "number" }, { title: "Consumers", class: "number" }, { title: "Revenue", class: "number" }, { title: "Domains", class: "wide" }, "Proof"]}>
                {due.slice(0, MOST_SHOWN).map((record) => (
                  <Row key={record.epoch} model={passport.model} record={record} uid={attested.get(String(record.epoch))} nameOf={nameOf} />
                ))}
              </Table>
              {due.length > MOST_SHOWN ? <p class="note">The newest {MOST_SHOWN}. The check at the top reads older ones, too.</p> : null}
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

function Row({ model, record, uid, nameOf }: { model: string; record: UseRecord; uid: string | undefined; nameOf: NameOf }) {
  return (
    <tr>
      <td>
        <EpochLink number={record.epoch} />
      </td>
      <td class="number">{grouped(record.uses)}</td>
      <td class="number">{grouped(record.paidUses)}</td>
      <td class="number">{grouped(record.consumers)}</td>
      <td class="number">{record.revenue.length === 0 ? <span class="dim">none</span> : record.revenue.map((sum) => <div key={sum.token}><Money value={sum.amount} token={nameOf(sum.token)} /></div>)}</td>
      <td class="wide">
        {record.domains.length === 0 ? <span class="dim">none judged</span> : null}
        {record.domains.slice(0, 3).map((domain) => (
          <div key={domain.word}>
            <Outside text={domain.domain} most={40} /> <span class="dim">{grouped(domain.successes)} of {grouped(domain.trials)}</span>
          </div>
        ))}
        {record.domains.length > 3 ? <div class="dim">and {grouped(record.domains.length - 3)} more</div> : null}
      </td>
      <td>
        <SaveProof model={model} epoch={record.epoch} /> {uid === undefined ? null : <ToAttestation uid={uid} />}
      </td>
    </tr>
  );
}

/** The record with its path, as the node gives it: enough to climb to the record root without the node. */
function SaveProof({ model, epoch }: { model: string; epoch: number }) {
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    setProblem(null);
    try {
      saveFile(await getRecordFile(model, epoch), `${model.slice(0, 18)}-record-${epoch}.json`);
      announce(`The proof of epoch ${epoch} was saved.`);
    } catch (error) {
      const { message, remedy } = asApiError(error);
      setProblem(`${message}. ${remedy}`);
    }
  };
  return (
    <>
      <button type="button" class="quiet" aria-label={`Save the proof of epoch ${epoch}`} onClick={() => void save()}>
        Save
      </button>
      <span class="field-problem" role="alert">
        {problem}
      </span>
    </>
  );
}
