#!/bin/sh
# Writes the lesson page: gets what is missing, then runs the program. FACES,
# WEIGHTS and DETECTOR name your own photographs and models instead.
# usage: tools/lesson.sh BUILD OUT
set -eu
likeness=$1/likeness
out=$2

if [ -n "${WEIGHTS:-}" ]; then set -- --weights "$WEIGHTS"
else
    "$likeness" models pull vggface2
    set --
fi
if [ -n "${DETECTOR:-}" ]; then set -- "$@" --detector "$DETECTOR"
else "$likeness" models pull mtcnn
fi
if [ -n "${FACES:-}" ]; then set -- "$@" --faces "$FACES"
else
    "$likeness" data pull faces
    "$likeness" data pull face-sample
fi
exec "$likeness" lesson "$@" -o "$out"
