// Hand-made histories, one for each rule that is easily got wrong. Money is conserved and verifying agrees in all of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Wrong } from "./lines.ts";
import { build } from "./epoch.ts";
import type { Made } from "./epoch.ts";
import { readFacts } from "./facts.ts";
import { COIN, hex, NONE, person, randomStory, Story, tableFor, word } from "./story.ts";
import { made } from "./support.ts";

const [ada, bo, cy, di] = ["aa", "bb", "cc", "dd"].map(person) as [string, string, string, string];
const [gate, other] = [person("9a"), person("9b")] as [string, string];

const epochsOf = (story: Story): Made["bundle"][] => made(story.facts).made.map(({ bundle }) => bundle);
const earned = (bundle: Made["bundle"] | undefined): Record<string, bigint> =>
  Object.fromEntries(bundle!.account.map((row) => [row.token === COIN ? row.account : `${row.token} ${row.account}`, row.earned]));
const whole = tableFor([["OWNER", 1]]);

test("suspense waits for its table and is released without parents, to its own owner and version", () => {
  const table = tableFor([["OWNER", 1], [bo, 3]]);
  const story = new Story().model("base", ada, whole).model("child", ada, whole, [["base", 500_000]]);
  story.block().committed("child", 2, table);
  story.block().pay("child", 100).block().fact("owner", word("child"), cy).block().pay("child", 40).close();
  story.block().pay("base", 7).close();
  story.publish(table).block().pay("base", 1).close();
  const [first, second, third] = epochsOf(story);
  assert.deepEqual(first!.suspense.map(({ owner, amount }) => [owner, amount]), [[ada, 50n], [cy, 20n]]);
  assert.equal(typeof first!.terms[1]!.table, "string");
  assert.deepEqual(earned(first), { [ada]: 70n });
  assert.equal(second!.terms.length, 1);
  assert.deepEqual(third!.suspense, []);
  assert.deepEqual(third!.terms.map(({ lineageVersion, owner, parents }) => [lineageVersion, owner, parents.length]), [[0n, ada, 0], [0n, ada, 0], [0n, cy, 0]]);
  // Ada: 70 + 7 + 1, and a quarter of 50; Cy a quarter of 20; Bo the rest, less what rounding keeps.
  assert.deepEqual(earned(third), { [ada]: 78n + 12n, [bo]: 37n + 15n, [cy]: 5n });
});

test("suspense joins a group that payments make, of the same terms alone", () => {
  const table = tableFor([[bo, 2], [di, 1]]);
  const story = new Story().model("model", ada, whole).model("paid", ada, whole).block().committed("model", 2, table);
  story.block().pay("model", 2).pay("paid", 1).close().publish(table).pay("model", 1).close();
  const [, second] = epochsOf(story);
  assert.equal(second!.terms.length, 1);
  assert.deepEqual(earned(second), { [ada]: 1n, [bo]: 2n, [di]: 1n });
});

test("a table is known when it was published, for every commitment to it; that another model's is carried by the chain is not enough", () => {
  const told = () => new Story().model("a", ada, whole).model("b", bo, whole).model("c", cy, tableFor([[di, 5]])).block();
  const story = told().committed("a", 2, tableFor([[di, 5]])).committed("b", 2, tableFor([[di, 5]])).block();
  story.pay("c", 1).pay("a", 2).pay("b", 4).close().publish(tableFor([[di, 5]])).close();
  const [first, second] = epochsOf(story);
  assert.deepEqual(earned(first), { [di]: 1n });
  assert.deepEqual(earned(second), { [di]: 7n });
});

test("a table that does not fit its commitment stays unknown", () => {
  const table = tableFor([[bo, 1]]);
  for (const change of [(line: unknown[]) => (line[8] = 2n), (line: unknown[]) => (line[9] = "2")]) {
    const story = new Story().model("model", ada, whole).block().pay("model", 1).committed("model", 2, table);
    change(story.chain.at(-1)!);
    story.publish(table).block().pay("model", 10).close();
    assert.equal(epochsOf(story)[0]!.suspense[0]!.amount, 10n);
  }
});

