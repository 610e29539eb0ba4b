#!/bin/sh
# Runs every test of a build folder, names what was skipped and why, and closes
# with one line that counts them.
# usage: tools/test.sh BUILD [OPTION...]     (Meson's)
set -eu
build=$1
shift
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"

# The sanitizers slow some tests ten times.
case $build in *asan*) patience=10 ;; *) patience=3 ;; esac

# Now and then one waits: one more than there are processors keeps those busy.
export MESON_TESTTHREADS="${MESON_TESTTHREADS:-$(($(nproc) + 1))}"

status=0
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier "$patience" "$@" ||
    status=$?

log=$build/meson-logs/testlog.txt
echo
grep -h '^SKIPPED' "$log" | sort | uniq || true
[ -d "${LIKENESS_SHARED:-../shared}/reference" ] ||
    echo 'SKIPPED: every comparison with the shared reference data (../shared is not there)'

count() { sed -n "s/^$1: *\([0-9]*\).*/\1/p" "$log" | tail -n 1; }
passed=$(count Ok) failed=$(count Fail) timeout=$(count Timeout) skipped=$(count Skipped)
echo "$((${passed:-0})) passed, $((${failed:-0} + ${timeout:-0})) failed, $((${skipped:-0})) skipped"
exit "$status"
