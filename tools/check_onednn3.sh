#!/bin/sh
# Does likeness work on oneDNN 3? Debian 12 has 2.6, so this gets newer ones from
# Python's packages into a temporary folder:
#   - the newest headers: the two files that see oneDNN's interface must compile;
#   - the newest that runs on GCC's OpenMP (3.2), headers and library: the whole
#     project is built on it, and the tests of the networks are run.
# Nothing outside the folder changes. Needs Python with pip, and a network.
#   PYTHON=...  that Python (default: python3)   JOBS=N  of ninja
# usage: tools/check_onednn3.sh [FOLDER]   (kept where it is named; a build there is gone on with)
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
if [ $# -gt 0 ]; then
    mkdir -p "$1"
    work=$(cd "$1" && pwd)
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi

# PACKAGE...: unpacked, with include/ and lib/, in a folder of the first one's name.
get() {
    [ -d "$work/$1" ] && return
    mkdir -p "$work/wheels" "$work/unfinished"
    for package; do
        rm -f "$work"/wheels/*
        "$python" -m pip download -q --no-deps --disable-pip-version-check -d "$work/wheels" "$package"
        "$python" -m zipfile -e "$work"/wheels/*.whl "$work/unfinished"
    done
    mkdir "$work/$1.part"
    cp -R "$work"/unfinished/*.data/data/* "$work/$1.part/"
    rm -rf "$work/unfinished" "$work/wheels"
    mv "$work/$1.part" "$work/$1"
}

# FOLDER: the version that its headers name.
version() {
    sed -n 's/^#define DNNL_VERSION_\(MAJOR\|MINOR\|PATCH\) *\([0-9]*\)$/\2/p' \
        "$1/include/oneapi/dnnl/dnnl_version.h" | paste -s -d .
}

compile() {
    for file in "$source"/src/nn/dnnl/*.c; do
        cc -std=c17 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -D_GNU_SOURCE \
            -I"$source/include" -I"$source/src" -isystem "$1/include" "$file"
    done
    echo "oneDNN $(version "$1"): src/nn/dnnl compiles"
}

get onednn-devel
compile "$work/onednn-devel"

get onednn-devel-cpu-gomp onednn-cpu-gomp
library=$work/onednn-devel-cpu-gomp
compile "$library"
build=$work/build
[ -f "$build/build.ninja" ] || meson setup "$build" "$source" -Dbuildtype=release -Dmpi=disabled \
    -Dc_args="['-isystem$library/include']" \
    -Dc_link_args="['-L$library/lib', '-Wl,-rpath,$library/lib']" >"$work/setup.log" || {
    cat "$work/setup.log" >&2
    exit 1
}
ninja -C "$build" ${JOBS:+-j "$JOBS"} >"$work/build.log" || {
    tail -n 50 "$work/build.log" >&2
    exit 1
}
ldd "$build/likeness" | grep -q "$library/lib/libdnnl.so.3" || {
    echo 'the program was not linked with that oneDNN' >&2
    exit 1
}
echo "oneDNN $(version "$library"): the whole project is built and linked with it"

status=0
meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier 5 \
    nn nn_direct nn_train nn_train_avx2 nn_train_sse41 || status=$?
exit "$status"
