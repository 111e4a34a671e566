/** What can be known of a model: its passport and what stands behind it. docs/passport.md and docs/metrics.md say what each part means. */

import { type Page, ApiError, ask, get, getPage, problemOf } from "./ask.ts";
import { type Infer, type Read, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

/** Any object: its fields are looked at where they are used. */
const object: Read<Readonly<Record<string, unknown>>> = (value, where) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError(`${where}: an object was expected`);
  return value as Record<string, unknown>;
};

const tokenAmount = shape({ token: text, amount });
const point = shape({ block: whole, time: whole });
const parent = shape({ model: text, share: whole });

const figure = shape({
  id: text,
  scope: text,
  state: text,
  value: nullable(text),
  low: nullable(text),
  high: nullable(text),
  n: amount,
  leastN: amount,
  level: text,
  firstBlock: whole,
  lastBlock: whole,
  query: text,
  note: nullable(text),
  points: nullable(list(shape({ at: text, value: text, n: amount }))),
});

const domain = shape({ domain: text, word: text, basis: text, successes: amount, trials: amount, low: text, high: text });
const warning = shape({ id: text, scope: text, message: text });

const attestation = shape({
  uid: text,
  schema: text,
  kind: text,
  standing: text,
  why: nullable(text),
  benefits: flag,
  attester: text,
  recipient: text,
  refUid: text,
  time: amount,
  expires: amount,
  revokedAt: amount,
  onChain: flag,
  at: nullable(shape({ block: whole, logIndex: whole })),
  says: nullable(object),
});

const passport = shape({
  format: text,
  codeVersion: text,
  chainId: whole,
  model: text,
  number: whole,
  asOf: point,
  lastEpoch: whole,
  owner: text,
  payAddress: text,
  identityHash: text,
  status: text,
  frozen: flag,
  metadata: shape({ hash: text, uri: text, level: nullable(text), document: nullable(object) }),
  domains: list(domain),
  flags: list(warning),
  figures: list(figure),
  ancestors: list(shape({ model: text, depth: whole, shareMillionths: whole, flowed: list(tokenAmount) })),
  contributors: list(shape({ account: text, roles: list(text), earned: list(tokenAmount) })),
  permissions: list(shape({ account: text, use: text, permission: text, expires: amount, termsHash: text, uri: text, attestation: nullable(text) })),
  attestations: list(attestation),
  tokens: list(shape({ token: text, symbol: text, decimals: whole })),
});

const relative = shape({ model: text, number: whole, name: nullable(text), share: whole });

const lineage = shape({
  model: text,
  number: whole,
  parents: list(relative),
  ancestors: list(shape({ model: text, number: whole, name: nullable(text), depth: whole, shareMillionths: whole, parents: list(parent), flowed: list(tokenAmount) })),
  children: list(relative),
});

const sums = shape({ uses: whole, units: amount, successes: whole, trials: whole });

const usage = shape({
  model: text,
  from: text,
  to: text,
  usage: list(shape({ day: text, domain: text, payer: nullable(text), sums })),
  revenue: list(shape({ token: text, payments: whole, paid: amount, rows: list(shape({ day: text, payer: nullable(text), payments: whole, paid: amount })) })),
});

const record = shape({
  epoch: whole,
  uses: whole,
  paidUses: whole,
  consumers: whole,
  revenue: list(tokenAmount),
  domains: list(shape({ domain: text, word: text, successes: whole, trials: whole, paidSuccesses: whole, paidTrials: whole })),
});

const recordProof = shape({
  epoch: shape({ epoch: whole, lastBlock: whole, root: text, recordRoot: text, bundleHash: text }),
  record,
  data: text,
  leaf: text,
  proof: list(text),
});

const records = shape({ model: text, records: list(record) });

const permission = shape({
  use: text,
  answer: text,
  source: text,
  attestation: nullable(text),
  expires: nullable(amount),
  termsHash: nullable(text),
  uri: nullable(text),
});

const found = shape({
  asOf: nullable(point),
  items: list(
    shape({
      model: text,
      number: whole,
      name: nullable(text),
      domain: text,
      basis: text,
      successes: amount,
      trials: amount,
      low: text,
      high: text,
      price: nullable(text),
      token: nullable(text),
      status: nullable(text),
      flags: list(text),
    }),
  ),
  next: nullable(text),
});

const compared = shape({ model: text, number: whole, name: nullable(text), asOf: point, codeVersion: text, status: text, flags: list(text) });
const comparison = shape({ a: compared, b: compared, differ: list(text), rows: list(shape({ id: text, scope: text, a: nullable(figure), b: nullable(figure) })) });

