import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetSent, forgiving, keepSent, keptOf, pin, pinOf } from "./kept.ts";
import type { Trail } from "./machine.ts";
import { ACCOUNT, OTHER, VAULT_AT } from "./samples.ts";

class Keep extends Map<string, string> {
  getItem = (key: string): string | null => this.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.set(key, value);
  removeItem = (key: string): void => void this.delete(key);
}

const trails: Trail[] = [
  { kind: "transaction", sent: { hash: `0x${"1".repeat(64)}`, from: ACCOUNT, nonce: null, call: { to: VAULT_AT, data: "0x12ab" }, sentAt: 7 } },
  { kind: "transaction", sent: { hash: `0x${"1".repeat(64)}`, from: ACCOUNT, nonce: 3, call: { to: VAULT_AT, data: "0x" }, sentAt: 0 } },
  { kind: "batch", id: "anything" },
  { kind: "relay", ids: [`0x${"2".repeat(64)}`] },
];

test("what was sent is found again, for its chain and account alone, until it is forgotten", () => {
  for (const trail of trails) {
    const keep = new Keep();
    keepSent(keep, 31337, ACCOUNT, { what: "Claim", vault: VAULT_AT, trail });
    assert.deepEqual(keptOf(keep, 31337, ACCOUNT.toLowerCase()), { what: "Claim", vault: VAULT_AT, trail });
    assert.equal(keptOf(keep, 1, ACCOUNT), null);
    assert.equal(keptOf(keep, 31337, OTHER), null);
    forgetSent(keep, 31337, ACCOUNT);
    assert.equal(keptOf(keep, 31337, ACCOUNT), null);
  }
});

test("what is no memory of this page is forgotten", () => {
  const good = { what: "Claim", vault: VAULT_AT, trail: trails[0] };
  for (const bad of ["", "{", "null", "[]", "7", JSON.stringify({ ...good, vault: "0x12" }), JSON.stringify({ ...good, trail: { kind: "batch" } }), JSON.stringify({ ...good, trail: { kind: "relay", ids: ["x"] } }), JSON.stringify({ ...good, trail: { kind: "relay", ids: [] } }), JSON.stringify(good).replace('"nonce":null', '"nonce":-1'), JSON.stringify(good).replace("0x12ab", "javascript:")]) {
    const keep = new Keep([[`opensettle sent 31337 ${ACCOUNT.toLowerCase()}`, bad]]);
    assert.equal(keptOf(keep, 31337, ACCOUNT), null, bad);
    assert.equal(keep.size, 0);
  }
});

test("the first vault is remembered, and another one is told with both", () => {
  const keep = new Keep();
  assert.deepEqual(pinOf(keep, "/", 1, VAULT_AT), { known: true, before: null });
  assert.deepEqual(pinOf(keep, "/", 1, VAULT_AT.toLowerCase()), { known: true, before: null });
  assert.deepEqual(pinOf(keep, "/", 1, OTHER), { known: false, before: VAULT_AT });
  assert.deepEqual(pinOf(keep, "/", 1, OTHER), { known: false, before: VAULT_AT });
  assert.deepEqual(pinOf(keep, "/chains/b/", 1, OTHER), { known: true, before: null });
  assert.deepEqual(pinOf(keep, "/", 2, OTHER), { known: true, before: null });
  pin(keep, "/", 1, OTHER);
  assert.deepEqual(pinOf(keep, "/", 1, OTHER), { known: true, before: null });
});

test("without a storage nothing is remembered, and nothing breaks", () => {
  const keep = forgiving(() => {
    throw new Error("denied");
  });
  keepSent(keep, 1, ACCOUNT, { what: "x", vault: VAULT_AT, trail: trails[2]! });
  assert.equal(keptOf(keep, 1, ACCOUNT), null);
  assert.equal(pinOf(keep, "/", 1, VAULT_AT).known, true);
  forgetSent(keep, 1, ACCOUNT);
});
