import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFunctionData } from "viem";
import { VAULT } from "../../../chain/abi.ts";
import { ZERO } from "../../../chain/calls.ts";
import { NONE } from "../../../wallet/calls.ts";
import { type Job, type Means, callsOf, stepsOf } from "./steps.ts";
import { ACCOUNT, DOLLAR, OTHER, VAULT_AT, offer, plan, view } from "./samples.ts";

const self: Means = { from: ACCOUNT, can: NONE, deadline: 1_800_086_400 };
const claim = (changes: Partial<Extract<Job, { kind: "claim" }>> = {}): Job => ({ kind: "claim", tokens: [DOLLAR, ZERO], to: null, sponsored: false, paymaster: null, ...changes });
const names = (job: Job, means = self): string[] => callsOf(stepsOf(job, plan(), means)).map(({ data }) => decodeFunctionData({ abi: VAULT, data }).functionName);

test("all tokens are one transaction, one token a plain claim", () => {
  assert.deepEqual(names(claim()), ["claimMany"]);
  assert.deepEqual(names(claim({ tokens: [ZERO] })), ["claim"]);
});

test("to another address it is a batch where the wallet takes one, and otherwise one after the other", () => {
  const kinds = (means: Means): string[] => stepsOf(claim({ to: OTHER }), plan(), means).map(({ kind }) => kind);
  assert.deepEqual(kinds(self), ["send", "send"]);
  assert.deepEqual(kinds({ ...self, can: { atomic: true, paymaster: false } }), ["batch"]);
  assert.deepEqual(names(claim({ to: OTHER })), ["claimTo", "claimTo"]);
  for (const { data } of callsOf(stepsOf(claim({ to: OTHER }), plan(), self))) assert.equal(decodeFunctionData({ abi: VAULT, data }).args?.[3], OTHER);
});

test("a gas service goes by a batch, also of one call", () => {
  const [step, more] = stepsOf(claim({ paymaster: "https://gas.example" }), plan(), self);
  assert.equal(more, undefined);
  assert.ok(step?.kind === "batch" && step.paymaster === "https://gas.example" && step.calls.length === 1);
});

test("a sponsored claim signs each token with the vault's nonce, and hands in last", () => {
  const steps = stepsOf(claim({ sponsored: true }), plan(), self);
  assert.deepEqual(steps.map(({ kind }) => kind), ["sign", "sign", "hand"]);
  assert.deepEqual(steps[0]?.kind === "sign" ? steps[0].claim : null, { chainId: 31337, vault: VAULT_AT, account: ACCOUNT, token: DOLLAR, to: ACCOUNT, cumulative: 15_000_000n, nonce: 3n, deadline: 1_800_086_400 });
  const [elsewhere] = stepsOf(claim({ sponsored: true, to: OTHER }), plan(), self);
  assert.equal(elsewhere?.kind === "sign" ? elsewhere.claim.to : null, OTHER);
});

test("somebody else can claim for the account, and nothing more", () => {
  const stranger = { ...self, from: OTHER };
  assert.deepEqual(names(claim(), stranger), ["claimMany"]);
  for (const job of [claim({ to: OTHER }), claim({ sponsored: true }), { kind: "recipient", recipient: OTHER } as const, { kind: "push", epoch: 1, index: 4, to: OTHER } as const]) assert.throws(() => stepsOf(job, plan(), stranger), RangeError);
});

test("nothing that the vault did not confirm is ever a step", () => {
  const seen = view();
  const unproven = plan(offer(), { ...seen, leaves: seen.leaves.map((leaf) => ({ ...leaf, status: { activatedBy: 0n, revoked: false } })) });
  assert.throws(() => stepsOf(claim(), unproven, self), RangeError);
  assert.throws(() => stepsOf(claim({ sponsored: true }), unproven, self), RangeError);
  assert.throws(() => stepsOf(claim(), plan(offer(), null), self), RangeError);
  assert.throws(() => stepsOf(claim({ tokens: [] }), plan(), self), RangeError);
  assert.throws(() => stepsOf(claim({ tokens: [OTHER] }), plan(), self), RangeError);
  assert.throws(() => stepsOf({ kind: "push", epoch: 1, index: 4, to: OTHER }, plan(offer(), view(offer(), { pushes: [{ status: { activatedBy: 1n, revoked: false }, paid: true }] })), self), RangeError);
});

test("a push is taken, and a recipient is set, by the account itself", () => {
  assert.deepEqual(names({ kind: "push", epoch: 1, index: 4, to: OTHER }), ["takePush"]);
  assert.deepEqual(names({ kind: "recipient", recipient: OTHER }), ["setRecipient"]);
});

test("a token's name cannot pretend to be something else in what is asked", () => {
  const evil = offer();
  evil.claims[0]!.symbol = `\u202E${"x".repeat(100)}`;
  assert.match(stepsOf(claim(), plan(evil), self)[0]?.what ?? "", /^Claim ‹U\+202E›x{1,16}…?/);
});
