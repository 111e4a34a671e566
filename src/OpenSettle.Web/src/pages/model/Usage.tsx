/** Uses over time, and revenue by when its payer came. */

import { type Passport, getUsage } from "../../api/passports.ts";
import { useLive } from "../../app/live.ts";
import { passportMark } from "../../parts/passportMark.ts";
import { setQuery } from "../../app/navigation.ts";
import { useResource } from "../../app/resource.ts";
import { Empty, Loaded, Section } from "../../parts/basics.tsx";
import { Chart } from "../../parts/Chart.tsx";
import { FigureCard } from "../../parts/Figures.tsx";
import { counted, grouped, shortAmount } from "../../text/format.ts";
import { drawn } from "../../text/figures.ts";
import type { NameOf } from "./ModelPage.tsx";
import { type RevenueRow, cohortsOf, dayOf, forDrawing, periodName } from "./cohorts.ts";
import { readHistory } from "./history.ts";

export function Usage({ passport, nameOf, block }: { passport: Passport; nameOf: NameOf; block: string | null }) {
  const figures = passport.figures.filter((figure) => figure.id.startsWith("usage.") && !(figure.id === "usage.seenOutside" && figure.state !== "known"));
  const weekly = figures.find((figure) => figure.id === "usage.weekly");
  const points = (weekly?.points ?? []).filter((point) => dayOf(point.at) !== null);
  return (
    <Section title="Usage over time" id="usage" note="Gateways that the owner lists count and sign uses: they are those gateways' word. Who paid for them stands on the chain.">
      {points.length === 0 ? (
        <Empty title="No use counts yet">Uses show here by week once an epoch has some: a gateway that the model lists signs them.</Empty>
      ) : (
        <Chart
          title="Uses by week"
          times={points.map((point) => dayOf(point.at) ?? 0)}
          utc
          nameTime={(i) => `Week of ${points[i]?.at ?? ""}`}
          series={[{ name: "Uses", kind: "bars", values: points.map((point) => drawn(point.value)), text: (i) => grouped(BigInt(/^\d+$/.test(points[i]?.value ?? "") ? (points[i]?.value ?? "0") : "0")) }]}
        />
      )}
      <div class="figure-grid spaced">
        {figures.map((figure) => (
          <FigureCard key={figure.id} figure={figure} nameOf={nameOf} under="h2" />
        ))}
      </div>
      <Cohorts passport={passport} nameOf={nameOf} block={block} />
    </Section>
  );
}

function Cohorts({ passport, nameOf, block }: { passport: Passport; nameOf: NameOf; block: string | null }) {
  const { status } = useLive();
  const until = new Date((block === null ? Math.max(passport.asOf.time, Date.now() / 1000) : passport.asOf.time) * 1000).toISOString().slice(0, 10);
  const history = useResource(`history ${passport.model} ${block ?? ""}`, block === null ? passportMark(status) : "", (signal) => readHistory((from, to) => getUsage(passport.model, from, to, signal), until));
  return (
    <div class="sub">
      <h3>Revenue by when its payer came</h3>
      <p class="note lead">A model that keeps its buyers shows old colours in new weeks. Accounts are not joined here: one buyer may have several.</p>
      <Loaded of={history} rows={2}>
        {({ tokens, since }) =>
          tokens.length === 0 ? (
            <Empty title="Nobody has paid yet">Payments to the model's own address, or through the rail, show here by the week or month in which their payer came.</Empty>
          ) : (
            <>
              <TokenCharts tokens={tokens} nameOf={nameOf} />
              {since === null ? null : <p class="note">Since {since}: before that there is more than this page reads. Whoever paid before counts as having come then.</p>}
              {block === null ? null : <p class="note">Whole days, up to the day of the block.</p>}
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function TokenCharts({ tokens, nameOf }: { tokens: readonly { token: string; rows: RevenueRow[] }[]; nameOf: NameOf }) {
  const asked = new URLSearchParams(location.search).get("token")?.toLowerCase();
  const chosen = tokens.find((one) => one.token.toLowerCase() === asked) ?? tokens[0];
  if (chosen === undefined) return null;
  const token = nameOf(chosen.token);
  const { period, times, cohorts } = cohortsOf(chosen.rows);
  const amount = (value: bigint): string => `${shortAmount(value, token.decimals)}${token.known ? ` ${token.symbol}` : ""}`;
  return (
    <>
      {tokens.length === 1 ? null : <TokenChoice tokens={tokens.map((one) => one.token)} chosen={chosen.token} nameOf={nameOf} />}
      <Chart
        title={`Revenue in ${token.symbol} by ${period}, by when its payer came`}
        times={times}
        stacked
        utc
        nameTime={(i) => `${period === "week" ? "Week of " : ""}${periodName(times[i] ?? 0, period)}`}
        axis={(value) => value.toLocaleString(undefined, { notation: "compact", maximumSignificantDigits: 3 })}
        series={cohorts.map((cohort, i) => ({
          name: cohort.payers === null ? cohort.name : `${cohort.name} (${counted(cohort.payers, "account")})`,
          kind: "bars" as const,
          colour: i,
          values: cohort.paid.map((paid) => forDrawing(paid, token.decimals)),
          text: (at: number) => amount(cohort.paid[at] ?? 0n),
        }))}
      />
    </>
  );
}

/** Tokens are never on one axis: one is looked at. */
export function TokenChoice({ tokens, chosen, nameOf }: { tokens: readonly string[]; chosen: string; nameOf: NameOf }) {
  return (
    <p class="choice">
      <label for="token-choice">Token</label>
      <select id="token-choice" value={chosen} onChange={(event) => setQuery({ token: event.currentTarget.value })}>
        {tokens.map((token) => (
          <option key={token} value={token}>
            {nameOf(token).symbol}
          </option>
        ))}
      </select>
    </p>
  );
}
