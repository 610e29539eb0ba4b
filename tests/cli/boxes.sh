#!/bin/sh
# Known boxes in a detector's place: truth.csv of synthetic people, E.csv of embed.
. "$(dirname "$0")/lib.sh"

expect 0 likeness synth --people 2 --photos 2 --size 96 --png -q -o album
boxes='--boxes album/truth.csv'
net_="--weights $INPUTS/network.safetensors"

# detect gives back the truth, one face a photograph.
expect 0 likeness detect album $boxes --json
truth=$(sed -n '2s/^[^,]*,[^,]*,[^,]*,\([^,]*\),.*/\1/p' album/truth.csv)
out_has "\"path\":\"album/p0001/001.png\".*\"box\":\[${truth%???}"
[ "$(wc -l <out)" -eq 4 ] || wrong 'not four photographs'
out_has '"prob":1'
silent err

# From another folder, and with several files.
expect 0 likeness synth --people 1 --photos 1 --size 96 --first 7 --png -q -o more
expect 0 likeness crop album more $boxes --boxes more/truth.csv --size 80 --margin 10 -o faces
out_has '^5 faces from 5 photographs written to faces; 0 without a face$'
(cd album && "$LIKENESS" crop p0001 --boxes truth.csv --size 80 --margin 10 -o ../here) >/dev/null
cmp here/p0001/001.png faces/p0001/001.png || wrong 'the folder makes a difference'

# What embed wrote is a file of boxes, too.
expect 0 likeness embed album $boxes $net_ --size 80 -o E.npy
expect 0 likeness embed album --boxes E.csv $net_ --size 80 -o F.npy
cmp E.npy F.npy || wrong 'the embeddings differ'
# ... and comes back whole: box, probability and landmarks.
cmp E.csv F.csv || wrong 'the lists differ'
expect 0 likeness detect album $boxes --json
mv out truth.jsonl
expect 0 likeness detect album --boxes E.csv --json
cmp -s out truth.jsonl || wrong 'E.csv does not hold what truth.csv holds'
out_has '"landmarks":\[\[[1-9]'

# A photograph without a box has no face, and that is what is said of it.
expect 0 likeness detect more $boxes --json
out_has '"faces":\[\]'
err_is <<'END'
likeness: warning: more/p0001/001.png: no box for it in album/truth.csv
END
expect 0 likeness crop more $boxes --boxes E.csv -o nobody
err_is <<'END'
likeness: warning: more/p0001/001.png: no box for it in album/truth.csv and 1 other file
END
expect 0 likeness embed more $boxes $net_ --size 80 -o none.npy
err_has 'p0001/001\.png: no box for it in album/truth\.csv$'
expect 1 likeness compare more/p0001/001.png album/p0001/001.png $boxes $net_ --size 80
err_has 'p0001/001\.png: no box for it in album/truth\.csv$'

# The largest of several is taken; a table without landmarks gives none.
printf 'path,x1,y1,x2,y2\nalbum/p0001/001.png,1,1,9,9\nalbum/p0001/001.png,1,1,20,20\n' >two.csv
expect 0 likeness detect album/p0001/001.png --boxes two.csv --json
out_has '"landmarks":\[\]'
out_has '"box":\[1\.?0*,1\.?0*,20\.?0*,20\.?0*\].*"box":\[1\.?0*,1\.?0*,9'

# A lesson at one size says that no detector was run.
expect 0 likeness lesson --faces album $boxes $net_ --size 80 -o lesson
grep -q 'No detector was run.*of your own' lesson/lesson.html || wrong 'the page hides that boxes were read'

printf 'path,x1\nalbum/p0001/001.png,1\n' >bad.csv
expect 1 likeness detect album --boxes bad.csv
err_is <<'END'
likeness: bad.csv: no boxes in it: its first line lacks path, x1, y1, x2 or y2
END
printf 'path,x1,y1,x2,y2\nalbum/p0001/001.png,1,1,9,9\nalbum/p0001/002.png,1,1,9;5,9\n' >bad.csv
expect 1 likeness detect album --boxes bad.csv
err_is <<'END'
likeness: bad.csv: row 3: expected numbers for the box, the points and prob
END
expect 1 likeness detect album --boxes nowhere.csv
one_line err
finish
