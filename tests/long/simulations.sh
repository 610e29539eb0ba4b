#!/bin/sh
# Every cell of the audit's simulations, 2,000 runs each: coverage of intervals and false
# alarms of tests, with the methods beside them that must miss the bars.
# usage: tests/long/simulations.sh [BUILD]
build=${1:-${BUILD:-build}}
for name in simulation alarms; do
    LIKENESS_SLOW=1 "$build/tests/unit/test_audit_$name" || exit 1
done
