// Bundles with something changed: which level sees it. Where a level needs nothing of what changed, it agrees.
import assert from "node:assert/strict";
import { test } from "node:test";
import { leavesRoot } from "./epoch.ts";
import { bytesOf, read, Wrong, ZERO_WORD } from "./lines.ts";
import type { Says } from "./verify.ts";
import { levels, verify } from "./verify.ts";
import { hashBytes } from "./tree.ts";
import { COIN, NONE, person, randomStory, Story, tableFor, word } from "./story.ts";
import { made, recordOf, saidOf } from "./support.ts";

const [ada, bo, cy] = ["aa", "bb", "cc"].map(person) as [string, string, string];
const gate = person("9a");
const hidden = tableFor([["OWNER", 2]]);

const story = new Story(1, [[COIN, 5], [person("c1"), 5]])
  .model("base", ada, tableFor([["OWNER", 3], [bo, 1]]))
  .model("child", bo, tableFor([["OWNER", 1]], 3, [[ada, 1]]), [["base", 100_000]])
  .model("late", cy, tableFor([["OWNER", 1]]))
  .gateway("child", gate);
story.block().committed("late", 2, hidden).pay("child", 1001, { usageRef: word("first") }).block().pay("late", 50).close();
story.pay("child", 700, { usageRef: word("second") }).pay("child", 300).transfer("base", 90).sweep("base", 80).pay("late", 9);
story.block().pay("base", 60);
story.batch(gate, 1, [
  { model: "child", units: 7, payment: word("second"), weights: [[ada, 1], [cy, 2]] },
  { model: "child", units: 7, weights: [[cy, 2]], domain: "nda-review", outcome: "ok" },
  { model: "child", units: 0, payment: word("second"), consumer: NONE, domain: "nda-review", outcome: "error" },
]);
story.push(cy, person("1c")).close();

const { facts } = story;
const unpushed = { ...facts, epochs: facts.epochs.map((epoch) => ({ ...epoch, pushes: [] })) };
const { made: epochs, verified } = made(facts);
const second = epochs[1]!;
const lines = Buffer.from(second.bytes).toString("utf8").trimEnd().split("\n");

