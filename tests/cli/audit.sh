#!/bin/sh
# The audit: which groups and people it takes, what it finds wrong with the data, what it says
# and writes. Embeddings are made up, and people rendered.
. "$(dirname "$0")/lib.sh"

# made NAME PEOPLE PHOTOS: NAME.npy, float32 [PEOPLE * PHOTOS, 8]; people are normal, a photograph
# is its person and a fifth of another normal vector. The second half lies closer together.
made() {
    awk -v people="$2" -v photos="$3" -v d=8 '
        function unit() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
        function normal() { return sqrt(-2 * log(unit())) * cos(6.28318530718 * unit()) }
        function put(v,  s, e, m) {
            s = v < 0 ? 128 : 0
            v = v < 0 ? -v : v
            for (e = 127; v >= 2; e++) v /= 2
            for (; v < 1; e--) v *= 2
            m = int((v - 1) * 8388608)
            printf "\\0%o\\0%o\\0%o\\0%o", m % 256, int(m / 256) % 256,
                int(m / 65536) + (e % 2) * 128, s + int(e / 2)
        }
        BEGIN {
            seed = 42
            shape = "{\047descr\047: \047<f4\047, \047fortran_order\047: False, \047shape\047: (" \
                people * photos ", " d "), }"
            printf "\\0223NUMPY\\01\\0\\0%o\\0%s", length(shape), shape
            for (i = 0; i < people; i++) {
                for (k = 0; k < d; k++) person[k] = normal() * (i < people / 2 ? 1 : .5)
                for (p = 0; p < photos; p++)
                    for (k = 0; k < d; k++) put(person[k] + normal() / 5)
            }
        }' >"$1.text"
    printf '%b' "$(cat "$1.text")" >"$1.npy"
}
# listed NAME PEOPLE PHOTOS: NAME.csv beside it.
listed() {
    awk -v people="$2" -v photos="$3" 'BEGIN {
        print "row,person,group"
        for (i = 0; i < people * photos; i++)
            printf "%d,p%d,%s\n", i, i / photos, i < people * photos / 2 ? "A" : "B"
    }' >"$1.csv"
}
# value FILE WAY...: a number or text of audit.json, whose lines are one value each.
value() {
    sed -n "s/^ *\"$2\": \"\{0,1\}\(.*[^,\"]\)\"\{0,1\},\{0,1\}\$/\1/p" "$1" | head -n 1
}

# ---- a plan ----
expect 0 likeness audit plan --fmr 1e-3 --factor 1.5
out_has '^FMR 0\.001: [0-9]+ people per group, one photograph of each'
one_line out
expect 0 likeness audit plan --json
[ "$(wc -l <out)" -eq 3 ] || wrong 'not a line for each rate'
one_object_a_line
# The simulations' table; the formula's smallest numbers lie up to 2 % below.
plan_near() {
    expect 0 likeness audit plan --fmr "$1" --cv2 "$2"
    near "$(sed 's/^FMR [^:]*: \([0-9]*\) .*/\1/' out)" "$3" "$(($3 / 50))"
}
plan_near 1e-2 .25 82
plan_near 1e-2 1 130
plan_near 1e-2 3 301
plan_near 1e-3 .25 233
plan_near 1e-3 1 271
plan_near 1e-3 3 406
plan_near 1e-4 .25 698
plan_near 1e-4 1 742
plan_near 1e-4 3 839
expect 0 likeness audit plan --fmr 1e-2,1e-3,1e-4
out_has '46 for ten wrong matches'
out_has '142 for ten wrong matches'
out_has '448 for ten wrong matches'
expect 2 likeness audit plan --fmr 0
err_has '^likeness audit: --fmr takes a number from'
expect 2 likeness audit plan photos
err_has "'photos': a plan takes options only"

