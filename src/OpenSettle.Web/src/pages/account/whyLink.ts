import { to } from "../../app/router.ts";

/** Where an account's part in an epoch is explained; what else stands in the address stays. */
export function whyLink(account: string, epoch: number, token: string | undefined, keep: URLSearchParams): string {
  const query = new URLSearchParams(keep);
  query.set("why", String(epoch));
  if (token === undefined) query.delete("whyToken");
  else query.set("whyToken", token);
  return `${to.account(account)}?${query.toString()}`;
}

/** The epoch that an address asks to explain. */
export const whyOf = (query: URLSearchParams): number | null => (/^[1-9]\d{0,14}$/.test(query.get("why") ?? "") ? Number(query.get("why")) : null);
