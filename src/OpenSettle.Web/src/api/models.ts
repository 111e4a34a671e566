/** Models as the registry has them. */

import { type Page, get, getPage } from "./ask.ts";
import { type Infer, amount, flag, list, nullable, shape, text, whole } from "./shape.ts";

const splitRow = shape({ account: text, weight: amount, role: text });

const fields = {
  id: text,
  number: whole,
  name: nullable(text),
  owner: text,
  payAddress: text,
  uri: text,
  identityHash: text,
  split: shape({
    version: whole,
    rows: list(splitRow),
    poolWeight: amount,
    fallback: list(splitRow),
    committed: nullable(shape({ hash: text, rows: whole, weight: amount, published: flag })),
  }),
  parents: list(shape({ model: text, share: whole })),
  gateways: list(text),
};

const domain = shape({ domain: text, events: whole, ok: whole, units: amount });
const model = shape({ ...fields, domains: nullable(list(domain)) });
const models = list(shape(fields));

export type Model = Infer<typeof model>;
export type ModelSummary = Infer<typeof models>[number];

/** By number; `next` as the page before said it. */
export const getModelsPage = (next: string | null, signal?: AbortSignal): Promise<Page<ModelSummary[]>> => getPage(`models${next ?? ""}`, models, signal);

/** @param block As of its start; without it, as of now. */
export const getModel = (id: string, signal?: AbortSignal, block: string | null = null): Promise<Model> =>
  get(`models/${encodeURIComponent(id)}${block === null ? "" : `?block=${encodeURIComponent(block)}`}`, model, signal);