# ---- wrong usage ----
made E 60 2
listed E 60 2
expect 2 likeness audit E.npy
err_has 'name the folder to write into: -o DIR'
expect 2 likeness audit photos -o report
err_has 'say which photographs are in which group'
expect 2 likeness audit photos --group A -o report
err_has "--group takes NAME=PATTERN, as 'A=photos/a\*', not 'A'"
expect 2 likeness audit E.npy --group 'A=*' --groups g.csv -o report
expect 2 likeness audit E.npy --person mother -o report
err_has "--person takes auto, photograph, first, last or path, not 'mother'"
expect 2 likeness audit E.npy --match charm -o report
err_has "not 'charm'"
sed -n 's/.*--match takes \(.*\), not .*/\1/p' err | sed 's/ and /, /; s/, /\n/g' >measures
[ -s measures ] || wrong 'no measures are named'
expect 0 likeness --complete audit --match
out_is <measures
expect 0 likeness --complete audit --person
for rule in $(cat out); do
    expect 2 likeness audit E.npy --person "$rule"
    err_has 'name the folder'
done
expect 2 likeness audit E.npy --fmr 2 -o report
expect 2 likeness audit E.npy photos -o report
err_has 'E.npy is audited by itself'
absent report

# ---- a table ----
expect 0 likeness audit E.npy -o report
silent err
out_has '^audited     120 photographs, 120 faces embedded; compared: 120 faces of 60 people in 2 groups$'
out_has '^people      the column .person. says who it is$'
out_has '^model       not known: no E\.json beside E\.npy says$'
out_has '^distance    euclidean, of 8 numbers a face$'
out_has 'by construction, and no finding'
out_has '^  In 10,000 comparisons of different people of group B expect about [0-9,]+ wrong matches \([0-9,]+ to [0-9,]+\)\.$'
out_has "^groups      by column 'group' of E\.csv$"
expect 0 likeness audit E.npy --fmr .1 -o report
out_has '^  Can tell: the highest rate, of group B, is [0-9.]+ times the lowest, of group A'
expect 0 likeness audit E.npy -o report
out_has '^This model, at the threshold [0-9.]+ \(FMR 0\.01\), on these images:$'
out_has 'For group A the rate is not estimable: there is no wrong match in 1,740 comparisons'
grep -qiE 'unbiased|certified|\bfair' out && wrong 'words that no audit can stand for'
there report/audit.json report/groups.csv report/matrix.csv report/left_out.csv report/quality.csv
there report/index.html
out_has '^page        report/index\.html$'
grep -q "Content-Security-Policy.*default-src 'none'.*script-src 'sha256-" report/index.html ||
    wrong 'the page lets more in than its script'
grep -q '<p class="answer-word">\(Can tell\|Cannot tell\|Too few to tell\)</p>' report/index.html ||
    wrong 'the page has no verdict'
grep -qiE 'unbiased|certified|\bfair' report/index.html && wrong 'words that no audit can stand for'
no_leftovers report
[ "$(value report/audit.json format)" = 'likeness audit' ] || wrong 'the format of audit.json'
tr -d '\n' <report/audit.json | "$CHECK_JSON" || wrong 'audit.json is no JSON'
[ "$(wc -l <report/groups.csv)" -eq 7 ] || wrong 'not a line for each group and threshold'
[ "$(wc -l <report/matrix.csv)" -eq 13 ] || wrong 'not a line for each cell and threshold'
cp report/audit.json first.json
cp report/index.html first.html
expect 0 likeness audit E.npy -o report --json
one_line out
one_object_a_line
cmp -s first.json report/audit.json || wrong 'the same audit gives other numbers'
cmp -s first.html report/index.html || wrong 'the same audit draws another page'
expect 0 likeness audit E.npy -o report --threads 1
cmp -s first.json report/audit.json || wrong 'one thread gives other numbers'

# The page and the numbers appear together, or not at all.
mkdir -p whole/index.html/in-the-way
expect 4 likeness audit E.npy -o whole
absent whole/audit.json whole/groups.csv
no_leftovers whole

# Every pair is counted: 30 people of 2 photographs in a group.
awk -F, 'NR > 1 && ($15 != 1740 || $21 != 30) { exit 1 }' report/groups.csv ||
    wrong 'the pairs of a group'

