#!/bin/sh
# How long the whole lesson takes as one new process, with the tutorial's
# photographs: models loaded, faces found, embedded, compared, the page written.
# The weights are made up, which changes no time. Median of 5 runs.
# usage: bench/bench_lesson.sh BUILD [RUNS]
set -eu
build=$1 runs=${2:-5}
shared=${LIKENESS_SHARED:-$(cd "$(dirname "$0")/.." && pwd)/../shared}
data=$shared/data/tutorial
weights=$shared/reference/seeded_inception_resnet_v1.pt
if [ ! -d "$data" ] || [ ! -d "$shared/data/mtcnn" ] || [ ! -r "$weights" ]; then
    echo "SKIPPED: the lesson (no photographs and weights in $shared)"
    exit 0
fi
ninja -C "$build" likeness bench/bench_command >/dev/null
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
set -- "$data"/faces/*/* "$data"/face_sample2/??_1_[01]_* # to be counted
photographs=$#
"$build/bench/bench_command" "$runs" "lesson, ${OMP_NUM_THREADS:-$(nproc)} threads" \
    "$photographs" photographs "$build/likeness" lesson -q --faces "$data/faces" \
    --group "black female=$data/face_sample2/??_1_1_*" \
    --group "white female=$data/face_sample2/??_1_0_*" \
    --detector "$shared/data/mtcnn" --weights "$weights" -o "$out"
