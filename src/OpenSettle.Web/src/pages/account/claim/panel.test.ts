import assert from "node:assert/strict";
import { test } from "node:test";
import { ZERO } from "../../../chain/calls.ts";
import { type Around, NOTHING, chosen, isPaymaster, primaryOf } from "./panel.ts";
import { fingerprint } from "./plan.ts";
import { DOLLAR, OTHER, offer, plan, view } from "./samples.ts";

const ready: Around = { connected: true, onChain: true, isSelf: true, reading: false, busy: false };

test("the one button leads from the wallet to the chain to the claim", () => {
  assert.equal(primaryOf(plan(), NOTHING, { ...ready, connected: false }).act, "connect");
  assert.deepEqual(primaryOf(plan(), NOTHING, { ...ready, onChain: false }), { act: "switch", label: "Switch the wallet to chain 31337" });
  const press = primaryOf(plan(), NOTHING, ready);
  assert.deepEqual(press, { act: "press", label: "Claim 2 tokens", seen: fingerprint(plan(), [DOLLAR, ZERO]), job: { kind: "claim", tokens: [DOLLAR, ZERO], to: null, sponsored: false, paymaster: null } });
});

test("where nothing can be pressed the reason is said", () => {
  const cases: [ReturnType<typeof primaryOf>, RegExp][] = [
    [primaryOf(plan(), NOTHING, { ...ready, busy: true }), /under way/],
    [primaryOf(plan(), NOTHING, { ...ready, reading: true }), /asked first/],
    [primaryOf(plan(offer(), null), NOTHING, ready), /asked first/],
    [primaryOf(plan(offer(), view(offer(), { source: "endpoint" })), NOTHING, ready), /asked first/],
    [primaryOf(plan(offer({ claims: [] })), NOTHING, ready), /Nothing/],
    [primaryOf(plan(), { ...NOTHING, without: new Set([DOLLAR, ZERO]) }, ready), /Choose a token/],
    [primaryOf(plan(), { ...NOTHING, to: "0x12" }, ready), /other address/],
    [primaryOf(plan(), { ...NOTHING, to: OTHER, checkedTo: OTHER }, { ...ready, isSelf: false }), /account itself/],
    [primaryOf(plan(), { ...NOTHING, sponsored: true }, { ...ready, isSelf: false }), /account itself/],
    [primaryOf(plan(), { ...NOTHING, paymaster: "http://gas.example" }, ready), /https/],
  ];
  for (const [primary, why] of cases) assert.match(primary.act === "none" ? primary.why : primary.act, why);
});

test("what is chosen is in the job", () => {
  const press = primaryOf(plan(), { ...NOTHING, without: new Set([ZERO]), to: OTHER, checkedTo: OTHER, sponsored: true, paymaster: "https://gas.example" }, ready);
  assert.ok(press.act === "press");
  assert.deepEqual(press.job, { kind: "claim", tokens: [DOLLAR], to: OTHER, sponsored: true, paymaster: null });
  assert.equal(press.label, "Sign for 1 token");
});

test("a token that is left alone is chosen: it has no box to mark", () => {
  const [, second] = offer().claims;
  assert.deepEqual(chosen(plan(offer({ claims: [second!] })), { without: new Set([ZERO]) }), [ZERO]);
});

test("a gas service is asked over an encrypted way, and gets no password", () => {
  assert.ok(isPaymaster("https://gas.example/v1?key=1"));
  for (const bad of ["", "gas", "http://gas.example", "javascript:alert(1)", "https://user:pass@gas.example"]) assert.ok(!isPaymaster(bad), bad);
});