# A threshold that is given.
expect 0 likeness audit E.npy --threshold 1.5,2 -o report
out_has '^threshold   1\.5, as given$'
out_has '^threshold   2, as given$'
[ "$(wc -l <report/groups.csv)" -eq 5 ] || wrong 'not a line for each group and threshold'
expect 0 likeness audit E.npy --metric cosine --fmr .1 -o report
out_has '^distance    cosine'

# ---- tables that others write ----
{
    printf '\357\273\277'
    sed '1s/.*/Row,"Person",GROUP/;s/,/;/g;s/;A/;"A"/;s/$/\r/' E.csv
} >bom.csv
expect 0 likeness audit E.npy --labels bom.csv -o other
grep -v '"groups_by"' first.json >wanted
grep -v '"groups_by"' other/audit.json | cmp -s - wanted || wrong 'a mark, semicolons and quotes change numbers'
sed '1s/person/label/' E.csv >label.csv
expect 0 likeness audit E.npy --labels label.csv -o other
out_has "^people      the column 'label' says who it is$"
sed '1s/group/sex/' E.csv >sex.csv
expect 1 likeness audit E.npy --labels sex.csv -o other
err_has "^likeness: sex\.csv: its first line names no column 'group'"
expect 0 likeness audit E.npy --labels sex.csv --group-column sex -o other
awk -F, 'NR == 1 { print $0 ",age"; next } { print $0 "," (int($1 / 2) % 2 ? "old" : "young") }' E.csv >two.csv
expect 0 likeness audit E.npy --labels two.csv --group-column group --group-column age -o other
out_has '^A × old '
out_has '^B × young '
sed '3d' E.csv >short.csv
expect 1 likeness audit E.npy --labels short.csv -o other
err_has '^likeness: short\.csv: no line for row 1 of 120$'
sed '3s/^1,/0,/' E.csv >twice.csv
expect 1 likeness audit E.npy --labels twice.csv -o other
err_has "line 3: expected a row from 0 to 119 that no other line has, not '0'"
expect 1 likeness audit E.npy --labels missing.csv -o other
cp E.npy alone.npy
expect 1 likeness audit alone.npy -o other
err_has 'no list beside it'

# ---- groups that are hard ----
sed '1!s/,[AB]$/,A/' E.csv >one.csv
expect 0 likeness audit E.npy --labels one.csv -o other
out_has 'there is one group to look at, and nothing to compare it with'
sed '2s/,A$/,lone/;3s/,A$/,lone/;4s/,A$/,/' E.csv >lone.csv
expect 0 likeness audit E.npy --labels lone.csv -o other
out_has '1 group has one person only.*: lone'
out_has '1 photograph is in no group and left out'
{
    cat E.csv
    echo ',p99,A'
    echo ',p100,empty'
} >empty.csv
expect 0 likeness audit E.npy --labels empty.csv -o other
out_has '1 group has no photograph with a face, and is left out of the comparison: empty'
out_has '2 photographs have no vector .* and 2 people have none at all'
out_has '^A .* 0\.0164 \('
sed 's/,B$/,Élan/;4s/,A$/,elan/;5s/,A$/,elan/;6s/,A$/,elan/;7s/,A$/,elan/' E.csv >alike.csv
expect 0 likeness audit E.npy --labels alike.csv -o other
out_has "the groups 'elan' and 'Élan' differ by capitals, accents or blanks only: are they one\?"
# One name in two of Unicode's spellings is one group.
decomposed=$(printf 'E\314\201lan')
sed "s/,A\$/,Élan/;2,31s/,Élan\$/,$decomposed/" E.csv >spelled.csv
expect 0 likeness audit E.npy --labels spelled.csv -o other
out_has 'of 60 people in 2 groups$'
made many 1000 2
awk 'BEGIN {
    print "row,person,group"
    for (i = 0; i < 2000; i++) printf "%d,p%d,g%d\n", i, i, i / 2
}' >many.csv
expect 0 likeness audit many.npy --fmr .1 -o other
out_has 'in 1000 groups$'
out_has '^and 980 more: groups\.csv$'
grep -q 'and 936 more groups, in the table below' other/index.html || wrong 'a line for each of a thousand groups'
grep -q 'Above 64 groups' other/index.html || wrong 'the page says nothing of a thousand groups'
[ "$(wc -l <other/groups.csv)" -eq 1001 ] || wrong 'not a line for each of a thousand groups'
sed '1!s/,p[0-9]*,/,p0,/' E.csv >nobody.csv
expect 1 likeness audit E.npy --labels nobody.csv -o other
err_has 'no group has two people'

