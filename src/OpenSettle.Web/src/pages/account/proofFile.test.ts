import assert from "node:assert/strict";
import { test } from "node:test";
import { rootOf, verify } from "../../chain/proof.ts";
import { proofFile } from "./proofFile.ts";

test("the file alone is enough to check the leaf, and keeps every digit", () => {
  const [account, token] = ["0x00000000000000000000000000000000000000a1", "0x00000000000000000000000000000000000000b2"];
  const path = [`0x${"11".repeat(32)}`, `0x${"ee".repeat(32)}`];
  const cumulative = 2n ** 256n - 1n;
  const bare = proofFile({ epoch: 7, root: "", account, token, cumulative, proof: path }, 31337, "0xva");
  const root = rootOf(JSON.parse(bare.text).leaf, path);
  const file = proofFile({ epoch: 7, root, account, token, cumulative, proof: path }, 31337, "0xva");
  const read = JSON.parse(file.text) as { chainId: number; vault: string; account: string; token: string; cumulative: string; proof: string[]; root: string; epoch: number };
  assert.deepEqual([read.chainId, read.vault, read.epoch], [31337, "0xva", 7]);
  assert.ok(verify({ account: read.account, token: read.token, cumulative: BigInt(read.cumulative) }, read.proof, read.root).holds);
  assert.ok(!verify({ account: read.account, token: read.token, cumulative: BigInt(read.cumulative) - 1n }, read.proof, read.root).holds);
  assert.match(file.name, /^proof-0x0{38}a1-0x0{38}b2-epoch-7\.json$/);
});
