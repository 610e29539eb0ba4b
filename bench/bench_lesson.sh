#!/bin/sh
# How long the whole lesson takes as one new process, with the tutorial's
# photographs: models loaded, faces found, embedded, compared, the page written; and
# the same, but for the page, with facenet-pytorch where $PYTHON has it, in turns.
# The weights are made up, which changes no time. Median of 5 runs.
# usage: bench/bench_lesson.sh BUILD [RUNS]
set -eu
build=$1 runs=${2:-5}
source=$(cd "$(dirname "$0")/.." && pwd)
shared=${LIKENESS_SHARED:-$source/../shared}
data=$shared/data/tutorial
detector=$shared/data/mtcnn
weights=$shared/reference/seeded_inception_resnet_v1.pt
if [ ! -d "$data" ] || [ ! -d "$detector" ] || [ ! -r "$weights" ]; then
    echo "SKIPPED: the lesson (no photographs and weights in $shared)"
    exit 0
fi
ninja -C "$build" likeness bench/bench_command >/dev/null
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
set -- "$data"/faces/*/* "$data"/face_sample2/??_1_[01]_* # to be counted
photographs=$#
threads=${OMP_NUM_THREADS:-$(nproc)}

# run_once FILE COMMAND...: its seconds and megabytes, as a line of FILE
run_once() {
    file=$1
    shift
    "$build/bench/bench_command" 1 lesson "$photographs" photographs "$@" |
        sed 's/^lesson: \([0-9.]*\) s.*resident \([0-9]*\) MB/\1 \2/' >>"$file"
}

ours() {
    run_once "$out/ours" "$build/likeness" lesson -q --faces "$data/faces" \
        --group "black female=$data/face_sample2/??_1_1_*" \
        --group "white female=$data/face_sample2/??_1_0_*" \
        --detector "$detector" --weights "$weights" -o "$out/page"
}

peer() {
    run_once "$out/peer" "$PYTHON" "$source/bench/peer_lesson.py" "$detector" "$weights" \
        "$data/faces" "$data/face_sample2"
}

# tell FILE WHO: median and range of what run_once wrote
tell() {
    sort -n "$1" | awk -v who="$2" -v threads="$threads" -v photographs="$photographs" '
        { times[NR] = $1; if ($2 > most) most = $2 }
        END {
            median = NR % 2 ? times[(NR + 1) / 2] : (times[NR / 2] + times[NR / 2 + 1]) / 2
            printf "lesson, %s, %s threads: %.2f s (median of %d, %.2f to %.2f), %s photographs, resident %d MB\n",
                who, threads, median, NR, times[1], times[NR], photographs, most
        }'
}

PYTHON=${PYTHON:-python3}
there=no
if "$PYTHON" -c 'import facenet_pytorch' 2>/dev/null; then
    there=yes
fi
while [ "$runs" -gt 0 ]; do
    runs=$((runs - 1))
    ours
    if [ $there = yes ]; then
        peer
    fi
done
tell "$out/ours" likeness
if [ $there = no ]; then
    echo "SKIPPED: the lesson with facenet-pytorch ($PYTHON has none; set PYTHON)"
    exit 0
fi
tell "$out/peer" facenet-pytorch
least() { sort -n "$1" | head -n 1 | cut -d ' ' -f 1; }
echo "$(least "$out/ours") $(least "$out/peer")" | awk '{ printf "ratio lesson pytorch %.3f\n", $1 / $2 }'
