#!/bin/sh
# 10,000 databases, encrypted databases and exports of galleries of which bytes were changed at
# random, and as many odd names, under the sanitizers: an error or an answer, never a crash.
# Every day others, or those of SEED.
# usage: tests/long/gallery_mutations.sh [COUNT]
set -eu
cd "$(dirname "$0")/../.."
make -s VARIANT=asan setup
ninja -C build-asan tests/unit/test_gallery_mutations >/dev/null
export LIKENESS_MUTATIONS="${1:-10000}" SEED="${SEED:-$(date +%j)}"
echo "$LIKENESS_MUTATIONS mutations of seed $SEED"
exec build-asan/tests/unit/test_gallery_mutations
