#!/bin/sh
# Runs every script of tests/long at its full length, and counts them in the last line.
# A script takes no argument, finds BUILD and LIKENESS (the program) and what the tests
# of tests/cli find in its environment, and exits with 77 where it has nothing to test.
# usage: tools/test_long.sh BUILD [NAME...]     (every script)
set -eu
cd "$(dirname "$0")/.."
BUILD=$(cd "$1" && pwd)
shift
LIKENESS=$BUILD/likeness
CHECK_JSON=$BUILD/tests/cli/check_json
INPUTS=$BUILD/tests/cli/inputs
SHARED=${LIKENESS_SHARED:-$PWD/../shared}
export BUILD LIKENESS CHECK_JSON INPUTS SHARED

passed=0 failed=0 skipped=0
for script in tests/long/*.sh; do
    name=$(basename "$script" .sh)
    [ -x "$script" ] || continue
    [ $# -eq 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
    echo "== $name"
    status=0
    "$script" </dev/null || status=$?
    case $status in
        0) passed=$((passed + 1)) ;;
        77) skipped=$((skipped + 1)) ;;
        130 | 143) exit "$status" ;; # stopped by hand
        *) failed=$((failed + 1)) && echo "$name: FAILED (exit status $status)" ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
