import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { getTransaction, search } from "./search.ts";

afterEach(() => mock.restoreAll());

test("what has no page here is passed over, and the text is escaped", async () => {
  const asked: string[] = [];
  mock.method(globalThis, "fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(
      Response.json({
        query: "a&b",
        hits: [
          { kind: "model", id: "0x1", label: "a&b", what: "Model 1" },
          { kind: "galaxy", id: "x", what: "of a newer node" },
        ],
        more: false,
      }),
    );
  });
  const found = await search("a&b", 8);
  assert.deepEqual(asked, ["api/v1/search?q=a%26b&limit=8"]);
  assert.deepEqual(found.hits, [{ kind: "model", id: "0x1", label: "a&b", what: "Model 1" }]);
});

test("a transaction that is in no block has what the node signed it for", async () => {
  mock.method(globalThis, "fetch", () =>
    Promise.resolve(Response.json({ hash: "0x1", own: { purpose: "propose epoch 1.0", state: "signed", epoch: 1, nonce: 7, version: 2, fills: false }, payments: [], events: [] })),
  );
  const found = await getTransaction("0x1");
  assert.equal(found.block, null);
  assert.equal(found.own?.version, 2);
});
