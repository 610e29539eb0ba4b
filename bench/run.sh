#!/bin/sh
# Measures speed: ours, and that of other libraries in the same run, on the same input,
# with the same threads, where a Python that has them is found: torch, onnx with
# onnxruntime or openvino (and nncf) for the network, facenet-pytorch for detection and
# training, dlib for its own network. Each that is missing is named.
# Then what hostile files cost, the whole lesson, and training by two processes where the build has MPI.
# The last lines sum up: "ratio WORK PEER VALUE", our time divided by the peer's.
#   PYTHON=...           that Python (default: python3)
#   OMP_NUM_THREADS=...  threads for both (default: all)
# usage: bench/run.sh BUILD
set -eu
build=$1
source=$(cd "$(dirname "$0")/.." && pwd)
export PYTHON="${PYTHON:-python3}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$(nproc)}"
export LIKENESS_SOURCE="$source"
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-1000}" # as the program does (cli/wait.c); peers choose their own
if ! "$PYTHON" -c 'import facenet_pytorch' 2>/dev/null; then
    echo "SKIPPED: the comparison of detection and training with PyTorch ($PYTHON has no facenet_pytorch; set PYTHON)"
fi
said=$(mktemp)
trap 'rm -f "$said"' EXIT
for program in bench_depthwise bench_embed bench_dlib bench_detect bench_train bench_hostile bench_audit bench_roc bench_gallery; do
    ninja -C "$build" "bench/$program" >/dev/null
    { "$build/bench/$program" || : >"$said.failed"; } | tee -a "$said"
    if [ -e "$said.failed" ]; then
        rm -f "$said.failed"
        exit 1
    fi
done
"$source/bench/bench_lesson.sh" "$build" | tee -a "$said"
"$source/bench/bench_mpi.sh" "$build"
grep '^ratio ' "$said" || echo "SKIPPED: all comparisons (no peer was found)"
