#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 the clasp-gst authors
#
# Installs what is missing, builds, runs every test suite and closes with the
# line 'N passed, N failed, N skipped'. Builds and logs stay outside the clone.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tests/setup.sh"

SUITES='style build unit conformance examples interop clang nogst sanitize valgrind'
SLOW='clang nogst sanitize valgrind'

usage() {
  cat <<TEXT
Usage: sh tests/run.sh [--quick] [--suite NAME]... [--no-install]
  --suite NAME   only this one of: $SUITES
                 tsan (thread sanitizer; only on request)
  --quick        without: $SLOW
  --no-install   do not look for missing packages
Environment: CLASP_PAGES=DIR a checkout of the CLASP repository, whose own
pages are then tested too; CLASP_RELAYS=engine,embedded relays of the interop
tests; CI when set, what cannot run counts as failed.
TEXT
}

wanted=
quick=
install=yes
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=yes ;;
    --no-install) install= ;;
    --suite)
      [ $# -gt 1 ] || { usage >&2; exit 2; }
      wanted="$wanted $2"
      shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
for name in $wanted; do
  case " $SUITES tsan " in
    *" $name "*) ;;
    *) say "run.sh: no suite named $name"; exit 2 ;;
  esac
done

build=$(clasp_build_dir tests)
logs=$build-logs
engine_target=$CLASP_CACHE/engine
browser=$root/tests/interop/browser
total_passed=0
total_failed=0
total_skipped=0
mkdir -p "$logs"

# --- counting ---

