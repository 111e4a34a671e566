import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../../api/ask.ts";
import { ZERO } from "../../../chain/calls.ts";
import type { LeafOnChain } from "../../../chain/vault.ts";
import { VERDICTS, fingerprint, isClaimable, recipientProblem, verdictOf } from "./plan.ts";
import { ACCOUNT, DOLLAR, OTHER, VAULT_AT, offer, plan, view } from "./samples.ts";

const withLeaf = (changes: Partial<LeafOnChain>) => {
  const seen = view();
  return plan(offer(), { ...seen, leaves: seen.leaves.map((leaf, i) => (i === 0 ? { ...leaf, ...changes } : leaf)) }).rows[0]!;
};

test("what is due is the leaf less what the vault paid, whatever the node says", () => {
  const lying = offer();
  lying.claims[0]!.amount = 999n;
  assert.deepEqual(plan(lying).rows.map(({ due, verdict }) => [due, verdict]), [
    [5_000_000n, "good"],
    [7n, "earlier"],
  ]);
});

test("each verdict comes of what the vault says, and only what is proven is claimable", () => {
  const cases: [Partial<LeafOnChain>, string, boolean][] = [
    [{}, "good", true],
    [{ status: { activatedBy: 0n, revoked: false } }, "unproven", false],
    [{ leadsTo: null }, "unproven", false],
    [{ status: { activatedBy: 1n, revoked: true } }, "revoked", false],
    [{ claimed: 15_000_000n }, "paid", false],
    [{ claimed: 2n ** 200n }, "paid", false],
    [{ held: 4_999_999n }, "short", false],
    [{ held: 5_000_000n }, "good", true],
    [{ leadsTo: `0x${"1".repeat(64)}` }, "earlier", true],
  ];
  for (const [changes, verdict, claimable] of cases) {
    const row = withLeaf(changes);
    assert.equal(row.verdict, verdict);
    assert.equal(isClaimable(row), claimable, verdict);
    assert.ok(VERDICTS[row.verdict].words.length > 10);
  }
});

test("without the vault's word nothing is claimable", () => {
  const alone = plan(offer(), null);
  assert.deepEqual(alone.rows.map(({ verdict }) => verdict), ["unchecked", "unchecked"]);
  assert.ok(!alone.rows.some(isClaimable));
  assert.equal(alone.pushes[0]?.verdict, "unchecked");
});

test("the endpoint of the node's operator proves less than a wallet", () => {
  assert.equal(verdictOf("good", "wallet").kind, "good");
  assert.equal(verdictOf("good", "endpoint").kind, "info");
  assert.equal(verdictOf("unproven", "endpoint").kind, "bad");
});

test("a token that names itself otherwise than the node does is believed, and marked", () => {
  const row = withLeaf({ symbol: "REAL", decimals: 18 });
  assert.deepEqual([row.symbol, row.decimals, row.misnamed], ["REAL", 18, true]);
  assert.equal(withLeaf({ symbol: "dUSD", decimals: 6 }).misnamed, false);
});

test("a standing recipient is the vault's word, not the node's", () => {
  assert.equal(plan(offer({ recipient: OTHER })).recipient, ACCOUNT);
  assert.equal(plan(offer(), view(offer(), { recipient: OTHER })).recipient, OTHER);
});

test("a push is proven by its epoch's key, and may be paid already", () => {
  assert.equal(plan().pushes[0]?.verdict, "good");
  for (const [status, paid, verdict] of [
    [{ activatedBy: 0n, revoked: false }, false, "unproven"],
    [{ activatedBy: 1n, revoked: true }, false, "unproven"],
    [{ activatedBy: 1n, revoked: false }, true, "paid"],
  ] as const)
    assert.equal(plan(offer(), view(offer(), { pushes: [{ status, paid }] })).pushes[0]?.verdict, verdict);
});

test("an offer of something else is refused whole", () => {
  const [first] = offer().claims;
  for (const bad of [offer({ account: OTHER }), offer({ vault: "0x12" }), offer({ claims: [first!, { ...first!, token: first!.token.toLowerCase() }] }), offer({ claims: [{ ...first!, token: "<script>" }] })])
    assert.throws(() => plan(bad, null), ApiError);
});

test("the fingerprint changes with whatever somebody saw, and with nothing else", () => {
  const both = [DOLLAR, ZERO] as const;
  const before = fingerprint(plan(), both);
  assert.equal(fingerprint(plan(offer(), view(offer(), { block: 999n, time: 5, nonce: 9n })), both), before);
  const seen = view();
  for (const other of [
    plan(offer(), { ...seen, root: `0x${"1".repeat(64)}` }),
    plan(offer(), { ...seen, recipient: OTHER }),
    plan(offer(), { ...seen, leaves: seen.leaves.map((leaf) => ({ ...leaf, claimed: leaf.claimed + 1n })) }),
    plan(offer({ chainId: 1 })),
  ])
    assert.notEqual(fingerprint(other, both), before);
  assert.notEqual(fingerprint(plan(), [DOLLAR]), before);
});

test("an address that somebody typed is looked at closely", () => {
  const of = plan();
  assert.equal(recipientProblem(` ${OTHER} `, of), null);
  assert.equal(recipientProblem(OTHER.toLowerCase(), of), null);
  for (const [typed, words] of [
    ["", /40 hexadecimal/],
    ["0x12", /40 hexadecimal/],
    ["vitalik.eth", /40 hexadecimal/],
    [`${OTHER}0`, /40 hexadecimal/],
    [ZERO, /zero address/],
    [VAULT_AT, /vault/],
    [VAULT_AT.toLowerCase(), /vault/],
    [DOLLAR, /token/],
    [OTHER.replace("c8", "C8").replace("C7d", "c7D"), /checksum/],
  ] as const)
    assert.match(recipientProblem(typed, of) ?? "", words, typed);
});