const bytesFrom = (changed: string[]): Uint8Array => Buffer.from(`${changed.join("\n")}\n`);
/** The end line of as many lines as there are. */
const ended = (changed: string[]): string[] => [...changed.slice(0, -1), `["end",${changed.length - 1}]`];
const at = (start: string): number => {
  const found = lines.findIndex((line) => line.startsWith(start));
  assert.ok(found >= 0, `there is no line ${start}`);
  return found;
};
const changed = (start: string, from: string | RegExp, to: string | ((...found: string[]) => string)): string[] => {
  const line = lines[at(start)]!;
  const other = typeof to === "string" ? line.replace(from, to) : line.replace(from, to);
  assert.notEqual(other, line, `nothing changes in ${line}`);
  return lines.with(at(start), other);
};
const dropped = (start: string): string[] => ended(lines.toSpliced(at(start), 1));
const added = (start: string, line: string): string[] => ended(lines.toSpliced(at(start) + 1, 0, line));
const child = `["record","${word("child")}"`;
const oneMore = (start: string): string[] => changed(start, /(\d+)("?)\]$/, (_, n, quote) => `${BigInt(n!) + 1n}${quote}]`);

const judged = (bytes: Uint8Array) =>
  verify({ bundle: bytes, previous: verified[0], record: { ...recordOf(second), hash: hashBytes(bytes) }, facts, useEvents: true });

test("a bundle in another form is refused, and its line is told", () => {
  const refused: [string, string[]][] = [
    ["spaces", changed("[\"epoch\"", ",", ", ")],
    ["a missing end", lines.slice(0, -1)],
    ["a line after the end", [...lines, lines.at(-1)!]],
    ["another number of lines", changed("[\"end\"", /\d+/, "3")],
    ["an empty line", [...lines, ""]],
    ["a leading zero", changed("[\"account\"", /"(\d+)"\]/, "\"0$1\"]")],
    ["a number with a fraction", changed("[\"epoch\"", /,2,/, ",2.0,")],
    ["a number below zero", changed("[\"epoch\"", /,2,/, ",-2,")],
    ["65 bits", changed("[\"epoch\"", /,2,/, ",18446744073709551616,")],
    ["257 bits", changed("[\"account\"", /"\d+"\]/, `"${1n << 256n}"]`)],
    ["upper-case digits", changed("[\"root\"", /0x(.*?)"/, (_, digits) => `0x${digits!.toUpperCase()}"`)],
    ["a short address", changed("[\"push\"", "0xcc", "0x")],
    ["an amount as a number", changed("[\"total\"", /"(\d+)"/, "$1")],
    ["a value too many", changed("[\"total\"", "]", ",1]")],
    ["another kind", changed("[\"total\"", "total", "totals")],
    ["kinds in another order", lines.with(at("[\"total\""), lines[at("[\"push\"")]!).with(at("[\"push\""), lines[at("[\"total\"")]!)],
    ["a line twice", added("[\"residue\"", lines[at("[\"residue\"")]!)],
    ["accounts in another order", lines.with(at("[\"account\""), lines[at("[\"account\"") + 1]!).with(at("[\"account\"") + 1, lines[at("[\"account\"")]!)],
    ["terms that leave out an id", dropped("[\"terms\",0")],
    ["a table without fallback", changed("[\"terms\",1", /\[\["0xaa\w+","1",""\]\]/, "[]")],
    ["a weight of zero", changed("[\"terms\",0", '"3"', '"0"')],
    ["a weight of 97 bits", changed("[\"terms\",0", '"3"', `"${1n << 96n}"`)],
    ["a residue of zero", changed("[\"residue\"", /"\d+"\]/, "\"0\"]")],
    ["a role that is not ASCII", changed("[\"terms\",0", /""\]/, "\"é\"]")],
    ["a role that looks like a word", changed("[\"terms\",0", /""\]/, "\"0x61\"]")],
    ["a long role", changed("[\"terms\",0", /""\]/, `"${"x".repeat(33)}"]`)],
    ["a role in digits that has a text", changed("[\"terms\",0", /""\]/, `"0x61${"0".repeat(62)}"]`)],
    ["a role in digits that is empty", changed("[\"terms\",0", /""\]/, `"${ZERO_WORD}"]`)],
    ["a needless escape", changed("[\"payment\"", "rail", "r\\u0061il")],
    ["revenue of zero", changed("[\"revenue\"", /"\d+"\]/, "\"0\"]")],
    ["a domain without trials", changed("[\"domain\"", ",1,2,0,1]", ",0,0,0,0]")],
    ["a domain in digits that has a text", changed("[\"domain\"", "nda-review", `0x61${"0".repeat(62)}`)],
    ["a long domain", changed("[\"domain\"", "nda-review", "x".repeat(33))],
    ["a record in text", changed("[\"record\"", /(\d+)\]/, "\"$1\"]")],
    ["two roots", changed("[\"root\"", /,"0x\w*"\]/, "]")],
    ["an unknown route", changed("[\"payment\"", "rail", "road")],
    ["an object", changed("[\"end\"", /.*/, "{}")],
    ["deep lists", changed("[\"end\"", /.*/, "[".repeat(100_000))],
    ["a byte-order mark", changed("[\"opensettle-bundle\"", "[", "\ufeff[")],
    ["no first line", lines.slice(1)],
    ["nothing", []],
  ];
  for (const [what, bad] of refused) {
    assert.throws(() => read(bytesFrom(bad)), (error) => error instanceof Wrong && /^line \d+: /.test(error.message), what);
    assert.deepEqual(saidOf(judged(bytesFrom(bad))), { form: "differs", solvency: "not checked", fixed: "not checked", pools: "not checked", sums: "not checked" });
  }
  assert.throws(() => read(second.bytes.subarray(0, -1)), /does not end with a line feed/);
  assert.throws(() => read(Buffer.concat([second.bytes, Buffer.from(" ")])), Wrong);
  assert.throws(() => read(Buffer.concat([second.bytes.subarray(0, -3), Buffer.from([0xff, 0x5d, 0x0a])])), /not UTF-8/);
  assert.throws(() => read(bytesFrom(changed("[\"end\"", /.*/, `["end",${"1".repeat(65 << 20)}]`))), /longer than 64 MiB/);
  for (const good of ["x", " {1}~", `0x3078${"0".repeat(60)}`, `0x${"ff".repeat(32)}`]) read(bytesFrom(changed("[\"terms\",0", /""\]/, `"${good}"]`)));
});

test("what holds the bundle together is seen first", () => {
  const broken: [string, string[]][] = [
    ["another epoch", changed("[\"epoch\"", ",2,", ",3,")],
    ["another last block", changed("[\"epoch\"", /,(\d+),"/, ",99,\"")],
    ["another first block", changed("[\"epoch\"", /,2,\d+,/, ",2,1,")],
    ["another parent hash", changed("[\"epoch\"", /0x../, "0x12")],
    ["another deployment", changed("[\"deployment\"", "0x01", "0x09")],
    ["another root before", changed("[\"previous\"", /0x../, "0x12")],
    ["another bundle before", changed("[\"previous\"", /,"0x..(\w*)"\]/, ",\"0x12$1\"]")],
    ["a parent after its child", changed("[\"terms\",1", "[[0,100000]]", "[[1,100000]]")],
    ["a parent with a higher number", changed("[\"terms\",0", /",1,0/, "\",9,0")],
    ["shares of more than the whole", changed("[\"terms\",1", "100000", "1000001")],
    ["a payment after the last block", changed("[\"payment\",5", ",5,", ",6,")],
    ["a payment settled with more than was paid", changed("[\"payment\"", '"700","700"', '"700","701"')],
    ["a payment in an unlisted token", changed("[\"payment\"", "0xc0", "0xc9")],
    ["revenue of a model without a record", changed("[\"revenue\"", /0x../, "0x00")],
    ["a domain of a model without a record", changed("[\"domain\"", /0x../, "0x00")],
    ["a payment of no terms", changed("[\"payment\"", "\"rail\",1", "\"rail\",77")],
  ];
  for (const [what, bad] of broken) {
    read(bytesFrom(bad));
    assert.deepEqual(saidOf(judged(bytesFrom(bad))), { form: "differs", solvency: "not checked", fixed: "not checked", pools: "not checked", sums: "not checked" }, what);
  }
  const { bytes } = second;
  const record = recordOf(second);
  for (const other of [{ hash: ZERO_WORD }, { number: 1n }, { lastBlock: 1n }]) {
    assert.equal(verify({ bundle: bytes, previous: verified[0], record: { ...record, ...other }, facts }).form.says, "differs");
  }
  assert.equal(verify({ bundle: bytes, record, facts }).form.says, "differs", "the epoch before is left out");
  assert.equal(verify({ bundle: bytes, previous: verified[0], record: { ...record, root: ZERO_WORD } }).solvency.says, "differs");
});

test("each level sees what it is there for", () => {
  const a = "agrees", d = "differs";
  const cases: [string, string[], [Says, Says, Says, Says]][] = [
    // solvency, fixed, pools, sums
    ["nothing", lines, [a, a, a, a]],
    ["a named payment is dropped", dropped("[\"payment\",4,0"), [a, d, d, d]],
    ["an unnamed payment is dropped", dropped("[\"payment\",4,1"), [a, d, d, a]],
    ["a payment of an earlier epoch comes again", ended(lines.toSpliced(at("[\"payment\""), 0, lines[at("[\"payment\"")]!.replace(",4,0,", ",2,1,"))), [a, d, d, d]],
    ["a payment is settled with less", changed("[\"payment\"", '"700","700"', '"700","699"'), [a, d, d, d]],
    ["a payer is another", changed("[\"payment\",5", "0x99", "0x98"), [a, d, a, a]],
    ["a time is another", changed("[\"payment\",5", "17", "18"), [a, d, a, a]],
    ["an account earned one unit more", changed(`["account","${COIN}","${ada}"`, /"(\d+)",/, (_, n) => `"${BigInt(n!) + 1n}",`), [a, a, d, a]],
    ["an account earned less than was promised", changed(`["account","${COIN}","${bo}"`, /"\d+",/, '"9",'), [d, d, d, a]],
    ["a leaf is one unit larger", changed(`["account","${COIN}","${ada}"`, /"(\d+)","0"\]/, (_, n) => `"${BigInt(n!) + 1n}","0"]`), [d, a, d, a]],
    ["a pushed sum is one unit larger", oneMore(`["account","${COIN}","${cy}"`), [d, a, d, a]],
    ["an account is dropped", dropped(`["account","${COIN}","${bo}"`), [d, d, d, a]],
    ["a total is one unit larger", oneMore("[\"total\""), [d, a, d, a]],
    ["a total is dropped", dropped("[\"total\""), [d, a, d, a]],
    ["the root is another", changed("[\"root\"", /0x../, "0x12"), [d, a, d, a]],
    ["the push root is another", changed("[\"root\"", /,"0x..(\w*)",/, ",\"0x12$1\","), [d, a, d, a]],
    ["the record root is another", changed("[\"root\"", /,"0x..(\w*)"\]/, ",\"0x12$1\"]"), [d, a, d, a]],
    ["a record has one use more", changed(child, /,3,2,1\]/, ",4,2,1]"), [d, a, d, a]],
    ["a record has one paid use more", changed(child, /,3,2,1\]/, ",3,3,1]"), [a, a, a, d]],
    ["a record has one consumer more", changed(child, /,3,2,1\]/, ",3,2,2]"), [d, a, d, d]],
    ["a record is dropped", ended(lines.filter((line) => !line.includes(word("late")) || !/^\["(record|revenue)"/.test(line))), [d, a, d, a]],
    ["revenue is one unit more", oneMore("[\"revenue\""), [d, a, d, a]],
    ["revenue is dropped", dropped("[\"revenue\""), [d, a, d, a]],
    ["a domain has one success more", changed("[\"domain\"", ",1,2,0,1]", ",2,2,0,1]"), [d, a, d, d]],
    ["a domain has one trial more", changed("[\"domain\"", ",1,2,0,1]", ",1,3,0,1]"), [d, a, d, d]],
    ["a domain has one paid success", changed("[\"domain\"", ",1,2,0,1]", ",1,2,1,1]"), [a, a, a, d]],
    ["a domain has no paid trial", changed("[\"domain\"", ",1,2,0,1]", ",1,2,0,0]"), [a, a, a, d]],
    ["a domain is another", changed("[\"domain\"", "nda-review", "nda-reviews"), [d, a, d, d]],
    ["a domain is dropped", dropped("[\"domain\""), [d, a, d, d]],
    ["a recipient is another", changed("[\"push\"", "0x1c", "0x1d"), [d, d, d, a]],
    ["a recipient is dropped", dropped("[\"push\""), [d, a, d, a]],
    ["a recipient has no entry", ended(lines.toSpliced(at("[\"push\""), 0, `["push","${ada}","${bo}"]`)), [d, d, d, a]],
    ["a residue is one unit larger", oneMore("[\"residue\""), [a, a, d, a]],
    ["a residue is dropped", dropped("[\"residue\""), [a, a, d, a]],
    ["suspense is one unit larger", oneMore("[\"suspense\""), [a, a, d, a]],
    ["suspense is dropped", dropped("[\"suspense\""), [a, a, d, a]],
    ["a direct sum is larger by half", changed("[\"direct\"", /(\d+)"\]$/, (_, n) => `${(BigInt(n!) * 3n) / 2n}"]`), [a, a, d, d]],
    ["a direct sum is one unit larger", oneMore("[\"direct\""), [a, a, a, d]],
    ["an open sum is one unit larger", oneMore("[\"open\""), [a, a, a, d]],
    ["an open sum is dropped", dropped("[\"open\""), [a, a, d, d]],
    ["a batch's root is another", changed("[\"batch\"", /"0x..(\w{62})"/, '"0x12$1"'), [a, a, a, d]],
    ["a batch has another number", changed("[\"batch\"", ',1,"', ',2,"'), [a, a, a, d]],
    ["a batch has one event more", oneMore("[\"batch\""), [a, a, a, d]],
    ["a batch is dropped", dropped("[\"batch\""), [a, a, a, d]],
    ["counted units are more", oneMore("[\"usage\""), [a, a, a, d]],
    ["events are fewer", changed("[\"usage\"", /,3,3,/, ",2,3,"), [a, a, a, d]],
    ["a method has one more", oneMore("[\"method\""), [a, a, a, d]],
    ["a payment is named once more", oneMore("[\"payment\",4,0"), [a, a, a, d]],
    ["a payment is not named", changed("[\"payment\",4,0", ",1]", ",0]"), [a, a, d, d]],
    ["a smallest leaf is another", changed("[\"token\"", '"5"', '"4"'), [a, d, a, a]],
    ["a token is dropped", dropped(`["token","${person("c1")}"`), [a, d, a, a]],
    ["a row's weight is another", changed("[\"terms\",0", '"3"', '"2"'), [a, d, d, a]],
    ["a role is another", changed("[\"terms\",0", /""\]/, '"x"]'), [a, d, a, a]],
    ["a share is another", changed("[\"terms\",1", "100000", "100001"), [a, d, a, a]],
    ["a commitment's hash is another", changed("[\"terms\",2", /,2,"0x..(\w{62}",\[)/, ',2,"0x12$1'), [a, d, a, a]],
    ["the last block has another hash", changed("[\"epoch\"", /,"0x..(\w*)"\]/, ',"0x12$1"]'), [a, d, a, a]],
    ["an owner is another", changed("[\"terms\",0", ada, cy), [a, d, d, a]],
  ];
  for (const [what, bad, due] of cases) {
    const verdict = judged(bytesFrom(bad));
    const { form, ...rest } = saidOf(verdict);
    assert.equal(form, "agrees", `${what}: ${verdict.form.words}`);
    assert.deepEqual(Object.values(rest), due, `${what}: ${JSON.stringify(levels.map((level) => verdict[level]))}`);
    for (const level of levels) assert.equal(verdict[level].words !== "", verdict[level].says === "differs");
  }
});