add() {
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

# check WHAT COMMAND...: one case; its output is shown only when it fails
check() {
  what=$1
  shift
  log="$logs/$suite-$(printf '%s' "$what" | tr -c 'A-Za-z0-9\n' '-').log"
  if "$@" >"$log" 2>&1 </dev/null; then
    say "  ok: $what"
    add 1 0 0
  else
    say "  FAILED: $what"
    tail -n 40 "$log" | sed 's/^/    /' >&2
    add 0 1 0
    return 1
  fi
}

# A part that cannot run here: a failure where everything must run.
cannot() {
  if [ -n "${CI:-}" ]; then
    say "  FAILED: $1"
    add 0 1 0
  else
    say "  skipped: $1"
    add 0 0 1
  fi
}

# add_cases KIND LOG STATUS: the cases of a log; a bad status never passes
add_cases() {
  cases=$(python3 "$root/tests/support/count-tests.py" "$1" "$2")
  set -- "$3" $cases
  if [ $(($2 + $3 + $4)) = 0 ] || { [ "$1" != 0 ] && [ "$3" = 0 ]; }; then
    set -- "$1" "$2" $(($3 + 1)) "$4"
  fi
  add "$2" "$3" "$4"
}

# run_suite NAME: wants a function suite_NAME
run_suite() {
  suite=$1
  passed=0
  failed=0
  skipped=0
  start=$(date +%s)
  say "== $suite"
  "suite_$suite"
  say "$suite: $passed passed, $failed failed, $skipped skipped" \
    "($(($(date +%s) - start)) s)"
  total_passed=$((total_passed + passed))
  total_failed=$((total_failed + failed))
  total_skipped=$((total_skipped + skipped))
}

# meson_tests DIR NAME [OPTION...]
meson_tests() {
  dir=$1
  name=$2
  shift 2
  rm -f "$dir/meson-logs/$name"*.json
  meson test -C "$dir" --no-rebuild --print-errorlogs --logbase "$name" "$@" \
    >"$logs/$suite-$name.log" 2>&1 </dev/null
  status=$?
  [ $status = 0 ] || tail -n 150 "$logs/$suite-$name.log" >&2
  # with a wrapper meson adds its name
  add_cases meson "$(find "$dir/meson-logs" -name "$name*.json")" $status
}

# node_tests NAME FILE...: in a network of their own
node_tests() {
  name=$1
  shift
  tap=$logs/$suite-$name.tap
  rm -f "$tap"
  CLASP_BUILD=$build CLASP_ENGINE=$engine_target/release/clasp-engine \
    CLASP_TEST_OUTPUT=$logs \
    timeout -k 10 900 sh "$root/tests/interop/in-netns.sh" node --test \
    --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=tap --test-reporter-destination="$tap" \
    "$@" >"$logs/$suite-$name.log" 2>&1 </dev/null
  status=$?
  if [ $status = 77 ]; then
    cannot "$name: no network namespace on this machine"
    return
  fi
  grep -E '^ *(✔|✖|﹣|▶)' "$logs/$suite-$name.log" | sed 's/^/  /' >&2
  [ $status = 0 ] || sed -n '/failing tests/,$p' "$logs/$suite-$name.log" >&2
  add_cases tap "$tap" $status
}

# --- parts that several suites need; each is made once ---

configure() {
  dir=$1
  shift
  clasp_configure "$dir" -Dwerror=true "$@"
}

configure_and_compile() {
  configure "$@" && clasp_compile "$1"
}

need_build() {
  [ -z "${built:-}" ] || return "$built"
  configure_and_compile "$build"
  built=$?
  return $built
}

build_engine() {
  CARGO_TARGET_DIR=$engine_target cargo build --release --locked --quiet \
    --manifest-path "$root/tests/interop/engine/Cargo.toml"
}

need_engine() {
  [ -z "${engine:-}" ] || return "$engine"
  check 'engine of the real relay builds' build_engine
  engine=$?
  return $engine
}

install_node_modules() {
  lock=$browser/node_modules/.clasp-lock
  cmp -s "$browser/package-lock.json" "$lock" && return 0
  (cd "$browser" && npm ci --no-audit --no-fund --omit=optional) &&
    cp "$browser/package-lock.json" "$lock"
}

need_node() {
  [ -z "${node:-}" ] || return "$node"
  check 'packages of the browser tests install' install_node_modules
  node=$?
  return $node
}

# --- suites ---

lib_is_free_of_gst() {
  ! grep -rnE 'gst/|<gst|GST_' "$root/lib"
}

sources_are_formatted() {
  formatter=$(command -v clang-format-14 || command -v clang-format)
  unformatted=$(cd "$root" && find lib gst plugins examples tests \
    -name node_modules -prune -o -name '*.[ch]' \
    -exec "$formatter" --dry-run {} + 2>&1 | grep -oE '^[^ :]+\.[ch]:' | sort -u)
  [ -z "$unformatted" ] || { echo "$unformatted"; return 1; }
}

scripts_parse() {
  find "$root/examples" "$root/tests" "$root/.ci" -name node_modules -prune \
    -o \( -name '*.sh' -o -path '*/.ci/run' \) -type f -print |
    while read -r script; do sh -n "$script" || echo "$script"; done |
    { ! grep .; }
}

locks_name_no_host() {
  ! grep -n '"resolved"' "$browser/package-lock.json"
}

suite_style() {
  check 'lib/ does not know GStreamer' lib_is_free_of_gst
  if clang-format --version 2>/dev/null | grep -q 'version 14'; then
    check 'C sources are formatted' sources_are_formatted
  else
    cannot 'C sources are formatted: needs clang-format 14'
  fi
  check 'shell scripts parse' scripts_parse
  check 'lock file names no host' locks_name_no_host
}

suite_build() {
  check 'gcc, warnings are errors' need_build
}

suite_unit() {
  need_build || { cannot_build; return; }
  meson_tests "$build" unit --no-suite conformance
}

cannot_build() {
  say '  FAILED: not built'
  add 0 1 0
}

suite_conformance() {
  need_build || { cannot_build; return; }
  need_engine && need_node || return
  CLASP_ENGINE=$engine_target/release/clasp-engine CLASP_REQUIRE_ENGINE=1 \
    meson_tests "$build" conformance --suite conformance
  node_tests client "$browser"/client.test.mjs
}

# The pipelines of the README and the demo, as a reader would run them.
suite_examples() {
  need_build || { cannot 'examples: the build failed'; return; }
  log=$logs/examples.tap
  CLASP_BUILD=$build
  export CLASP_BUILD
  (clasp_use_build "$build" &&
    sh "$root/tests/interop/in-netns.sh" python3 "$root/tests/interop/readme.py"
  ) >"$log" 2>"$logs/examples.log" </dev/null
  status=$?
  if [ $status = 77 ]; then
    cannot 'examples: no network namespace on this machine'
    return
  fi
  grep -E '^(not )?ok' "$log" | sed 's/^/  /' >&2
  [ $status = 0 ] || tail -n 40 "$logs/examples.log" >&2
  add_cases tap "$log" $status
}

suite_interop() {
  need_build || { cannot_build; return; }
  need_engine && need_node || return
  for file in "$browser"/*.test.mjs; do
    name=$(basename "$file" .test.mjs)
    case $name in
      client) continue ;; # conformance
      genuine) [ -n "${CLASP_PAGES:-}" ] || continue ;;
    esac
    node_tests "$name" "$file"
  done
}

suite_clang() {
  compiler=$(command -v clang-14 || command -v clang) ||
    { cannot 'clang build: no clang'; return; }
  CC=$compiler
  export CC
  check 'clang, warnings are errors' \
    configure_and_compile "$(clasp_build_dir clang)"
  unset CC
}

suite_nogst() {
  dir=$(clasp_build_dir nogst)
  check 'lib/ builds without GStreamer' configure_and_compile "$dir" \
    -Dgst=disabled -Dintrospection=disabled &&
    meson_tests "$dir" unit --suite lib --suite relay
}

# sanitized NAME SANITIZERS SUITE...
sanitized() {
  dir=$(clasp_build_dir "$1")
  sanitizers=$2
  check "$1 build for $3" configure_and_compile "$dir" \
    -Dintrospection=disabled -Db_sanitize="$sanitizers" -Db_lundef=false ||
    return
  shift 2
  # One at a time: what is sanitized is slow enough without company. The
  # broadcaster that is killed is a gst-launch-1.0, which cannot load a
  # sanitized plugin.
  for name in "$@"; do
    GST_CHECKS_IGNORE=test_broadcaster_killed \
      meson_tests "$dir" "$name" --suite "$name" -t 4 --num-processes 1
  done
}

# Leaks are looked for where GStreamer is not: it keeps much for good. Its
# plugin scanner is not sanitized itself and could not load our plugin.
suite_sanitize() {
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  ASAN_OPTIONS=abort_on_error=1
  GST_REGISTRY_FORK=no
  export ASAN_OPTIONS UBSAN_OPTIONS GST_REGISTRY_FORK
  sanitized asan address,undefined lib relay
  ASAN_OPTIONS=detect_leaks=0:abort_on_error=1
  sanitized asan address,undefined gst plugins
  unset ASAN_OPTIONS UBSAN_OPTIONS GST_REGISTRY_FORK
}

suite_tsan() {
  TSAN_OPTIONS=ignore_noninstrumented_modules=1
  export TSAN_OPTIONS
  sanitized tsan thread lib relay gst
  unset TSAN_OPTIONS
}

# Values used before they are set; leaks are the address sanitizer's part.
suite_valgrind() {
  need_build || { cannot_build; return; }
  command -v valgrind >/dev/null || { cannot 'valgrind is missing'; return; }
  G_SLICE=always-malloc G_DEBUG=gc-friendly \
    meson_tests "$build" valgrind --suite lib -t 20 --wrap \
    'valgrind --quiet --error-exitcode=9'
}

if [ -n "$install" ]; then
  clasp_install $CLASP_PACKAGES $CLASP_TEST_PACKAGES || exit 1
  clasp_install_rust || exit 1
fi
say "Builds and logs: $build*"
for name in ${wanted:-$SUITES}; do
  if [ -n "$quick" ] && [ -z "$wanted" ]; then
    case " $SLOW " in *" $name "*) continue ;; esac
  fi
  run_suite "$name"
done
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ "$total_failed" = 0 ] && [ "$total_passed" != 0 ]
