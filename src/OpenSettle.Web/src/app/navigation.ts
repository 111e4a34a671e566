/** Where the reader is: the path below the page's root and its query. Links are followed here, without asking for the page again. */

import { useEffect, useState } from "preact/hooks";
import { type Route, ofOldHash, routeOf } from "./router.ts";

export interface Place {
  route: Route;
  query: URLSearchParams;
  /** The path without the query: a new one is a new page. */
  path: string;
}

const CHANGED = "opensettle:place";

/** Paths below the root that are not the page's. */
const OF_THE_NODE = /^(api\/|bundles\/|assets\/|chains\/|metrics$|healthz$|readyz$|openapi\.json$)/;

const root = (): URL => new URL("./", document.baseURI);

/** The path below the root, or null where it is not below it. */
export function pathBelowRoot(url: URL): string | null {
  const base = root();
  return url.origin === base.origin && url.pathname.startsWith(base.pathname) ? decodeURI(url.pathname.slice(base.pathname.length)) : null;
}

function here(): Place {
  const path = pathBelowRoot(new URL(location.href)) ?? "";
  return { route: routeOf(path), query: new URLSearchParams(location.search), path };
}

/** Goes to a path below the root, with its query. */
export function go(path: string, how: "push" | "replace" = "push"): void {
  const url = new URL(path, root());
  if (url.href === location.href) return;
  if (how === "push") history.pushState(null, "", url);
  else history.replaceState(null, "", url);
  dispatchEvent(new Event(CHANGED));
}

/** Sets parts of the query without a new entry in the history: filters, tabs. */
export function setQuery(values: Record<string, string | null>): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }

  if (url.href === location.href) return;
  history.replaceState(null, "", url);
  dispatchEvent(new Event(CHANGED));
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const look = (): void => setPlace(here());
    addEventListener("popstate", look);
    addEventListener(CHANGED, look);
    return () => {
      removeEventListener("popstate", look);
      removeEventListener(CHANGED, look);
    };
  }, []);
  return place;
}

/** Follows links of the page itself; what is the node's, is to be saved, or asks for a new tab is left to the browser. */
export function followLinks(): void {
  const old = ofOldHash(location.hash);
  if (old !== null) history.replaceState(null, "", new URL(old, root()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link === null || link.target !== "" || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    const path = pathBelowRoot(url);
    if (path === null || OF_THE_NODE.test(path)) return;
    event.preventDefault();
    go(path + url.search);
  });
}