test("pools: the named part by the payment's events, the open part by the model's, else by the fallback", () => {
  const table = tableFor([[ada, 1]], 1, [["OWNER", 1], [di, 1]]);
  const told = () => new Story().model("model", cy, table).gateway("model", gate).block();
  const story = told().pay("model", 200, { usageRef: word("a") }).pay("model", 400, { usageRef: word("b") });
  const fallback = epochsOf(story.close())[0];
  assert.deepEqual(earned(fallback), { [ada]: 300n, [cy]: 150n, [di]: 150n });

  const named = told().pay("model", 200, { usageRef: word("a") }).pay("model", 400, { usageRef: word("b") });
  named.batch(gate, 1, [{ model: "model", units: 5, payment: word("a"), weights: [[bo, 1]] }]).close();
  assert.deepEqual(earned(epochsOf(named)[0]), { [ada]: 300n, [bo]: 100n, [cy]: 100n, [di]: 100n });

  const open = told().pay("model", 200, { usageRef: word("a") }).pay("model", 400, { usageRef: word("b") });
  open.batch(gate, 1, [
    { model: "model", units: 5, payment: word("b"), weights: [[bo, 1]] },
    { model: "model", units: 1, weights: [[bo, 3], [di, 1]] },
    { model: "model", units: 9, payment: word("unknown"), weights: [[di, 1]] },
    { model: "model", units: 0, weights: [[cy, 1]] },
    { model: "model", units: 50 },
  ]);
  const [bundle] = epochsOf(open.close());
  assert.deepEqual(bundle!.open.map(({ weight }) => weight), [3n << 30n, (1n << 30n) + (9n << 32n)]);
  assert.deepEqual(bundle!.usage, [{ model: word("model"), events: 5n, counted: 5n, units: 65n }]);
  assert.deepEqual(bundle!.method, [{ model: word("model"), method: NONE, events: 3n }]);
  assert.deepEqual(bundle!.payment.map((payment) => payment.named), [0n, 1n]);
  // Of 300 in the pool, 200 are named; of the open 100, 7.5 are Bo's.
  assert.deepEqual(earned(bundle), { [ada]: 300n, [bo]: 207n, [di]: 92n });
});

test("an event names every payment of its transaction, in each token for itself", () => {
  const second = person("c1");
  const story = new Story(1, [[COIN, 0], [second, 0]]).model("model", ada, tableFor([], 1, [[cy, 1]])).gateway("model", gate).block();
  const transaction = word("together");
  story.pay("model", 10, { transaction, usageRef: transaction }).pay("model", 20, { transaction, token: second }).pay("model", 5);
  story.batch(gate, 1, [{ model: "model", units: 1, payment: transaction, weights: [[bo, 1]] }]).close();
  const [bundle] = epochsOf(story);
  assert.deepEqual(bundle!.payment.map(({ named }) => named), [1n, 1n, 0n]);
  assert.deepEqual(earned(bundle), { [bo]: 10n, [cy]: 5n, [`${second} ${bo}`]: 20n });
});

test("pushes: what is assigned is no leaf, and entries are of their epoch alone", () => {
  const story = new Story(1, [[COIN, 10]]).model("model", ada, tableFor([["OWNER", 1], [bo, 1]])).block();
  story.pay("model", 40).push(ada, cy).push(di, cy).close();
  story.block().pay("model", 10).push(ada, di).push(bo, di).close();
  story.block().pay("model", 10).push(bo, cy).close();
  const [first, second, third] = epochsOf(story);
  assert.deepEqual(first!.push, [{ account: ada, recipient: cy }]);
  assert.notEqual(first!.root.pushRoot, NONE);
  assert.deepEqual(second!.push, []);
  assert.equal(second!.root.pushRoot, NONE);
  assert.equal(second!.root.root, first!.root.root);
  assert.deepEqual(second!.total, []);
  assert.deepEqual(third!.account.map(({ earned, leaf, pushed }) => [earned, leaf, pushed]), [[30n, 10n, 20n], [30n, 20n, 10n]]);
  assert.deepEqual(third!.total, [{ token: COIN, total: 60n }]);
});

