#!/bin/sh
# Changes dlib's two real files in many ways, each of which must be an error that names
# the file, or load and run. Worth most under the sanitizers: make test-long VARIANT=asan.
# usage: tests/long/dlib_mutations.sh [OF_EACH [BUILD]]     (SEED=N for other changes)
each=${1:-10000}
build=$(cd "${2:-${BUILD:-build}}" && pwd)
models=$("$build/likeness" models list --json | sed -n 's/^{"name":"dlib",.*"path":"\([^"]*\)".*/\1/p')
if [ -z "$models" ]; then
    echo "SKIPPED dlib_mutations: dlib's files are not in the store ('likeness models pull dlib')"
    exit 77
fi
seed=${SEED:-$$}
echo "seed $seed"
status=0
"$build/tests/cli/mutate_dlib" network "$models/dlib_face_recognition_resnet_model_v1.dat" "$each" "$seed" || status=1
"$build/tests/cli/mutate_dlib" predictor "$models/shape_predictor_5_face_landmarks.dat" "$each" "$seed" || status=1
exit $status
