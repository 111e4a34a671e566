#!/usr/bin/env bash
# All tests in their long form: ten times the random histories, the invariants' calls and the kills. Takes an hour or more.
set -euo pipefail
export OPENSETTLE_NIGHTLY=10
exec "$(dirname "${BASH_SOURCE[0]}")/test.sh"