test("sweeps: a shortfall is shared by running sums, an excess is a payment where the sweep stands", () => {
  const story = new Story().model("model", ada, whole).block();
  story.transfer("model", 3).transfer("model", 3).transfer("model", 3).block().sweep("model", 7).transfer("model", 5);
  story.block().sweep("model", 9).sweep("model", 2).transfer("model", 0).transfer("model", 6).sweep("model", 0).transfer("model", 1).close();
  const [bundle] = epochsOf(story);
  assert.deepEqual(
    bundle!.payment.map(({ block, log, route, paid, settled }) => [block, log, route, paid, settled]),
    [
      [2n, 0n, "transfer", 3n, 2n],
      [2n, 1n, "transfer", 3n, 2n],
      [2n, 2n, "transfer", 3n, 3n],
      [3n, 1n, "transfer", 5n, 5n],
      [4n, 0n, "excess", 4n, 4n],
      [4n, 1n, "excess", 2n, 2n],
      [4n, 2n, "transfer", 0n, 0n],
      [4n, 3n, "transfer", 6n, 0n],
    ],
  );
});

test("a transfer is taken by the epoch of its sweep, under the terms of its own block, before the registration too", () => {
  const story = new Story().transfer("model", 4).block().model("model", ada, whole).block().pay("model", 1).transfer("model", 8).close();
  story.split("model", 2, tableFor([[bo, 1]])).block().sweep("model", 12).close();
  const [first, second] = epochsOf(story);
  assert.deepEqual(first!.payment.map(({ settled }) => settled), [1n]);
  assert.deepEqual(second!.payment.map(({ settled, block }) => [settled, block]), [[4n, 1n], [8n, 3n]]);
  assert.deepEqual(earned(second), { [ada]: 13n });
});

test("notice periods and cancellations: a version counts after its block, from its time on, unless cancelled", () => {
  const to = (account: string) => tableFor([[account, 1]]);
  const story = new Story().model("model", ada, to(ada)).block();
  story.split("model", 2, to(bo)).pay("model", 1).block().pay("model", 10);
  story.block().split("model", 3, to(cy), 24).block().pay("model", 100).block().pay("model", 1000);
  story.block().split("model", 4, to(di), 12).fact("cancelled", word("model"), 4n).block().pay("model", 10_000).block().pay("model", 10_000).close();
  assert.deepEqual(earned(epochsOf(story)[0]), { [ada]: 1n, [bo]: 110n, [cy]: 21_000n });
});

test("a cancelled lineage is never in force, and leaves the split of its number alone", () => {
  const to = (account: string) => tableFor([[account, 1]]);
  const story = new Story().model("base", ada, to(ada)).model("other", bo, to(bo)).model("child", cy, to(cy), [["base", 500_000]]).block();
  story.lineage("child", 2, 12, [["other", 500_000]]).fact("lineage-cancelled", word("child"), 2n).split("child", 2, to(di)).pay("child", 100);
  story.block().pay("child", 1000).block().pay("child", 1000).lineage("child", 3, 0, [["other", 250_000]]).block().pay("child", 10_000).close();
  assert.deepEqual(earned(epochsOf(story)[0]), { [ada]: 1050n, [bo]: 2500n, [cy]: 50n, [di]: 8500n });
});

test("the owner is who held the model at the start of the payment's block, for its parents too", () => {
  const story = new Story().model("base", ada, whole).model("child", bo, whole, [["base", 500_000]]).block();
  story.pay("child", 10).fact("owner", word("base"), cy).fact("owner", word("child"), di).pay("child", 100).block().pay("child", 1000).close();
  assert.deepEqual(earned(epochsOf(story)[0]), { [ada]: 55n, [bo]: 55n, [cy]: 500n, [di]: 500n });
});

