/** The node's reading API: what is asked, and a check that what came has the shape this page was made for. */

import { type Infer, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

const token = shape({
  token: text,
  symbol: text,
  decimals: whole,
  received: amount,
  unswept: amount,
  undivided: amount,
  suspense: amount,
  owed: amount,
  paid: amount,
  balanced: flag,
});

const epoch = shape({
  number: whole,
  attempt: whole,
  state: text,
  firstBlock: whole,
  lastBlock: whole,
  root: text,
  bundleHash: text,
  payments: whole,
  usageEvents: whole,
  readyAt: whole,
});

const transaction = shape({ purpose: text, state: text, hash: nullable(text), waits: nullable(text) });

const status = shape({
  chainId: whole,
  client: text,
  contracts: shape({ registry: text, rail: text, vault: text, resolver: text }),
  chain: nullable(
    shape({
      head: whole,
      final: whole,
      pendingPayments: whole,
      backfill: nullable(shape({ next: whole, last: whole, secondsLeft: nullable(whole) })),
    }),
  ),
  booksBlock: nullable(whole),
  models: whole,
  payments: whole,
  usageEvents: whole,
  activeEpoch: whole,
  latestEpoch: nullable(epoch),
  tokens: list(token),
  transactions: list(transaction),
  trouble: nullable(text),
  halted: nullable(text),
});

const splitRow = shape({ account: text, weight: amount, role: text });

const modelFields = {
  id: text,
  number: whole,
  owner: text,
  payAddress: text,
  uri: text,
  identityHash: text,
  split: shape({
    version: whole,
    rows: list(splitRow),
    poolWeight: amount,
    fallback: list(splitRow),
    committed: nullable(shape({ hash: text, rows: whole, weight: amount })),
  }),
  parents: list(shape({ model: text, share: whole })),
  gateways: list(text),
};

const domain = shape({ domain: text, events: whole, ok: whole, units: amount });
const model = shape({ ...modelFields, domains: list(domain) });
const models = list(shape(modelFields));

const account = shape({
  account: text,
  epoch: whole,
  tokens: list(shape({ token: text, earned: amount, paid: amount, claimable: amount, pending: amount })),
  entries: list(shape({ cause: text, model: text, token: text, amount })),
});

const proof = shape({ epoch: whole, root: text, account: text, token: text, cumulative: amount, proof: list(text) });

export type Status = Infer<typeof status>;
export type Token = Infer<typeof token>;
export type Transaction = Infer<typeof transaction>;
export type Model = Infer<typeof model>;
export type ModelSummary = Infer<typeof models>[number];
export type Account = Infer<typeof account>;
export type Proof = Infer<typeof proof>;

/** Something went wrong, in words for a person: what, and what to do about it. */
export class ApiError extends Error {
  readonly remedy: string;
  readonly status: number;

  constructor(title: string, remedy: string, statusCode = 0) {
    super(title);
    this.name = "ApiError";
    this.remedy = remedy;
    this.status = statusCode;
  }
}

const PATIENCE_MS = 15_000;

export const getStatus = (signal?: AbortSignal): Promise<Status> => get("status", status, signal);

/** All of them, page by page. */
export async function getModels(signal?: AbortSignal): Promise<ModelSummary[]> {
  const all: ModelSummary[] = [];
  for (let query: string | null = ""; query !== null; ) {
    const page: Page<ModelSummary[]> = await getPage(`models${query}`, models, signal);
    all.push(...page.value);
    query = page.next;
  }

  return all;
}

export const getModel = (id: string, signal?: AbortSignal): Promise<Model> =>
  get(`models/${encodeURIComponent(id)}`, model, signal);

export const getAccount = (address: string, signal?: AbortSignal): Promise<Account> =>
  get(`accounts/${encodeURIComponent(address)}`, account, signal);

export const getProof = (address: string, tokenAddress: string, signal?: AbortSignal): Promise<Proof> =>
  get(`accounts/${encodeURIComponent(address)}/proofs/${encodeURIComponent(tokenAddress)}`, proof, signal);

interface Page<T> {
  value: T;
  /** The query of the next page, as the header Link has it. */
  next: string | null;
}

async function get<T>(path: string, read: (value: unknown, where: string) => T, signal?: AbortSignal): Promise<T> {
  return (await getPage(path, read, signal)).value;
}

async function getPage<T>(path: string, read: (value: unknown, where: string) => T, signal?: AbortSignal): Promise<Page<T>> {
  const response = await ask(path, signal);
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    body = undefined;
  }

  if (!response.ok) throw problemOf(body, response.status);
  try {
    const next = /^<(\?[^>]*)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1] ?? null;
    return { value: read(body, path.split(/[/?]/)[0] ?? path), next };
  } catch (error) {
    throw new ApiError(
      "The node's answer is not what this page understands",
      `${error instanceof Error ? error.message : String(error)}. Page and node may be of different versions: reload the page.`,
      response.status,
    );
  }
}

async function ask(path: string, signal?: AbortSignal): Promise<Response> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    return await fetch(`api/v1/${path}`, {
      headers: { accept: "application/json" },
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw patience.aborted
      ? new ApiError(
          "The node took too long to answer",
          `Nothing came for ${PATIENCE_MS / 1000} seconds. It may be busy: try again.`,
        )
      : new ApiError("The node does not answer", "Check that it runs and that this computer reaches it, then try again.");
  }
}

/** The API refuses in the form of RFC 9457: `title` says what, `detail` what to do. */
function problemOf(body: unknown, statusCode: number): ApiError {
  const said = (typeof body === "object" && body !== null ? body : {}) as { title?: unknown; detail?: unknown };
  const title = typeof said.title === "string" && said.title.length > 0 ? said.title : `The node answered with ${statusCode}`;
  const remedy = typeof said.detail === "string" && said.detail.length > 0 ? said.detail : "Try again; the node's log says more.";
  return new ApiError(title, remedy, statusCode);
}
