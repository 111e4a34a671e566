/** Pieces that several views use. */

import type { ApiError, ModelSummary, Status } from "../api.ts";
import { type Child, announce, h } from "../dom.ts";
import { exactAmount, grouped, shortAmount, shortHex } from "../format.ts";

const NATIVE = "0x0000000000000000000000000000000000000000";

interface TokenName {
  symbol: string;
  decimals: number;
  known: boolean;
}

/** The token's symbol and decimals; where the node knows neither, amounts show in the smallest unit. */
export function tokenName(status: Status, address: string): TokenName {
  const found = status.tokens.find((token) => token.token.toLowerCase() === address.toLowerCase());
  if (found !== undefined && found.symbol !== "?") return { symbol: found.symbol, decimals: found.decimals, known: true };
  return {
    symbol: address === NATIVE ? "native coin, smallest units" : `units of ${shortHex(address)}`,
    decimals: 0,
    known: false,
  };
}

/** An amount for people; the exact integer on hover, and for programs. */
export function money(value: bigint, token: TokenName): HTMLElement {
  return h(
    "data",
    {
      class: "money",
      value: value.toString(),
      title: `exactly ${grouped(value)} smallest units${token.decimals > 0 ? `: ${exactAmount(value, token.decimals)} ${token.symbol}` : ""}`,
    },
    h("span", { class: "figure" }, breakable(shortAmount(value, token.decimals))),
    token.known ? [" ", h("span", { class: "symbol" }, token.symbol)] : null,
  );
}

/** A long figure breaks between groups of digits, and nowhere else. */
const breakable = (figure: string): Child => figure.split(/(?<=,)/).map((group, i) => (i === 0 ? group : [h("wbr"), group]));

/** One figure with its name; the note says what it counts. */
export function stat(name: string, figure: Child, note?: Child, kind = ""): HTMLElement {
  return h(
    "div",
    { class: `stat ${kind}` },
    h("dt", {}, name),
    h("dd", {}, h("span", { class: "stat-figure" }, figure), note ? h("span", { class: "note" }, note) : null),
  );
}

/** Hex in full where there is room (CSS shortens nothing: it wraps), with a button that copies it. */
export function copyable(hex: string, what: string, short = false): HTMLElement {
  const shown = h("code", { class: short ? "hex short" : "hex", title: hex }, short ? shortHex(hex, 6) : hex);
  const button = h(
    "button",
    { type: "button", class: "quiet copy", "aria-label": `Copy the ${what}`, "data-key": `copy ${hex}` },
    "Copy",
  );
  button.addEventListener("click", () => {
    void copy(hex).then((done) => {
      button.textContent = done ? "Copied" : "Not copied";
      announce(done ? `The ${what} was copied.` : `The ${what} could not be copied: select it and copy it by hand.`);
      setTimeout(() => (button.textContent = "Copy"), 2000);
    });
  });
  return h("span", { class: "copyable" }, shown, button);
}

export const accountLink = (address: string, short = true): HTMLElement =>
  h(
    "a",
    { href: `#/accounts/${address}`, class: short ? "hex short" : "hex", title: address, "data-key": `account ${address}` },
    short ? shortHex(address) : address,
  );

export function modelLink(id: string, models?: ReadonlyMap<string, ModelSummary>): HTMLElement {
  const known = models?.get(id.toLowerCase());
  return h(
    "a",
    { href: `#/models/${id}`, title: id, "data-key": `model ${id}` },
    known
      ? [h("span", {}, `Model ${grouped(known.number)} `), h("span", { class: "hex short dim" }, shortHex(id))]
      : h("span", { class: "hex short" }, shortHex(id)),
  );
}

/** What would be here, where nothing is. */
export const empty = (title: string, words: string): HTMLElement =>
  h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), h("p", {}, words));

export const section = (title: string, ...children: Child[]): HTMLElement => h("section", {}, h("h2", {}, title), ...children);

/** Grey shapes where content will be. */
export const skeleton = (rows: number): HTMLElement =>
  h(
    "div",
    { class: "skeleton" },
    h("span", { class: "unseen" }, "Loading…"),
    ...Array.from({ length: rows }, () => h("div", { class: "bone", "aria-hidden": "true" })),
  );

/** What failed, what to do, and a button to try again. */
export const trouble = (problem: ApiError, again: () => void): HTMLElement =>
  h(
    "div",
    { class: "notice bad", role: "alert" },
    h("p", { class: "notice-title" }, problem.message),
    h("p", {}, problem.remedy),
    h(
      "p",
      { class: "actions" },
      h("button", { type: "button", "data-key": "again", click: again }, "Try again"),
      h("a", { href: "#/" }, "To the overview"),
    ),
  );

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
  const field = h("textarea", { class: "unseen", "aria-hidden": "true" });
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

/** A table that scrolls within its own box, by keyboard too. A column is its heading and, where it has one, its class. */
export function table(label: string, columns: readonly (readonly [string, string?])[], rows: Child): HTMLElement {
  return h(
    "div",
    { class: "scroll", role: "region", "aria-label": label, tabindex: 0 },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, columns.map(([text, name]) => h("th", { scope: "col", class: name }, text)))),
      h("tbody", {}, rows),
    ),
  );
}

/** The head of a token's card. */
export function tokenHead(address: string, token: TokenName): Child {
  return [
    h(
      "div",
      { class: "card-head" },
      h("h3", {}, token.known ? token.symbol : "Token without a name"),
      copyable(address, token.known ? `address of ${token.symbol}` : "token's address", true),
    ),
    token.known ? null : h("p", { class: "note" }, "This node's settings do not name it: amounts are in its smallest unit."),
  ];
}