# ---- numbers that are none ----
head=$(($(wc -c <E.npy) - 120 * 8 * 4))
for number in '\0300\0177' '\0200\0177'; do # NaN, and infinity
    {
        head -c $((head + 7 * 32 + 2)) E.npy
        printf '%b' "$number"
        tail -c +$((head + 7 * 32 + 5)) E.npy
    } >bad.npy
    expect 1 likeness audit bad.npy --labels E.csv -o other
    err_is <<'END'
likeness: bad.npy: 1 row holds NaN or infinity, the first is row 7: a distance to it does not exist; embed again, or take it out of the table and its list
END
done

# ---- what is there twice ----
{
    head -c $((head + 50 * 32)) E.npy
    tail -c +$((head + 1)) E.npy | head -c 32
    tail -c +$((head + 51 * 32 + 1)) E.npy
} >copy.npy
expect 0 likeness audit copy.npy --labels E.csv -o other
out_has '1 photograph repeats an earlier one .*same vector 1; 1 under another person.s name'
out_has 'compared: 119 faces of 60 people'
out_has '^With the photographs that repeat others, at the threshold'
grep -q 'is left out above: with it, 1 pair of different people' other/index.html || wrong 'the page hides what is there twice'
sed -n 2p other/left_out.csv | grep -q '^,50,p25,,0,p0,vector,,0$' || wrong "left_out.csv: $(cat other/left_out.csv)"

