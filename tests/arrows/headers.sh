#!/bin/sh
# Every public header stands by itself: included alone, and twice, it compiles without a
# warning as C17 and as C++17, pedantically, with gcc and with clang. A compiler that is not
# installed is skipped out loud; CI has them all.
# usage: tests/arrows/headers.sh SOURCE_ROOT
set -eu
cd "$1"
bad=0 tried=0

# with LANGUAGE STANDARD COMPILER...: the first that is there.
with() {
    language=$1 standard=$2
    shift 2
    for compiler in "$@"; do
        command -v "$compiler" >/dev/null || continue
        for header in include/likeness/*.h; do
            name=likeness/$(basename "$header")
            printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
                "$compiler" -x "$language" "-std=$standard" -pedantic-errors -Wall -Wextra -Werror \
                    -Iinclude -fsyntax-only - || { echo "$name is not $standard to $compiler"; bad=1; }
        done
        tried=$((tried + 1))
        return
    done
    echo "SKIPPED: public headers as $standard: there is no $1"
    [ -z "${CI:-}" ] || bad=1
}

with c c17 gcc
with c++ c++17 g++
with c c17 clang-14 clang
with c++ c++17 clang++-14 clang++

[ "$bad" -eq 0 ] && [ "$tried" -gt 0 ] && echo "every public header stands alone for $tried compilers"
exit "$bad"
