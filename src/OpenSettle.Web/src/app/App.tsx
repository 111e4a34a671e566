/** The page's frame: header with search, notices, the current page, and the footer. */

import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { asApiError } from "../api/ask.ts";
import { Loaded, Notice } from "../parts/basics.tsx";
import { ended } from "../text/format.ts";
import { KeyForm } from "./KeyForm.tsx";
import { Search } from "./Search.tsx";
import { useLive } from "./live.ts";
import { type Place, usePlace } from "./navigation.ts";
import { useResource } from "./resource.ts";
import { type Route, to } from "./router.ts";

/** A page gets its place, and names itself by `useTitle`. Each is fetched when somebody first goes there. */
export type PageOf = ComponentType<{ place: Place }>;

const PAGES: Record<Route["page"], () => Promise<{ default: PageOf }>> = {
  overview: () => import("../pages/overview/Overview.tsx"),
  account: () => import("../pages/account/AccountPage.tsx"),
  models: () => import("../pages/models/Models.tsx"),
  model: () => import("../pages/model/ModelPage.tsx"),
  compare: () => import("../pages/compare/Compare.tsx"),
  find: () => import("../pages/find/Find.tsx"),
  epochs: () => import("../pages/epochs/Epochs.tsx"),
  epoch: () => import("../pages/epochs/EpochPage.tsx"),
  payments: () => import("../pages/payments/Payments.tsx"),
  transaction: () => import("../pages/search/TransactionPage.tsx"),
  search: () => import("../pages/search/SearchPage.tsx"),
  ops: () => import("../pages/ops/Ops.tsx"),
  missing: () => import("../pages/missing/Missing.tsx"),
};

const MENU: readonly [string, string, readonly Route["page"][]][] = [
  ["Overview", to.overview(), ["overview"]],
  ["Models", to.models(), ["models", "model", "compare"]],
  ["Find", to.find(), ["find"]],
  ["Epochs", to.epochs(), ["epochs", "epoch"]],
  ["Payments", to.payments(), ["payments", "transaction"]],
  ["Operate", to.ops(), ["ops"]],
];

export function App() {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }

    scrollTo(0, 0);
  }, [place.path]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="top">
        <div class="wrap top-row">
          <a class="brand" href={to.overview()} aria-label="OpenSettle, start">
            <svg viewBox="0 0 32 32" aria-hidden="true">
              <path d="M16 4v9M16 13 6 24M16 13l10 11M16 13v11" />
              <circle cx="16" cy="4" r="3" />
              <circle cx="6" cy="25" r="3" />
              <circle cx="16" cy="25" r="3" />
              <circle cx="26" cy="25" r="3" />
            </svg>
            <span>OpenSettle</span>
          </a>
          <Search />
        </div>
        <nav class="wrap menu" aria-label="Main">
          {MENU.map(([title, href, pages]) => (
            <a key={title} href={href} aria-current={pages.includes(place.route.page) ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <Notices />
      <main id="main" class="wrap" tabIndex={-1} ref={main}>
        <PageFrame place={place} />
      </main>
      <Footer />
      <p id="announcer" class="unseen" role="status" aria-live="polite" />
    </>
  );
}

function PageFrame({ place }: { place: Place }) {
  const { page } = place.route;
  const { turn } = useLive();
  const module = useResource(page, "", async () => {
    try {
      return await PAGES[page]();
    } catch (error) {
      // A new version of the page has other file names than the one that is open.
      throw navigator.onLine ? Object.assign(asApiError(error), { message: "This part of the page did not come", remedy: "The node may have been updated: reload the page." }) : asApiError(error);
    }
  });
  return (
    <Loaded of={module} rows={3}>
      {({ default: Page }) => <Page place={place} key={`${place.path} ${turn}`} />}
    </Loaded>
  );
}

function Notices() {
  const { status, problem, answeredAt } = useLive();
  if (problem?.status === 401) return <div class="wrap notices"><KeyForm why={problem.remedy} /></div>;
  return (
    <div class="wrap notices">
      {problem === undefined ? null : (
        <Notice kind="warn" title={problem.message} live>
          <p>
            {problem.remedy} {answeredAt === undefined ? "" : `What you see is of ${answeredAt.toLocaleTimeString()}. `}This page asks again by itself.
          </p>
        </Notice>
      )}
      {status?.halted ? (
        <Notice kind="bad" title="Settlement is halted" live>
          <p>{ended(status.halted)} It does not go on by itself: an operator has to look.</p>
        </Notice>
      ) : null}
      {status?.held ? (
        <Notice kind="warn" title="Settlement is held" live>
          <p>{ended(status.held)}</p>
        </Notice>
      ) : null}
      {status?.trouble ? (
        <Notice kind="warn" title="The node is in trouble" live>
          <p>{ended(status.trouble)} It tries again by itself.</p>
        </Notice>
      ) : null}
    </div>
  );
}

function Footer() {
  const { status, streaming, answeredAt } = useLive();
  return (
    <footer class="wrap foot">
      <p>
        {status === undefined ? null : (
          <>
            <span>
              Vault <code class="hex">{status.contracts.vault}</code>
            </span>
            <span>
              Registry <code class="hex">{status.contracts.registry}</code>
            </span>
            <span>{streaming ? "Live" : answeredAt === undefined ? "" : `As of ${answeredAt.toLocaleTimeString()}`}</span>
            <a href="openapi.json">API</a>
          </>
        )}
      </p>
    </footer>
  );
}

