/** What was earned, by model and as what, over time, and entry by entry; filtered by what stands in the page's address. */

import { type EarningEntry, type Earnings, type EarningsFilter, MOST_ROWS, earningsPath, getEarnings } from "../../api/accounts.ts";
import { setQuery } from "../../app/navigation.ts";
import { useResource } from "../../app/resource.ts";
import { Empty, Loaded, Notice, Section, Table } from "../../parts/basics.tsx";
import { Chart } from "../../parts/Chart.tsx";
import { CsvButton } from "../../parts/download.tsx";
import { EpochLink, ModelLink } from "../../parts/links.tsx";
import { type Column, LongTable } from "../../parts/LongTable.tsx";
import { Money, Outside, Time, type TokenName, tokenName } from "../../parts/values.tsx";
import { exactAmount, grouped, shortAmount, shortHex } from "../../text/format.ts";
import { clipped, shown } from "../../text/outside.ts";
import { localDay } from "../../text/times.ts";
import { type Choices, choicesOf, filterOf, isAny, isEmptyRange, totals } from "./filter.ts";
import { MOST_POINTS, axisText, drawn, epochsText, pointsOf } from "./series.ts";
import { whyLink } from "./whyLink.ts";

export function Earned({ account, all, query }: { account: string; all: Earnings; query: URLSearchParams }) {
  const filter = filterOf(query);
  const isFiltered = isAny(filter);
  const isImpossible = isEmptyRange(filter);
  const subject = `earned ${account} ${JSON.stringify(filter)}`;
  // Without a filter what the page has already is it.
  const some = useResource(subject, String(all.epoch), (signal) => (isFiltered && !isImpossible ? getEarnings(account, filter, { limit: 1 }, signal) : Promise.resolve(null)));
  const name = (token: string): TokenName => tokenName(token, all.tokens);
  const choices = choicesOf(all.models);
  if (all.models.length === 0)
    return (
      <Section title="By model and role">
        <Empty title="No active epoch gave it anything yet">What the next epoch gives shows here once its window is over.</Empty>
      </Section>
    );

  return (
    <>
      <Section title="By model and role" id="earned" note="What active epochs gave, by the model whose money it was. A filter holds for everything down to the single earnings, and stands in the page's address.">
        <Filters filter={filter} choices={choices} name={name} />
        {isImpossible ? (
          <Notice kind="warn" title="The first epoch is after the last">
            <p>Nothing can be between them: change one of the two.</p>
          </Notice>
        ) : (
          <Loaded of={some} rows={1}>
            {(value) => <ByModel earnings={value ?? all} name={name} account={account} query={query} />}
          </Loaded>
        )}
      </Section>
      {isImpossible || some.value === undefined ? null : (
        <>
          <OverTime earnings={some.value ?? all} name={name} query={query} />
          <Section title="Every earning">
            <Entries account={account} filter={filter} epoch={all.epoch} name={name} query={query} />
          </Section>
        </>
      )}
    </>
  );
}

