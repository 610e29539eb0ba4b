#!/bin/sh
# What a second process brings to training: the same 20 steps by one process with
# one thread, one process with two, and two processes with one each. The rate is
# the log's, of the last 16 steps. Efficiency: the rate of two processes over twice
# that of one with one thread. Every process decodes ahead in a thread beside, which
# has a processor to itself only where there are more than two.
# usage: bench/bench_mpi.sh BUILD
set -eu
build=$1
ninja -C "$build" likeness >/dev/null
likeness=$build/likeness
if ! command -v mpirun >/dev/null || ! ldd "$likeness" | grep -q libmpi; then
    echo 'SKIPPED: training by two processes (no mpirun, or built without MPI: make MPI=1)'
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$likeness" synth --people 48 --photos 8 --size 96 --seed 1 -q -o "$work/people" >/dev/null

# THREADS [LAUNCHER...]: images a second.
rate() {
    threads=$1
    shift
    rm -rf "$work/run"
    "$@" "$likeness" train "$work/people" --width 0.25 --size 96 --people 16 --photos 4 \
        --steps 20 --validation 0 --seed 1 --threads "$threads" -q -o "$work/run" >/dev/null
    sed -n '/"step":20,/s/.*"images_per_second":\([0-9.]*\).*/\1/p' "$work/run/log.jsonl"
}
one=$(rate 1)
two_threads=$(rate 2)
# A thread that decodes ahead may run anywhere, as that of the runs above.
two_processes=$(rate 1 mpirun --allow-run-as-root --oversubscribe --bind-to none -n 2)
awk -v a="$one" -v b="$two_threads" -v c="$two_processes" 'BEGIN {
    if (!(a > 0 && b > 0 && c > 0)) { print "bench_mpi: a rate is missing"; exit 1 }
    printf "train width 0.25, 96 px, batch 64: 1 process x 1 thread %.1f images/s, 1 x 2 %.1f, " \
           "2 x 1 %.1f; efficiency of two processes %.2f\n", a, b, c, c / (2 * a) }'
