#!/bin/sh
# The published figures, with the official weights (see official.c).
# usage: tests/official/run.sh BUILD
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
ninja -C "$1" tests/official/test_official
LIKENESS_SOURCE=$source exec "$1/tests/official/test_official"
