#!/usr/bin/env bash
# All tests in their long form: ten times the random histories and the invariants' calls, and a thousand kills of a node that settles.
# Takes some hours.
set -euo pipefail
export OPENSETTLE_NIGHTLY=10
exec "$(dirname "${BASH_SOURCE[0]}")/test.sh"
