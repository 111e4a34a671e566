import { type Model, type ModelSummary, type Status, getModel } from "../api.ts";
import { type Child, h } from "../dom.ts";
import { grouped, millionths, percent, shortHex } from "../format.ts";
import { accountLink, copyable, empty, modelLink, section, table } from "./parts.ts";
import { type Shared, type View, resourceView } from "./view.ts";

const NO_HASH = /^0x0*$/;

export function modelView(id: string, shared: Shared): View {
  const heading = h("h1", { tabindex: -1 }, "Model");
  return resourceView({
    title: `Model ${shortHex(id)}`,
    heading: h("header", { class: "page-head" }, heading, copyable(id, "model's id")),
    missing:
      "Check the id, and that this node is of the right chain. A model that was registered just now shows here by itself once its block is final.",
    dependsOn: (status) => [status.booksBlock, status.usageEvents].join(),
    async load(signal) {
      const [model, models] = await Promise.all([
        getModel(id, signal),
        shared.models().catch(() => new Map<string, ModelSummary>()),
      ]);
      return { model, numbers: [...models.values()].map((other) => [other.id, other.number]), models };
    },
    render({ model, models }, status) {
      heading.textContent = `Model ${grouped(model.number)}`;
      return [
        pay(model, status),
        facts(model),
        section("Split", split(model)),
        section("Parents", parents(model, models)),
        section("Domains of use", domains(model)),
      ];
    },
  });
}

function pay(model: Model, status: Status): Child {
  return h(
    "div",
    { class: "card pay" },
    h("h2", {}, "Pay address"),
    copyable(model.payAddress, "pay address"),
    h(
      "p",
      { class: "note" },
      `Any plain transfer of a listed token, or of native coin, to this address on chain ${status.chainId} is a payment for this model.`,
    ),
  );
}

function facts(model: Model): Child {
  const none = h("span", { class: "dim" }, "none given");
  return h(
    "dl",
    { class: "pairs facts" },
    h("dt", {}, "Number"),
    h("dd", {}, grouped(model.number)),
    h("dt", {}, "Owner"),
    h("dd", {}, accountLink(model.owner, false)),
    h("dt", {}, "Metadata"),
    // Whoever registered the model chose this text: it is shown, and never followed.
    h("dd", { class: "uri" }, model.uri === "" ? none : model.uri),
    h("dt", {}, "Digest of the weights"),
    h("dd", {}, NO_HASH.test(model.identityHash) ? none.cloneNode(true) : copyable(model.identityHash, "digest")),
    h("dt", {}, "Gateways"),
    h(
      "dd",
      {},
      model.gateways.length === 0
        ? h("span", { class: "dim" }, "none listed in the registry")
        : h(
            "ul",
            { class: "plain" },
            model.gateways.map((gateway) => h("li", {}, h("code", { class: "hex" }, gateway))),
          ),
    ),
  );
}

function split(model: Model): Child {
  const { version, rows, poolWeight, fallback, committed } = model.split;
  const up = model.parents.reduce((sum, parent) => sum + parent.share, 0);
  const note = h(
    "p",
    { class: "note" },
    `Version ${grouped(version)}.`,
    up > 0
      ? ` First ${millionths(up)} of what reaches this model goes to its parents; the shares below are of the rest.`
      : " The shares are of all that reaches this model.",
  );
  if (committed !== null) {
    return [
      note,
      h(
        "p",
        {},
        `The chain has the hash of this table of ${grouped(committed.rows)} rows and not its rows: `,
        h("code", { class: "hex" }, committed.hash),
        ". Until the table is at hand its money waits.",
      ),
    ];
  }

  const total = rows.reduce((sum, row) => sum + row.weight, poolWeight);
  if (total === 0n) return empty("No split", "Who shares this model's revenue shows here.");
  const pool = poolWeight > 0n && h(
    "tr",
    {},
    h("td", {}, "whoever had measured influence"),
    h("td", {}, "pool"),
    h("td", { class: "number wide" }, grouped(poolWeight)),
    h("td", { class: "number" }, percent(poolWeight, total)),
  );
  const ofFallback = fallback.reduce((sum, row) => sum + row.weight, 0n);
  return [
    note,
    shares("Split", model, rows, total, pool),
    fallback.length > 0 && h("p", { class: "note" }, "Where nothing was measured, the pool is shared so:"),
    fallback.length > 0 && shares("Fallback", model, fallback, ofFallback),
  ];
}

function shares(title: string, model: Model, rows: Model["split"]["rows"], total: bigint, more: Child = null): Child {
  return table(
    title,
    [["Who"], ["Role"], ["Weight", "number wide"], ["Share", "number"]],
    [
      rows.map((row) =>
        h(
          "tr",
          {},
          h(
            "td",
            {},
            row.account === "OWNER"
              ? [h("span", { title: "whoever owns the model's token" }, "OWNER"), ", now ", accountLink(model.owner)]
              : accountLink(row.account),
          ),
          h("td", {}, row.role),
          h("td", { class: "number wide" }, grouped(row.weight)),
          h("td", { class: "number" }, percent(row.weight, total)),
        ),
      ),
      more,
    ],
  );
}

function parents(model: Model, models: ReadonlyMap<string, ModelSummary>): Child {
  if (model.parents.length === 0)
    return empty("No parents", "Models that this one derives from show here, each with the share that flows up to it.");
  return h(
    "ul",
    { class: "lines" },
    model.parents.map((parent) =>
      h(
        "li",
        {},
        h("span", { class: "line-text tight" }, modelLink(parent.model, models)),
        h("span", { class: "figure" }, millionths(parent.share)),
      ),
    ),
  );
}

function domains(model: Model): Child {
  if (model.domains.length === 0)
    return empty(
      "No use was reported yet",
      "Each domain shows here with its uses, how many of them succeeded, and its units, as soon as a gateway reports them.",
    );
  return [
    table(
      "Domains of use",
      [["Domain"], ["Uses", "number"], ["Succeeded", "number"], ["Units", "number"]],
      model.domains.map((row) =>
        h(
          "tr",
          {},
          h("td", {}, row.domain === "" ? h("span", { class: "dim" }, "not stated") : row.domain),
          h("td", { class: "number" }, grouped(row.events)),
          h(
            "td",
            { class: "number" },
            grouped(row.ok),
            " ",
            h("span", { class: "dim" }, `(${percent(BigInt(row.ok), BigInt(row.events))})`),
          ),
          h("td", { class: "number" }, grouped(row.units)),
        ),
      ),
    ),
    h("p", { class: "note" }, "As gateways reported it; the chain does not prove it."),
  ];
}
