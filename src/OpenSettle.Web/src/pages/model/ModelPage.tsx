/** A model's passport: first what it is still good for, then what to look out for, then the figures and what they rest on. */

import { getModel } from "../../api/models.ts";
import { getLineage, getPassport } from "../../api/passports.ts";
import { useLive } from "../../app/live.ts";
import { passportMark } from "../../parts/passportMark.ts";
import type { Place } from "../../app/navigation.ts";
import { useResource } from "../../app/resource.ts";
import { useTitle } from "../../app/title.ts";
import { Heading, Notice, Section, Skeleton, Trouble } from "../../parts/basics.tsx";
import { LevelsExplained, RestsOn } from "../../parts/Figures.tsx";
import { type TokenName, tokenName } from "../../parts/values.tsx";
import { clipped, shown } from "../../text/outside.ts";
import { grouped, shortHex } from "../../text/format.ts";
import "../../styles/figures.css";
import "../../styles/model.css";
import { AllFigures } from "./AllFigures.tsx";
import { Attestations } from "./Attestations.tsx";
import { Changes, GoodFor, LookOut } from "./GoodFor.tsx";
import { Head, Identity } from "./Head.tsx";
import { Contributors, Origin } from "./Origin.tsx";
import { Buyers, Decay, Money } from "./Money.tsx";
import { OwnWords } from "./OwnWords.tsx";
import { Permissions } from "./Permissions.tsx";
import { Records } from "./Records.tsx";
import { Usage } from "./Usage.tsx";
import { VerifyPanel } from "./VerifyPanel.tsx";
import { documentText } from "./document.ts";
import { jumpTo, restsOn } from "./jump.tsx";

export type NameOf = (address: string) => TokenName;

const PARTS: readonly [string, string][] = [
  ["good-for", "Good for"],
  ["identity", "What it is"],
  ["usage", "Usage"],
  ["buyers", "Buyers"],
  ["money", "Revenue"],
  ["origin", "Origin"],
  ["permissions", "Permissions"],
  ["attestations", "Attestations"],
  ["figures", "All figures"],
];

export default function ModelPage({ place }: { place: Place }) {
  const { status } = useLive();
  const model = place.route.page === "model" ? place.route.model : "";
  const asked = place.query.get("block");
  const block = asked !== null && /^\d{1,15}$/.test(asked) ? asked : null;
  // Of the past nothing changes.
  const mark = block === null ? passportMark(status) : "";
  const passport = useResource(`passport ${model} ${block ?? ""}`, mark, (signal) => getPassport(model, block, signal));
  const lineage = useResource(`lineage ${model} ${block ?? ""}`, mark, (signal) => getLineage(model, block, signal));
  const terms = useResource(`model ${model} ${block ?? ""}`, mark, (signal) => getModel(model, signal, block));
  const value = passport.value;
  const name = value === undefined ? null : documentText(value.metadata.document, "name");
  useTitle(name !== null ? clipped(shown(name), 60) : value === undefined ? `Model ${shortHex(model)}` : `Model ${value.number}`);

  if (value === undefined) {
    return (
      <>
        <Heading title="Model">
          <code class="hex">{model}</code>
        </Heading>
        {passport.error === undefined ? <Skeleton rows={4} /> : <Trouble problem={passport.error} again={passport.reload} />}
      </>
    );
  }

  const nameOf: NameOf = (address) => tokenName(address, value.tokens);
  return (
    <RestsOn.Provider value={(figure) => restsOn(value, figure)}>
      <div class="model-page">
        {asked !== null && block === null ? <Notice kind="warn" title="The address names no block"><p>'block' is a number. This is the newest state.</p></Notice> : null}
        <Head passport={value} name={name} block={block} />
        <VerifyPanel passport={value} />
        <Contents />
        {passport.error === undefined ? null : <Notice kind="warn" title={passport.error.message}><p>What you see is as of block {grouped(value.asOf.block)}. {passport.error.remedy}</p></Notice>}
        <GoodFor passport={value} />
        <LookOut passport={value} />
        <Changes passport={value} terms={terms} />
        <Identity passport={value} block={block} />
        <Usage passport={value} nameOf={nameOf} block={block} />
        <Buyers passport={value} nameOf={nameOf} />
        <Money passport={value} nameOf={nameOf} />
        <Decay passport={value} nameOf={nameOf} />
        <Origin passport={value} lineage={lineage} nameOf={nameOf} />
        <Contributors passport={value} nameOf={nameOf} />
        <Permissions passport={value} block={block} />
        <Attestations passport={value} block={block} />
        <Records passport={value} nameOf={nameOf} />
        <OwnWords passport={value} />
        <Section title="All figures" id="figures" note="Each with its interval, how many observations it is of, its blocks, and the command that computes it again from the chain.">
          <LevelsExplained />
          <AllFigures passport={value} nameOf={nameOf} />
        </Section>
      </div>
    </RestsOn.Provider>
  );
}

/** Headings to jump to: links within a page would lead to its <base>. */
function Contents() {
  return (
    <nav class="contents" aria-label="On this page">
      {PARTS.map(([id, title]) => (
        <button type="button" class="quiet" key={id} onClick={() => jumpTo(id)}>
          {title}
        </button>
      ))}
    </nav>
  );
}
