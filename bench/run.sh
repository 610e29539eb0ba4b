#!/bin/sh
# Measures speed: ours, and facenet-pytorch's in the same run, on the same
# input, with the same threads, where a Python that has it is found; dlib's network
# beside dlib's own where that Python has dlib, too.
# Then what hostile files cost, the whole lesson, and training by two processes where the build has MPI.
#   PYTHON=...           that Python (default: python3)
#   OMP_NUM_THREADS=...  threads for both (default: all)
# usage: bench/run.sh BUILD
set -eu
build=$1
source=$(cd "$(dirname "$0")/.." && pwd)
export PYTHON="${PYTHON:-python3}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$(nproc)}"
export LIKENESS_SOURCE="$source"
if ! "$PYTHON" -c 'import facenet_pytorch' 2>/dev/null; then
    echo "SKIPPED: the comparison with PyTorch ($PYTHON has no facenet_pytorch; set PYTHON)"
fi
for program in bench_depthwise bench_embed bench_dlib bench_detect bench_train bench_hostile bench_audit bench_roc bench_gallery; do
    ninja -C "$build" "bench/$program" >/dev/null
    "$build/bench/$program"
done
"$source/bench/bench_lesson.sh" "$build"
"$source/bench/bench_mpi.sh" "$build"
