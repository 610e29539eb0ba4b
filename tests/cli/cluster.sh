#!/bin/sh
# Unlabelled photographs into people: correct it, add to it, and names stay.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gallery_people.sh"

mkdir heap later
for person in 1 2 3 4 5; do
    for photo in 1 2 3 4 5; do
        to=heap
        [ $photo -le 3 ] || to=later
        cp people/p000$person/00$photo.jpg $to/p$person-$photo.jpg
    done
done
boxes() { # FOLDER
    { head -n 1 people/truth.csv && sed -n 's|^p000\([1-5]\)/00\([0-9]\)|p\1-\2|p' people/truth.csv; } >"$1/truth.csv"
}
boxes heap
boxes later
net='--weights synthetic'
# whole: every person's photographs are together, and nobody else's.
whole() {
    checks=$((checks + 1))
    tail -n +2 sorted/clusters.csv | sed -E 's|^([^,]*),[^,]*/(p[0-9])-.*|\1 \2|' | sort -u >pairs
    [ "$(wc -l <pairs)" -eq 5 ] && [ "$(cut -d ' ' -f 1 pairs | sort -u | wc -l)" -eq 5 ] ||
        wrong "$last: people are mixed: $(tr '\n' ';' <pairs)"
}

# ---- its gallery is not the usual one
expect 0 likeness cluster --help
out_has 'DIR/faces.db: people who are in it'
grep -q XDG_DATA_HOME out && wrong 'the usual gallery is told'
expect 0 likeness cluster heap -o elsewhere $net --boxes heap/truth.csv --gallery mine.db
absent elsewhere/faces.db
expect 0 likeness gallery stats --gallery mine.db
out_has 'faces +15$'

for method in dbscan whispers; do
    rm -rf sorted
    expect 0 likeness cluster heap -o sorted $net --boxes heap/truth.csv --method $method --neighbours 2
    out_has '^15 faces of 5 people in sorted; 0 new photographs without a face$'
    whole
done
[ "$(readlink sorted/person-0002/*p2-1.jpg)" = "$(realpath heap/p2-1.jpg)" ] || wrong 'a link leads elsewhere'

# ---- more photographs: only these are looked at, and names stay
cp sorted/clusters.csv before.csv
touch sorted/person-0001/mine
expect 0 likeness cluster heap later -o sorted $net --boxes heap/truth.csv --boxes later/truth.csv --json
one_object_a_line
out_has '"faces":25,"people":5,'
whole
tail -n +2 before.csv | cut -d , -f 1,2 | sort >old
cut -d , -f 1,2 sorted/clusters.csv | sort | comm -23 old - >lost
[ ! -s lost ] || wrong "people lost their names: $(cat lost)"
[ -e sorted/person-0001/mine ] || wrong 'a file of somebody else is gone'
expect 0 likeness cluster heap -o sorted $net --boxes heap/truth.csv
out_has '^25 faces of 5 people'

# ---- corrections
expect 0 likeness cluster heap -o sorted $net --boxes heap/truth.csv --same heap/p1-1.jpg heap/p2-1.jpg \
    --different heap/p3-1.jpg heap/p3-2.jpg
[ "$(grep -c 'p[12]-1.jpg' sorted/clusters.csv)" -eq 2 ] || wrong 'a photograph is lost'
[ "$(grep 'p[12]-1.jpg' sorted/clusters.csv | cut -d , -f 1 | sort -u | wc -l)" -eq 1 ] || wrong '--same is not kept'
[ "$(grep 'p3-[12].jpg' sorted/clusters.csv | cut -d , -f 1 | sort -u | wc -l)" -eq 2 ] || wrong '--different is not kept'
printf 'different,heap/p4-1.jpg#0,heap/p4-2.jpg\n' >corrections.csv
expect 0 likeness cluster heap -o sorted $net --boxes heap/truth.csv --corrections corrections.csv
[ "$(grep 'p4-[12].jpg' sorted/clusters.csv | cut -d , -f 1 | sort -u | wc -l)" -eq 2 ] || wrong '--corrections is not kept'
expect 1 likeness cluster heap -o sorted $net --boxes heap/truth.csv --same heap/p1-1.jpg none.jpg
err_has '^likeness: none.jpg: no face of this photograph is known'
expect 2 likeness cluster heap -o sorted $net --boxes heap/truth.csv --same heap/p1-1.jpg heap/p1-2.jpg \
    --different heap/p1-1.jpg heap/p1-2.jpg
