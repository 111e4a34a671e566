import type { ModelSummary, Status, Transaction } from "../api.ts";
import { type Child, Slot, h } from "../dom.ts";
import { counted, grouped, shortHex } from "../format.ts";
import { accountLink, copyable, empty, modelLink, money, section, skeleton, stat, table, tokenHead, tokenName } from "./parts.ts";
import type { Shared, View } from "./view.ts";

const CHAINS: Record<number, string> = {
  1: "Ethereum",
  10: "OP Mainnet",
  137: "Polygon",
  8453: "Base",
  42161: "Arbitrum One",
  31337: "local chain",
  84532: "Base Sepolia",
  11155111: "Sepolia",
};
const MOST_MODELS = 50;
const LONGEST_URI = 80;

const EPOCH_STATES: Record<string, string> = {
  built: "is divided; its proposal comes next",
  proposed: "is proposed; its window runs",
  vetoed: "was vetoed; settlement waits for a person",
};

const TRANSACTION_STATES: Record<string, string> = {
  planned: "planned",
  signed: "sent, not final yet",
  done: "done",
  reverted: "reverted",
};

export function homeView(shared: Shared): View {
  const slots = {
    head: slot("div", 0),
    figures: slot("div", 1),
    tokens: slot("div", 2),
    work: slot("div", 1),
    models: slot("div", 2),
  };
  const element = h(
    "div",
    {},
    h("div", { class: "title-row" }, h("h1", { tabindex: -1 }, "Overview"), slots.head.element),
    slots.figures.element,
    section("Money", slots.tokens.element),
    section("Under way", slots.work.element),
    section("Models", slots.models.element),
  );

  return {
    title: "Overview",
    element,
    onStatus(status) {
      slots.head.show([status.halted, status.trouble, status.chain === null], () => pill(status));
      slots.figures.show(
        [
          status.chainId,
          status.chain,
          status.booksBlock,
          status.activeEpoch,
          status.latestEpoch?.number,
          status.models,
          status.payments,
          status.usageEvents,
        ],
        () => figures(status),
      );
      slots.tokens.show(status.tokens, () => tokens(status));
      slots.work.show([status.transactions, status.latestEpoch], () => work(status));
      void shared.models().then(
        (models) =>
          slots.models.show([status.models, [...models.values()].map((model) => [model.id, model.owner, model.uri])], () =>
            modelList(status, models),
          ),
        () =>
          slots.models.show("failed", () =>
            empty(
              "The list of models did not come",
              "It is asked for again in a few seconds. A model can be looked up by its id above.",
            ),
          ),
      );
    },
    close: () => undefined,
  };
}

function slot(tag: "div", rows: number): Slot {
  return new Slot(h(tag, {}, rows > 0 ? skeleton(rows) : null));
}

function pill(status: Status): Child {
  if (status.halted !== null) return h("span", { class: "pill bad" }, "Halted");
  if (status.trouble !== null) return h("span", { class: "pill warn" }, "In trouble");
  if (status.chain === null) return h("span", { class: "pill warn" }, "Starting");
  return h("span", { class: "pill good" }, "Running");
}

function figures(status: Status): Child {
  const behind = status.chain !== null && status.booksBlock !== null ? status.chain.final - status.booksBlock : 0;
  return [
    h(
      "dl",
      { class: "stats" },
      stat(
        "Chain",
        grouped(status.chainId).replaceAll(",", ""),
        CHAINS[status.chainId] ?? (status.chain === null ? "not read yet" : "by its id"),
      ),
      stat(
        "Books up to block",
        status.booksBlock === null ? "–" : grouped(status.booksBlock),
        status.chain === null
          ? "the chain was not read yet"
          : behind > 0
            ? `${counted(behind, "final block")} to read${timeLeft(status)}, newest ${grouped(status.chain.head)}`
            : `all final blocks; newest is ${grouped(status.chain.head)}`,
      ),
      stat(
        "Active epoch",
        status.activeEpoch === 0 ? "–" : grouped(status.activeEpoch),
        status.activeEpoch === 0 ? "none yet: nothing can be claimed" : "claims go against its root",
      ),
      stat(
        "Models",
        grouped(status.models),
        `${counted(status.payments, "payment")}${pending(status)}, ${counted(status.usageEvents, "usage event")}`,
      ),
    ),
  ];
}

/** Payments in blocks that may still go: they are in no figure beside this one. */
function pending(status: Status): string {
  const count = status.chain?.pendingPayments ?? 0;
  return count === 0 ? "" : ` and ${grouped(count)} not final yet`;
}