test("another division, with all that follows from it, is seen by who recomputes it", () => {
  // From one account to another, with the right root: rows give Bo something, and Cy only what pools give.
  for (const [loser, fixed] of [[bo, "differs"], [cy, "agrees"]] as const) {
    const given = loser === bo ? facts : unpushed;
    const { made: all, verified: before } = made(given);
    const { bundle } = all[1]!;
    const account = bundle.account.map((row) => {
      const more = row.token === COIN && row.account === loser ? -90n : row.token === COIN && row.account === ada ? 90n : 0n;
      return { ...row, earned: row.earned + more, leaf: row.leaf + more };
    });
    const root = { ...bundle.root, root: leavesRoot(account) };
    const bytes = bytesOf({ ...bundle, account, root });
    const record = { ...recordOf(all[1]!), root: root.root, hash: hashBytes(bytes) };
    const said = saidOf(verify({ bundle: bytes, previous: before[0], record, facts: given, useEvents: true }));
    assert.deepEqual(said, { form: "agrees", solvency: "agrees", fixed, pools: "differs", sums: "agrees" });
  }
});

test("what was published has to be at hand, and a push list has to be followed", () => {
  const withheld = { ...facts, epochs: facts.epochs.map((epoch, i) => (i === 1 ? { ...epoch, tables: [hidden] } : epoch)) };
  for (const others of [withheld, unpushed]) {
    const said = saidOf(verify({ bundle: second.bytes, previous: verified[0], record: recordOf(second), facts: others, useEvents: true }));
    assert.deepEqual(said, { form: "agrees", solvency: "agrees", fixed: "differs", pools: "agrees", sums: "agrees" });
  }
});

