#!/bin/sh
# The runs of docs/experiment.md: first the one in which no effect can exist, then the experiment
# itself, three mixtures and five seeds each; some two hours of two free cores in all. Each can be
# stopped at any moment; the same command goes on. What they find is copied to FOLDER/results as
# it comes.
# usage: tools/experiment_runs.sh BUILD FOLDER     (options for both: OPTIONS='--threads 1')
set -eu
likeness=$1/likeness
work=$2
here=$(dirname "$0")
results=$work/results
mkdir -p "$results"

# NAME SEEDS [OPTION...]
run() {
    name=$1 seeds=$2
    shift 2
    # shellcheck disable=SC2086 # OPTIONS is words
    "$likeness" experiment bias --quick --seeds "$seeds" "$@" ${OPTIONS:-} -o "$work/$name" |
        tee "$results/$name.txt"
    cp "$work/$name/experiment.json" "$results/$name.json"
    cp "$work/$name/index.html" "$results/$name.html"
}

figure() {
    python3 "$here/page_figure.py" "$results/experiment.html" "$1" "$results/experiment-$2.svg"
}

for seeds in 2 3 5; do
    run experiment-null "$seeds" --difference 0 --shares 0.05,0.5,0.95
    run experiment "$seeds" --shares 0.05,0.5,0.95
done
figure 'Spread, WSS / (n − 1)' spread
figure 'False match rate (FMR)' fmr
figure 'False non-match rate (FNMR)' fnmr
figure 'Spread against false matches' tracking