test("terms have no parents after eight steps, and are other terms than the model's own", () => {
  const story = new Story();
  const people = Array.from({ length: 11 }, (_, i) => hex((0x20 + i).toString(16), 20));
  people.forEach((creator, i) => story.model(`${i}`, creator, whole, i === 0 ? [] : [[`${i - 1}`, 1_000_000]]));
  story.block().pay("10", 7).pay("8", 100).close();
  const [bundle] = epochsOf(story);
  assert.deepEqual(earned(bundle), { [people[0]!]: 100n, [people[2]!]: 7n });
  assert.equal(bundle!.terms.length, 18);
  assert.deepEqual(bundle!.terms[0], { ...bundle!.terms[0]!, model: word("2"), lineageVersion: 1n, parents: [] });
});

test("the lineage of a version counts: other shares make other terms", () => {
  const story = new Story().model("base", ada, whole).model("child", bo, whole, [["base", 100_000]]).block();
  story.pay("child", 100).lineage("child", 2, 0, [["base", 200_000]]).block().pay("child", 1000).close();
  const [bundle] = epochsOf(story);
  assert.deepEqual(bundle!.terms.map(({ lineageVersion }) => lineageVersion), [0n, 1n, 2n]);
  assert.deepEqual(earned(bundle), { [ada]: 210n, [bo]: 890n });
});

test("a first lineage that was not named with the registration is in force like any later one", () => {
  const story = new Story().model("base", ada, whole).model("child", bo, whole).block();
  story.transfer("child", 10).lineage("child", 1, 12, [["base", 500_000]]).transfer("child", 100).block().transfer("child", 1000);
  const [bundle] = epochsOf(story.sweep("child", 1110).close());
  assert.deepEqual(bundle!.terms.map(({ lineageVersion }) => lineageVersion), [0n, 0n, 1n]);
  assert.deepEqual(earned(bundle), { [ada]: 500n, [bo]: 610n });
});

test("a gateway counts where it was listed at the start of one of the epoch's blocks", () => {
  const told = () => new Story().model("model", ada, tableFor([], 1, [[ada, 1]]));
  const counted = (story: Story) => {
    story.batch(gate, 1, [{ model: "model", units: 1, weights: [[bo, 1]] }]).close();
    return epochsOf(story).at(-1)!.usage[0]!.counted;
  };
  assert.equal(counted(told().pay("model", 1)), 0n);
  assert.equal(counted(told().pay("model", 1).block().gateway("model", gate)), 0n);
  assert.equal(counted(told().pay("model", 1).block().gateway("model", gate).block()), 1n);
  assert.equal(counted(told().pay("model", 1).block().gateway("model", gate).gateway("model", gate, 0).block()), 0n);
  assert.equal(counted(told().pay("model", 1).block().gateway("model", gate).block().gateway("model", gate, 0).block()), 1n);
  assert.equal(counted(told().pay("model", 1).block().gateway("model", other).block()), 0n);
  const later = (at: number) => {
    const story = told().gateway("model", gate).pay("model", 1).block(5);
    if (at === 5) story.gateway("model", gate, 0);
    story.close();
    if (at === 6) story.gateway("model", gate, 0);
    return counted(story.block());
  };
  assert.equal(later(5), 0n, "delisted in the block before the epoch");
  assert.equal(later(6), 1n, "delisted in the epoch's first block");
});

