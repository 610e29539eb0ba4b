#!/bin/sh
# The comment of every public call says which threads may make it, in the words of base.h; a
# call that has no comment of its own goes by that of the one above it.
# usage: tests/arrows/threads.sh SOURCE_ROOT
set -eu
cd "${1:?usage: threads.sh SOURCE_ROOT}"

# silent HEADER...: calls that do not say it.
silent() {
    awk '
        FNR == 1 || /^$/ { said = 0 }
        /^\/\*/ { comment = ""; inside = 1 }
        inside {
            line = $0
            sub(/^ \* ?/, "", line)
            comment = comment " " line
            if (/\*\//) {
                inside = 0
                said = comment ~ /Threads: +(any|one at a time)[.;,]/
            }
            next
        }
        /^(LK_API|static inline)[^(]*$/ { start = $0; next } # the name follows on the next line
        /^(LK_API|static inline)/ || start {
            line = start " " $0
            start = ""
            if (match(line, /lk_[a-z0-9_]*\(/) && !said)
                print FILENAME ": " substr(line, RSTART, RLENGTH - 1)
        }
    ' "$@"
}

# What it must find, and what it must not.
check=$(mktemp)
trap 'rm -f "$check"' EXIT
cat >"$check" <<'END'
/* Says it. Threads:
 * any. */
LK_API int lk_one(int x);
LK_API int lk_two(int x);
/* Does not. */
LK_API LK_MUST_USE lk_status
lk_three(int x);

LK_API int lk_four(int x);
/* Threads: some. */
static inline void lk_five(int x)
END
[ "$(silent "$check" | sed 's/.*: //' | tr '\n' ' ')" = 'lk_three lk_four lk_five ' ] || {
    echo "threads.sh does not see what it should: $(silent "$check")"
    exit 1
}

found=$(silent include/likeness/*.h)
[ -z "$found" ] || {
    echo 'these calls do not say which threads may make them (include/likeness/base.h):'
    echo "$found"
    exit 1
}
