#!/usr/bin/env bash
# Sourced by demo.sh, test.sh and bench.sh: brings what they need into the checkout, once, and says what it does.
set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
CONFIGURATION=Release
# Hardhat 3 wants a Node of its own age; the one of the machine only has to bring it.
NODE_VERSION=24.21.0

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export MSBUILDDISABLENODEREUSE=1 HARDHAT_DISABLE_TELEMETRY=true NO_UPDATE_NOTIFIER=1 npm_config_update_notifier=false

say() { printf '%s\n' "$*" >&2; }

fail() { # fail CODE MESSAGE
  local code="$1"
  shift
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit "$code"
}

# step "what is done" COMMAND...: quiet while it works, the whole output when it fails.
step() {
  local what="$1" log started code=0
  shift
  mkdir -p "$ROOT/.build/logs"
  log="$ROOT/.build/logs/$(printf '%s' "$what" | tr -c 'a-zA-Z0-9' '-').log"
  started=$SECONDS
  printf '  %s ...' "$what" >&2
  "$@" >"$log" 2>&1 </dev/null || code=$?
  if [ "$code" -ne 0 ]; then
    printf ' failed\n' >&2
    tail -n 40 "$log" >&2
    return "$code"
  fi
  printf ' %s s\n' "$((SECONDS - started))" >&2
}

require_disk() {
  local free
  free=$(df -Pk "$ROOT" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "$free" -ge 1500 ] || fail 2 "only $free MiB are free where $ROOT lies, and packages and builds take about 1500. Make room, then run it again."
}

require_dotnet() {
  command -v dotnet >/dev/null 2>&1 || fail 2 "the .NET SDK is missing. Install .NET 10 (https://dotnet.microsoft.com/download), then run this again."
  (cd "$ROOT" && dotnet --version >/dev/null 2>&1) || fail 2 "no .NET SDK fits global.json, which asks for version 10. Install it (https://dotnet.microsoft.com/download); found: $(dotnet --list-sdks 2>/dev/null | tr '\n' ' ')"
}

ensure_node() {
  local private="$ROOT/.tools/node/node_modules/.bin" platform
  if [ "$("$private/node" --version 2>/dev/null || true)" != "v$NODE_VERSION" ]; then
    command -v npm >/dev/null 2>&1 || fail 2 "Node with npm is missing. Install Node 20 or later (https://nodejs.org), then run this again."
    mkdir -p "$ROOT/.tools/node"
    step "bringing Node $NODE_VERSION" bring_node "node@$NODE_VERSION" || true
    if [ "$("$private/node" --version 2>/dev/null || true)" != "v$NODE_VERSION" ]; then
      # The package above fetches its binary in an install script, which npm may be told not to run; this one is the binary.
      platform=$(node -p 'process.platform + "-" + process.arch')
      step "bringing Node $NODE_VERSION for $platform" bring_node "node-$platform@$NODE_VERSION" \
        || fail 2 "npm could not bring Node $NODE_VERSION. Check the network and npm's registry setting, then run this again."
    fi
  fi
  export PATH="$private:$PATH"
  [ "$(node --version)" = "v$NODE_VERSION" ] || fail 2 "the private Node in .tools/node does not run here. Delete .tools, then run this again."
}

bring_node() {
  npm install --prefix "$ROOT/.tools/node" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts=false "$1"
}

ensure_packages() {
  local wanted have
  wanted=$(cksum <"$ROOT/package-lock.json")
  have=$(cat "$ROOT/node_modules/.opensettle-lock" 2>/dev/null || true)
  [ "$wanted" = "$have" ] && return 0
  (cd "$ROOT" && step "installing npm packages" npm ci --no-audit --no-fund) \
    || fail 2 "npm ci failed. Check the network and npm's registry setting, then run this again."
  printf '%s\n' "$wanted" >"$ROOT/node_modules/.opensettle-lock"
}

# Whether Nethereum's packages restore here is found out once, and asked again when versions or sources change.
probe_nethereum() {
  local key probe="$ROOT/.build/nethereum-probe" known
  key="$(cksum <"$ROOT/Directory.Packages.props") ${OPENSETTLE_NUGET_FEED:-}"
  known=$(cat "$probe/answer" 2>/dev/null || true)
  if [ "${known#* | }" != "$key" ] || [ -z "$known" ]; then
    rm -rf "$probe"
    mkdir -p "$probe"
    sed 's/[$](WithNethereum)/true/g' "$ROOT/Directory.Packages.props" >"$probe/Directory.Packages.props"
    printf '<Project/>\n' >"$probe/Directory.Build.props"
    cat >"$probe/probe.csproj" <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Nethereum.Web3" />
    <PackageReference Include="Nethereum.Contracts" />
    <PackageReference Include="Nethereum.HdWallet" />
    <PackageReference Include="Newtonsoft.Json" />
  </ItemGroup>
</Project>
PROJECT
    printf '  looking for the Nethereum packages ...' >&2
    if dotnet restore "$probe/probe.csproj" ${OPENSETTLE_NUGET_FEED:+-p:RestoreAdditionalProjectSources="$OPENSETTLE_NUGET_FEED"} >"$probe/restore.log" 2>&1 </dev/null; then
      printf 'yes | %s\n' "$key" >"$probe/answer"
      printf ' found\n' >&2
    else
      printf 'no | %s\n' "$key" >"$probe/answer"
      printf ' not here: the built-in client is used\n' >&2
    fi
  fi
  BUILD_PROPERTIES=()
  WITH_NETHEREUM=false
  if [ "$(cut -d' ' -f1 "$probe/answer")" = yes ]; then
    WITH_NETHEREUM=true
    BUILD_PROPERTIES=(-p:WithNethereum=true)
    if [ -n "${OPENSETTLE_NUGET_FEED:-}" ]; then BUILD_PROPERTIES+=("-p:RestoreAdditionalProjectSources=$OPENSETTLE_NUGET_FEED"); fi
  fi
}

