#!/bin/sh
# Tables and arrays as other programs write them: what a spreadsheet does to a CSV
# file, and every layout that NumPy saves.
. "$(dirname "$0")/lib.sh"
cp "$INPUTS/vectors.npy" .
sed 's/"b, c"/b/;s/"a.*jpg"/a2.jpg/' "$INPUTS/vectors.csv" >vectors.csv # no comma in a field
expect 0 likeness wss vectors.npy --labels vectors.csv
mv out wanted

# same_as_wanted: the last command printed what the table as we write it gives.
same_as_wanted() {
    checks=$((checks + 1))
    cmp -s out wanted || wrong "$last: not the result of the plain table"
}

{
    printf '\357\273\277'
    cat vectors.csv
} >bom.csv
sed '1s/.*/ROW,Path , Label,face,status,prob,x1,y1,x2,y2/' vectors.csv >capitals.csv
sed 's/,/;/g' vectors.csv >semicolons.csv
tr , '\t' <vectors.csv >tabs.csv
sed 's/$/\r/' vectors.csv >crlf.csv
sed 's/,/, /g' vectors.csv >blanks.csv
{
    printf '\357\273\277'
    sed '1s/row/Row/;s/,/ ; /g;s/$/\r/' vectors.csv
} >all.csv
for table in bom capitals semicolons tabs crlf blanks all; do
    expect 0 likeness wss vectors.npy --labels $table.csv
    silent err
    same_as_wanted
done

# A blank within a name is part of it, and so is one in quotes.
cat >names.csv <<'END'
row, label
0, "ann "
1, "ann "
2,  ann lee
3, ann
4, bob
5, bob
6, "a, b"
END
expect 0 likeness wss vectors.npy --labels names.csv
out_has '^ann +2 '
out_has '^ann +1 '
out_has '^ann lee +1 '
out_has '^a, b +1 '

# array NAME DESCR FORTRAN DATA: a [2, 3] array.
array() {
    header="{'descr': '$2', 'fortran_order': $3, 'shape': (2, 3), }"
    printf '\223NUMPY\1\0%b\0%s%b' "\\0$(printf %o ${#header})" "$header" "$4" >"$1.npy"
}
array plain '<f4' False '\0\0\0200\077\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0200\077\0\0\0\0'
array fortran '<f4' True '\0\0\0200\077\0\0\0\0\0\0\0\0\0\0\0200\077\0\0\0\0\0\0\0\0'
array big '>f4' False '\077\0200\0\0\0\0\0\0\0\0\0\0\0\0\0\0\077\0200\0\0\0\0\0\0'
array half '<f2' False '\0\074\0\0\0\0\0\0\0\074\0\0'
array bytes '|i1' False '\1\0\0\0\1\0'
array shorts '>u2' True '\0\1\0\0\0\0\0\1\0\0\0\0'
array longs '<i8' True '\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
array bools '|b1' False '\1\0\0\0\1\0'
expect 0 likeness distances plain.npy -o wanted.npy
for kind in fortran big half bytes shorts longs bools; do
    expect 0 likeness distances $kind.npy -o $kind.d.npy
    cmp -s wanted.npy $kind.d.npy || wrong "$kind: not the distances of the plain array"
done
array complex '<c8' False ''
expect 1 likeness distances complex.npy -o no.npy
err_is <<'END'
likeness: complex.npy: has the type '<c8', expected floats of 2, 4 or 8 bytes, integers or bools
END
absent no.npy
finish
