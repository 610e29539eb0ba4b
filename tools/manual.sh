#!/bin/sh
# Puts the options of the library's tables into docs/likeness.1, between its two marks.
# usage: tools/manual.sh [BUILD]
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
page=docs/likeness.1
new=$(mktemp)
trap 'rm -f "$new"' EXIT
ninja -C "$build" tests/cli/list_options >/dev/null
{
    sed '/^\.\\" options: begin/q' "$page"
    "$build/tests/cli/list_options" --manual
    sed -n '/^\.\\" options: end/,$p' "$page"
} >"$new"
cat "$new" >"$page"