# The page is built before the node, which takes it along.
build_page() {
  local page="$ROOT/src/OpenSettle.Web" stamp="$ROOT/.build/page.stamp"
  if [ -f "$page/dist/index.html" ] && unchanged "$stamp" built src/OpenSettle.Web/src src/OpenSettle.Web/build src/OpenSettle.Web/public src/OpenSettle.Web/index.html \
    src/OpenSettle.Web/package-lock.json src/OpenSettle.Web/vite.config.ts src/OpenSettle.Web/tsconfig.json; then return 0; fi
  if [ "$(cksum <"$page/package-lock.json")" != "$(cat "$page/node_modules/.opensettle-lock" 2>/dev/null || true)" ]; then
    (cd "$page" && step "installing the page's npm packages" npm ci --no-audit --no-fund) || return 1
    cksum <"$page/package-lock.json" >"$page/node_modules/.opensettle-lock"
  fi
  (cd "$page" && step "building the page" npm run build) || return 1
  printf built >"$stamp"
}

# unchanged STAMP WHAT PLACE...: whether nothing in those places changed since the stamp was set for the same WHAT. A file
# that was removed shows in its folder's time.
unchanged() {
  local stamp="$1" what="$2"
  shift 2
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$what" ] || return 1
  [ -z "$(cd "$ROOT" && find "$@" \( -name bin -o -name obj -o -name node_modules \) -prune -o -newer "$stamp" -print -quit)" ]
}

# build_dotnet TARGET: a project or the solution, once for each state of the sources.
build_dotnet() {
  local target="$1" stamp what="${BUILD_PROPERTIES[*]-}"
  stamp="$ROOT/.build/$(basename "$target").stamp"
  if [ -d "$ROOT/src/OpenSettle.Cli/bin/$CONFIGURATION" ] \
    && unchanged "$stamp" "$what" src demo tests OpenSettle.sln Directory.Build.props Directory.Packages.props global.json .editorconfig; then return 0; fi
  # The servers of a build outlive it; nothing of ours is to stay behind.
  step "building $(basename "$target")" dotnet build "$ROOT/$target" -c "$CONFIGURATION" --disable-build-servers ${BUILD_PROPERTIES[@]+"${BUILD_PROPERTIES[@]}"} \
    || fail 3 "the build failed; what is wrong stands above."
  printf '%s' "$what" >"$stamp"
}

# The curve's library: where it is missing, Debian's package is installed, which takes root.
ensure_secp256k1() {
  has_secp256k1 && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    step "installing libsecp256k1" install_debian libsecp256k1-1 || true
  fi
  has_secp256k1 || say "  libsecp256k1 is not here: the portable library is used. Install libsecp256k1-1 (Debian, as root) or secp256k1 (Homebrew)."
}

has_secp256k1() {
  ldconfig -p 2>/dev/null | grep -q libsecp256k1 || ls /usr/local/lib/libsecp256k1* /opt/homebrew/lib/libsecp256k1* >/dev/null 2>&1
}

# Prometheus' own judge of metrics. Its package is unpacked here and not installed: no daemon comes with it.
ensure_promtool() {
  has_promtool && return 0
  if command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1; then
    step "bringing promtool" bring_promtool || true
  fi
  has_promtool || say "  promtool is not here: put it on PATH (it comes with Prometheus), or into .tools/prometheus."
}

has_promtool() {
  [ -x "$ROOT/.tools/prometheus/promtool" ] || command -v promtool >/dev/null 2>&1
}

bring_promtool() {
  local folder="$ROOT/.tools/prometheus"
  rm -rf "$folder"
  mkdir -p "$folder/unpacked"
  (
    cd "$folder"
    apt-get download prometheus || { apt-get update && apt-get download prometheus; }
    dpkg -x prometheus_*.deb unpacked
    mv unpacked/usr/bin/promtool promtool
    rm -rf unpacked prometheus_*.deb
  )
}

