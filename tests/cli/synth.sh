#!/bin/sh
# likeness synth: an album, its truth, mixtures, errors that leave nothing.
. "$(dirname "$0")/lib.sh"

expect 0 likeness synth --people 4 --photos 2 --size 48 --population A:1,B:3 --seed 3 -o album
out_has '^8 images of 4 people written to album: [0-9.]+ images/s$'
silent err
there album/p0001/001.jpg album/p0001/002.jpg album/p0004/002.jpg
no_leftovers album
[ "$(wc -l <album/truth.csv)" -eq 9 ] || wrong 'truth.csv has not 9 lines'
[ "$(grep -c ',A,' album/truth.csv)" -eq 2 ] || wrong 'not one person in four is of A'
awk -F, 'NF != 145 { bad = 1 } END { exit bad }' album/truth.csv || wrong 'truth.csv is ragged'

# The same seed, the same bytes; another part of the seed, other people.
expect 0 likeness synth --people 4 --photos 2 --size 48 --population A:1,B:3 --seed 3 --threads 1 -o again
cmp album/truth.csv again/truth.csv || wrong 'truth differs'
cmp album/p0003/002.jpg again/p0003/002.jpg || wrong 'pixels differ'
expect 0 likeness synth --people 1 --photos 1 --size 48 --seed 3 --first 100 --png -o other
there other/p0001/001.png

# Populations from files.
printf 'likeness population 1\nname hill people\nmelanin 0.3 0.05\n' >hill.txt
expect 0 likeness synth --people 1 --photos 1 --size 32 --population hill.txt:2.5 -o hill
grep -q ',hill people,' hill/truth.csv || wrong 'no hill people in truth.csv'
printf 'likeness population 1\nname x\nmelanine 0.3 0.05\n' >bad.txt
expect 1 likeness synth --people 1 --photos 1 --size 32 --population bad.txt -o bad
err_is <<'END'
likeness: bad.txt:3: unknown parameter "melanine"
END
absent bad
expect 1 likeness synth --people 1 --photos 1 --population nowhere.txt -o bad
err_has 'nowhere.txt: no such population'

expect 2 likeness synth
err_has 'name the folder'
expect 2 likeness synth --people 0 -o x
err_has '--people takes a whole number'
expect 2 likeness synth --population A:0 -o x
err_has '--population takes a number'
expect 4 likeness synth --people 1 --photos 1 --size 32 -o /dev/null/x
one_line err
finish
