#!/bin/sh
# pca, distances and wss on small arrays whose results are known by hand.
. "$(dirname "$0")/lib.sh"
cd "$folder" && cp "$INPUTS"/*.npy "$INPUTS"/*.csv .

expect 0 likeness wss vectors.npy --labels vectors.csv
silent err
out_is <<'END'
group       n           WSS     WSS/(n-1)  mean distance  mean cosine
a           3       16.6667      8.333333         4.0000       0.0000
b, c        3        8.0000      4.000000         2.6667       0.9819
d           1        0.0000             -              -            -
END

expect 0 likeness wss vectors.npy --labels vectors.csv --json
one_object_a_line
out_has '^\{"label":"b, c","n":3,"wss":8\.0,"wss_per_df":4\.0,"mean_distance":2\.66666666666666[0-9]*,"mean_cosine":0\.98[0-9]*\}$'
out_has '^\{"label":"d","n":1,"wss":0\.0,"wss_per_df":null,"mean_distance":null,"mean_cosine":null\}$'

# Without the option the list beside the vectors counts, and that is said.
expect 0 likeness wss vectors.npy --labels vectors.csv
cp out by_option
silent err
expect 0 likeness wss vectors.npy
cmp -s out by_option || wrong "$last: not as with --labels vectors.csv"
err_is <<'END'
likeness: labels from vectors.csv (--labels takes another list, --no-labels none)
END
expect 0 likeness wss vectors.npy --no-labels
silent err
out_has '^all +7 '
expect 2 likeness wss vectors.npy --no-labels --labels vectors.csv
err_has 'which of them'
sed 's/,a,/,z,/' vectors.csv >given.csv
expect 0 likeness wss vectors.npy --labels given.csv
silent err
! cmp -s out by_option || wrong "$last: the list beside won"

# A list of other rows names both files; a table of something else is none.
mkdir beside
cp vectors.npy beside/E.npy
head -n 4 vectors.csv >beside/E.csv
for command in 'wss' 'roc' 'pca -o p.npy' 'distances -o d.npy'; do
    expect 1 likeness ${command%% *} beside/E.npy $(expr "$command" : '[a-z]* \(.*\)')
    one_line err
    err_has '^likeness: beside/E\.csv: lists [0-9]+ rows?, beside/E\.npy holds 7$'
done
echo 'name,age' >beside/E.csv
expect 0 likeness wss beside/E.npy
out_has '^all +7 '
err_has "^likeness: no labels from beside/E\.csv: its first line does not name the columns 'row' and 'label'$"
expect 2 likeness roc beside/E.npy
err_has '^likeness: beside/E\.npy: no list of labels stands beside it: .* --labels E\.csv$'

# Names of any script leave the columns in line: Chinese takes two, accents none.
printf 'row,label\n0,王小明\n1,王小明\n2,Jo\n3,Jo\n4,Zoe\314\210\n5,Zoe\314\210\n6,Ünal\n' >wide.csv
expect 0 likeness wss vectors.npy --labels wide.csv
[ "$(grep -c '^王小明       2 ' out)" -eq 1 ] || wrong "$last: two columns a character"
[ "$(grep -c '^Jo           2 ' out)" -eq 1 ] || wrong "$last: plain letters"
[ "$(grep -c "^Zoe$(printf "\314\210")          2 " out)" -eq 1 ] || wrong "$last: an accent takes no column"
[ "$(grep -c '^Ünal         1 ' out)" -eq 1 ] || wrong "$last: two bytes, one column"

# Same pairs are 2 to 5 apart, different ones from sqrt(37) on; one of 15 is within 0.1.
expect 0 likeness roc vectors.npy --labels vectors.csv --far 0.1,0.01
silent err
out_is <<'END'
7 rows of 3 people: 6 same pairs, 15 different pairs

                    estimate        95 % interval  threshold  people in error
AUC                   1.0000     at least  0.2236                  0
EER                   0.0000      at most  0.7764
TAR at FAR 0.1        1.0000     at least  0.2236     6.0828       0
TAR at FAR 0.01     not estimable: 15 different pairs, at least 100 are needed

d' 5.186 (of the distances' means; without an interval: it is about pairs, not people)
Intervals count people, not pairs: 2 of the 3 have several photographs.
Where fewer than 5 people are in error intervals are rough.
END
expect 0 likeness roc vectors.npy --labels vectors.csv
out_has '^TAR at FAR 0\.0001 +not estimable: 15 different pairs, at least 10000 are needed$'
expect 0 likeness roc vectors.npy --labels vectors.csv --far 0.01,0.1 --json
one_object_a_line
out_has '^\{"rows":7,"people":3,"same_pairs":6,"different_pairs":15,"metric":"euclidean","level":0\.9[0-9]*,"people_with_same_pairs":2,"auc":\{"estimate":1\.0,"low":0\.2236[0-9]*,"high":1\.0,"people_in_error":0\},"eer":.*,"d_prime":5\.18[0-9]*,"tar":\[\{"estimate":null,"low":null,"high":null,"far":0\.01[0-9]*,"threshold":null,"people_in_error":0\},\{"estimate":1\.0,"low":0\.2236[0-9]*,"high":1\.0,"far":0\.1[0-9]*,"threshold":6\.08[0-9]*,"people_in_error":0\}\]\}$'
expect 2 likeness roc vectors.npy --no-labels
err_has 'without labels nobody can be told apart'

# The curve: axes, what was found, and where too few pairs know nothing.
expect 0 likeness roc vectors.npy --plot roc.svg --far 0.1,0.01
cp out numbers
expect 0 likeness roc vectors.npy --far 0.1,0.01 --labels vectors.csv
cmp -s out numbers || wrong "$last: other numbers than with --plot"
for words in 'Telling 3 people apart: 6 same pairs, 15 different pairs' 'AUC 1.0000 [0.2236, 1.0000], EER 0.0000 [0.0000, 0.7764]' \
    'TAR at the rates asked for, with 95 % intervals' 'not estimable from 15 different pairs' guessing \
    'False accept rate (FAR)' 'True accept rate (TAR)'; do
    grep -qF ">$words</text>" roc.svg || wrong "roc.svg does not say '$words'"
done
expect 0 likeness roc vectors.npy --plot roc.png -q --far 0.1
there roc.png
expect 0 likeness roc vectors.npy --plot - -q --far 0.1
grep -q '^<svg' out || wrong "$last: no figure"
! grep -q 'not estimable' out || wrong "$last: a rate that can be estimated"
err_has '^AUC '
expect 2 likeness roc vectors.npy --plot roc.gif
err_has "takes a name ending in \.svg or \.png, not 'roc\.gif'"
expect 2 likeness roc vectors.npy --labels vectors.csv --far 2
err_has "far takes up to eight numbers from 0 to 1, with commas between them, not '2'"
expect 1 likeness roc nan.npy --labels columns.csv
one_line err

expect 0 likeness distances vectors.npy -o d.npy --plot d.svg --labels vectors.csv
silent err
out_is <<'END'
7 rows; distances 2.0000 to 13.4536, mean 8.7554
END
there d.npy d.svg
grep -q '<svg' d.svg || wrong "d.svg is no SVG"
# 7 rows of 7 float64 behind a header of 128 bytes; 3, 4, 5 and the diagonal.
[ "$(wc -c <d.npy)" -eq 520 ] || wrong "the size of d.npy"
row=$(od -An -t f8 -j 128 -N 24 d.npy | tr -s ' ')
[ "$row" = " 0 3
 4" ] || wrong "the first distances: $row"

expect 0 likeness pca vectors.npy -o p.npy --plot p.png --labels vectors.csv --json
silent err
one_object_a_line
out_has '^\{"component":1,"variance":[0-9.]+,"ratio":0\.[0-9]+\}$'
there p.npy p.png
[ "$(wc -c <p.npy)" -eq 240 ] || wrong "the size of p.npy"

# The same input gives the same bytes.
cp p.npy p1.npy
expect 0 likeness pca vectors.npy -o p.npy -q
cmp -s p.npy p1.npy || wrong "pca does not repeat itself"

# An analysis of distances: the chain goes on from its own output.
expect 0 likeness pca d.npy -o again.npy --components 3
expect 0 likeness wss again.npy
out_has '^all +7 '

# What cannot be used is named, with the reason, and leaves nothing behind.
expect 1 likeness wss nothing.npy
one_line err
err_is <<'END'
likeness: nothing.npy: No such file or directory
END
expect 1 likeness wss nan.npy
one_line err
err_has 'nan\.npy: .*row 1, column 0: found nan, expected a finite number'
expect 1 likeness distances nan.npy -o no.npy
absent no.npy
expect 1 likeness pca cube.npy -o no.npy
err_is <<'END'
likeness: cube.npy: found float32 with 3 dimensions, expected numbers with 2, [n, d]
END
expect 1 likeness wss none.npy
err_is <<'END'
likeness: none.npy: holds no numbers: [0, 5]
END
expect 1 likeness pca vectors.npy -o no.npy --components 6 --no-labels
err_is <<'END'
likeness: vectors.npy: 6 components of [7, 5] numbers: at most 5
END
head -c 100 vectors.npy >cut.npy
expect 1 likeness wss cut.npy
one_line err
err_has '^likeness: cut\.npy: '
head -c 200 vectors.npy >cut2.npy
expect 1 likeness wss cut2.npy
one_line err
expect 1 likeness wss vectors.csv
one_line err
err_has '^likeness: vectors\.csv: .*npy'
for file in open short columns; do
    expect 1 likeness wss vectors.npy --labels $file.csv
    one_line err
    err_has "^likeness: $file\.csv: "
done
expect 1 likeness wss vectors.npy --labels nothing.csv
err_is <<'END'
likeness: nothing.csv: No such file or directory
END
absent no.npy

# Wrong usage.
expect 2 likeness pca
err_has 'name one \.npy file of vectors'
expect 2 likeness pca vectors.npy vectors.npy -o p.npy
err_has 'name one \.npy file of vectors, no more'
expect 2 likeness pca vectors.npy
err_has 'name the file to write: -o FILE.npy'
expect 2 likeness pca vectors.npy -o p.txt
err_has "takes a name ending in \.npy, not 'p\.txt'"
# A figure on standard output is alone there.
for command in pca distances; do
    for json in '' --json; do
        expect 0 likeness $command vectors.npy $json -q --plot p.svg
        cp out numbers
        expect 0 likeness $command vectors.npy $json -q --plot -
        checks=$((checks + 2))
        cmp -s out p.svg || wrong "$last: other bytes than in a file"
        cmp -s err numbers || wrong "$last: the numbers are not on standard error"
    done
done
expect 2 likeness pca vectors.npy -o p.npy --plot p.gif
err_has "takes a name ending in \.svg or \.png, not 'p\.gif'"
expect 2 likeness pca vectors.npy -o p.npy --components two
err_has "components takes a whole number from 1 to 100000, not 'two'"
expect 2 likeness pca vectors.npy -o p.npy --components 1 --plot p.svg
err_has 'plot needs two components'
expect 2 likeness wss vectors.npy --threads 0
err_has "threads takes a whole number from 1 to 1024, not '0'"
expect 2 likeness wss vectors.npy --device tpu
err_has "device takes cpu, cuda or auto, not 'tpu'"
expect 2 likeness wss vectors.npy --seed -1
err_has "seed takes a whole number"

# The device: CUDA is not built; -v says what auto took.
expect 4 likeness wss vectors.npy --device cuda
silent out
err_is <<'END'
likeness: this program was built without CUDA: take --device cpu
END
expect 0 likeness wss vectors.npy -v --threads 1 --no-labels
err_is <<'END'
likeness: device: cpu (taken by auto: CUDA is not built), 1 thread
END

# A folder that is not writable, and one that is a file: status 4, nothing left.
expect 4 likeness distances vectors.npy -q -o vectors.csv/d.npy
one_line err
expect 4 likeness distances vectors.npy -q -o /proc/d.npy
one_line err
no_leftovers .

finish
