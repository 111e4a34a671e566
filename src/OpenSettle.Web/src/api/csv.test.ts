import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { ApiError } from "./ask.ts";
import { collectCsv } from "./csv.ts";

afterEach(() => mock.restoreAll());

function answers(...all: [string, ResponseInit?][]): string[] {
  const asked: string[] = [];
  mock.method(globalThis, "fetch", (url: string) => {
    const [body, init] = all[asked.length] ?? ["", { status: 500 }];
    asked.push(url);
    return Promise.resolve(new Response(body, init));
  });
  return asked;
}

const signal = new AbortController().signal;

test("all pages become one table with one head, in quotes lines may end", async () => {
  const asked = answers(["a,b\r\n1,\"x\r\ny\"\r\n", { headers: { link: '<?format=csv&before=7>; rel="next"' } }], ["a,b\r\n2,z\r\n"]);
  const told: number[] = [];
  const parts = await collectCsv("accounts/0x1/payouts?format=csv", (rows) => told.push(rows), signal);
  assert.equal(parts.join(""), 'a,b\r\n1,"x\r\ny"\r\n2,z\r\n');
  assert.deepEqual([asked, told], [["api/v1/accounts/0x1/payouts?format=csv", "api/v1/accounts/0x1/payouts?format=csv&before=7"], [1, 2]]);
});

test("the rate is kept: the page is asked for again when the node says so", async () => {
  const pauses: number[] = [];
  const asked = answers(["{}", { status: 429, headers: { "retry-after": "3" } }], ["a\r\n"]);
  assert.deepEqual(await collectCsv("x", () => {}, signal, async (ms) => void pauses.push(ms)), ["a\r\n"]);
  assert.deepEqual([asked.length, pauses], [2, [3_000]]);
});

test("a refusal in the middle, an answer that is no table, and a circle are errors in words", async () => {
  const next = { headers: { link: '<?n=1>; rel="next"' } };
  for (const [all, words] of [
    [[["a\r\n", next], ['{"title":"Gone","detail":"Ask another."}', { status: 410 }]], /Gone/],
    [[["no table"]], /not what this page/],
    [[["a\r\n", next], ["a\r\n", next]], /does not go on/],
  ] as [[string, ResponseInit?][], RegExp][]) {
    answers(...all);
    await assert.rejects(collectCsv("x", () => {}, signal), (error) => error instanceof ApiError && words.test(error.message) && error.remedy !== "");
    mock.restoreAll();
  }
});
