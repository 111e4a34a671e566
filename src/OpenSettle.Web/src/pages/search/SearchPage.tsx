/** What was found for a text: one thing is gone to, several are listed, and nothing teaches what can be looked for. */

import { useEffect } from "preact/hooks";
import { type Found, search } from "../../api/search.ts";
import type { PageOf } from "../../app/App.tsx";
import { HitWords } from "../../app/Search.tsx";
import { byKind, placeOf } from "../../app/hits.ts";
import { go } from "../../app/navigation.ts";
import { useResource } from "../../app/resource.ts";
import { to } from "../../app/router.ts";
import { useTitle } from "../../app/title.ts";
import { Empty, Heading, Loaded, Section } from "../../parts/basics.tsx";
import { Outside } from "../../parts/values.tsx";
import { counted, recognise } from "../../text/format.ts";

const MOST = 50;

const SearchPage: PageOf = ({ place }) => {
  useTitle("Search");
  const words = (place.query.get("q") ?? "").trim();
  if (words === "")
    return (
      <>
        <Heading title="Search" />
        <Teaching title="Nothing was looked for yet" />
      </>
    );
  return <Results words={words} key={words} />;
};

export default SearchPage;

function Results({ words }: { words: string }) {
  const found = useResource(words, "", (signal) => search(words, MOST, signal));
  const only = found.value?.hits.length === 1 ? found.value.hits[0] : undefined;
  useEffect(() => {
    // The page of what was looked for stands in the history where this one stood: going back leads to where one came from.
    if (only !== undefined) go(placeOf(only), "replace");
  }, [only]);
  const account = recognise(words);
  return (
    <>
      <Heading title="Search">
        <p class="note">
          For <Outside text={words} most={120} />
        </p>
      </Heading>
      <Loaded of={found} rows={2}>
        {(value) => (only === undefined ? <Hits found={value} /> : <p class="note">One was found: going there.</p>)}
      </Loaded>
      {found.error !== undefined && account?.kind === "account" ? (
        <p class="actions">
          <a href={to.account(account.id)}>Open it as an account</a>
        </p>
      ) : null}
    </>
  );
}

function Hits({ found }: { found: Found }) {
  if (found.hits.length === 0) return <Teaching title="Nothing here has that name, number or address" />;
  return (
    <>
      <p class="note" role="status">
        {found.more ? `The best ${found.hits.length}; more fit: say more of it.` : `${counted(found.hits.length, "result")}. Names are claimed by models' owners, and several may claim the same.`}
      </p>
      {byKind(found.hits).map((group) => (
        <Section title={group.heading} key={group.heading}>
          <ul class="lines found">
            {group.hits.map((hit) => (
              <li key={hit.id}>
                <a href={placeOf(hit)}>
                  <HitWords hit={hit} />
                </a>
              </li>
            ))}
          </ul>
        </Section>
      ))}
    </>
  );
}

const Teaching = ({ title }: { title: string }) => (
  <>
    <Empty title={title}>Names are those of models' published documents; a model without one is found by its id or number.</Empty>
    <Section title="What can be looked for">
      <ul class="lines">
        <li><span class="line-text">An account, or a model's pay address<span class="note">0x and 40 digits</span></span></li>
        <li><span class="line-text">A model by its name, or a part of it<span class="note">capitals and accents do not matter</span></span></li>
        <li><span class="line-text">A model by its number or id<span class="note">#7, model 7, or 0x and at least four digits</span></span></li>
        <li><span class="line-text">An epoch<span class="note">12, or epoch 12</span></span></li>
        <li><span class="line-text">A transaction<span class="note">0x and 64 digits</span></span></li>
      </ul>
      <p class="actions">
        <a href={to.models()}>All models</a>
        <a href={to.find()}>Find by domain</a>
      </p>
    </Section>
  </>
);
