#!/usr/bin/env bash
# All tests, by one command.
#   ./test.sh          everything
#   ./test.sh --fast   without what needs a server or a browser, the kills at every point, and the contracts' own tests, which take minutes to compile
# Ends with "N passed, N failed" over all suites, and 0 only when nothing failed and every suite ran.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/scripts/setup.sh"

FAST=false
for argument in "$@"; do
  case "$argument" in
    --fast) FAST=true ;;
    --help | -h)
      sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) fail 2 "'$argument' is not known. Usage: ./test.sh [--fast]" ;;
  esac
done

PASSED=0
FAILED=0
CHAIN_PID=""
SOLIDITY_PID=""
TEMPORARY="$ROOT/.run/test-$$"
mkdir -p "$TEMPORARY"

finish() {
  for pid in $CHAIN_PID $SOLIDITY_PID; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$TEMPORARY"
}
trap finish EXIT
trap 'exit 130' INT TERM

# count NAME CODE PASSED FAILED: a suite that fails to run, or runs nothing, is a failure too.
count() {
  local name="$1" code="$2" passed="${3:-0}" failed="${4:-0}"
  if [ "$failed" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$passed" -eq 0 ]; }; then failed=1; fi
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
  printf '%-32s %5s passed %5s failed  (%s s)\n' "$name" "$passed" "$failed" "$((SECONDS - SUITE_STARTED))"
}

# run LOG COMMAND...: shows the output only when it fails.
run() {
  local log="$1" code=0
  shift
  SUITE_STARTED=$SECONDS
  "$@" >"$log" 2>&1 </dev/null || code=$?
  if [ "$code" -ne 0 ]; then
    # What a test printed may be long: why it failed stands before it, and is wanted first.
    grep -A 8 '^ *Error Message:' "$log" | head -n 100 || true
    tail -n 150 "$log"
  fi
  return "$code"
}

# dotnet_suite PROJECT [FILTER]
dotnet_suite() {
  local name="$1" filter="${2:-}" log code=0 line
  log="$TEMPORARY/$name.log"
  # A test that hangs is named, and ended after twenty minutes, at night after a hundred and twenty.
  run "$log" dotnet test "$ROOT/tests/$name/$name.csproj" -c "$CONFIGURATION" --no-build --nologo \
    --blame-hang-timeout "${OPENSETTLE_NIGHTLY:+1}20m" --blame-hang-dump-type none --results-directory "$TEMPORARY/results" \
    ${BUILD_PROPERTIES[@]+"${BUILD_PROPERTIES[@]}"} ${filter:+--filter "$filter"} || code=$?
  line=$(grep -E 'Failed: +[0-9]+, Passed: +[0-9]+, Skipped: +[0-9]+' "$log" | tail -n 1 || true)
  local passed failed skipped
  passed=$(printf '%s' "$line" | sed -nE 's/.*Passed: +([0-9]+).*/\1/p')
  failed=$(printf '%s' "$line" | sed -nE 's/.*Failed: +([0-9]+).*/\1/p')
  skipped=$(printf '%s' "$line" | sed -nE 's/.*Skipped: +([0-9]+).*/\1/p')
  # A skipped test is a test that did not hold: it counts as failed.
  count "$name${filter:+ ($filter)}" "$code" "${passed:-0}" "$((${failed:-0} + ${skipped:-0}))"
}

# node_suite NAME COMMAND...: Node's own runner ends with "# pass N" and "# fail N".
node_suite() {
  local name="$1" log code=0
  shift
  log="$TEMPORARY/node-suite.log"
  run "$log" "$@" || code=$?
  count "$name" "$code" "$(sed -nE 's/^(# |ℹ )pass ([0-9]+)$/\2/p' "$log" | tail -n 1)" "$(sed -nE 's/^(# |ℹ )fail ([0-9]+)$/\2/p' "$log" | tail -n 1)"
}

# chain_suite NAME READY COMMAND...: the clients' conformance on a node of its own; COMMAND lacks its port.
chain_suite() {
  local name="$1" ready="$2" port
  shift 2
  port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  "$@" "$port" >"$TEMPORARY/chain.log" 2>&1 </dev/null &
  CHAIN_PID=$!
  for _ in $(seq 150); do
    if grep -q "$ready" "$TEMPORARY/chain.log"; then break; fi
    sleep 0.2
  done
  echo "on $name:"
  OPENSETTLE_TEST_RPC="http://127.0.0.1:$port" dotnet_suite OpenSettle.Ethereum.Tests "Category=Chain"
  kill "$CHAIN_PID" 2>/dev/null || true
  wait "$CHAIN_PID" 2>/dev/null || true
  CHAIN_PID=""
}

# check NAME COMMAND...: one pass or one failure.
check() {
  local name="$1" code=0
  shift
  run "$TEMPORARY/check.log" "$@" || code=$?
  if [ "$code" -eq 0 ]; then count "$name" 0 1 0; else count "$name" "$code" 0 1; fi
}

set_up
ensure_secp256k1
ensure_promtool
ensure_shells
ensure_systemd_analyze
if [ "$FAST" = false ]; then
  ensure_chromium
  ensure_postgres
  ensure_rabbitmq
fi
cd "$ROOT"
build_page || fail 3 "the page does not build; what is wrong stands above."
build_dotnet OpenSettle.sln
if [ "$WITH_NETHEREUM" = true ]; then echo "clients: built-in and Nethereum"; else echo "clients: built-in (Nethereum's packages do not restore here)"; fi
if has_secp256k1; then echo "curve libraries: libsecp256k1 and BouncyCastle"; else echo "curve libraries: BouncyCastle"; fi
# What this processor lacks is not tested here: say which of the hash's paths were.
lanes="one"
if grep -qw avx2 /proc/cpuinfo 2>/dev/null; then lanes="$lanes, four"; fi
if grep -qw avx512f /proc/cpuinfo 2>/dev/null; then lanes="$lanes, eight"; fi
echo "keccak lanes that this processor has: $lanes"

# Every suite of the clients runs with each curve library: without one of them it would hold for the other alone.
if [ "$FAST" = false ]; then
  check "libsecp256k1 is here" has_secp256k1
  export OPENSETTLE_REQUIRE_LIBSECP256K1=true
  check "PostgreSQL is here" has_postgres
  check "RabbitMQ is here" has_rabbitmq
fi

check "promtool is here" has_promtool
check "systemd-analyze is here" has_systemd_analyze

# First, because the contracts' tests run on what is committed.
check "committed ABIs are fresh" node deploy/export-contracts.mjs --check
check "typed messages are fresh" node deploy/export-messages.mjs --check
node_suite "contracts and EAS's SDK" node --test "tests/contracts/*.test.mjs"
check "gas is that of the snapshot" node tests/benchmarks/OpenSettle.Benchmarks/Peers/gas.mjs --check
if [ "$FAST" = true ]; then
  echo "contracts (Solidity): left to the whole run"
else
  # Compiling these takes minutes on one core, so they run beside all that follows.
  SOLIDITY_STARTED=$SECONDS
  node node_modules/hardhat/dist/src/cli.js test solidity >"$TEMPORARY/solidity.log" 2>&1 </dev/null &
  SOLIDITY_PID=$!
fi
check "golden vectors are fresh" node tests/vectors/generate.mjs --check
check "signing vectors are fresh" node tests/vectors/random-signing.mjs --check
check "key vectors are fresh" node tests/vectors/keys.mjs --check
check "vectors of attestations are fresh" node tests/vectors/attestations.mjs --check
check "the table of NFKD is fresh" node tests/vectors/nfkd.mjs --check

check "page: types" npm --prefix src/OpenSettle.Web run check
node_suite "page" npm --prefix src/OpenSettle.Web test

dotnet_suite OpenSettle.Tidy.Tests
export OPENSETTLE_HISTORIES="$TEMPORARY/histories"
dotnet_suite OpenSettle.Tests
node_suite "second implementation" node --test "tests/reference/**/*.test.ts"
check "second implementation: types" node src/OpenSettle.Web/node_modules/typescript/bin/tsc -p tests/reference/tsconfig.json
unset OPENSETTLE_HISTORIES
# PostgreSQL and RabbitMQ are servers: the quick run goes without what is tested on them.
if [ "$FAST" = true ]; then dotnet_suite OpenSettle.Storage.Tests "Category!=Server"; else dotnet_suite OpenSettle.Storage.Tests; fi
dotnet_suite OpenSettle.Cli.Tests
# A kill at each point of a history takes a minute: the quick run goes without.
if [ "$FAST" = true ]; then dotnet_suite OpenSettle.Node.Tests "Category!=Anvil&Category!=Crash&Category!=Server"; else dotnet_suite OpenSettle.Node.Tests "Category!=Anvil"; fi
# The same over books in PostgreSQL: what settles, pays and shows money; at night all of it.
if [ "$FAST" = false ]; then
  on_postgres="FullyQualifiedName~Pipeline.EpochStep|FullyQualifiedName~Pipeline.SweepStep|FullyQualifiedName~Pipeline.SendStep|FullyQualifiedName~EarningsEndpoints|FullyQualifiedName~RelayStep"
  if [ -n "${OPENSETTLE_NIGHTLY:-}" ]; then on_postgres="Books!=Files&Category!=Anvil"; fi
  echo "on PostgreSQL:"
  OPENSETTLE_TEST_BOOKS=postgres dotnet_suite OpenSettle.Node.Tests "$on_postgres"
fi
# Signing, against what ethers signs: a new seed in every run.
signing_cases=500
if [ -n "${OPENSETTLE_NIGHTLY:-}" ]; then signing_cases=20000; fi
seed=$((RANDOM * 32768 + RANDOM))
node tests/vectors/random-signing.mjs --seed "$seed" --count "$signing_cases" >"$TEMPORARY/signing.jsonl"
echo "signing: $signing_cases transactions and as many typed data, seed $seed"
OPENSETTLE_SIGNING="$TEMPORARY/signing.jsonl" dotnet_suite OpenSettle.Ethereum.Tests "Category!=Chain&Category!=Anvil"

if [ "$FAST" = false ]; then
  node_suite "deployment" node --test "tests/deploy/*.test.mjs"
  # Usage through a broker that is killed, cut off and made anew.
  dotnet_suite OpenSettle.Queue.Tests
  # Two nodes that nobody here wrote, so that no client learns the manners of one.
  chain_suite Hardhat 'Started HTTP' node node_modules/hardhat/dist/src/cli.js node --hostname 127.0.0.1 --port
  chain_suite anvil 'Listening on' node node_modules/@foundry-rs/anvil/bin.mjs --host 127.0.0.1 --hardfork cancun --accounts 20 --port
  # These start chains of their own, and make them do what only anvil does: reorganisations, lost transactions, fees that jump.
  dotnet_suite OpenSettle.Ethereum.Tests "Category=Anvil"
  dotnet_suite OpenSettle.Node.Tests "Category=Anvil"
  # The page in a real browser, in front of a real node and chain. Shots of every page are in artifacts/page afterwards.
  dotnet_suite OpenSettle.Page.Tests
  # A node that settles is killed forty times, at night a thousand: other moments in every run.
  for _ in $(seq "${OPENSETTLE_NIGHTLY:-1}"); do
    seed="${OPENSETTLE_CRASH_SEED:-$RANDOM}"
    echo "crash rounds: seed $seed"
    OPENSETTLE_CRASH_SEED="$seed" dotnet_suite OpenSettle.EndToEnd.Tests
  done
fi

if [ "$FAST" = false ]; then
  code=0
  wait "$SOLIDITY_PID" || code=$?
  SOLIDITY_PID=""
  if [ "$code" -ne 0 ]; then tail -n 150 "$TEMPORARY/solidity.log"; fi
  SUITE_STARTED=$SOLIDITY_STARTED
  count "contracts (Solidity)" "$code" \
    "$(sed -nE 's/^[[:space:]]*([0-9]+) passing.*/\1/p' "$TEMPORARY/solidity.log" | tail -n 1)" \
    "$(sed -nE 's/^[[:space:]]*([0-9]+) failing.*/\1/p' "$TEMPORARY/solidity.log" | tail -n 1)"
fi

echo
echo "$PASSED passed, $FAILED failed"
[ "$FAILED" -eq 0 ]