export type Passport = Infer<typeof passport>;
export type Figure = Infer<typeof figure>;
export type Domain = Infer<typeof domain>;
export type Attestation = Infer<typeof attestation>;
export type Lineage = Infer<typeof lineage>;
export type ModelUsage = Infer<typeof usage>;
export type UseRecord = Infer<typeof record>;
export type RecordProof = Infer<typeof recordProof>;
export type Permission = Infer<typeof permission>;
export type Found = Infer<typeof found>;
export type FoundModel = Found["items"][number];
export type Comparison = Infer<typeof comparison>;
export type ComparedModel = Infer<typeof compared>;
export type ComparedRow = Comparison["rows"][number];

const path = (id: string, part: string, asked: Record<string, string | number | null | undefined> = {}): string => {
  const given = Object.entries(asked).filter((pair): pair is [string, string | number] => pair[1] !== null && pair[1] !== undefined && pair[1] !== "");
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `models/${encodeURIComponent(id)}${part}${query === "" ? "" : `?${query}`}`;
};

/** @param block As of its start; null: as of now. */
export async function getPassport(id: string, block: string | null, signal?: AbortSignal): Promise<Passport> {
  const found = await get(path(id, "/passport", { block }), passport, signal);
  if (found.model.toLowerCase() !== id.toLowerCase() || (block !== null && found.asOf.block !== Number(block)))
    throw new ApiError("The node answered with another passport", "It is of another model or block than was asked for. Ask another node, and tell this one's operator.");
  return found;
}

export const getLineage = (id: string, block: string | null, signal?: AbortSignal): Promise<Lineage> => get(path(id, "/lineage", { block }), lineage, signal);

export const getUsage = (id: string, from: string, to: string, signal?: AbortSignal): Promise<ModelUsage> => get(path(id, "/usage", { from, to }), usage, signal);

export const getRecordsPage = async (id: string, next: string | null, signal?: AbortSignal): Promise<Page<UseRecord[]>> => {
  const page = await getPage(`models/${encodeURIComponent(id)}/records${next ?? "?limit=500"}`, records, signal);
  return { value: page.value.records, next: page.next };
};

export const getRecord = (id: string, epoch: number, signal?: AbortSignal): Promise<RecordProof> => get(path(id, `/records/${epoch}`), recordProof, signal);

/** The same as it came, to be kept: it never changes. */
export async function getRecordFile(id: string, epoch: number, signal?: AbortSignal): Promise<Blob> {
  const response = await ask(path(id, `/records/${epoch}`), {}, signal);
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response.status);
  return response.blob();
}

export const getPermission = (id: string, use: string, account: string, block: string | null, signal?: AbortSignal): Promise<Permission> =>
  get(path(id, "/permissions", { use, account, block }), permission, signal);

/** @param asked What /find takes, as written; or a page's `next`. */
export const findModels = (asked: Record<string, string>, signal?: AbortSignal): Promise<Found> => get(`find?${new URLSearchParams(asked).toString()}`, found, signal);

export const compareModels = (a: string, b: string, block: string | null, signal?: AbortSignal): Promise<Comparison> =>
  get(`compare?${new URLSearchParams({ a, b, ...(block === null ? {} : { block }) }).toString()}`, comparison, signal);

/** The bytes that a model's document consists of, as they were published; null where this node has none. */
export async function getDocumentBytes(hash: string, signal?: AbortSignal): Promise<Uint8Array | null> {
  const response = await ask(`documents/${encodeURIComponent(hash)}`, {}, signal);
  if (response.status === 404) return null;
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response.status);
  return new Uint8Array(await response.arrayBuffer());
}

export interface Export {
  file: Blob;
  name: string;
  /** What the form cannot carry. */
  omitted: string[];
}

/** By a request of this page, and not by a link: so a key goes along, and the header that names what is left out is read. */
export async function getExport(id: string, format: string, block: string | null, signal?: AbortSignal): Promise<Export> {
  const response = await ask(path(id, "/export", { format, block: format === "eas" ? null : block }), { headers: { accept: "*/*" } }, signal);
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), response.status);
  const name = /filename="([\w.-]{1,120})"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  if (name === undefined) throw new ApiError("The node sent no file", "Page and node may be of different versions: reload the page.", response.status);
  return { file: await response.blob(), name, omitted: omittedOf(response.headers.get("opensettle-omitted")) };
}

/** The header is a JSON list of texts; what is not one is said rather than passed over. */
export function omittedOf(header: string | null): string[] {
  if (header === null) return [];
  try {
    const said: unknown = JSON.parse(header);
    if (Array.isArray(said) && said.every((one) => typeof one === "string")) return said;
  } catch {
    // Said below.
  }

  return ["What is left out could not be read."];
}
