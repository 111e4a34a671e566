/** Buyers and whether they come back, revenue as it is and without what was seen to come back, and decay. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Figure, Passport } from "../../api/passports.ts";
import { Empty, Section, Table } from "../../parts/basics.tsx";
import { Chart } from "../../parts/Chart.tsx";
import { FigureCard, FigureValue, Level, Rests } from "../../parts/Figures.tsx";
import { Outside } from "../../parts/values.tsx";
import { grouped } from "../../text/format.ts";
import { clipped, shown as shownText } from "../../text/outside.ts";
import { amountText, drawn, share } from "../../text/figures.ts";
import type { NameOf } from "./ModelPage.tsx";
import { dayOf, forDrawing } from "./cohorts.ts";

const BUYERS = ["buyers.clusters", "buyers.payers", "concentration.effectiveBuyersClustered", "concentration.hhiClustered", "concentration.effectiveBuyers", "concentration.hhi", "retention.repeatShare", "dependency.unsubsidised"];
const MONEY = ["revenue.settled", "revenue.washAdjusted", "price.perUse", "revenue.halfLife", "wash.share", "wash.costToFake", "revenue.payments", "settlement.share", "settlement.lateness"];

/** The scopes of these figures, in the passport's order. */
const scopesOf = (passport: Passport, ids: readonly string[]): string[] => [...new Set(passport.figures.filter((figure) => ids.includes(figure.id)).map((figure) => figure.scope))];
const pick = (passport: Passport, ids: readonly string[], scope: string): Figure[] =>
  ids.map((id) => passport.figures.find((figure) => figure.id === id && figure.scope === scope)).filter((figure): figure is Figure => figure !== undefined);
const find = (passport: Passport, id: string, scope: string): Figure | undefined => passport.figures.find((figure) => figure.id === id && figure.scope === scope);

/** Every token on its own: they are never converted into each other. */
function ByToken({ passport, ids, nameOf, children }: { passport: Passport; ids: readonly string[]; nameOf: NameOf; children: (scope: string) => ComponentChildren }) {
  const scopes = scopesOf(passport, ids);
  return (
    <>
      {scopes.map((scope) => (
        <div class="sub" key={scope}>
          <h3>In {nameOf(scope).symbol}</h3>
          <div class="figure-grid">
            {pick(passport, ids, scope).map((figure) => (
              <FigureCard key={figure.id} figure={figure} nameOf={nameOf} />
            ))}
          </div>
          {children(scope)}
        </div>
      ))}
    </>
  );
}

export function Buyers({ passport, nameOf }: { passport: Passport; nameOf: NameOf }) {
  return (
    <Section title="Do buyers come back?" id="buyers" note="An account costs nothing, so accounts whose money came from one are counted as one buyer, where transfers between accounts were read.">
      {scopesOf(passport, BUYERS).length === 0 ? <Empty title="No buyer yet">Buyers show here once a payment to the model was settled.</Empty> : null}
      <ByToken passport={passport} ids={BUYERS} nameOf={nameOf}>
        {(scope) => {
          const curve = find(passport, "retention.curve", scope);
          return curve === undefined ? null : <Retention figure={curve} nameOf={nameOf} />;
        }}
      </ByToken>
    </Section>
  );
}

function Retention({ figure, nameOf }: { figure: Figure; nameOf: NameOf }) {
  const points = (figure.points ?? []).filter((point) => /^\d{1,4}$/.test(point.at));
  return (
    <div class="with-chart">
      <FigureCard figure={figure} nameOf={nameOf} />
      {points.length === 0 ? null : (
        <Chart
          title={`Buyers still paying, by week after their first payment, in ${nameOf(figure.scope).symbol}`}
          times={points.map((point) => Number(point.at))}
          linear
          nameTime={(i) => `Week ${points[i]?.at ?? ""}`}
          axis={(value) => `${Math.round(value * 100)} %`}
          series={[{ name: "Still paying", values: points.map((point) => drawn(point.value)), text: (i) => `${share(points[i]?.value ?? "")} of ${grouped(points[i]?.n ?? 0n)}` }]}
        />
      )}
    </div>
  );
}

