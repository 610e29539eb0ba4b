#!/bin/sh
# likeness evaluate: all pairs, LFW's list, a gallery, clusters; and what is wrong with a list.
. "$(dirname "$0")/lib.sh"

# FILE ROWS COLUMNS: numbers of standard input as float64 in an .npy file.
table() {
    {
        printf '\223NUMPY\001\000\166\000'
        printf "%-117s\n" "{'descr': '<f8', 'fortran_order': False, 'shape': ($2, $3), }"
        while read -r number; do
            case $number in
            0) printf '\0\0\0\0\0\0\0\0' ;;
            1) printf '\0\0\0\0\0\0\360\077' ;;
            2) printf '\0\0\0\0\0\0\0\100' ;;
            3) printf '\0\0\0\0\0\0\010\100' ;;
            nan) printf '\0\0\0\0\0\0\370\177' ;;
            inf) printf '\0\0\0\0\0\0\360\177' ;;
            esac
        done
    } >"$1"
}
# Ann at 0 and 1 (1 apart), Bob at 3 and 2, and one photograph of Cy at 1, 3.
printf '%s\n' 0 0 1 0 3 0 2 0 1 3 | table E.npy 5 2
cat >E.csv <<'END'
row,path,label,cluster
0,lfw/Ann_A/Ann_A_0001.jpg,Ann_A,p
1,lfw/Ann_A/Ann_A_0002.png,Ann_A,p
2,lfw/Bob/Bob_0001.jpg,Bob,q
3,lfw/Bob/Bob_0012.jpg,Bob,p
4,lfw/Cy/Cy_0001.jpg,Cy,q
END

expect 0 likeness evaluate E.npy --far 0.125 --plot roc.svg --det det.svg
out_has '^5 rows of 3 people: 2 same pairs, 8 different pairs, by Euclidean distance$'
out_has '^AUC +0\.9375 '
out_has '^TAR at FAR 0\.125 +'
there roc.svg
grep -qF '>Detection error tradeoff</text>' det.svg || wrong "det.svg has no title"
grep -q '<title>EER [0-9.]* %</title>' det.svg || wrong 'the EER is a place on an axis, no share'
expect 0 likeness evaluate E.npy --far 0.125 --json
one_object_a_line
out_has '^\{"protocol":"all pairs","rows":5,"people":3,.*"metric":"euclidean"'

# LFW's list, with a byte-order mark and carriage returns; what has no row is skipped and keeps
# its place, so that the others stay in their folds.
printf '\357\273\2772\t1\r\nAnn_A\t1\t2\r\nAnn_A\t1\tBob\t1\r\nBob\t1\t12\r\nCy\t1\tDee\t7\r\n' >pairs.txt
expect 0 likeness evaluate E.npy --pairs pairs.txt --far 1 -q
out_has '^3 pairs of 2 people: 2 same, 1 different, by Euclidean distance$'
out_has '^1 of 4 pairs skipped, for photographs without a row:$'
out_has '^  line 5: Dee_0007$'
# Fold 1 takes the first threshold that is right on fold 2, 1.01 above 1, and is right twice.
out_has '^Accuracy over 2 folds: 1\.00000 \+- 0\.00000 .*, from the folds\)$'
out_has '^  1 person is in more than one fold, so the interval is too narrow$'
expect 0 likeness evaluate E.npy --pairs pairs.txt --far 1 --json
one_object_a_line
out_has '"skipped":\[\{"line":5,"missing":"Dee_0007"\}\].*"accuracy":\{"estimate":1\.0,.*"folds":\[\{"accuracy":1\.0,"squared_distance_below":1\.01\},.*"people_in_several_folds":1'

# A list without paths: the Nth row with the label.
printf 'row,label\n0,Ann_A\n1,Ann_A\n2,Bob\n3,Bob\n4,Cy\n' >short.csv
printf '1\nBob 1 2\nAnn_A 2 Cy 1\n' >short.txt
expect 0 likeness evaluate E.npy --labels short.csv --pairs short.txt --far 1
out_has '^2 pairs of 3 people: 1 same, 1 different'
out_has '^No accuracy over folds: fewer than two folds have pairs\.$'
out_has '^No intervals: only one person has two photographs\.$'

# Lists that are none.
bad_list() { # TEXT PART
    printf "$1" >bad.txt
    expect 1 likeness evaluate E.npy --pairs bad.txt -q
    one_line err
    err_has "$2"
}
bad_list '' 'bad\.txt: the file is empty'
bad_list 'GIF89a\n' 'bad\.txt: line 1: expected the number of folds'
bad_list '10 0\n' 'bad\.txt: line 1: expected the number of folds'
bad_list '101 3\n' 'at most 100'
bad_list '1\nAnn_A 1\n' 'bad\.txt: line 2: expected a pair'
bad_list '1\nAnn_A 1 x\n' 'bad\.txt: line 2: expected a pair'
bad_list '1\nAnn_A 1 2 3 4\n' 'bad\.txt: line 2: expected a pair'
bad_list '1\nAnn_A 1 2\n' 'holds 1 pair, its first line announces 1 fold of 2'
bad_list '1\nNo 1 2\nNo 1 Nn 1\n' 'for none of its 2 pairs are there rows; the first without is that of No_0001'
bad_list '1\n\0\n' 'zero bytes'
expect 1 likeness evaluate E.npy --pairs none.txt -q
one_line err

