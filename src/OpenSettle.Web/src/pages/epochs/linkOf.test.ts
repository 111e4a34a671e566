import assert from "node:assert/strict";
import { test } from "node:test";
import { linkOf } from "./linkOf.ts";

test("only http and https are followed, and never with somebody's name in them", () => {
  assert.equal(linkOf("https://example.org/a b"), "https://example.org/a%20b");
  for (const text of ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "ipfs://x", "//example.org", "/bundles/x", "", " https://example.org", "https://", "https://bank.example@evil.example/"])
    assert.equal(linkOf(text), null, text);
});
