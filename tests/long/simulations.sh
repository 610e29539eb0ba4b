#!/bin/sh
# Every cell of the audit's simulations and of the experiment's, 2,000 runs each: coverage of
# intervals and false alarms of tests, with the methods beside them that must miss the bars.
# usage: tests/long/simulations.sh [BUILD]
build=${1:-${BUILD:-build}}
for name in audit_simulation audit_alarms stats_bias_cut; do
    LIKENESS_SLOW=1 "$build/tests/unit/test_$name" || exit 1
done
