/** Links to what has a page. */

import type { ComponentChildren } from "preact";
import { to } from "../app/router.ts";
import { grouped, shortHex } from "../text/format.ts";
import { Outside } from "./values.tsx";

export const AccountLink = ({ account, whole }: { account: string; whole?: boolean }) => (
  <a href={to.account(account)} class={whole ? "hex" : "hex short"} title={account}>
    {whole ? account : shortHex(account)}
  </a>
);

/** By its name where the node knows one, and always with its number or id: names are claimed, and not unique. */
export const ModelLink = ({ model, number, name }: { model: string; number?: number | null | undefined; name?: string | null | undefined }) => (
  <a href={to.model(model)} title={model} class="model-link">
    {name ? <Outside text={name} most={40} /> : number ? `Model ${grouped(number)}` : null}{" "}
    <span class="hex short dim">{name && number ? `#${number}` : shortHex(model)}</span>
  </a>
);

export const EpochLink = ({ number, children }: { number: number; children?: ComponentChildren }) => <a href={to.epoch(number)}>{children ?? `Epoch ${grouped(number)}`}</a>;

export const TransactionLink = ({ hash }: { hash: string }) => (
  <a href={to.transaction(hash)} class="hex short" title={hash}>
    {shortHex(hash, 6)}
  </a>
);
