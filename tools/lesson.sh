#!/bin/sh
# Writes the lesson page: gets what is missing, then runs the program. FACES,
# WEIGHTS and DETECTOR name your own photographs and models instead; WEIGHTS may name
# several models.
# usage: tools/lesson.sh BUILD OUT
set -eu
likeness=$1/likeness
out=$2
status=0
lacking=

# Not every shell expands the ~ of FACES=~/people, and none that of a second word.
at_home() {
    case $1 in
    '~/'*) echo "$HOME/${1#??}" ;;
    *) echo "$1" ;;
    esac
}
FACES=$(at_home "${FACES:-}") DETECTOR=$(at_home "${DETECTOR:-}") WEIGHTS=$(at_home "${WEIGHTS:-}")

# What your own names stand for is looked at first; a name of the store is pulled.
set --
models=
if [ -z "$WEIGHTS" ]; then models=vggface2
elif [ -e "$WEIGHTS" ]; then set -- "$@" --weights "$WEIGHTS"
else # several models, a word each
    set -f
    for one in $WEIGHTS; do
        one=$(at_home "$one")
        set -- "$@" --weights "$one"
        case $one in
        */*) [ -e "$one" ] || { echo "WEIGHTS: there is no file $one" >&2; status=2; } ;;
        *) [ -e "$one" ] || models="$models $one" ;;
        esac
    done
    set +f
fi
if [ -z "$DETECTOR" ]; then models="$models mtcnn"
else
    set -- "$@" --detector "$DETECTOR"
    case $DETECTOR in
    */*) [ -d "$DETECTOR" ] || { echo "DETECTOR=$DETECTOR is no folder" >&2; status=2; } ;;
    *) [ -d "$DETECTOR" ] || models="$models $DETECTOR" ;;
    esac
fi
if [ -n "$FACES" ]; then
    set -- "$@" --faces "$FACES"
    [ -d "$FACES" ] || { echo "FACES=$FACES is no folder" >&2; status=2; }
fi
[ "$status" -eq 0 ] || exit "$status"

# Everything is tried, so that one run tells all that cannot be had.
pull() { # KIND NAME...
    "$likeness" "$@" && return
    status=$?
    [ "$status" -ne 2 ] || exit 2 # there is no such thing to be had
    lacking=yes
}
# shellcheck disable=SC2086 # names of the store are words
[ -z "$models" ] || pull models pull $models
[ -n "$FACES" ] || pull data pull faces face-sample
if [ -n "$lacking" ]; then
    cat >&2 <<'END'

The lesson cannot be written yet. Each line above says what could not be had, and how
to get it by other means; then make lesson again. Without any download: make demo.
END
    exit "$status"
fi
exec "$likeness" lesson "$@" -o "$out"
