/** All models, by number. */

import { getModelsPage, type ModelSummary } from "../../api/models.ts";
import { useLive } from "../../app/live.ts";
import { to } from "../../app/router.ts";
import { useTitle } from "../../app/title.ts";
import { Empty, Heading } from "../../parts/basics.tsx";
import { Fresh } from "../../parts/Fresh.tsx";
import { AccountLink, ModelLink } from "../../parts/links.tsx";
import { type Column, LongTable } from "../../parts/LongTable.tsx";
import { useFresh } from "../../parts/useFresh.ts";
import { Outside } from "../../parts/values.tsx";
import { counted } from "../../text/format.ts";

const COLUMNS: readonly Column<ModelSummary>[] = [
  { title: "Model", cell: (model) => <ModelLink model={model.id} number={model.number} name={model.name} /> },
  { title: "Derived from", cell: (model) => (model.parents.length === 0 ? <span class="dim">nothing</span> : counted(model.parents.length, "model")) },
  { title: "Metadata", class: "uri wide", cell: (model) => (model.uri === "" ? <span class="dim">none given</span> : <Outside text={model.uri} most={60} />) },
  { title: "Owner", class: "wide", cell: (model) => <AccountLink account={model.owner} /> },
];

export default function Models() {
  useTitle("Models");
  const { status } = useLive();
  const { place, shown, stale, show } = useFresh(status === undefined ? "" : String(status.models));
  return (
    <>
      <Heading title="Models">
        <p class="note">
          In the order in which they were registered. To choose one for a task, <a href={to.find()}>find by domain</a>.
        </p>
      </Heading>
      <Fresh count={0} what="model" changed={stale} show={show} />
      <div ref={place}>
        <LongTable
          label="Models"
          subject={`models ${shown}`}
          columns={COLUMNS}
          keyOf={(model) => model.id}
          load={async (after, signal) => {
            const page = await getModelsPage(after, signal);
            return { rows: page.value, next: page.next };
          }}
          empty={<Empty title="No model is registered yet">Models show here with their number and owner as soon as the books have read their registration.</Empty>}
        />
      </div>
    </>
  );
}
