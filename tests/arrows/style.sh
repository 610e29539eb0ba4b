#!/bin/sh
# How a file of C looks from afar. The includes of library and program: its own header
# first, then the system's, then other libraries', then likeness', then the project's own,
# each lot in alphabetical order; within src a header is named with its room. No file has
# 500 lines, no function more than 60; those in long.txt may have as many as stand there,
# and that list only shrinks.
# usage: tests/arrows/style.sh SOURCE_ROOT [LIST]
set -eu
cd "$1"
list=${2:-tests/arrows/long.txt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

complain() {
    printf '%s\n' "$1"
    bad=1
}

files() {
    find "$@" -name '*.[ch]' | LC_ALL=C sort
}

# A blank line parts the system's headers from other libraries'. What is no include, such as
# a condition, begins anew.
found=$(files src cli include examples bench | xargs awk '
    # clang-format takes base/memory.h for the own header of nn/train/memory.c.
    function kind(name) {
        if (name ~ /^"/)
            return name == own || (last == 0 && substr(name, length(name) - length(base) + 1) == base) ? 1 : 5
        return name ~ /^<likeness\// ? 4 : last == 3 || (last == 2 && blank) ? 3 : 2
    }
    FNR == 1 {
        last = blank = 0
        stem = FILENAME
        sub(/^(src|cli|bench|examples)\//, "", stem)
        sub(/\.c$/, ".h", stem)
        own = "\"" stem "\""
        base = stem "\""
        sub(/^.*\//, "/", base)
    }
    /^[[:space:]]*$/ { blank = 1; next }
    !/^[[:space:]]*#[[:space:]]*include/ {
        if (/^[[:space:]]*[^\/ *]/)
            last = 0
        blank = 0
        next
    }
    {
        name = $0
        sub(/^[[:space:]]*#[[:space:]]*include[[:space:]]*/, "", name)
        sub(/[[:space:]]*(\/\*.*)?$/, "", name)
        now = kind(name)
        if (now < last || (now == last && name < before && !blank))
            print FILENAME ":" FNR ": " name " comes after " before
        if (FILENAME ~ /^src\// && name ~ /^"[^\/]*"$/ && name !~ /^"lk_built/)
            print FILENAME ":" FNR ": " name " lacks its room"
        last = now
        before = name
        blank = 0
    }')
[ -z "$found" ] || complain "includes out of order:
$found"

# FILE NAME LINES, for a whole file with * for a name. clang-format puts a function's first
# brace and its last at the beginning of a line.
files src cli include examples bench tests | xargs awk '
    FNR == 1 { head = ""; start = 0 }
    FNR == 500 { whole[FILENAME] }
    FILENAME in whole { whole[FILENAME] = FNR }
    /^[A-Za-z].*\(/ { head = $0 }
    /^\{/ { start = FNR }
    /^\}/ && start {
        if (FNR - start - 1 > 60 && match(head, /[A-Za-z_][A-Za-z_0-9]*\(/))
            print FILENAME, substr(head, RSTART, RLENGTH - 1), FNR - start - 1
        start = 0
    }
    END { for (file in whole) print file, "*", whole[file] }' | LC_ALL=C sort >"$work/long"
grep -v '^#' "$list" >"$work/pass" || true
found=$(awk 'FILENAME != "-" { most[$1 " " $2] = $3; next }
    !(($1 " " $2) in most) || $3 > most[$1 " " $2] { print $1 ": " $2 " has " $3 " lines" }' \
    "$work/pass" - <"$work/long")
[ -z "$found" ] || complain "too long (a function may have 60 lines, a file 499; * is the file):
$found"
found=$(awk 'FILENAME != "-" { is[$1 " " $2]; next } !(($1 " " $2) in is) { print $1 " " $2 }' \
    "$work/long" - <"$work/pass")
[ -z "$found" ] || complain "short already, so take them off $list:
$found"

[ "$bad" -eq 0 ] && echo "includes in order, files and functions short but for $(wc -l <"$work/pass") in $list"
exit "$bad"
