#!/bin/sh
# The parts of the library that need no other library, for another processor: compiled by
# Debian's cross compiler, warnings as errors, and their unit tests run by an emulator. The
# kernels that any processor can run must give there what plain sums in float64 give.
# usage: tests/cross/run.sh SOURCE_ROOT [ARCHITECTURE]     (aarch64)
set -eu
cd "$1"
machine=${2:-aarch64}
cc=$machine-linux-gnu-gcc
emulator=qemu-$machine-static
for program in "$cc" "$emulator"; do
    command -v "$program" >/dev/null || {
        echo "SKIPPED: $machine: $program is not installed (tools/packages.sh cross brings it)"
        [ -z "${CI:-}" ] || exit 1 # CI has it
        exit 77
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Whole rooms, but for the files that see another library. Losses are numbers, too.
rooms='src/base src/image src/nn src/nn/kernel src/detect src/stats'
libraries='jansson|utf8proc|lapacke|zlib|png|jpeglib|tiffio|gif_lib|webp|libheif|oneapi'
{ find $rooms -maxdepth 1 -name '*.c'; ls src/train/loss*.c src/train/mining.c src/train/product.c src/train/rows.c; } |
    xargs grep -LE "#[[:space:]]*include[[:space:]]+<($libraries)" >"$work/sources"
printf '#define LK_VERSION "0"\n#define LK_DATA_DIR "/"\n' >"$work/lk_built.h"

# clang and gcc at home hold more warnings; some of those differ from version to version.
flags="-std=c17 -O2 -Wall -Wextra -Wpedantic -Wno-maybe-uninitialized -Werror -D_GNU_SOURCE
    -ffp-contract=off -fopenmp -Iinclude -Isrc -I. -I$work"
export work cc flags
xargs -P "$(nproc)" -I SOURCE sh -c '
    "$cc" $flags -c SOURCE -o "$work/$(echo SOURCE | tr / _).o"' <"$work/sources"
ar_of=$machine-linux-gnu-ar
"$ar_of" rcs "$work/parts.a" "$work"/*.o

status=0
for test in detect_kernels image_resize nn_loops stats_roc train_loss; do
    # shellcheck disable=SC2086 # the flags are words
    "$cc" $flags -w -Itests/cross -Itests -Itests/unit -Itests/support "tests/unit/test_$test.c" \
        "$work/parts.a" -Wl,--gc-sections -lm -o "$work/test_$test"
    LIKENESS_SOURCE=$PWD OMP_NUM_THREADS=2 "$emulator" -L "/usr/$machine-linux-gnu" "$work/test_$test" \
        >"$work/said" 2>&1 || { cat "$work/said"; status=1; }
    sed "s/^/$machine: $test: /" "$work/said" | tail -n 1
done
exit "$status"