# A gallery.
printf '%s\n' 0 0 3 0 | table G.npy 2 2
printf 'row,label\n0,Ann_A\n1,Bob\n' >G.csv
expect 0 likeness evaluate E.npy --gallery G.npy --far 1,0.5 -q
out_has '^5 probes among N = 2 people \(2 rows\), by Euclidean distance: 4 probes of 2 people of the gallery, 1 of strangers$'
out_has '^found by rank 1 +1\.0000 '
out_has '^FNIR at FPIR 1 +0\.0000 .* 3\.1623$'
out_has '^FNIR at FPIR 0\.5 +not estimable: 1 probes of strangers, at least 2 are needed$'
expect 0 likeness evaluate E.npy --gallery G.npy --gallery-labels G.csv --far 1 --json
one_object_a_line
out_has '"gallery_people":2,.*"cmc":\[\{"estimate":1\.0,'
printf '%s\n' 0 0 3 | table G3.npy 1 3
printf 'row,label\n0,Ann_A\n' >G3.csv
expect 1 likeness evaluate E.npy --gallery G3.npy
err_has 'G3\.npy: vectors of 3 numbers, those of E\.npy have 2'

# Rows of two networks have nothing to do with each other, be they equally wide.
about() { # TABLE MODEL: the .json beside a table of float64
    rows=$(tail -c +129 "$1.npy" | wc -c)
    printf '{"format": "likeness embeddings", "version": 1, "vectors": {"rows": %s, "dimensions": 2, "type": "float64", "sha256": "%s"}, "model": {"name": "%s", "sha256": "%s"}}\n' \
        $((rows / 16)) "$(tail -c +129 "$1.npy" | sha256sum | cut -c1-64)" "$2" "digest of $2" >"$1.json"
}
about E this
about G that
expect 1 likeness evaluate E.npy --gallery G.npy -q
one_line err
err_has '^likeness: G\.npy: its rows are from another network \(that\) than those of E\.npy \(this\)'
about G this
expect 0 likeness evaluate E.npy --gallery G.npy -q
rm E.json G.json

# A figure on standard output stands there alone.
for figure in plot det; do
    expect 0 likeness evaluate E.npy --$figure - -q
    [ "$(tail -c 7 out)" = '</svg>' ] || wrong "$last: text behind the figure"
    err_has '^AUC '
    expect 0 likeness evaluate E.npy --pairs pairs.txt --$figure - -q
    [ "$(tail -c 7 out)" = '</svg>' ] || wrong "$last: text behind the figure"
done

# Clusters: p has Ann twice and Bob, q Bob and Cy.
expect 0 likeness evaluate E.npy --clusters cluster
out_has '^5 rows of 3 people in 2 clusters$'
out_has '^pairwise +0\.2500 +0\.5000 +0\.3333$'
out_has '^No intervals: a clustering of all rows is one outcome, not a sample\.$'
expect 0 likeness evaluate E.npy --clusters cluster --json
out_has '"bcubed":\{"precision":0\.5'
expect 1 likeness evaluate E.npy --clusters none
err_has "E\.csv: the first line does not name the column 'none'"

# What cannot be measured.
expect 2 likeness evaluate E.npy --clusters cluster --gallery G.npy
err_has 'one of them'
expect 2 likeness evaluate E.npy --no-labels
expect 2 likeness evaluate E.npy --gallery-labels G.csv
expect 2 likeness evaluate E.npy --det det.gif
err_has "not 'det\.gif'"
printf 'row,label\n0,a\n1,a\n2,a\n3,a\n4,a\n' >one.csv
expect 1 likeness evaluate E.npy --labels one.csv
err_has '10 same and 0 different pairs: both are needed'
printf 'row,label\n0,a\n1,b\n2,c\n3,d\n4,e\n' >each.csv
expect 1 likeness evaluate E.npy --labels each.csv
err_has '0 same and 10 different pairs: both are needed'
printf 'row,label\n0,a\n1,b\n2,c\n3,d\n4,e\n5,f\n' >more.csv
expect 1 likeness evaluate E.npy --labels more.csv
err_has 'more\.csv: lists 6 rows, E\.npy holds 5'
for number in nan inf; do
    printf '%s\n' 0 0 1 0 3 $number 2 0 1 3 | table odd.npy 5 2
    expect 1 likeness evaluate odd.npy --labels E.csv
    err_has 'row 2, column 1: found -*'$number
    printf '%s\n' 1 0 1 0 3 $number 2 0 1 3 | table odd.npy 5 2
    expect 1 likeness evaluate odd.npy --labels E.csv --metric cosine
    err_has 'row 2, column 1: found -*'$number
done
printf '%s\n' 0 0 | table odd.npy 1 2
printf 'row,label\n0,a\n' >odd.csv
for command in roc evaluate; do
    expect 1 likeness $command odd.npy
    err_has '^likeness: odd\.npy: verification: expected at least two rows, found 1$'
done
# A rate of 0 takes more pairs than there can be; equal distances have no spread.
printf '%s\n' 1 0 1 0 1 0 1 0 | table odd.npy 4 2
printf 'row,label\n0,a\n1,a\n2,b\n3,b\n' >odd.csv
for command in roc evaluate 'evaluate --gallery odd.npy'; do
    expect 0 likeness $command odd.npy --far 0
    grep -qE 'nan|inf\b' out && wrong "$last: says nan or inf"
    out_has '^(TAR at FAR|FNIR at FPIR) 0 +not estimable: no number of '
done
finish
