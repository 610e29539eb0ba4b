#!/bin/sh
# The learning curve of docs/training.md, from nothing: a small network, random
# weights, people who do not exist; a tenth of them held out.
# usage: tools/learning_curve.sh BUILD FOLDER
set -eu
likeness=$1/likeness
work=$2
"$likeness" synth --people 400 --photos 8 --size 154 --seed 11 -q -o "$work/album"
"$likeness" crop "$work/album" --boxes "$work/album/truth.csv" --size 96 --margin 12 -q \
    -o "$work/faces"
"$likeness" train "$work/faces" --width 0.25 --size 96 --epochs 15 --people 16 --photos 4 \
    --augment no-erase --seed 1 -o "$work/run"
python3 "$(dirname "$0")/page_figure.py" "$work/run/index.html" 'Validation on unseen people' \
    "$work/learning-curve.svg"
