import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { getProof } from "./accounts.ts";
import { ApiError, get } from "./ask.ts";
import { getModel, getModelsPage } from "./models.ts";
import { amount, list, shape, text, whole } from "./shape.ts";
import { getStatus } from "./status.ts";

const A = "0x00000000000000000000000000000000000000A1";
const T = "0x00000000000000000000000000000000000000B2";

const accountShape = shape({
  account: text,
  epoch: whole,
  tokens: list(shape({ token: text, earned: amount, paid: amount, claimable: amount, pending: amount })),
  entries: list(shape({ cause: text, model: text, token: text, amount })),
});
const getAccount = (address: string) => get(`accounts/${address}`, accountShape);

const account = () => ({
  account: A,
  epoch: 3,
  tokens: [{ token: T, earned: "340282366920938463463374607431768211455", paid: "1", claimable: "0", pending: "2" }],
  entries: [{ cause: "epoch 3", model: "0x01", token: T, amount: "5" }],
});

const status = () => ({
  chainId: 31337,
  client: "built-in",
  contracts: { registry: A, rail: A, vault: A, resolver: A },
  chain: null,
  models: 0,
  payments: 0,
  usageEvents: 0,
  activeEpoch: 0,
  latestEpoch: null,
  tokens: [],
  transactions: [],
  attestations: { known: 0, unread: 0 },
  alerts: [],
  trouble: null,
  halted: null,
});

afterEach(() => mock.restoreAll());

function answers(body: unknown, init: ResponseInit = {}): string[] {
  const asked: string[] = [];
  mock.method(globalThis, "fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(typeof body === "string" ? new Response(body, init) : Response.json(body, init));
  });
  return asked;
}

async function refusal(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => assert.fail("it was taken"),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof ApiError, String(error));
  assert.ok(error.remedy.length > 0);
  return error;
}

test("a right answer is read, amounts as BigInt without loss", async () => {
  const asked = answers(account());
  const read = await getAccount(A);
  assert.deepEqual(asked, [`api/v1/accounts/${A}`]);
  assert.equal(read.tokens[0]?.earned, 2n ** 128n - 1n);
  assert.equal(read.entries[0]?.cause, "epoch 3");
});

test("a model's split is read with its pool, whole or committed", async () => {
  const row = { account: A, weight: "3", role: "data" };
  const pooled = { version: 1, rows: [row], poolWeight: "79228162514264337593543950335", fallback: [{ ...row, account: "OWNER" }], committed: null };
  const model = (split: object) => ({
    id: "0x01", number: 1, owner: A, payAddress: T, uri: "", identityHash: "0x02", split, parents: [], gateways: [], domains: [],
  });
  answers(model(pooled));
  const { split } = await getModel("0x01");
  assert.deepEqual([split.poolWeight, split.rows[0]?.weight, split.fallback[0]?.account, split.committed], [2n ** 96n - 1n, 3n, "OWNER", null]);
  mock.restoreAll();
  answers(model({ version: 2, rows: [], poolWeight: "0", fallback: [], committed: { hash: "0x03", rows: 70_000, weight: "9", published: true } }));
  assert.deepEqual((await getModel("0x01")).split.committed, { hash: "0x03", rows: 70_000, weight: 9n, published: true });
  mock.restoreAll();
  answers(model({ version: 1, rows: [row] }));
  await refusal(getModel("0x01"));
});

test("fields that may be absent are null; fields of newer nodes are passed over", async () => {
  answers({ ...status(), new: "field" });
  const read = await getStatus();
  assert.equal(read.booksBlock, null);
  assert.equal("new" in read, false);
});

