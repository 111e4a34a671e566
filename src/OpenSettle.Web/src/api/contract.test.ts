/** The shapes that answers of money are read by, held against the API's own document: what may be absent there has to be read without it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, mock, test } from "node:test";
import { getEarnings, getPayouts, getProof, getWhy } from "./accounts.ts";
import { getEpochDetails, getEpochSummary, getPushes } from "./epochs.ts";
import { getPaymentsPage } from "./payments.ts";

interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema;
  enum?: string[];
  minimum?: number;
}

interface Document {
  paths: Record<string, { get?: { responses: Record<string, { content?: Record<string, { schema: Schema }> }> } }>;
  components: { schemas: Record<string, Schema> };
}

const api = JSON.parse(readFileSync(new URL("../../../../docs/openapi.json", import.meta.url), "utf8")) as Document;

/** An answer as the document has it; with all that may be there, or with nothing that need not. */
function sample(schema: Schema, isWhole: boolean): unknown {
  if (schema.$ref !== undefined) return sample(api.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, isWhole);
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case "object":
      if (schema.properties === undefined) return schema.additionalProperties === undefined ? {} : { one: sample(schema.additionalProperties, isWhole) };
      return Object.fromEntries(
        Object.entries(schema.properties)
          .filter(([name]) => isWhole || schema.required?.includes(name))
          .map(([name, one]) => [name, sample(one, isWhole)]),
      );
    case "array":
      return [sample(schema.items ?? { type: "string" }, isWhole)];
    case "integer":
      return Math.max(1, schema.minimum ?? 1);
    case "boolean":
      return true;
    default:
      return "7";
  }
}

afterEach(() => mock.restoreAll());

const READS: [string, () => Promise<unknown>][] = [
  ["/api/v1/accounts/{account}/earnings", () => getEarnings("0x1", {}, { limit: 1 })],
  ["/api/v1/accounts/{account}/payouts", () => getPayouts("0x1", { limit: 1 })],
  ["/api/v1/accounts/{account}/proofs/{token}", () => getProof("0x1", "0x2")],
  ["/api/v1/accounts/{account}/why", () => getWhy("0x1", 1)],
  ["/api/v1/epochs/summary", () => getEpochSummary({ limit: 1 })],
  ["/api/v1/epochs/{number}/details", () => getEpochDetails(1)],
  ["/api/v1/epochs/{number}/pushes", () => getPushes(1, null)],
  ["/api/v1/payments", async () => (await getPaymentsPage(null, 1)).value],
];

for (const [path, read] of READS) {
  test(`${path} is read as the document has it, whole and with the least`, async () => {
    const schema = api.paths[path]?.get?.responses["200"]?.content?.["application/json"]?.schema;
    assert.ok(schema !== undefined, "the document has the route");
    for (const isWhole of [true, false]) {
      const answer = sample(schema, isWhole);
      assert.notDeepEqual(answer, {});
      mock.method(globalThis, "fetch", () => Promise.resolve(Response.json(answer)));
      const value = await read();
      assert.ok(typeof value === "object" && value !== null);
      mock.restoreAll();
    }
  });
}

test("a field that the page needs and the document has not would be found", () => {
  const schema = api.components.schemas["EpochLine"];
  assert.ok(schema !== undefined && schema.required?.includes("revenue"));
  const { revenue: _, ...less } = sample(schema, true) as Record<string, unknown>;
  mock.method(globalThis, "fetch", () => Promise.resolve(Response.json({ activeEpoch: 1, epochs: [less] })));
  return assert.rejects(getEpochSummary({ limit: 1 }), /not what this page understands/);
});
