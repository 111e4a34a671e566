#!/usr/bin/env bash
# The main job, by one command: a payment on a local chain becomes a claim. See README.md.
#   ./demo.sh                 tells the story and stays up until Ctrl-C
#   ./demo.sh --once          tells it, counts everything again, and ends: 0, or not 0 where it does not add up
#   ./demo.sh --once --json   the same; the last line of the output is one JSON object
#   ./demo.sh --quorum        tells another one: three attestors, a watchtower, and a leader that lies
# --port and --rpc-port choose ports (free ones otherwise), --client the chain client.
# Ends with 0: done; 1: the books do not add up; 2: an argument, or something missing here; 3: a step failed; 130: stopped.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/scripts/setup.sh"

# A mistyped flag is told at once, not after minutes of setting up; the program checks the values.
for argument in "$@"; do
  case "$argument" in
    --help | -h)
      sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    --once | --json | --quorum | --port | --rpc-port | --client) ;;
    -*) fail 2 "'$argument' is not known; ./demo.sh --help lists the flags" ;;
  esac
done

set_up
build_page || say "  The page could not be built; the node serves its API without it."
build_dotnet demo/OpenSettle.Demo/OpenSettle.Demo.csproj

# The program ends its own children, on Ctrl-C too; this shell becomes it.
cd "$ROOT"
exec dotnet "$ROOT/demo/OpenSettle.Demo/bin/$CONFIGURATION/net10.0/OpenSettle.Demo.dll" "$@"
