#!/usr/bin/env bash
# Prints which lines and statements of contracts/ the Solidity tests reach, by file, with those that they do not.
# Hardhat 3 counts statements, not branches: of an `if (…) revert …;` the revert is a statement of its own, so a refusal that
# no test asks for shows; an `if` that is never false, and the two sides of `&&` or `? :`, do not. Takes many minutes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
set_up

# The tests deploy the committed bytecode, which counts nothing. In a copy they deploy what is compiled with counters.
COPY="$ROOT/.build/coverage"
rm -rf "$COPY"
mkdir -p "$COPY"
trap 'rm -rf "$COPY"' EXIT
cp -r "$ROOT/contracts" "$ROOT/tests" "$ROOT/hardhat.config.js" "$ROOT/package.json" "$COPY/"
mkdir -p "$COPY/src/OpenSettle.Ethereum/Contracts"
cp -r "$ROOT/src/OpenSettle.Ethereum/Contracts/Compiled" "$COPY/src/OpenSettle.Ethereum/Contracts/"
ln -s "$ROOT/node_modules" "$COPY/node_modules"

ARTIFACTS="$COPY/tests/contracts/support/Artifacts.sol"
grep -q 'function creationCode(string memory name)' "$ARTIFACTS" || fail 1 "support/Artifacts.sol has no creationCode(name) to put the counted contracts in."
node - "$ARTIFACTS" <<'NODE'
const { readFileSync, writeFileSync } = require("node:fs");
const path = process.argv[2];
const names = ["ClaimRelay", "InferencePayments", "ModelAccount", "ModelRegistry", "RoyaltySplit", "SettlementResolver"];
const imports = names.map((name) => `import {${name}} from "../../../contracts/${name}.sol";`).join("\n");
const choices = names
  .map((name) => `        if (keccak256(bytes(name)) == keccak256("${name}")) return type(${name}).creationCode;`)
  .join("\n");
const source = readFileSync(path, "utf8");
const changed = source
  .replace(/\nimport /, `\n${imports}\nimport `)
  .replace(/(function creationCode\([^{]*\{\n)/, `$1${choices}\n`);
writeFileSync(path, changed);
NODE

cd "$COPY"
code=0
npx hardhat test solidity --coverage >coverage.log 2>&1 || code=$?
# The table is there after failed tests too; they are for ./test.sh to judge, which has the real bytes.
grep -E '[0-9]+ (passing|failing)' coverage.log || true
# Files of contracts/, in order, and their sum.
node - <<'NODE' || { tail -n 60 coverage.log; exit 1; }
const { readFileSync } = require("node:fs");
const log = readFileSync("coverage.log", "utf8").replace(/\u001b\[[0-9;]*m/g, "");
const rows = log.split("\n").filter((line) => /^║ (File Path|contracts\/|Total)/.test(line));
if (rows.length < 3) process.exit(1);
const [head, ...rest] = rows;
console.log([head, ...rest.slice(0, -1).sort(), rest.at(-1)].map((row) => row.replaceAll("║", "").trimEnd()).join("\n"));
NODE
exit "$code"
