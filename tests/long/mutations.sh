#!/bin/sh
# Breaks stats, weights and image in small ways and asks their unit tests to notice, under
# the sanitizers (tools/mutate.py). So many seconds a room; every day other mutants, or
# those of SEED. Survivors are printed: each wants a test, or a line in equivalent.txt.
# usage: tests/long/mutations.sh [SECONDS [ROOM...]]     (180; stats weights image)
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-180}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- stats weights image
command -v python3 >/dev/null || { echo 'SKIPPED: mutations: there is no python3'; exit 77; }
seed=${SEED:-$(date +%j)}
make -s VARIANT=asan setup
echo "mutants of seed $seed"
exec python3 tools/mutate.py build-asan "$@" --seconds "$seconds" --seed "$seed"
