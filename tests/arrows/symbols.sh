#!/bin/sh
# Names that a program meets which links the library: both libraries define lk_* and
# nothing else, but for what the compiler makes up (locks of OpenMP, named after our
# lk_*, copies of what C++'s standard library has for everybody, and what sanitizers and
# coverage add).
# usage: tests/arrows/symbols.sh LIBRARY.a LIBRARY.so
set -eu
bad=0

# others NM_OPTION LIBRARY: global names that are not ours.
others() {
    names=$(nm "$1" --defined-only "$2" | awk 'NF == 3 { print $3 }' | sort -u)
    printf '%s\n' "$names" | grep -q '^lk_' || { echo "$2: nm shows no name that begins with lk_"; return; }
    printf '%s\n' "$names" | grep -vE "^(lk_|__?(asan|odr_asan|ubsan|gcov|llvm)|DW\.ref\.)$3" || true
}

found=$(others -g "$1" '|^\.gomp_critical_user_lk_|^\.omp_|^__odr|^_ZN?K?St')
[ -z "$found" ] || { printf 'the static library defines, without lk_:\n%s\n' "$found"; bad=1; }
found=$(others -Dg "$2" '')
[ -z "$found" ] || { printf 'the shared library exports, without lk_:\n%s\n' "$found"; bad=1; }

[ "$bad" -eq 0 ] && echo 'every name that a program can meet begins with lk_'
exit "$bad"