const broken: [name: string, change: (body: ReturnType<typeof account>) => unknown, says: RegExp][] = [
  [
    "an amount as a number",
    (body) => ({ ...body, tokens: [{ ...body.tokens[0], paid: 1 }] }),
    /accounts\.tokens\[0\]\.paid: decimal digits in a text .* number 1 came/,
  ],
  ["a negative amount", (body) => ({ ...body, entries: [{ ...body.entries[0], amount: "-5" }] }), /entries\[0\]\.amount/],
  ["an amount in hex", (body) => ({ ...body, entries: [{ ...body.entries[0], amount: "0x5" }] }), /entries\[0\]\.amount/],
  ["a field that is gone", ({ entries: _, ...body }) => body, /accounts\.entries: a list was expected, and nothing came/],
  ["a number with a fraction", (body) => ({ ...body, epoch: 1.5 }), /accounts\.epoch: a whole number/],
  ["a number beyond what JSON carries", (body) => ({ ...body, epoch: 2 ** 60 }), /accounts\.epoch: a whole number/],
  ["an object for a list", (body) => ({ ...body, tokens: {} }), /accounts\.tokens: a list was expected, and an object came/],
  ["a field of the prototype", (body) => ({ ...body, account: undefined, ["__proto__"]: { account: A } }), /accounts\.account/],
  ["a list at the top", () => [], /accounts: an object was expected, and a list came/],
  ["null", () => null, /accounts: an object was expected, and null came/],
];

for (const [name, change, says] of broken) {
  test(`${name} is refused, and it says where`, async () => {
    answers(change(account()));
    assert.match((await refusal(getAccount(A))).remedy, says);
  });
}

test("a page instead of JSON is refused", async () => {
  answers("<!doctype html>", { headers: { "content-type": "text/html" } });
  assert.match((await refusal(getStatus())).message, /not what this page understands/);
});

test("a refusal of the node comes in its own words", async () => {
  answers({ title: "There is no such model", detail: "GET /api/v1/models lists those that there are." }, { status: 404 });
  const error = await refusal(getModel("0x01"));
  assert.deepEqual(
    [error.message, error.remedy, error.status],
    ["There is no such model", "GET /api/v1/models lists those that there are.", 404],
  );
});

test("a refusal without words gets some", async () => {
  answers("Status Code: 502; Bad Gateway", { status: 502 });
  assert.match((await refusal(getStatus())).message, /502/);
});

test("a node that is not there is told in words", async () => {
  mock.method(globalThis, "fetch", () => Promise.reject(new TypeError("fetch failed")));
  assert.equal((await refusal(getProof(A, T))).message, "The node does not answer");
});

test("what was asked for cannot leave its place in the path", async () => {
  const asked = answers(account());
  await refusal(getProof("../status?x#y", "../t"));
  assert.deepEqual(asked, ["api/v1/accounts/..%2Fstatus%3Fx%23y/proofs/..%2Ft"]);
});

test("an answer that nobody waits for any more stays an abort", async () => {
  const closing = new AbortController();
  closing.abort();
  mock.method(globalThis, "fetch", (_: string, init: RequestInit) => Promise.reject(init.signal?.reason));
  await assert.rejects(getStatus(closing.signal), { name: "AbortError" });
});

test("models are read page by page, as the Link of each says", async () => {
  const modelOf = (number: number) => ({
    id: `0x${number}`,
    number,
    owner: A,
    payAddress: A,
    uri: "",
    identityHash: "0x01",
    split: { version: 1, rows: [], poolWeight: "0", fallback: [] },
    parents: [],
    gateways: [],
  });
  const asked: string[] = [];
  mock.method(globalThis, "fetch", (url: string) => {
    asked.push(url);
    const first = asked.length === 1;
    return Promise.resolve(
      Response.json([modelOf(asked.length)], { headers: first ? { link: '<?limit=1&after=1>; rel="next"' } : {} }),
    );
  });
  const first = await getModelsPage(null);
  const second = await getModelsPage(first.next);
  assert.deepEqual([...first.value, ...second.value].map((model) => model.number), [1, 2]);
  assert.equal(second.next, null);
  assert.deepEqual(asked, ["api/v1/models", "api/v1/models?limit=1&after=1"]);
});
