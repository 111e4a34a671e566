/** Single values as people read them: money, times, hashes, texts from outside. */

import { useState } from "preact/hooks";
import { useLive } from "../app/live.ts";
import { exactAmount, grouped, shortAmount, shortHex } from "../text/format.ts";
import { clipped, shown } from "../text/outside.ts";
import { local, span, utc } from "../text/times.ts";
import { announce } from "./announce.ts";

export const NATIVE = "0x0000000000000000000000000000000000000000";

export interface TokenName {
  symbol: string;
  decimals: number;
  known: boolean;
}

/** A token's symbol and decimals; where the node knows neither, amounts show in the smallest unit. */
export function tokenName(address: string, known: readonly { token: string; symbol: string; decimals: number }[] | undefined): TokenName {
  const found = known?.find((token) => token.token.toLowerCase() === address.toLowerCase());
  if (found !== undefined && found.symbol !== "?") return { symbol: clipped(shown(found.symbol), 16), decimals: found.decimals, known: true };
  return { symbol: address === NATIVE ? "native coin, smallest units" : `units of ${shortHex(address)}`, decimals: 0, known: false };
}

/** By what the status names. */
export const useTokenName = (): ((address: string) => TokenName) => {
  const { status } = useLive();
  return (address) => tokenName(address, status?.tokens);
};

/** An amount for people; the exact integer on hover, and for programs. */
export function Money({ value, token }: { value: bigint; token: TokenName }) {
  const exact = `exactly ${grouped(value)} smallest units${token.decimals > 0 ? `: ${exactAmount(value, token.decimals)} ${token.symbol}` : ""}`;
  return (
    <data class="money" value={value.toString()} title={exact}>
      <span class="figure">
        {/* A long figure breaks between groups of digits, and nowhere else. */}
        {shortAmount(value, token.decimals).split(/(?<=,)/).map((group, i) => (i === 0 ? group : [<wbr />, group]))}
      </span>
      {token.known ? <> <span class="symbol">{token.symbol}</span></> : null}
    </data>
  );
}

/** Local time, UTC on hover. */
export function Time({ at, as = "moment" }: { at: number; as?: "moment" | "span" }) {
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={utc(at)}>
      {as === "moment" ? local(at) : `${span(Date.now() / 1000 - at)} ago`}
    </time>
  );
}

/** Hex in full where there is room, with a button that copies it. */
export function Copyable({ text, what, short }: { text: string; what: string; short?: boolean }) {
  return (
    <span class="copyable">
      <code class={short ? "hex short" : "hex"} title={text}>
        {short ? shortHex(text, 6) : text}
      </code>
      <CopyButton text={text} what={what} />
    </span>
  );
}

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState("Copy");
  return (
    <button
      type="button"
      class="quiet copy"
      aria-label={`Copy the ${what}`}
      onClick={() =>
        void copy(text).then((done) => {
          setSaid(done ? "Copied" : "Not copied");
          announce(done ? `The ${what} was copied.` : `The ${what} could not be copied: select it and copy it by hand.`);
          setTimeout(() => setSaid("Copy"), 2000);
        })
      }
    >
      {said}
    </button>
  );
}

/** A text that somebody outside chose: inert, on its own direction, and not longer than the place has room for. */
export function Outside({ text, most = 80, class: name }: { text: string; most?: number; class?: string }) {
  const whole = shown(text);
  const short = clipped(whole, most);
  return (
    <bdi class={name === undefined ? "outside" : `outside ${name}`} title={short === whole ? undefined : clipped(whole, 500)}>
      {short}
    </bdi>
  );
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text);
  }
}

/** navigator.clipboard is missing where the node is reached by plain HTTP from another machine. */
function copyTheOldWay(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "unseen";
  field.setAttribute("aria-hidden", "true");
  field.value = text;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus();
  }
}
