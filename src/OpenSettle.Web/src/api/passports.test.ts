import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ApiError, setApiKey } from "./ask.ts";
import { findModels, getExport, getPassport, getPermission, getRecordsPage, omittedOf } from "./passports.ts";

const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
  setApiKey(null);
});

/** Answers every question with this, and says what was asked. */
function answer(body: unknown, init: ResponseInit = {}): { url: string; headers: Headers }[] {
  const asked: { url: string; headers: Headers }[] = [];
  globalThis.fetch = (url, options) => {
    asked.push({ url: String(url), headers: new Headers(options?.headers) });
    return Promise.resolve(new Response(typeof body === "string" ? body : JSON.stringify(body), init));
  };
  return asked;
}

const hex = (n: number): string => `0x${n.toString(16).padStart(64, "0")}`;
const sample = {
  format: "opensettle-passport/1",
  codeVersion: "1",
  chainId: 31337,
  model: hex(1),
  number: 3,
  asOf: { block: 7, time: 10 },
  lastEpoch: 2,
  owner: "0x1",
  payAddress: "0x2",
  identityHash: hex(2),
  status: "active",
  frozen: false,
  metadata: { hash: hex(0), uri: "" },
  domains: [{ domain: "nda", word: hex(3), basis: "evaluated", successes: "188", trials: "200", low: "0.898068", high: "0.965348" }],
  flags: [],
  figures: [{ id: "usage.uses", scope: "", state: "known", value: "9", n: "18446744073709551615", leastN: "1", level: "attested", firstBlock: 1, lastBlock: 2, codeVersion: "1", query: "q", fromANewerNode: true }],
  ancestors: [],
  contributors: [],
  permissions: [],
  attestations: [{ uid: hex(4), schema: hex(5), kind: "evaluation", standing: "valid", benefits: false, attester: "0x1", recipient: "0x2", refUid: hex(0), time: "1", expires: "0", revokedAt: "0", onChain: false }],
  publicSources: [],
  tokens: [],
};

test("a passport: what may be left out is, counts are exact, what a newer node adds is passed over", async () => {
  const asked = answer(sample);
  const passport = await getPassport(hex(1), "7");
  assert.equal(asked[0]?.url, `api/v1/models/${hex(1)}/passport?block=7`);
  assert.equal(passport.figures[0]?.n, 2n ** 64n - 1n);
  assert.equal(passport.figures[0]?.points, null);
  assert.equal(passport.metadata.document, null);
  assert.equal(passport.attestations[0]?.says, null);
  await getPassport(hex(1), null);
  assert.equal(asked[1]?.url, `api/v1/models/${hex(1)}/passport`);
});

test("a passport of another model or block is refused", async () => {
  answer(sample);
  await assert.rejects(getPassport(hex(2), null), /another passport/);
  await assert.rejects(getPassport(hex(1), "8"), /another passport/);
});

test("a passport with another type in it is refused, with the place", async () => {
  answer({ ...sample, domains: [{ ...sample.domains[0], trials: 200 }] });
  await assert.rejects(getPassport(hex(1), null), (error: ApiError) => error.remedy.includes("domains[0].trials"));
});

test("records come by pages", async () => {
  const asked = answer({ model: hex(1), records: [] }, { headers: { link: '<?before=7&limit=500>; rel="next"' } });
  assert.equal((await getRecordsPage(hex(1), null)).next, "?before=7&limit=500");
  await getRecordsPage(hex(1), "?before=7&limit=500");
  assert.deepEqual(asked.map(({ url }) => url), [`api/v1/models/${hex(1)}/records?limit=500`, `api/v1/models/${hex(1)}/records?before=7&limit=500`]);
});

test("what somebody typed goes into questions as it is, and nowhere else", async () => {
  const asked = answer({ use: hex(1), answer: "unknown", source: "none" });
  await getPermission(hex(1), "a&account=0x1#/../", "", null);
  assert.equal(asked[0]?.url, `api/v1/models/${hex(1)}/permissions?use=a%26account%3D0x1%23%2F..%2F`);
  const found = answer({ items: [] });
  await findModels({ domain: "a b&limit=1", minN: "3" });
  assert.equal(found[0]?.url, "api/v1/find?domain=a+b%26limit%3D1&minN=3");
});

test("an export is fetched with the key, named by the node, and says what it leaves out", async () => {
  const asked = answer("a,b\r\n", { headers: { "content-disposition": 'attachment; filename="0x12-9.csv"', "opensettle-omitted": '["ancestors (2): not a table of figures"]' } });
  setApiKey("secret");
  const file = await getExport(hex(1), "csv", "9");
  assert.equal(asked[0]?.url, `api/v1/models/${hex(1)}/export?format=csv&block=9`);
  assert.equal(asked[0]?.headers.get("authorization"), "Bearer secret");
  assert.deepEqual([file.name, file.omitted, await file.file.text()], ["0x12-9.csv", ["ancestors (2): not a table of figures"], "a,b\r\n"]);
  await getExport(hex(1), "eas", "9");
  assert.equal(asked[1]?.url, `api/v1/models/${hex(1)}/export?format=eas`, "attestations are exported as they are now");
});

test("a refused export is said in the node's words; an answer without a file is none", async () => {
  answer({ title: "'format' is not known", detail: "There are json and csv." }, { status: 400 });
  await assert.rejects(getExport(hex(1), "xml", null), (error: ApiError) => error.message === "'format' is not known" && error.remedy === "There are json and csv.");
  answer("{}");
  await assert.rejects(getExport(hex(1), "json", null), /no file/);
  answer("x", { headers: { "content-disposition": 'attachment; filename="../../etc/passwd"' } });
  await assert.rejects(getExport(hex(1), "json", null), /no file/);
});

test("the header of what is left out", () => {
  assert.deepEqual(omittedOf(null), []);
  assert.deepEqual(omittedOf('["a","b"]'), ["a", "b"]);
  for (const bad of ["", "[1]", "{}", "no"]) assert.deepEqual(omittedOf(bad), ["What is left out could not be read."]);
});