# ---- rendered people ----
expect 0 likeness synth --people 20 --photos 2 --size 96 -o people
net_="--weights synthetic --size 96 --boxes people/truth.csv"
expect 1 likeness audit people $net_ --group 'A=people/p000*' --group 'B=P001*' -o rendered
err_has "^likeness: --group B: 'P001\*' matches none of 40 photographs; it is compared with the whole path, such as people/p0001/001\.jpg"
absent rendered
expect 1 likeness audit people $net_ --group 'A=people/p000*' --group 'B=p001*' -o rendered
err_has "'\*/p001\*' would match 20$"
expect 0 likeness audit people $net_ --group 'A=people/p000*' --group 'B=people/p001*' --fmr .1 -o rendered
out_has '^model       synthetic, SHA-256 [0-9a-f]{64}$'
out_has '^people      the innermost folder is the person, because the photographs of 2 of 2 groups lie in several folders$'
out_has '^sharpness '
out_has 'the nearest pairs of different people; is one of them one person under two names\?$'
out_has '^ +people/p00[0-9]*/00[12]\.jpg and people/p00[0-9]*/00[12]\.jpg, distance [0-9.]+$'
grep -q '"nearest_pairs_of_different_people": \[$' rendered/audit.json || wrong 'audit.json lacks the nearest pairs'
grep -q 'by the boxes of people/truth\.csv' rendered/index.html || wrong 'the page does not say how faces were found'
there rendered/embeddings.npy rendered/embeddings.csv rendered/embeddings.json
[ "$(grep -o 'id="face-[0-9]*" src="data:image/jpeg;base64,' rendered/index.html | wc -l)" -eq 38 ] ||
    wrong 'the page does not show every face'
[ "$(wc -l <rendered/quality.csv)" -eq 39 ] || wrong 'not a line for each photograph' # p0020 is in no group
cp rendered/audit.json wanted
expect 0 likeness audit people $net_ --group 'A=people/p000*' --group 'B=people/p001*' --fmr .1 -o rendered
err_has 'rendered/embeddings\.npy holds these photographs by this model: not embedded again'
cmp -s wanted rendered/audit.json || wrong 'what is not embedded again gives other numbers'
grep -q '"precision": *"float32"' rendered/audit.json || wrong 'audit.json does not say in which numbers the network ran'
grep -qE "The network(&#39;|')s numbers.*float32" rendered/index.html || wrong 'nor does the page'

# One folder a group: each photograph is somebody; a copy, a file that is none, two groups.
mkdir -p flat/a flat/b
for i in 01 02 03 04 05 06 07 08 09 10; do
    cp "people/p00$i/001.jpg" "flat/a/$i.jpg"
    next=$(printf %04d $((1$i - 100 + 10)))
    cp "people/p$next/001.jpg" "flat/b/$i.jpg"
done
cp people/p0001/001.jpg flat/b/copy.jpg
echo 'no photograph' >flat/b/text.jpg
whole_="--weights synthetic --no-detect --size 96"
expect 1 likeness audit flat $whole_ --group 'a=flat/a' --group 'b=flat/b/*' \
    --group 'first=flat/?/0*' --person photograph --fmr .1 -o flat-audit
out_has '^people      --person photograph$'
out_has '^ +flat/b/copy\.jpg repeats flat/a/01\.jpg \(same bytes, distance'
out_has '18 photographs are in more than one group and count in each'
expect 1 likeness audit flat $whole_ --group 'a=flat/a' --group 'b=flat/b/*' --fmr .1 \
    --match sharpness -o flat-audit
out_has '^people      each photograph counts as a person of its own, because the photographs of each group lie in one folder$'
out_has '1 photograph has no vector'
out_has '^b .* 0\.0833 \('
out_has '^medians of the matched|^matched     not done'
grep -q '^flat/b/text\.jpg,,flat/b/text\.jpg,b,failed,' flat-audit/quality.csv || wrong 'quality.csv lacks what failed'

# Groups from a table, whose paths count from its folder; ages with them.
{
    echo 'path,group,person,age'
    for i in 01 02 03 04 05 06 07 08 09 10; do
        echo "a/$i.jpg,left,p$i,30"
        echo "b/$i.jpg,right,q$i,40"
    done
    echo 'b/gone.jpg,right,gone,50'
} >flat/groups.csv
expect 0 likeness audit flat $whole_ --groups flat/groups.csv --fmr .1 -o listed
out_has '^groups      by flat/groups\.csv, whose paths count from its folder$'
out_has "^people      the column 'person' says who it is$"
err_has '2 of 22 photographs are in no group and are left out'
out_has '1 row of flat/groups\.csv names no photograph here; the first is b/gone\.jpg'
out_has '^age \(as given\) .* 30 +40 *$'
# A row that names no group puts nobody anywhere; its photograph is there all the same.
sed '2s/left//' flat/groups.csv >flat/fewer.csv
expect 0 likeness audit flat $whole_ --groups flat/fewer.csv --fmr .1 -o listed/
out_has '1 row of flat/fewer\.csv names no photograph here; the first is b/gone\.jpg'
out_has '^numbers     listed/audit\.json'
sed 's#^[ab]/#nowhere/&#' flat/groups.csv >flat/wrong.csv
expect 1 likeness audit flat $whole_ --groups flat/wrong.csv -o listed
err_has 'none puts one of the photographs into a group.*it names nowhere/a/01\.jpg, a photograph is flat/a/01\.jpg$'

# Nothing that is read is written over.
mkdir self
cp E.npy self/E.npy
cp E.csv self/groups.csv
expect 2 likeness audit self/E.npy --labels self/groups.csv -o self
err_has 'the output self/groups\.csv is the input'
cp E.csv self/index.html
expect 2 likeness audit self/E.npy --labels self/index.html -o self
err_has 'the output self/index\.html is the input'

finish