function Filters({ filter, choices, name }: { filter: EarningsFilter; choices: Choices; name: (token: string) => TokenName }) {
  const as = filter.role === undefined ? (filter.by ?? "") : `role:${filter.role}`;
  // A link may name what the account has not: it is shown as what it is.
  const tokens = withOwn(choices.tokens, filter.token);
  const models = choices.models.some((one) => one.model === filter.model) || filter.model === undefined ? choices.models : [...choices.models, { model: filter.model, number: null }];
  const roles = withOwn(choices.roles, filter.role);
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filter the earnings">
      <label>
        <span>Token</span>
        <select value={filter.token ?? ""} onChange={(event) => setQuery({ token: event.currentTarget.value })}>
          <option value="">All</option>
          {tokens.map((token) => (
            <option key={token} value={token}>
              {name(token).symbol}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Model</span>
        <select value={filter.model ?? ""} onChange={(event) => setQuery({ model: event.currentTarget.value })}>
          <option value="">All</option>
          {models.map(({ model, number }) => (
            <option key={model} value={model}>
              {number === null ? shortHex(model) : `Model ${number}`}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>As</span>
        <select
          value={as}
          onChange={(event) => {
            const value = event.currentTarget.value;
            setQuery(value.startsWith("role:") ? { role: value.slice(5), by: null } : { by: value, role: null });
          }}
        >
          <option value="">Anything</option>
          <option value="rows">Rows of a split</option>
          <option value="pool">Influence</option>
          {roles.map((role) => (
            <option key={role} value={`role:${role}`}>
              Role: {clipped(shown(role), 40)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>From epoch</span>
        <input type="number" min="1" step="1" inputMode="numeric" value={filter.from ?? ""} onChange={(event) => setQuery({ from: event.currentTarget.value })} />
      </label>
      <label>
        <span>To epoch</span>
        <input type="number" min="1" step="1" inputMode="numeric" value={filter.to ?? ""} onChange={(event) => setQuery({ to: event.currentTarget.value })} />
      </label>
      {isAny(filter) ? (
        <button type="button" class="quiet" onClick={() => setQuery({ token: null, model: null, by: null, role: null, from: null, to: null })}>
          Clear
        </button>
      ) : null}
    </form>
  );
}

const withOwn = (all: string[], own: string | undefined): string[] => (own === undefined || all.includes(own) ? all : [...all, own]);

function ByModel({ earnings, name, account, query }: { earnings: Earnings; name: (token: string) => TokenName; account: string; query: URLSearchParams }) {
  if (earnings.models.length === 0) return <Empty title="Nothing matches">The account earned nothing of this kind. Clear the filter to see all that it earned.</Empty>;
  return (
    <Table label="Earned, by model and role" head={["Model", "As", { title: "Earned", class: "number" }, { title: "Epochs", class: "number wide" }, { title: "Last", class: "wide" }]}>
      {earnings.models.map((row) => (
        <tr key={`${row.model} ${row.token} ${row.by} ${row.roles.join("\n")}`}>
          <td>
            <ModelLink model={row.model} number={row.number} name={row.name} />
          </td>
          <td>
            <As by={row.by} roles={row.roles} />
          </td>
          <td class="number">
            <Money value={row.earned} token={name(row.token)} />
          </td>
          <td class="number wide">{grouped(row.epochs)}</td>
          <td class="wide">
            <a href={whyLink(account, row.lastEpoch, row.token, query)}>Epoch {grouped(row.lastEpoch)}: why</a>
          </td>
        </tr>
      ))}
      {totals(earnings.models).map(([token, sum]) => (
        <tr key={`all ${token}`} class="total">
          <td>All of these</td>
          <td />
          <td class="number">
            <Money value={sum} token={name(token)} />
          </td>
          <td class="wide" />
          <td class="wide" />
        </tr>
      ))}
    </Table>
  );
}

/** As what: roles are whatever an owner wrote. */
function As({ by, roles }: { by: string; roles: readonly string[] }) {
  if (by === "pool") return <>influence</>;
  if (roles.length === 0) return <>a row of the split</>;
  return (
    <>
      {roles.map((role, i) => (
        <span key={role}>
          {i === 0 ? "" : ", "}
          {role === "" ? "a row without a role" : <Outside text={role} most={32} />}
        </span>
      ))}
    </>
  );
}

function OverTime({ earnings, name, query }: { earnings: Earnings; name: (token: string) => TokenName; query: URLSearchParams }) {
  const tokens = [...new Set(earnings.series.map((one) => one.token))];
  const asked = query.get("chart");
  const token = asked !== null && tokens.includes(asked) ? asked : tokens[0];
  if (token === undefined) return null;
  const isSum = query.get("view") === "sum";
  const known = name(token);
  const points = pointsOf(earnings.series, token);
  const valueOf = (i: number): bigint => (isSum ? points[i]?.sum : points[i]?.earned) ?? 0n;
  const merged = points.some((point) => point.first !== point.last);
  return (
    <Section title="Over time">
      <div class="filters">
        {tokens.length === 1 ? null : (
          <label>
            <span>Token</span>
            <select value={token} onChange={(event) => setQuery({ chart: event.currentTarget.value })}>
              {tokens.map((one) => (
                <option key={one} value={one}>
                  {name(one).symbol}
                </option>
              ))}
            </select>
          </label>
        )}
        <fieldset class="choice">
          <legend>Show</legend>
          {(
            [
              ["", "Each epoch"],
              ["sum", "All so far"],
            ] as const
          ).map(([value, words]) => (
            <label key={value}>
              <input type="radio" name="view" checked={(value === "sum") === isSum} onChange={() => setQuery({ view: value })} />
              <span>{words}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <Chart
        title={`${isSum ? "Earned so far" : "Earned by epoch"}, in ${known.symbol}`}
        // Bars stand by epoch: two epochs of one minute, in a month of others, would be a hair each.
        times={points.map((point) => (isSum ? point.time : point.last))}
        linear={!isSum}
        nameTime={(i) => {
          const point = points[i];
          return point === undefined ? "" : `${epochsText(point)}${point.time > 1e8 ? `, ${localDay(point.time)}` : ""}`;
        }}
        axis={axisText}
        series={[
          {
            name: isSum ? `Earned so far, ${known.symbol}` : `Earned, ${known.symbol}`,
            values: points.map((_, i) => drawn(valueOf(i), known.decimals)),
            text: (i) => `${exactAmount(valueOf(i), known.decimals)}${known.known ? ` ${known.symbol}` : ""}`,
            kind: isSum || points.length > 60 ? "line" : "bars",
          },
        ]}
      />
      {merged ? <p class="note">There are more epochs than a screen can tell apart: several are drawn as one, at most {MOST_POINTS} points. Nothing is left out.</p> : null}
    </Section>
  );
}

function Entries({ account, filter, epoch, name, query }: { account: string; filter: EarningsFilter; epoch: number; name: (token: string) => TokenName; query: URLSearchParams }) {
  const columns: Column<EarningEntry & { at: string }>[] = [
    { title: "Epoch", cell: (row) => <EpochLink number={row.epoch} /> },
    { title: "When", class: "wide", cell: (row) => (row.time === null ? <span class="dim">not known</span> : <Time at={row.time} />) },
    {
      title: "Model",
      cell: (row) => (
        <span class={row.number === null ? undefined : "numbered"}>
          <ModelLink model={row.model} number={row.number} />
        </span>
      ),
    },
    { title: "As", class: "wide", cell: (row) => <As by={row.by} roles={row.roles} /> },
    { title: "Earned", class: "number", cell: (row) => <Money value={row.amount} token={name(row.token)} /> },
    { title: "Why", cell: (row) => <a href={whyLink(account, row.epoch, row.token, query)} aria-label={`Why this amount: epoch ${row.epoch}, ${shortAmount(row.amount, name(row.token).decimals)} ${name(row.token).symbol}`}>Why</a> },
  ];
  return (
    <>
      <LongTable
        label="Every earning, newest first"
        subject={`${account} ${epoch} ${JSON.stringify(filter)}`}
        columns={columns}
        keyOf={(row) => row.at}
        load={async (before, signal) => {
          const page = await getEarnings(account, filter, { before: before ?? undefined, limit: 200 }, signal);
          // The node's entries have no name of their own: the page and the place in it are one.
          return { rows: page.entries.map((row, i) => ({ ...row, at: `${before ?? ""} ${i}` })), next: page.next };
        }}
        empty={<Empty title="Nothing matches">Clear the filter to see every earning.</Empty>}
      />
      <p class="actions">
        <CsvButton path={earningsPath(account, filter, { format: "csv", limit: MOST_ROWS })} name={`earnings-${account.toLowerCase()}.csv`} what="these earnings" />
        <span class="note">Every earning that the filter lets through, amounts in smallest units.</span>
      </p>
    </>
  );
}
