#!/bin/sh
# Every test under the sanitizers: CI leaves the slow ones out.
# usage: tests/long/sanitizers.sh
set -eu
cd "$(dirname "$0")/../.."
exec make test VARIANT=asan