test("the residue joins the group with the oldest payment, and stays where there is none", () => {
  const half = (account: string) => tableFor([[account, 1], [di, 1]]);
  const story = new Story().model("model", ada, half(ada)).model("still", cy, whole).block().pay("model", 3).close();
  story.block().pay("still", 2).close().split("model", 2, half(bo)).pay("model", 3).block().pay("model", 1).close();
  const [first, second, third] = epochsOf(story);
  assert.deepEqual(first!.residue, [{ model: word("model"), token: COIN, amount: 1n }]);
  assert.deepEqual(second!.residue, first!.residue);
  assert.deepEqual(earned(third), { [ada]: 3n, [cy]: 2n, [di]: 3n });
  assert.deepEqual(third!.residue, first!.residue);
});

test("small leaves wait, and move when the smallest leaf falls", () => {
  const story = new Story(1, [[COIN, 10]]).model("model", ada, tableFor([[ada, 9], [bo, 1]])).block().pay("model", 90).close();
  story.fact("listed", COIN, "5").close();
  const [first, second] = epochsOf(story);
  assert.deepEqual(first!.account.map(({ leaf }) => leaf), [81n, 0n]);
  assert.deepEqual(second!.account.map(({ leaf }) => leaf), [81n, 9n]);
});

test("until something is promised there is no bundle, and nothing is lost", () => {
  const story = new Story(1, [[COIN, 10]]).model("model", ada, whole).gateway("model", gate).block().pay("model", 4).seen("model", 2).close();
  story.closed = 0n;
  story.pay("model", 6).batch(gate, 1, [{ model: "model", units: 1 }]).close();
  const [only] = epochsOf(story);
  assert.deepEqual([only!.epoch.number, only!.epoch.firstBlock, only!.payment.length, only!.usage[0]!.events], [1n, 1n, 2, 3n]);
});

test("ten thousand payments of one unit are worth ten thousand, whatever their order", () => {
  const told = () => new Story().model("base", ada, whole).model("child", bo, tableFor([["OWNER", 2], [cy, 1]], 2, [[di, 1]]), [["base", 333_333]]).block();
  const one = epochsOf(told().pay("child", 10_000).close())[0]!;
  const many = told();
  for (let i = 0; i < 10_000; i++) many.pay("child", 1);
  const mixed = told();
  for (const amount of [1, 0, 9_000, 3, 0, 996]) mixed.pay("child", amount);
  for (const { account, residue, root } of epochsOf(many.close()).concat(epochsOf(mixed.close()))) {
    assert.deepEqual({ account, residue, root }, { account: one.account, residue: one.residue, root: one.root });
  }
});

test("more than 256 bits are a fault, less are exact", () => {
  const large = (1n << 255n) - 19n;
  const story = new Story().model("model", ada, tableFor([[ada, (1n << 96n) - 1n], [bo, (1n << 96n) - 1n]])).block();
  assert.equal(earned(epochsOf(story.pay("model", large).close())[0])[ada], large / 2n);
  assert.throws(() => epochsOf(story.pay("model", large).block().pay("model", large).close()), Wrong);
});

test("facts are refused where they are not in their form", () => {
  const lines = randomStory(1).text.split("\n");
  for (const line of ['["listed",1,0,"0xC0","1"]', '["owner",1]', '["cat"]', lines[1]!, '["batch",1,2,3]']) {
    assert.throws(() => readFacts([...lines.slice(0, 5), line].join("\n")), Wrong);
  }
});

test("random histories conserve money and verify", () => {
  for (let seed = 1; seed <= 40; seed++) assert.equal(made(randomStory(seed).facts).made.length, 3);
});

test("an event comes once in an epoch, and a batch has one at least", () => {
  const story = () => new Story(1, [[COIN, 0]]).model("model", person("aa"), tableFor([["OWNER", 1]])).block().pay("model", 10);
  const twice = story().batch(person("9a"), 1, [{ model: "model", units: 1 }]);
  const last = twice.rest.at(-1)!;
  twice.rest.push(["batch", person("9a"), 2n, last[3]!]);
  assert.throws(() => build(twice.block().close().facts), /comes twice/);
  assert.throws(() => build(story().batch(person("9a"), 1, []).block().close().facts), /empty/);
});
