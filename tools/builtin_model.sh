#!/bin/sh
# Makes the built-in model, models/synthetic.safetensors, from nothing: renders
# people, cuts their faces out by their true boxes, trains, halves the precision,
# and measures the result on people whom it has not seen. It can be stopped at any
# moment; the same command goes on.
# usage: tools/builtin_model.sh BUILD [FOLDER]      (default: builtin-model)
set -eu
likeness=$1/likeness
work=${2:-builtin-model}
output=${MODEL:-models/synthetic.safetensors}

# The recipe. docs/model-card.md says why, and what came of it.
people=${PEOPLE:-8000} photos=${PHOTOS:-6} part=${PART:-500} epochs=${EPOCHS:-13} steps=${STEPS:-3000}
mixture=common:2,A:1,B:1
size=96 margin=12 photo=154 # an eighth around the face, as in 'likeness lesson --size 96'
threads=${THREADS:+--threads $THREADS}

# FOLDER FIRST PEOPLE PHOTOS: faces of people FIRST and on, in FOLDER.
make_faces() {
    [ -d "$1" ] && return
    rm -rf "$1.album" "$1.unfinished"
    # shellcheck disable=SC2086 # $threads is words
    "$likeness" synth --people "$3" --photos "$4" --first "$2" --seed 2026 $threads \
        --population "$mixture" --size "$photo" -o "$1.album"
    # shellcheck disable=SC2086
    "$likeness" crop "$1.album" --boxes "$1.album/truth.csv" --size "$size" --margin "$margin" \
        $threads -q -o "$1.unfinished" >/dev/null
    for person in "$1.unfinished"/p*; do # a person is a folder's name: make it one of a kind
        mv "$person" "$1.unfinished/${1##*/}${person##*/}"
    done
    rm -rf "$1.album"
    mv "$1.unfinished" "$1"
}

mkdir -p "$work/faces"
first=0
while [ "$first" -lt "$people" ]; do
    make_faces "$work/faces/$(printf %06d "$first")" "$first" "$part" "$photos"
    first=$((first + part))
done

# RUN EPOCHS STEPS MARGIN [OPTION...]: one training, gone on with where it was stopped.
# The rate falls as if it went on for EPOCHS; it ends after STEPS at the latest.
train() {
    run=$1 count=$2 most=$3 margin_of_angle=$4
    shift 4
    [ -f "$run/done" ] && return
    if [ -f "$run/checkpoint.safetensors" ]; then
        # shellcheck disable=SC2086
        "$likeness" train --resume -o "$run" --epochs "$count" --steps "$most" $threads
    else
        # shellcheck disable=SC2086
        "$likeness" train "$work/faces" --width 0.25 --size "$size" --seed 1 \
            --epochs "$count" --steps "$most" \
            --loss arcface --scale 30 --margin "$margin_of_angle" --people 64 --photos 2 \
            --augment no-erase --optimizer adamw --rate 0.002 --warmup 0.3 --average 0.999 \
            --validation 0 $threads "$@" -o "$run"
    fi
    touch "$run/done"
}

# A wide margin from random weights learns nothing for a long time: begin with a small
# one. Then 8 epochs' steps leave next to no photograph in training with somebody else.
train "$work/warm" 5 "$steps" 0.2
train "$work/run" "$epochs" "$steps" 0.3 --init "$work/warm/last.safetensors"

# What commands need to know of it, which goes along into the file. The threshold is that
# of docs/model-card.md: measured below, and written down here by hand.
"$likeness" models describe "$work/run/last.safetensors" --name synthetic --size "$size" \
    --margin "$margin" --threshold 0.979 --threshold-source \
    'the distance that lets 1 in 1,000 pairs of different rendered people pass' >/dev/null
mkdir -p "$(dirname "$output")"
"$likeness" models convert --half "$work/run/last.safetensors" "$output"

# 500 people whom it has not seen, of the same mixture.
make_faces "$work/unseen" 1000000 "${UNSEEN:-500}" 4
"$likeness" embed "$work/unseen" --no-detect --weights "$output" -q -o "$work/unseen.npy"
"$likeness" roc "$work/unseen.npy" --labels "$work/unseen.csv"