# PostgreSQL, for what is tested on it. It refuses to run as root, and a user with fewer rights may not reach the
# checkout, so it is installed where every user can run it; nothing is started, and no database is made beside it.
ensure_postgres() {
  has_postgres && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    step "installing PostgreSQL" install_postgres || true
  fi
  has_postgres || say "  PostgreSQL 15 is not here: tests on it will fail. Install it (Debian's package postgresql-15), or name the folder of its programs by OPENSETTLE_POSTGRES."
}

has_postgres() {
  [ -x "${OPENSETTLE_POSTGRES:-/usr/lib/postgresql/15/bin}/initdb" ] && [ -x "${OPENSETTLE_POSTGRES:-/usr/lib/postgresql/15/bin}/postgres" ]
}

install_postgres() {
  local folder=/etc/postgresql-common
  if [ ! -e "$folder/createcluster.conf" ]; then
    mkdir -p "$folder"
    printf '# Written before the packages came, which would make a database that starts with the machine.\ncreate_main_cluster = false\n' >"$folder/createcluster.conf"
  fi
  UCF_FORCE_CONFFOLD=1 install_servers postgresql-15
}

# install_servers PACKAGE...: installs them and starts nothing of them.
install_servers() (
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  install_debian "$@"
)

# RabbitMQ and the Erlang that it runs on are unpacked here and not installed: no user, no service, no root is needed.
ensure_rabbitmq() {
  has_rabbitmq && return 0
  if command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1; then
    step "bringing RabbitMQ" bring_rabbitmq || true
  fi
  has_rabbitmq || say "  RabbitMQ is not here: tests on it will fail. Install RabbitMQ 3.10 or later, and name the folder of its rabbitmq-server by OPENSETTLE_RABBITMQ."
}

has_rabbitmq() {
  [ -x "${OPENSETTLE_RABBITMQ:-$ROOT/.tools/rabbitmq/usr/lib/rabbitmq/bin}/rabbitmq-server" ]
}

bring_rabbitmq() {
  local folder="$ROOT/.tools/rabbitmq"
  # Of Erlang only what the server runs on; of Debian's list socat, logrotate and init scripts serve an installed one.
  local packages="rabbitmq-server erlang-base erlang-asn1 erlang-crypto erlang-eldap erlang-inets erlang-mnesia erlang-os-mon
    erlang-parsetools erlang-public-key erlang-runtime-tools erlang-ssl erlang-syntax-tools erlang-tools erlang-xmerl"
  rm -rf "$folder" "$folder.new"
  mkdir -p "$folder.new"
  (
    cd "$folder.new"
    # shellcheck disable=SC2086 # a list of names
    apt-get download $packages || { apt-get update && apt-get download $packages; }
    for package in *.deb; do dpkg -x "$package" .; done
    rm -rf ./*.deb usr/share etc
    # The script names the place of an installed Erlang; here it is where it lies.
    sed -i 's|ROOTDIR=/usr/lib/erlang$|ROOTDIR="$(cd "$(dirname "$0")/.." \&\& pwd)"|' usr/lib/erlang/bin/erl
    usr/lib/erlang/bin/erl -noshell -boot start_clean -eval '{ok, _} = application:ensure_all_started(ssl), halt(0).'
  )
  # Only a whole one gets its name, so that an interrupted run is made again.
  mv "$folder.new" "$folder"
}

# What systemd makes of the unit; no service manager has to run for it.
ensure_systemd_analyze() {
  has_systemd_analyze && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    step "installing systemd-analyze" install_servers systemd || true
  fi
  has_systemd_analyze || say "  systemd-analyze is not here: the test of the unit will fail. Install systemd 250 or later."
}

has_systemd_analyze() {
  command -v systemd-analyze >/dev/null 2>&1
}

# The shells that completions are written for; bash is what runs this. Their tests fail where one is missing.
ensure_shells() {
  command -v zsh >/dev/null 2>&1 && command -v fish >/dev/null 2>&1 && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    step "installing zsh and fish" install_debian zsh fish || true
  fi
  command -v zsh >/dev/null 2>&1 && command -v fish >/dev/null 2>&1 || say "  zsh or fish is not here: tests of their completions will fail. Install both."
}

# What the page is tested in. Its driver comes as a package of the tests; fonts so that shots of one machine look as those of another.
ensure_chromium() {
  has_chromium && return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    step "installing chromium" install_debian chromium fonts-noto-core fonts-noto-mono || true
  fi
  has_chromium || say "  chromium is not here: the page's tests will fail. Install it (Debian's package chromium), or name another build by OPENSETTLE_CHROMIUM."
}

has_chromium() {
  [ -x "${OPENSETTLE_CHROMIUM:-/usr/bin/chromium}" ]
}

install_debian() {
  apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# What every script needs before it builds: a Node of the right age, npm packages, and the answer to whether Nethereum is
# here. Contracts are committed as they were compiled; whoever tests or measures them compiles them.
set_up() {
  require_disk
  require_dotnet
  say "Setting up (quick after the first time):"
  ensure_node
  ensure_packages
  probe_nethereum
}