export function Money({ passport, nameOf }: { passport: Passport; nameOf: NameOf }) {
  return (
    <Section title="Revenue" id="money" note="As it was settled, and less what was seen to come back to whoever paid it. Other ways back, other chains and cash are not seen.">
      {scopesOf(passport, MONEY).length === 0 ? <Empty title="No revenue yet">It shows here once an epoch has settled a payment to the model.</Empty> : null}
      <ByToken passport={passport} ids={MONEY} nameOf={nameOf}>
        {(scope) => {
          const weekly = find(passport, "revenue.weekly", scope);
          const points = (weekly?.points ?? []).filter((point) => dayOf(point.at) !== null && /^\d{1,78}$/.test(point.value));
          const token = nameOf(scope);
          return weekly === undefined ? null : (
            <div class="with-chart">
              <FigureCard figure={weekly} nameOf={nameOf} />
              {points.length === 0 ? null : (
                <Chart
                  title={`Revenue by week in ${token.symbol}`}
                  times={points.map((point) => dayOf(point.at) ?? 0)}
                  utc
          nameTime={(i) => `Week of ${points[i]?.at ?? ""}`}
                  axis={(value) => value.toLocaleString(undefined, { notation: "compact", maximumSignificantDigits: 3 })}
                  series={[{ name: "Settled", kind: "bars", values: points.map((point) => forDrawing(BigInt(point.value), token.decimals)), text: (i) => `${amountText(points[i]?.value ?? "0", token.decimals)} ${token.known ? token.symbol : ""}` }]}
                />
              )}
            </div>
          );
        }}
      </ByToken>
    </Section>
  );
}

const MOST_DECAYS = 12;

export function Decay({ passport, nameOf }: { passport: Passport; nameOf: NameOf }) {
  const decays = passport.figures.filter((figure) => figure.id === "domain.decay");
  const [chosen, setChosen] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  if (decays.length === 0) return null;
  // What changes first, then what could be told and does not.
  const rank = (figure: Figure): number => (figure.state === "known" ? 0 : figure.state === "notFound" ? 1 : 2);
  const sorted = [...decays].sort((a, b) => rank(a) - rank(b));
  const rows = all ? sorted : sorted.slice(0, MOST_DECAYS);
  const withPoints = sorted.filter((figure) => (figure.points ?? []).length > 0);
  const shown = withPoints.find((figure) => figure.scope === chosen) ?? withPoints[0];
  const points = (shown?.points ?? []).filter((point) => dayOf(point.at) !== null);
  return (
    <Section title="Does it get worse?" id="decay" note="Change of the weekly rate of success in each domain, with its 95 % interval; told where it cannot be chance. It takes 8 weeks with 10 trials each.">
      <Table label="Change by domain" head={["Domain", "Change, with its interval", { title: "Weeks", class: "number" }, "Level", "What it rests on"]}>
        {rows.map((figure) => (
          <tr key={figure.scope}>
            <td>
              <Outside text={figure.scope} most={50} />
            </td>
            <td>
              <FigureValue figure={figure} nameOf={nameOf} />
            </td>
            <td class="number">{grouped(figure.n)}</td>
            <td>
              <Level level={figure.level} />
            </td>
            <td>
              <Rests figure={figure} nameOf={nameOf} />
            </td>
          </tr>
        ))}
      </Table>
      {rows.length === sorted.length ? null : (
        <p class="actions">
          <button type="button" class="second" onClick={() => setAll(true)}>
            Show all {grouped(sorted.length)} domains
          </button>
        </p>
      )}
      {shown === undefined ? null : (
        <div class="sub">
          {withPoints.length === 1 ? null : (
            <p class="choice">
              <label for="decay-domain">Domain</label>
              <select id="decay-domain" value={shown.scope} onChange={(event) => setChosen(event.currentTarget.value)}>
                {withPoints.map((figure) => (
                  <option key={figure.scope} value={figure.scope}>
                    {clipped(shownText(figure.scope), 60)}
                  </option>
                ))}
              </select>
            </p>
          )}
          <Chart
            title={`Rate of success by week in ${clipped(shownText(shown.scope), 60)}`}
            times={points.map((point) => dayOf(point.at) ?? 0)}
            utc
          nameTime={(i) => `Week of ${points[i]?.at ?? ""}`}
            axis={(value) => `${Math.round(value * 100)} %`}
            series={[{ name: "Right", values: points.map((point) => drawn(point.value)), text: (i) => `${share(points[i]?.value ?? "")} of ${grouped(points[i]?.n ?? 0n)} trials` }]}
          />
        </div>
      )}
    </Section>
  );
}
