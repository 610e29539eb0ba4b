#!/bin/sh
# 10,000 changed copies of ONNX files: each a named error or a network that loads. Best of a
# build with sanitizers: make VARIANT=asan, then tools/test_long.sh build-asan onnx_changed.
# CHANGED is how many.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
program=$(cd "$BUILD" && pwd)/tests/onnx_changed
[ -x "$program" ] || ninja -C "$BUILD" tests/onnx_changed >/dev/null
cd "$root/tests"
whole=$(echo data/onnx/*.onnx)
# as many whole networks as small files, which are hostile already
exec "$program" "${CHANGED:-10000}" 1 $whole $whole $whole $whole $whole $whole crashers/onnx/*
