// Holds the second implementation against files that the product wrote: OPENSETTLE_HISTORIES names their folder.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Difference, recompute } from "./recompute.mjs";

const folder = process.env.OPENSETTLE_HISTORIES;
const histories = folder ? readdirSync(folder).filter((name) => name.startsWith("history-")).sort() : [];

const load = (history) => {
  const place = join(folder, history);
  const chain = readFileSync(join(place, "chain.txt"), "utf8").trim().split("\n").map((line) => line.split(" "));
  return chain.map(([number, root, hash]) => ({ root, hash, bytes: readFileSync(join(place, `epoch-${number}.bundle`)) }));
};

// As many as the C# test writes; ./nightly.sh multiplies.
const expected = 25 * Number(process.env.OPENSETTLE_NIGHTLY ?? 1);

test("the folder of histories is named and has all of them", () => {
  assert.ok(folder, "OPENSETTLE_HISTORIES is not set");
  assert.equal(histories.length, expected, `${folder} has ${histories.length} histories`);
});

for (const history of histories) {
  test(`${history}: every epoch agrees byte for byte`, () => {
    const epochs = load(history);
    assert.equal(epochs.length, 3);
    let previous;
    for (const { root, hash, bytes } of epochs) {
      previous = recompute(bytes, previous);
      assert.equal(previous.root, root);
      assert.equal(previous.hash, hash);
    }
  });

  test(`${history}: tampering is seen`, () => {
    const [first, second] = load(history);
    const before = recompute(first.bytes);
    const lines = second.bytes.toString("utf8").split("\n");
    const of = (kind) => lines.findIndex((line) => line.startsWith(`["${kind}"`));
    const refused = (changed, what) => assert.throws(() => recompute(Buffer.from(changed.join("\n")), before), Difference, what);
    const replaced = (at, line) => [...lines.slice(0, at), line, ...lines.slice(at + 1)];

    assert.throws(() => recompute(second.bytes), Difference, "the epoch before is left out");
    refused([...lines.slice(0, of("payment")), ...lines.slice(of("payment") + 1)], "a payment is left out");
    for (const kind of ["account", "total"]) {
      const at = of(kind);
      if (at < 0) continue;
      refused(replaced(at, lines[at].replace(/(\d+)"\]$/, (_, digits) => `${BigInt(digits) + 1n}"]`)), `${kind} is one unit larger`);
    }
    refused(replaced(of("account"), lines[of("account")].replace(/0x[0-9a-f]{40}","\d/, (m) => `0x${"ee".repeat(20)}${m.slice(42)}`)), "an account is another");
    refused(replaced(of("root"), `["root","${first.root}x"]`), "the root is another");
    refused(replaced(of("previous"), lines[of("previous")].replace(first.hash, first.root)), "the bundle before is another");
    refused(replaced(of("epoch"), lines[of("epoch")].replaceAll(",", ", ")), "there are spaces");
    for (const text of ["\u00e9", "0x61", "x".repeat(33), `0x61${"0".repeat(62)}`]) {
      refused(replaced(of("terms"), lines[of("terms")].replace(/"(data|code, \{1\})"\]/, `"${text}"]`)), `the role is ${text}`);
    }
    refused([...lines.slice(0, -1), lines[of("root")], ""], "there is more after the end");
    refused(lines.slice(0, -1), "the last line does not end");
  });
}

test("the worked example of docs/protocol.md agrees", () => {
  const text = readFileSync(fileURLToPath(new URL("../../docs/protocol.md", import.meta.url)), "utf8");
  const bundle = /```bundle\n([^`]*)```/.exec(text);
  assert.ok(bundle, "docs/protocol.md has no bundle");
  const { root, hash } = recompute(Buffer.from(bundle[1]));
  assert.ok(text.includes(`root ${root}`), "the root is not the stated one");
  assert.ok(text.includes(`hash ${hash}`), "the hash is not the stated one");
});
