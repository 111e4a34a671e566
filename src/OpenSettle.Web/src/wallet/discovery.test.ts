import assert from "node:assert/strict";
import { test } from "node:test";
import { type Wallet, announced, withWallet } from "./discovery.ts";

const provider = { request: () => Promise.resolve(null) };
const info = { uuid: "1", name: "One", icon: "data:image/png;base64,AA==", rdns: "example.one" };

test("a wallet is what it announced", () => {
  assert.deepEqual(announced({ info, provider }), { ...info, provider });
});

test("what is no announcement is none", () => {
  for (const bad of [null, 7, {}, { info }, { provider }, { info, provider: {} }, { info: { ...info, uuid: "" }, provider }, { info: { ...info, rdns: 7 }, provider }, { info: { ...info, rdns: "window.ethereum" }, provider }])
    assert.equal(announced(bad), null, JSON.stringify(bad));
});

test("only pictures that are fetched from nowhere are shown", () => {
  for (const icon of ["https://stranger.example/i.png", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "", 7, `data:image/png;base64,${"A".repeat(300_000)}`])
    assert.equal(announced({ info: { ...info, icon }, provider })?.icon, null);
  assert.equal(announced({ info: { ...info, icon: "data:image/svg+xml,%3Csvg/%3E" }, provider })?.icon, "data:image/svg+xml,%3Csvg/%3E");
});

test("a wallet without a name has its own address for one", () => {
  assert.equal(announced({ info: { ...info, name: "  " }, provider })?.name, "example.one");
});

test("the list is in the order of names, and nobody stands in it twice", () => {
  const of = (uuid: string, name: string): Wallet => ({ uuid, name, rdns: name, icon: null, provider });
  let list: readonly Wallet[] = [];
  for (const wallet of [of("2", "Bee"), of("1", "Ant"), of("2", "Bee"), of("3", "Ant")]) list = withWallet(list, wallet);
  assert.deepEqual(list.map(({ uuid }) => uuid), ["1", "3", "2"]);
});
