import { type Account, ApiError, type ModelSummary, type Proof, type Status, getAccount, getProof } from "../api.ts";
import { type Child, h } from "../dom.ts";
import { counted, grouped, shortHex } from "../format.ts";
import { verify } from "../proof.ts";
import { copyable, empty, modelLink, money, section, stat, table, tokenHead, tokenName } from "./parts.ts";
import { type Shared, type View, resourceView } from "./view.ts";

/** As many entries as the API gives at once. */
const MOST_ENTRIES = 500;

type Earning = Account["tokens"][number];

export function accountView(address: string, shared: Shared): View {
  // Kept by token: a poll that brings new figures leaves a result standing.
  const results = new Map<string, HTMLElement>();
  return resourceView({
    title: `Account ${shortHex(address)}`,
    heading: h("header", { class: "page-head" }, h("h1", { tabindex: -1 }, "Account"), copyable(address, "account's address")),
    dependsOn: (status) => [status.booksBlock, status.activeEpoch, status.latestEpoch?.number, status.latestEpoch?.state].join(),
    async load(signal) {
      const [account, models] = await Promise.all([
        getAccount(address, signal),
        shared.models().catch(() => new Map<string, ModelSummary>()),
      ]);
      return { account, numbers: [...models.values()].map((model) => [model.id, model.number]), models };
    },
    render: ({ account, models }, status) => [
      section("Money", earnings(account, status, results)),
      section("Why", entries(account, status, models)),
    ],
  });
}

function earnings(account: Account, status: Status, results: Map<string, HTMLElement>): Child {
  if (account.tokens.length === 0) {
    return empty(
      "Nothing was earned by this account yet",
      "When an epoch divides a payment in which it shares, each token shows here with what was earned, paid, claimable and pending.",
    );
  }

  return h(
    "ul",
    { class: "cards" },
    account.tokens.map((earning) => card(account, earning, status, results)),
  );
}

function card(account: Account, earning: Earning, status: Status, results: Map<string, HTMLElement>): HTMLElement {
  const token = tokenName(status, earning.token);
  const result = results.get(earning.token) ?? h("div", { class: "result", role: "status" });
  results.set(earning.token, result);
  // A leaf is all that was ever promised: what was paid came from one, too.
  const inRoot = account.epoch > 0 && (earning.claimable > 0n || earning.paid > 0n);
  return h(
    "li",
    { class: "card" },
    tokenHead(earning.token, token),
    h(
      "dl",
      { class: "quad" },
      stat("Earned", money(earning.earned, token), "all of it, ever"),
      stat("Paid", money(earning.paid, token), "out of the vault"),
      stat(
        "Claimable",
        money(earning.claimable, token),
        account.epoch > 0 ? `by epoch ${grouped(account.epoch)}` : "once an epoch is active",
        earning.claimable > 0n ? "strong" : "",
      ),
      stat("Pending", money(earning.pending, token), "for a later epoch"),
    ),
    inRoot
      ? [h("p", { class: "actions" }, proofButton(account.account, earning, token, result)), result]
      : h(
          "p",
          { class: "note" },
          account.epoch > 0
            ? "The active root has nothing of this token for the account yet, so there is no proof to check."
            : "There is no proof to check until the first epoch is active.",
        ),
    earning.claimable > 0n
      ? h(
          "p",
          { class: "claim" },
          h("span", { class: "note" }, "To claim, with any key that pays the gas:"),
          copyable(`opensettle claim ${account.account} --token ${earning.token}`, "command"),
        )
      : null,
  );
}

function proofButton(account: string, earning: Earning, token: ReturnType<typeof tokenName>, result: HTMLElement): HTMLElement {
  const button = h(
    "button",
    {
      type: "button",
      class: "second",
      "data-key": `proof ${earning.token}`,
      "aria-label": `Check the proof here: ${token.symbol}`,
    },
    "Check the proof here",
  );
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    result.replaceChildren(h("p", { class: "note" }, "Fetching the proof…"));
    void getProof(account, earning.token)
      .then(
        (proof) => verdict(proof, account, earning, token),
        (error: unknown) => failure(error),
      )
      .catch((error: unknown) => failure(error))
      .then((shown) => {
        result.replaceChildren(shown);
        button.removeAttribute("aria-disabled");
      });
  });
  return button;
}

