#!/bin/sh
# Fuzzes every parser under AddressSanitizer and UndefinedBehaviorSanitizer.
# usage: tools/fuzz.sh [SECONDS_EACH [NAME...]]     (20 seconds; every target)
# What libFuzzer learns stays in build-fuzz/corpus/NAME. An input that crashes
# is written to build-fuzz/found/NAME: mend the bug, keep the input (small) in
# tests/crashers/NAME. So is one that takes 30 seconds, by the clock on the wall: on a
# processor with much else to do, run it again alone before believing it.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-20}
[ $# -gt 0 ] && shift

clang=$(command -v clang-14 || command -v clang) || {
    echo 'fuzzing needs clang (Debian: clang-14 libclang-rt-14-dev)' >&2
    exit 1
}
[ -f build-fuzz/build.ninja ] || CC=$clang meson setup build-fuzz -Dfuzz=true -Dbuildtype=debug \
    -Doptimization=1 -Db_lundef=false >/dev/null
ninja -C build-fuzz fuzz >build-fuzz/fuzz.log || { cat build-fuzz/fuzz.log >&2; exit 1; }

[ $# -gt 0 ] || set -- $(cd build-fuzz/tests/fuzz && find . -maxdepth 1 -name 'fuzz_*' -type f |
    sed 's,./fuzz_,,' | sort)

# NAME: one target, one line about it.
fuzz() {
    name=$1
    mkdir -p "build-fuzz/corpus/$name" "build-fuzz/found/$name"
    seeds=
    for folder in "tests/fuzz/corpus/$name" "tests/crashers/$name"; do
        [ -d "$folder" ] && seeds="$seeds $folder"
    done
    log=build-fuzz/$name.log
    # shellcheck disable=SC2086 # the list is words
    if UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "build-fuzz/tests/fuzz/fuzz_$name" \
        "build-fuzz/corpus/$name" $seeds -max_total_time="$seconds" -timeout=30 \
        -rss_limit_mb=1024 -malloc_limit_mb=512 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="build-fuzz/found/$name/" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$name: $runs inputs in $seconds s, none crashed"
    else
        echo "$name: FAILED, see $log"
        grep -m1 -E '^(SUMMARY|==.*ERROR)|runtime error' "$log" || tail -n 3 "$log"
        return 1
    fi
}

# As many at once as there are processors: a target uses one.
status=0 running=
for name in "$@"; do
    fuzz "$name" &
    running="$running $!"
    # shellcheck disable=SC2086 # the list is words
    set -- $running
    if [ $# -ge "$(nproc)" ]; then
        wait "$1" || status=1
        shift
        running=$*
    fi
done
for process in $running; do
    wait "$process" || status=1
done
exit "$status"
