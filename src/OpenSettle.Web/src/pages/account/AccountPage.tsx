/** An account: what it can claim, what is on the way, by what it earned, why, and what was paid. Readable by anybody, without a wallet. */

import "../../styles/account.css";
import { useEffect, useRef } from "preact/hooks";
import { type Earnings, getEarnings } from "../../api/accounts.ts";
import type { PageOf } from "../../app/App.tsx";
import { booksMark, useLive } from "../../app/live.ts";
import { useResource } from "../../app/resource.ts";
import { useTitle } from "../../app/title.ts";
import { announce } from "../../parts/announce.ts";
import { Empty, Heading, Loaded, Section } from "../../parts/basics.tsx";
import { Copyable } from "../../parts/values.tsx";
import { shortHex } from "../../text/format.ts";
import { Earned } from "./Earned.tsx";
import { History } from "./History.tsx";
import { Sums } from "./Sums.tsx";
import { WhySection } from "./Why.tsx";
import { ClaimPanel } from "./claim/ClaimPanel.tsx";

/** The sums are of all time whatever is asked for; of models and epochs, which may be very many, nothing comes with them. */
const SUMS_ALONE = { from: String(Number.MAX_SAFE_INTEGER) };

const AccountPage: PageOf = ({ place }) => {
  const { status } = useLive();
  const account = place.route.page === "account" ? place.route.account : "";
  useTitle(`Account ${shortHex(account)}`);
  const earnings = useResource(`account ${account}`, `${booksMark(status)} ${status?.chain?.pendingPayments}`, (signal) => getEarnings(account, SUMS_ALONE, { limit: 1 }, signal));
  // Whoever listens learns that the figures are new, and nothing else of all that changes by itself.
  const active = earnings.value?.epoch;
  const before = useRef(active);
  useEffect(() => {
    if (before.current !== undefined && active !== undefined && active > before.current) announce(`Epoch ${active} is active: what can be claimed is new.`);
    before.current = active;
  }, [active]);
  return (
    <>
      <Heading title="Account">
        <Copyable text={earnings.value?.account ?? account} what="account's address" />
      </Heading>
      <Section title="Money" note="Each figure is money in another state. They are told apart, and never added up.">
        <Loaded of={earnings} rows={2}>
          {(value) =>
            value.tokens.length === 0 ? (
              <Empty title="Nothing was earned by this account yet">
                An account earns where a model's split names it, where its work is measured to have influenced a model, or where it owns a model. When an epoch divides a payment in which it has a part,
                each token shows here: what can be claimed, what is on the way, and what was paid.
              </Empty>
            ) : (
              <Sums earnings={value} status={status} />
            )
          }
        </Loaded>
      </Section>
      <ClaimPanel account={earnings.value?.account ?? account} />
      {earnings.value === undefined || earnings.value.tokens.length === 0 ? null : <Rest sums={earnings.value} query={place.query} />}
    </>
  );
};

/** What changes with an epoch, and not with every block. */
function Rest({ sums, query }: { sums: Earnings; query: URLSearchParams }) {
  const { account } = sums;
  const found = useResource(`earned ${account}`, String(sums.epoch), (signal) => getEarnings(account, {}, { limit: 1 }, signal));
  return (
    <Loaded of={found} rows={4}>
      {(all) => (
        <>
          <Earned account={account} all={all} query={query} />
          <WhySection earnings={all} query={query} />
          <History account={account} all={sums} query={query} mark={sums.epoch} />
        </>
      )}
    </Loaded>
  );
}

export default AccountPage;
