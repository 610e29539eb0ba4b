#!/bin/sh
# No circles between the files of src: no file that includes a header, or uses a
# function, of a file that leads back to it. NAME.c and NAME.h are one file here.
# usage: tests/arrows/circles.sh SOURCE_ROOT LIBRARY.a
set -eu
library=$(realpath "$2")
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

# Arrows by include.
grep -rE '^[[:space:]]*#[[:space:]]*include[[:space:]]+"[a-z_0-9]+/' src --include='*.[ch]' |
    sed -E 's|^src/([^:]*)\.[ch]:[^"]*"([^"]*)\.h".*|\1 \2|' >"$work/includes"

# Arrows by use: an object is called after its source, slashes and all. (nm says the name of
# the library before each, and blanks part the fields.)
find src -name '*.c' | sed -E 's|^src/(.*)\.c$|\1|' |
    awk '{ object = "src/" $1 ".c.o"; gsub("/", "_", object); print object, $1 }' >"$work/objects"
(cd "$(dirname "$library")" && nm -A -g "$(basename "$library")") | awk '
    FILENAME != "-" { file[$1] = $2; next }
    { split($1, part, ":"); sub(".*/", "", part[2]); from = part[2] in file ? file[part[2]] : "" }
    from == "" { next }
    $(NF - 1) == "U" { used[from " " $NF]; next }
    { home[$NF] = from }
    END {
        for (pair in used) {
            split(pair, of, " ")
            if (of[2] in home)
                print of[1], home[of[2]]
        }
    }' "$work/objects" - >"$work/uses"
[ -s "$work/includes" ] && [ -s "$work/uses" ] || { echo "no arrows found in src and $library"; exit 1; }

# tsort names every loop that it breaks.
for kind in includes uses; do
    sort -u "$work/$kind" | awk '$1 != $2' >"$work/left"
    tsort "$work/left" >/dev/null 2>"$work/loops" || true
    if [ -s "$work/loops" ]; then
        echo "files go round in circles by $kind:"
        sed -E 's/^tsort: //; s/.*input contains a loop:$/-- a circle:/' "$work/loops"
        bad=1
    fi
done

[ "$bad" -eq 0 ] && echo 'no circles between the files of src'
exit "$bad"
