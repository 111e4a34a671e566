#!/usr/bin/env bash
# Measures the figures of one area, peers in the same run.
#   ./bench.sh AREA [--json] [--plot PATH]     AREA: contracts, core, chain, ingest, node, page, passports, cluster, witness
# With --json the last line is one object: area, machine, figures. The core also draws how its costs grow, into PATH or
# .run/core-growth.svg. The node works on data that takes minutes to make: it is made once, some gigabytes, in opensettle-bench-node-* under
# the folder of temporary files, and made anew where the tables change.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/scripts/setup.sh"

case " $* " in
  *" --help "* | *" -h "*)
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac

set_up
ensure_secp256k1
build_dotnet tests/benchmarks/OpenSettle.Benchmarks/OpenSettle.Benchmarks.csproj
case " $* " in
  *" page "*)
    ensure_chromium
    build_page || fail 3 "the page does not build; what is wrong stands above."
    ;;
esac
case " $* " in
  *" cluster "*)
    ensure_postgres
    ensure_rabbitmq
    ;;
esac
case " $* " in *" node "* | *" page "* | *" passports "* | *" witness "*) build_dotnet src/OpenSettle.Cli/OpenSettle.Cli.csproj ;; esac
cd "$ROOT"
exec dotnet "$ROOT/tests/benchmarks/OpenSettle.Benchmarks/bin/$CONFIGURATION/net10.0/OpenSettle.Benchmarks.dll" "$@"
