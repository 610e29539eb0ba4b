#!/bin/sh
# 10,000 changed copies of ONNX files: each a named error or a network that loads. Best of a
# build with sanitizers: make VARIANT=asan, then tools/test_long.sh build-asan onnx_changed.
# CHANGED is how many.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
program=$BUILD/tests/onnx_changed
[ -x "$program" ] || ninja -C "$BUILD" tests/onnx_changed >/dev/null
exec "$program" "${CHANGED:-10000}" 1 "$root"/tests/data/onnx/*.onnx "$root"/tests/crashers/onnx/*