err_has 'one person, and two'

# ---- what was said once is kept, until the opposite is said
correct() { expect 0 likeness cluster heap -o sorted $net --boxes heap/truth.csv "$@"; }
together() { # HOW-MANY PATTERN: the photographs are of so many people
    checks=$((checks + 1))
    [ "$(grep -E "$2" sorted/clusters.csv | cut -d , -f 1 | sort -u | wc -l)" -eq "$1" ] ||
        wrong "$last: $2 are not of $1 people"
}
correct
together 1 'p[12]-1.jpg'
together 2 'p3-[12].jpg'
together 2 'p4-[12].jpg'
[ "$(sort sorted/corrections.csv | head -n 1)" = 'different,heap/p3-1.jpg#0,heap/p3-2.jpg#0' ] ||
    wrong "corrections.csv holds $(cat sorted/corrections.csv)"
[ "$(wc -l <sorted/corrections.csv)" -eq 3 ] || wrong 'a failed run changed corrections.csv'
expect 2 likeness cluster heap -o sorted $net --boxes heap/truth.csv --same heap/p2-1.jpg heap/p5-1.jpg \
    --different heap/p1-1.jpg heap/p5-1.jpg
err_has 'heap/p1-1.jpg and heap/p5-1.jpg are said to be one person, and two; .*sorted/corrections.csv$'
correct --same heap/p3-2.jpg heap/p3-1.jpg
together 1 'p3-[12].jpg'
correct --different heap/p1-1.jpg heap/p2-1.jpg --same heap/p4-1.jpg heap/p4-2.jpg
whole
correct
whole
[ "$(grep -c '^same,' sorted/corrections.csv)" -eq 2 ] && [ "$(wc -l <sorted/corrections.csv)" -eq 3 ] ||
    wrong "corrections.csv holds $(cat sorted/corrections.csv)"
correct --corrections sorted/corrections.csv # which is read anyway
whole
# A photograph that is not known (yet) is left aside, and its line kept.
printf 'same,"gone, and away.jpg",heap/p1-1.jpg\n' >>sorted/corrections.csv
correct
err_has 'sorted/corrections.csv: 1 line is about photographs that are not known: left aside$'
grep -q '^same,"gone, and away.jpg",heap/p1-1.jpg' sorted/corrections.csv || wrong 'a line is lost'
echo 'similar,a,b' >>sorted/corrections.csv
expect 1 likeness cluster heap -o sorted $net --boxes heap/truth.csv
err_has "sorted/corrections.csv: line 5: expected 'same,A,B' or 'different,A,B'"
rm sorted/corrections.csv
correct
whole
absent sorted/corrections.csv

# ---- a model whose faces are nearer to each other says so by its threshold
expect 0 likeness models convert synthetic strict.safetensors
expect 0 likeness models describe strict.safetensors --threshold 0.05
expect 0 likeness cluster heap -o strict --weights strict.safetensors --boxes heap/truth.csv
out_has '^15 faces of 15 people in strict;'
expect 0 likeness cluster heap -o strict --weights strict.safetensors --boxes heap/truth.csv --near 0.9
out_has '^15 faces of 5 people in strict;'

# ---- usage
expect 2 likeness cluster heap $net
err_has 'name the folder to write into: -o DIR'
expect 2 likeness cluster heap -o sorted $net --method none
expect 2 likeness cluster sorted -o sorted $net --boxes heap/truth.csv
err_has 'the output folder sorted holds the input sorted'
expect 1 likeness cluster none -o other $net --boxes heap/truth.csv
absent other
finish