function timeLeft(status: Status): string {
  const seconds = status.chain?.backfill?.secondsLeft ?? null;
  if (seconds === null) return "";
  return seconds < 90 ? `, about ${grouped(seconds)} s left` : `, about ${grouped(Math.round(seconds / 60))} min left`;
}

function tokens(status: Status): Child {
  if (status.tokens.length === 0)
    return empty(
      "No money has come in yet",
      "Once somebody pays a model, each token shows here with what was received, what is owed and what was paid out.",
    );
  return h(
    "ul",
    { class: "cards" },
    status.tokens.map((row) => {
      const token = tokenName(status, row.token);
      const rest = [
        row.unswept > 0n ? h("li", {}, money(row.unswept, token), " not swept into the vault yet") : null,
        row.undivided > 0n ? h("li", {}, money(row.undivided, token), " not divided yet") : null,
        row.suspense > 0n ? h("li", {}, money(row.suspense, token), " waiting for a split table to be published") : null,
      ];
      return h(
        "li",
        { class: "card" },
        tokenHead(row.token, token),
        h(
          "dl",
          { class: "triple" },
          stat("Received", money(row.received, token)),
          stat("Owed", money(row.owed, token)),
          stat("Paid", money(row.paid, token)),
        ),
        rest.some((line) => line !== null) ? h("ul", { class: "rest" }, rest) : null,
        row.balanced
          ? null
          : h(
              "p",
              { class: "notice bad", role: "alert" },
              "The books of this token do not balance. Do not rely on its figures, and tell the operator.",
            ),
      );
    }),
  );
}

function work(status: Status): Child {
  const epoch = status.latestEpoch;
  const epochWords = epoch === null ? undefined : EPOCH_STATES[epoch.state];
  if (epochWords === undefined && status.transactions.length === 0) {
    return empty("Nothing is under way", "Sweeps, proposals and activations show here from the plan to the final block.");
  }

  return h(
    "ul",
    { class: "lines" },
    epoch !== null && epochWords !== undefined
      ? h(
          "li",
          {},
          h("span", { class: `pill ${epoch.state === "vetoed" ? "bad" : "info"}` }, epoch.state),
          h(
            "span",
            { class: "line-text" },
            `Epoch ${grouped(epoch.number)} ${epochWords}`,
            epoch.state === "proposed" && epoch.readyAt > 0 ? [" until ", moment(epoch.readyAt)] : null,
            ".",
          ),
        )
      : null,
    status.transactions.map((item) => transaction(item, status)),
  );
}

function transaction(item: Transaction, status: Status): Child {
  const purpose = item.purpose.replace(/0x[0-9a-fA-F]{40}\b/g, (address) => {
    const name = tokenName(status, address);
    return name.known ? name.symbol : shortHex(address);
  });
  return h(
    "li",
    {},
    h(
      "span",
      { class: `pill ${item.state === "reverted" ? "bad" : item.waits !== null ? "warn" : "info"}` },
      TRANSACTION_STATES[item.state] ?? item.state,
    ),
    h(
      "span",
      { class: "line-text", title: item.purpose },
      sentence(purpose),
      item.waits !== null ? h("span", { class: "note" }, `Waits: ${item.waits}`) : null,
    ),
    item.hash !== null ? copyable(item.hash, "transaction's hash", true) : null,
  );
}

function modelList(status: Status, models: ReadonlyMap<string, ModelSummary>): Child {
  if (status.models === 0)
    return empty(
      "No model is registered yet",
      "Models show here with their number and owner as soon as the books have read their registration.",
    );
  if (models.size === 0) return empty("Too many to list here", "Look a model up by its id, in the field above.");
  const newest = [...models.values()].sort((a, b) => b.number - a.number).slice(0, MOST_MODELS);
  return [
    table(
      "Models",
      [["Model"], ["Metadata"], ["Owner", "wide"]],
      newest.map((model) =>
        h(
          "tr",
          {},
          h("td", {}, modelLink(model.id, models)),
          h(
            "td",
            { class: "uri", title: model.uri.slice(0, 500) },
            model.uri === "" ? h("span", { class: "dim" }, "none given") : cut(model.uri),
          ),
          h("td", { class: "wide" }, accountLink(model.owner)),
        ),
      ),
    ),
    models.size > newest.length ? h("p", { class: "note" }, `The newest ${newest.length} of ${grouped(models.size)}.`) : null,
  ];
}

function moment(seconds: number): HTMLElement {
  const at = new Date(seconds * 1000);
  return h(
    "time",
    { datetime: at.toISOString(), title: at.toISOString() },
    at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }),
  );
}

/** Whoever registers a model chooses this text, and its length. */
const cut = (words: string): string => (words.length > LONGEST_URI ? `${words.slice(0, LONGEST_URI)}…` : words);

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
