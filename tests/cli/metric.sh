#!/bin/sh
# The metric that E.json beside a table says is the one that roc, distances, wss and pca take, and
# --metric goes before it.
. "$(dirname "$0")/lib.sh"

# FILE ROWS COLUMNS: numbers of standard input as float64 in an .npy file. awk has no
# binary numbers, so the few that are needed are spelt out.
table() {
    {
        printf '\223NUMPY\001\000\166\000'
        printf "%-117s\n" "{'descr': '<f8', 'fortran_order': False, 'shape': ($2, $3), }"
        while read -r number; do
            case $number in
            0) printf '\0\0\0\0\0\0\0\0' ;;
            1) printf '\0\0\0\0\0\0\360\077' ;;
            2) printf '\0\0\0\0\0\0\0\100' ;;
            10) printf '\0\0\0\0\0\0\044\100' ;;
            esac
        done
    } >"$1"
}
# Two people in two directions, near the origin and far from it: by the angle they are
# told apart, by the difference they are not.
printf '%s\n' 1 0 10 0 0 1 0 10 | table E.npy 4 2
printf 'row,path,label,face\n0,a,x,0\n1,b,x,0\n2,c,y,0\n3,d,y,0\n' >labels.csv
about() { # METRIC: E.json, of these numbers
    digits=$(tail -c 64 E.npy | sha256sum | cut -c1-64)
    rows=$(printf 'a\0000\000b\0000\000c\0000\000d\0000\000' | sha256sum | cut -c1-64)
    printf '{"format": "likeness embeddings", "version": 1, "vectors": {"rows": 4, "dimensions": 2, "type": "float64", "sha256": "%s"}, "list": {"rows_sha256": "%s"}, "model": {%s}}\n' "$digits" "$rows" "$1" >E.json
}
roc='likeness roc E.npy --labels labels.csv --far 0.25'

expect 0 $roc --json
out_has '"metric":"euclidean".*"auc":\{"estimate":0\.75,'
expect 0 $roc --metric cosine --json
out_has '"metric":"cosine".*"auc":\{"estimate":1\.0,.*"threshold":0\.0,'
about '"metric": "cosine"'
expect 0 $roc
out_has '^compared by cosine distance$'
out_has '^AUC +1\.0000 '
expect 0 $roc --metric euclidean
out_has '^AUC +0\.7500 '
# Lengths mean nothing to the cosine: sums of squares and components are those of directions.
expect 0 likeness wss E.npy --no-labels --json
out_has '"n":4,"wss":2\.0'
expect 0 likeness wss E.npy --labels labels.csv --json
[ "$(grep -c '"n":2,"wss":0\.0' out)" -eq 2 ] || wrong 'the lengths count'
expect 0 likeness wss E.npy --no-labels --metric euclidean --json
out_has '"n":4,"wss":141\.'
expect 0 likeness pca E.npy --no-labels -o P.npy --json
out_has '"component":2,"variance":[0-9.e-]*,"ratio":([0-9.]*e-|0\.0)'
expect 0 likeness pca E.npy --no-labels --metric euclidean -o P.npy --json
out_has '"component":2,"variance":[0-9.]*,"ratio":0\.[1-9]'
expect 0 likeness distances E.npy --labels labels.csv -o D.npy --plot D.svg
out_is <<'END'
4 rows; cosine distances 0.0000 to 1.0000, mean 0.6667
END
grep -q '>cosine distance</text>' D.svg || wrong 'the figure does not name the distance'
expect 0 likeness distances E.npy --no-labels -o D.npy --json
out_has '^\{"n":4,"metric":"cosine","min":0\.0,"mean":0\.666666666666666[0-9]*,"max":1\.0[0-9]*\}$'
expect 0 likeness distances E.npy --no-labels -o D.npy --metric euclidean
out_is <<'END'
4 rows; distances 1.4142 to 14.1421, mean 8.9427
END

# A description of other numbers is not believed.
cp E.json O.json
printf '%s\n' 1 0 2 0 0 1 0 2 | table O.npy 4 2
expect 0 likeness distances O.npy --no-labels -o D.npy --json
out_has '"metric":"euclidean"'
# One that does not say is of a table of old; one that says nonsense is named.
about '"name": "x"'
expect 0 $roc --json
out_has '"metric":"euclidean"'
about '"metric": "manhattan"'
expect 1 $roc
err_is <<'END'
likeness: E.json: its metric is "manhattan", expected "euclidean" or "cosine"
END
about '"metric": 7'
expect 1 $roc
err_is <<'END'
likeness: E.json: its metric is no text, expected "euclidean" or "cosine"
END
rm E.json

expect 2 $roc --metric angle
err_has "^likeness roc: --metric takes euclidean or cosine, not 'angle'"
expect 0 likeness --complete roc --metric
out_is <<'END'
euclidean
cosine
END
# A row without a direction is named.
printf '%s\n' 1 0 0 0 0 1 0 2 | table zero.npy 4 2
expect 1 likeness distances zero.npy --metric cosine -o none.npy
err_is <<'END'
likeness: zero.npy: row 1 is all 0: it has no direction, which the cosine needs (--metric euclidean does without)
END
absent none.npy
expect 1 likeness wss zero.npy --metric cosine
expect 1 likeness pca zero.npy --metric cosine -o none.npy
absent none.npy
finish
