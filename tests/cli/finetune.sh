#!/bin/sh
# The example that trains on a folder: progress, weights, going on, bad input.
. "$(dirname "$0")/lib.sh"

expect 0 likeness synth --people 10 --photos 4 --size 96 --seed 5 -o people
mkdir people/lonely
cp people/p0001/001.jpg people/lonely/
echo 'not an image' >people/p0002/002.jpg
expect 0 "$EXAMPLES/example_finetune" people run
out_has '^1 person has fewer than 2 photographs and is left out: lonely$'
out_has '^epoch 0: AUC 0\.[0-9]+, equal error rate 0\.[0-9]+ on [0-9]+ pairs of unseen people$'
out_has '^step 6 of 6: loss [0-9.]+, spread 0\.[0-9]+, '
out_has '^epoch 3: AUC '
err_has '^people/p0002/002.jpg: '
one_line err
there run/checkpoint.safetensors run/last.pt run/last.safetensors run/best.pt run/best.safetensors
no_leftovers run

# What it wrote is a network; a run that is done stays as it is.
expect 0 likeness embed people/p0003 --no-detect --weights run/last.pt -o e.npy
cp run/checkpoint.safetensors before
expect 0 "$EXAMPLES/example_finetune" people run
cmp before run/checkpoint.safetensors || wrong 'a run that was done changed its checkpoint'
expect 0 "$EXAMPLES/example_finetune" people again run/best.safetensors
out_has '^step 6 of 6'

rm people/p0005/003.jpg
expect 1 "$EXAMPLES/example_finetune" people run
err_has '11 people with 41 photographs, found 11 with 40'
mkdir empty
expect 1 "$EXAMPLES/example_finetune" empty other
err_has '^empty: no photograph found'
absent other
expect 2 "$EXAMPLES/example_finetune" people
err_has '^usage: finetune FOLDER RUN'

finish
