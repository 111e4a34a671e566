/** Paths of the page: every view has one that can be sent to somebody. */

import { query } from "../api/query.ts";

export { query };

export type Route =
  | { page: "overview" }
  | { page: "account"; account: string }
  | { page: "models" }
  | { page: "model"; model: string }
  | { page: "compare" }
  | { page: "find" }
  | { page: "epochs" }
  | { page: "epoch"; number: number }
  | { page: "payments" }
  | { page: "transaction"; hash: string }
  | { page: "search" }
  | { page: "ops" }
  | { page: "missing" };

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const WORD = /^0x[0-9a-fA-F]{64}$/;

/** The route of a path below the page's root: "accounts/0x…". */
export function routeOf(path: string): Route {
  const [kind = "", id, more] = path.replace(/^\/+|\/+$/g, "").split("/");
  if (more !== undefined) return { page: "missing" };
  if (id === undefined) {
    switch (kind) {
      case "":
        return { page: "overview" };
      case "models":
      case "compare":
      case "find":
      case "epochs":
      case "payments":
      case "search":
      case "ops":
        return { page: kind };
      default:
        return { page: "missing" };
    }
  }

  if (kind === "accounts" && ADDRESS.test(id)) return { page: "account", account: id };
  if (kind === "models" && WORD.test(id)) return { page: "model", model: id.toLowerCase() };
  if (kind === "transactions" && WORD.test(id)) return { page: "transaction", hash: id.toLowerCase() };
  if (kind === "epochs" && /^[1-9]\d{0,14}$/.test(id)) return { page: "epoch", number: Number(id) };
  return { page: "missing" };
}

/** What a link says; relative to the page's root, as `<base>` has it. */
export const to = {
  overview: () => "./",
  account: (account: string) => `accounts/${account}`,
  models: () => "models",
  model: (model: string) => `models/${model}`,
  compare: (a?: string, b?: string) => `compare${query({ a, b })}`,
  find: (domain?: string) => `find${query({ domain })}`,
  epochs: () => "epochs",
  epoch: (number: number) => `epochs/${number}`,
  payments: () => "payments",
  transaction: (hash: string) => `transactions/${hash}`,
  search: (q: string) => `search${query({ q })}`,
  ops: () => "ops",
};

/** Links of before the page had paths: "#/accounts/0x…". */
export const ofOldHash = (hash: string): string | null => (/^#\/\w/.test(hash) ? hash.slice(2) : null);