function verdict(proof: Proof, account: string, earning: Earning, token: ReturnType<typeof tokenName>): HTMLElement {
  if (!same(proof.account, account) || !same(proof.token, earning.token)) {
    return h(
      "div",
      { class: "notice bad" },
      h("p", { class: "notice-title" }, "The node sent the proof of something else"),
      h("p", {}, "It is of another account or token. Do not rely on this node; ask its operator, or another node."),
    );
  }

  // What was asked for goes into the leaf, not what the node says that it sent.
  const { holds, leaf, computedRoot } = verify(
    { account, token: earning.token, cumulative: proof.cumulative },
    proof.proof,
    proof.root,
  );
  const agrees = proof.cumulative === earning.paid + earning.claimable || proof.cumulative <= earning.paid;
  return h(
    "div",
    { class: `notice ${holds ? "good" : "bad"}` },
    h(
      "p",
      { class: "notice-title" },
      holds
        ? `The proof holds: this leaf leads to the root of epoch ${grouped(proof.epoch)}`
        : `The proof does not hold: this leaf does not lead to the root of epoch ${grouped(proof.epoch)}`,
    ),
    holds
      ? null
      : h(
          "p",
          {},
          "The vault would refuse a claim with it. Do not rely on this node's figures; ask its operator, or another node.",
        ),
    h(
      "dl",
      { class: "pairs" },
      h("dt", {}, "Root"),
      h("dd", {}, copyable(proof.root, "root")),
      holds ? null : [h("dt", {}, "Computed here"), h("dd", {}, h("code", { class: "hex" }, computedRoot))],
      h("dt", {}, "Leaf"),
      h("dd", {}, h("code", { class: "hex" }, leaf)),
      h("dt", {}, "It promises, in all"),
      h(
        "dd",
        {},
        money(proof.cumulative, token),
        h("span", { class: "note" }, `${grouped(proof.cumulative)} smallest units, what was paid already included`),
      ),
      h("dt", {}, "Path"),
      h("dd", {}, counted(proof.proof.length, "hash", "hashes")),
    ),
    !holds || agrees
      ? null
      : h("p", {}, "The figures above are of another moment than this proof: they agree again once the page has caught up."),
    h(
      "p",
      { class: "note" },
      "Your browser computed this from what this node sent. Whether the vault holds the same root only the chain can say: that takes an RPC endpoint, and is what ",
      h("code", {}, "opensettle claim"),
      " does.",
    ),
  );
}

function failure(error: unknown): HTMLElement {
  if (error instanceof ApiError && error.status === 404) {
    return h(
      "div",
      { class: "notice warn" },
      h("p", { class: "notice-title" }, error.message),
      h("p", {}, "The active root has nothing of it for this account. What is pending gets there with a later epoch."),
    );
  }

  const problem =
    error instanceof ApiError
      ? error
      : new ApiError(
          "The proof cannot be read",
          `${error instanceof Error ? error.message.split("\n")[0] : String(error)}. Ask the operator, or another node.`,
        );
  return h("div", { class: "notice bad" }, h("p", { class: "notice-title" }, problem.message), h("p", {}, problem.remedy));
}

function entries(account: Account, status: Status, models: ReadonlyMap<string, ModelSummary>): Child {
  if (account.entries.length === 0)
    return empty(
      "No entry yet",
      "Every amount that is credited to this account shows here with its cause and the model that it came from.",
    );
  return [
    table(
      "Entries",
      [["Cause"], ["Model"], ["Amount", "number"]],
      account.entries.map((entry) =>
        h(
          "tr",
          {},
          h("td", { class: "cause" }, entry.cause),
          h("td", {}, modelLink(entry.model, models)),
          h("td", { class: "number" }, money(entry.amount, tokenName(status, entry.token))),
        ),
      ),
    ),
    account.entries.length >= MOST_ENTRIES
      ? h("p", { class: "note" }, `The newest ${MOST_ENTRIES}; older ones are in the books.`)
      : null,
  ];
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
