import assert from "node:assert/strict";
import { test } from "node:test";
import { whyLink, whyOf } from "./whyLink.ts";

test("a link to an explanation keeps the filter, and its epoch is read back", () => {
  const keep = new URLSearchParams({ role: "a&b", why: "1", whyToken: "0xold" });
  const link = whyLink("0xabc", 7, "0xnew", keep);
  const query = new URLSearchParams(link.split("?")[1]);
  assert.equal(link.split("?")[0], "accounts/0xabc");
  assert.deepEqual([query.get("role"), query.get("whyToken"), whyOf(query)], ["a&b", "0xnew", 7]);
  assert.equal(new URLSearchParams(whyLink("0xabc", 7, undefined, keep).split("?")[1]).get("whyToken"), null);
  assert.equal(keep.get("why"), "1");
  for (const wrong of ["0", "-1", "1e3", "x", ""]) assert.equal(whyOf(new URLSearchParams({ why: wrong })), null);
});
