#!/bin/sh
# dlib's network, whose vectors have another width than 512 and another length than 1:
# embed takes it as it is, and what knows only the usual network says so.
. "$(dirname "$0")/lib.sh"
"$MAKE_DLIB" network dlib.dat || exit 99
expect 0 likeness synth --people 2 --photos 2 --size 64 --png -q -o album
set -- album/p000*/*.png

# A row has 128 numbers, in E.npy and as JSON, and others take the table.
embed="likeness embed --weights dlib.dat --no-detect --size 150"
expect 0 $embed "$@" -o E.npy
out_has '^4 faces embedded into E.npy'
expect 0 grep -q '"dimensions": 128' E.json
expect 0 $embed "$@" --json
checks=$((checks + 1))
[ "$(sed 's/.*"embedding": *\[//;s/\].*//' out | tr , '\n' | wc -l)" -eq 512 ] ||
    wrong 'the JSON has not 4 times 128 numbers'
expect 0 likeness distances E.npy --no-labels -o D.npy

# Its crops have 150 pixels.
expect 2 likeness embed --weights dlib.dat --no-detect "$1" -o F.npy
err_is <<'END'
likeness: --size 160: dlib.dat takes faces of 150 pixels
END
absent F.npy

# Others compare unit vectors of 512.
expect 2 likeness compare --weights dlib.dat --no-detect "$1" "$2"
err_has "--weights dlib.dat: this command takes networks whose vectors have length 1"

# What is no whole file of it is named.
head -c 1000000 dlib.dat >cut.dat
expect 1 likeness embed --weights cut.dat --no-detect --size 150 "$1" -o F.npy
err_has '^likeness: cut.dat: layer [0-9]+ of 130: a tensor of .* does not fit into the file: cut short\?$'
absent F.npy
finish
