import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attestation, Figure, Passport } from "../../api/passports.ts";
import { changesOf } from "./changes.ts";

const figure = (id: string, scope: string, value: string | null): Figure => ({ id, scope, state: value === null ? "notFound" : "known", value, low: null, high: null, n: 9n, leastN: 8n, level: "attested", firstBlock: 1, lastBlock: 2, query: "", note: null, points: null });
const attestation = (uid: string, standing: string, more: Partial<Attestation> = {}): Attestation => ({ uid, schema: "", kind: "permission", standing, why: null, benefits: false, attester: "", recipient: "", refUid: "", time: 100n, expires: 0n, revokedAt: 0n, onChain: true, at: null, says: { use: `0x${"726573616c65".padEnd(64, "0")}` }, ...more });
const passport = (more: Partial<Passport>): Passport => ({ status: "active", flags: [], figures: [], attestations: [], ...more }) as Passport;

test("a model that is as it was has no changes", () => {
  assert.deepEqual(changesOf(passport({ attestations: [attestation("0x1", "valid"), attestation("0x2", "void")] }), { version: 1, committed: false }), []);
});

test("status, owner, split, decay: each in words", () => {
  const changes = changesOf(
    passport({
      status: "retired",
      flags: [{ id: "new-owner", scope: "", message: "It changed hands." }],
      figures: [figure("domain.decay", "a", "-0.010000"), figure("domain.decay", "b", "0.020000"), figure("domain.decay", "c", null), figure("revenue.halfLife", "0xT", "12.5")],
    }),
    { version: 2, committed: true },
    () => "dUSD",
  );
  assert.deepEqual(changes.map(({ kind, what, says }) => [kind, what, says]), [
    ["bad", "Status", "Its owner says that it is retired."],
    ["warn", "New owner", "It changed hands."],
    ["bad", "It succeeds less and less often", "In a: −1 points a week."],
    ["info", "It succeeds more and more often", "In b: +2 points a week."],
    ["warn", "Revenue decays", "In dUSD it halves in 12.5 weeks."],
    ["info", "Who is paid", "The split has its version 2: earlier payments went by earlier ones."],
    ["info", "Who is paid", "The split is a table that the chain has the hash of."],
  ]);
});

test("what was revoked, ended or replaced, the newest first, with its attestation", () => {
  const changes = changesOf(
    passport({ attestations: [attestation("0x1", "expired", { expires: 500n }), attestation("0x2", "revoked", { revokedAt: 900n, why: "why" }), attestation("0x3", "replaced", { says: null }), attestation("0x4", "revoked", { revokedAt: 2n ** 63n })] }),
    null,
  );
  assert.deepEqual(changes.map(({ what, says, at, uid }) => [what, says, at, uid]), [
    ["Revoked", "permission of resale", null, "0x4"],
    ["Revoked", "permission of resale: why", 900, "0x2"],
    ["Expired", "permission of resale", 500, "0x1"],
    ["Replaced by a newer one", "permission", null, "0x3"],
  ]);
});