test("more is never promised than the vault was credited", () => {
  const less = new Story(1, [[COIN, 5]]).model("model", ada, hidden).block().pay("model", 10).close();
  const [{ bytes }, record] = [made(less.facts).made[0]!, recordOf(made(less.facts).made[0]!)];
  const poorer = structuredClone(less.facts);
  poorer.chain.payment[0]!.amount = 9n;
  assert.equal(verify({ bundle: bytes, record, facts: poorer }).solvency.says, "differs");
  assert.deepEqual(saidOf(verify({ bundle: bytes, record })), { form: "agrees", solvency: "agrees", fixed: "not checked", pools: "agrees", sums: "not checked" });
});

/** What the node saw beside batches is its word alone. */
test("in random histories no digit can change unseen, but that of events in no batch", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const { facts, made: all, verified } = { facts: randomStory(seed).facts, ...made(randomStory(seed).facts) };
    const { bytes } = all[2]!;
    const [from, to] = ["0", "1"].map((digit) => digit.charCodeAt(0)) as [number, number];
    const places = [...bytes.keys()].filter((i) => bytes[i] === from || bytes[i] === to);
    for (let i = seed; i < places.length; i += 211) {
      const bad = bytes.slice();
      bad[places[i]!] = from + to - bad[places[i]!]!;
      const record = { ...recordOf(all[2]!), hash: hashBytes(bad) };
      const line = Buffer.from(bad).toString("utf8").split("\n")[Buffer.from(bad.subarray(0, places[i])).toString("utf8").split("\n").length - 1]!;
      if (line.startsWith('["usage"')) continue;
      const said = Object.values(saidOf(verify({ bundle: bad, previous: verified[1], record, facts, useEvents: true })));
      assert.ok(said.includes("differs"), `seed ${seed}: ${line}`);
    }
  }
});
