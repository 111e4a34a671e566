import assert from "node:assert/strict";
import { test } from "node:test";
import type { WhyToken } from "../../api/accounts.ts";
import { fractionText } from "./fractions.ts";
import { factorsOf, faultsOf, restOf } from "./whySums.ts";

const exact = (fraction: string) => ({ fraction, decimal: "" });

/** 30,000,001 paid for model 3: of it a row of model 3 and, by 30 % up, a row of model 2, which passes 20 % on. */
function token(): WhyToken {
  return {
    token: "0x01",
    symbol: "dUSD",
    decimals: 6,
    earned: 5_228_571n,
    exact: exact("1830000061/350"),
    rounding: exact("-211/350"),
    models: [
      {
        model: "0x03",
        number: 3,
        payments: 1,
        money: 30_000_001n,
        exact: exact("1830000061/350"),
        groups: [
          {
            group: "3-plain",
            source: "plain",
            splitVersion: 1,
            lineageVersion: 1,
            owner: "0x0a",
            payments: 1,
            money: 30_000_001n,
            part: exact("61/350"),
            exact: exact("1830000061/350"),
            reasons: [
              { path: [{ model: "0x03", number: 3, share: null }], kind: "row", role: "evaluation", keeps: 700_000, pool: null, weight: 2n, of: 10n, part: exact("7/50"), exact: exact("210000007/50") },
              {
                path: [
                  { model: "0x03", number: 3, share: null },
                  { model: "0x02", number: 2, share: 300_000 },
                ],
                kind: "row",
                role: "evaluation",
                keeps: 800_000,
                pool: null,
                weight: 1n,
                of: 7n,
                part: exact("6/175"),
                exact: exact("180000006/175"),
              },
            ],
            moreReasons: false,
          },
        ],
      },
    ],
    allModels: 1,
    usage: [],
  };
}

test("what adds up has no fault, down to the factors", () => {
  assert.deepEqual(faultsOf(token()), []);
  assert.deepEqual(factorsOf(token().models[0]!.groups[0]!.reasons[1]!)?.map((factor) => [factor.kind, factor.share.n, factor.share.d]), [
    ["up", 300_000n, 1_000_000n],
    ["keeps", 800_000n, 1_000_000n],
    ["weight", 1n, 7n],
  ]);
});

test("what the earnings say of the epoch has to be what is explained", () => {
  assert.deepEqual(faultsOf(token(), 5_228_571n), []);
  assert.equal(faultsOf(token(), 5_228_572n).length, 1);
});

test("any figure that is changed is a fault", () => {
  const changes: [string, (one: WhyToken) => void][] = [
    ["earned", (one) => (one.earned += 1n)],
    ["exact", (one) => (one.exact = exact("1830000062/350"))],
    ["rounding", (one) => (one.rounding = exact("-212/350"))],
    ["model", (one) => (one.models[0]!.exact = exact("5"))],
    ["model's money", (one) => (one.models[0]!.money += 1n)],
    ["model's payments", (one) => (one.models[0]!.payments += 1)],
    ["group's money", (one) => (one.models[0]!.groups[0]!.money += 1n)],
    ["group's part", (one) => (one.models[0]!.groups[0]!.part = exact("60/350"))],
    ["reason's part", (one) => (one.models[0]!.groups[0]!.reasons[0]!.part = exact("8/50"))],
    ["reason's amount", (one) => (one.models[0]!.groups[0]!.reasons[0]!.exact = exact("1"))],
    ["share", (one) => (one.models[0]!.groups[0]!.reasons[1]!.path[1]!.share = 300_001)],
    ["keeps", (one) => (one.models[0]!.groups[0]!.reasons[0]!.keeps = 700_001)],
    ["weight", (one) => (one.models[0]!.groups[0]!.reasons[0]!.weight = 3n)],
    ["no fraction", (one) => (one.exact = exact("5,2"))],
  ];
  for (const [name, change] of changes) {
    const one = token();
    change(one);
    assert.notDeepEqual(faultsOf(one), [], name);
  }
});

test("models and reasons that are left out may be missing, not too much", () => {
  const more = token();
  more.allModels = 2;
  more.exact = exact("1830000411/350");
  more.earned = 5_228_572n;
  assert.deepEqual(faultsOf(more), []);
  assert.equal(fractionText(restOf(more)), "1");
  more.exact = exact("5");
  more.rounding = exact("5228567");
  assert.equal(faultsOf(more).length, 1);
  const less = token();
  less.models[0]!.groups[0]!.reasons.pop();
  assert.notDeepEqual(faultsOf(less), []);
  less.models[0]!.groups[0]!.moreReasons = true;
  assert.deepEqual(faultsOf(less), []);
});

test("an older node tells no factors: the parts are checked all the same", () => {
  const older = token();
  for (const reason of older.models[0]!.groups[0]!.reasons) reason.keeps = null;
  assert.deepEqual([factorsOf(older.models[0]!.groups[0]!.reasons[0]!), faultsOf(older)], [null, []]);
  older.models[0]!.groups[0]!.reasons[0]!.part = exact("8/50");
  assert.notDeepEqual(faultsOf(older), []);
});
