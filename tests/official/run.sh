#!/bin/sh
# The published figures, with the official weights. Once
#   likeness models pull vggface2 casia-webface mtcnn && likeness data pull face-sample
# has filled the store, only facenet-pytorch's own photographs are missing:
#   LIKENESS_FACENET=DIR  a checkout of facenet-pytorch, for its distance matrices
#   LIKENESS_SAMPLE=DIR   the tutorial's face_sample2 folder, instead of the store's
# What is not here is skipped, and said (official.c knows a few more variables).
# usage: tests/official/run.sh BUILD
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
ninja -C "$1" tests/official/test_official
LIKENESS_SOURCE=$source exec "$1/tests/official/test_official"
