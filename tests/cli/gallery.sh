#!/bin/sh
# Enrol, verify, identify, and put right by hand.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/gallery_people.sh"

# ---- nobody yet
expect 3 likeness verify p0001 people/p0001/001.jpg $net
err_has 'gallery.db: no gallery here yet: .likeness enroll NAME PHOTOGRAPH --gallery '
expect 3 likeness gallery list
absent "$gallery"

# ---- enrol
expect 0 likeness enroll p0001 people/p0001/001.jpg people/p0001/002.jpg $net
out_has '^people/p0001/001.jpg: enrolled as p0001, face 1$'
out_has "^2 faces enrolled in $gallery; 0 known already, 0 refused$"
expect 0 likeness enroll p0001 people/p0001 $net
out_has '^3 faces enrolled in .*; 2 known already, 0 refused$'
expect 0 likeness enroll --from people $net --json
one_object_a_line
[ "$(grep -c '"status":"enrolled"' out)" -eq 25 ] || wrong 'not everybody was enrolled'
expect 0 likeness enroll --from people $net
out_has '^0 faces enrolled in .*; 30 known already, 0 refused$'
expect 0 likeness gallery check
out_has ': sound, 30 faces of 6 people$'
[ "$(find "$gallery" -perm 600 | wc -l)" -eq 1 ] || wrong 'others can read the gallery'

# ---- verify: the exit status is the answer
expect 0 likeness verify p0001 people/p0001/003.jpg $net
out_has '^p0001: a match, by this threshold$'
out_has '^  distance   0\.0000  \(Euclidean, by best\)$'
out_has '^  error rate not known: '
expect 1 likeness verify p0002 people/p0001/003.jpg $net
out_has '^p0002: no match, by this threshold$'
expect 2 likeness verify p0002
expect 2 likeness verify p0002 people $net
err_has 'one photograph, not a folder'
expect 2 likeness verify p0002 people/p0001/003.jpg --weights synthetic --size 96 --margin 0 --boxes people/truth.csv
err_has 'holds vectors of the model synthetic, made as weights [0-9a-f]{64} size 96 margin 12 align none .*size 96 margin 0 '
err_has "cannot be compared with them; 'likeness gallery reembed' moves a gallery to another model\$"
expect 3 likeness verify nobody people/p0001/003.jpg $net
err_has 'nobody is enrolled as nobody$'
expect 3 likeness verify p0001 people/p0001/003.jpg $net --gallery none.db
absent none.db
expect 5 likeness verify p0001 people/truth.csv $net
expect 5 likeness verify p0001 none.jpg $net
cp people/p0001/003.jpg unboxed.jpg
expect 5 likeness verify p0001 unboxed.jpg $net --json
one_object_a_line
out_has '"match":null,"error":"unboxed.jpg: no box for it'
printf 'path,x1,y1,x2,y2\ntwo.jpg,10,10,80,100\ntwo.jpg,90,10,150,100\n' >two.csv
cp people/p0001/003.jpg two.jpg
expect 5 likeness verify p0001 two.jpg --weights synthetic --boxes two.csv
err_has "^likeness: two.jpg: there are 2 faces$"
for by in best mean template; do
    expect 0 likeness verify p0001 people/p0001/003.jpg $net --by $by --json
    out_has "\"match\":true,.*\"by\":\"$by\",.*\"error_rate\":null.*\"precision\":\"float32\""
done
expect 1 likeness verify p0001 people/p0001/003.jpg $net --threshold 0
expect 2 likeness verify p0001 people/p0001/003.jpg $net --by worst

# ---- identify
expect 0 likeness gallery remove p0006
expect 0 likeness identify people/p0003/005.jpg people/p0006/001.jpg $net
out_has '^people/p0003/005.jpg: face 0: p0003 \(0\.0000\)$'
out_has '^people/p0006/001.jpg: face 0: unknown$'
out_has '^2 faces, 1 of them unknown, among 5 people$'
expect 0 likeness identify people/p0003/005.jpg $net --top 3 --json
one_object_a_line
out_has '"person":"p0003","nearest":\[\{"person":"p0003","distance":[0-9.]+(e-[0-9])?,.*\{.*\{.*"people":5,'
expect 1 likeness identify none.jpg people/p0003/005.jpg $net
out_has 'p0003 \(0\.0000\)$'

# ---- an approximate search, where the program can
expect 2 likeness identify people/p0001/001.jpg $net --search approximate
if grep -q 'built without hnswlib' err; then
    expect 2 likeness gallery index
    err_has 'built without hnswlib'
else
    err_has "no approximate search: .* 'likeness gallery index' makes$"
    expect 0 likeness identify people $net --top 3
    cp out exact
    expect 0 likeness gallery index
    out_has '^an index for approximate searches is made$'
    [ "$(find "$gallery-near" -perm 600 | wc -l)" -eq 1 ] || wrong 'others can read the index'
    expect 0 likeness identify people $net --top 3 --search approximate
    out_has 'among 5 people, by an approximate search$'
    sed 's/, by an approximate search$//' out >approximate
    cmp -s exact approximate || wrong "the approximate search finds others: $(diff exact approximate | head -5)"
    expect 0 likeness identify people/p0001/001.jpg $net --search approximate --json
    out_has '"search":"approximate"'
    expect 0 likeness identify people/p0001/001.jpg $net --json
    out_has '"search":"exact"'
fi

# ---- by hand
expect 0 likeness gallery list
out_has '^p0001 +5 faces  since 20[0-9-]+T[0-9:]+Z$'
expect 0 likeness gallery rename p0001 'Zoë'
expect 2 likeness gallery rename p0002 'Zoë'
err_has 'there is somebody of the name Zoë already'
expect 0 likeness gallery merge 'Zoë' p0002
expect 0 likeness gallery show 'Zoë' --json
one_object_a_line
[ "$(grep -c '"face":' out)" -eq 10 ] || wrong 'merging lost a face'
faces=$(sed -n 's/.*"face":\([0-9]*\),"source":"people.p0002.*/\1/p' out)
# shellcheck disable=SC2086 # numbers
expect 0 likeness gallery split 'Zoë' p0002 $faces
expect 0 likeness verify p0002 people/p0002/001.jpg $net
expect 1 likeness verify 'Zoë' people/p0002/001.jpg $net
expect 2 likeness gallery split 'Zoë' p0002 one
err_has "'one' is no number of a face"
expect 3 likeness gallery remove 'Zoë' 9999
expect 0 likeness gallery remove 'Zoë' 1 2
expect 0 likeness gallery remove 'Zoë'
expect 3 likeness gallery show 'Zoë'
grep -q 'p0001' "$gallery" && wrong 'the name of a removed person is still in the file'
absent "$gallery-wal"
expect 2 likeness gallery dance
err_has 'the actions are list, show'
expect 2 likeness gallery rename one
expect 0 likeness gallery wipe

# ---- as text
expect 0 likeness gallery export -o all.jsonl
expect 0 likeness gallery import all.jsonl --gallery copy.db
out_has '^20 faces added to copy.db$'
expect 0 likeness gallery export --gallery copy.db
sed 's/"id":[0-9]*//' all.jsonl >first && sed 's/"id":[0-9]*//' out >second
cmp -s first second || wrong 'an export of an import is another one'
# Numbers of another kind are no other model: a word about it, and it works.
sed 's/"precision":"float32"/"precision":"bfloat16"/' all.jsonl >narrow.jsonl
expect 0 likeness gallery import narrow.jsonl --gallery narrow.db
expect 0 likeness identify people/p0003/001.jpg $net --gallery narrow.db
err_has '^likeness: narrow.db: its vectors were made in bfloat16 numbers, those of now are in float32: distances differ by a little$'
expect 0 likeness identify people/p0003/001.jpg $net
silent err
expect 0 likeness gallery export p0003
[ "$(wc -l <out)" -eq 7 ] || wrong 'an export of one person has not 7 lines'
expect 2 likeness gallery export -o copy.db --gallery copy.db
expect 1 likeness gallery import people/truth.csv --gallery copy.db
err_has '^likeness: people/truth.csv: line 1: no line of an export'
expect 1 likeness gallery import none.jsonl --gallery copy.db
[ "$(enrolled --gallery copy.db)" -eq 20 ] || wrong 'a failed import changed the gallery'

# ---- the gate: each reason by its name, and --force
small='--weights synthetic'
printf 'path,x1,y1,x2,y2,prob\nsmall.jpg,50,50,70,75,1\ncut.jpg,-40,20,60,120,1\nunsure.jpg,27,19,109,125,.5\ntwo.jpg,10,10,80,100,1\ntwo.jpg,90,10,150,100,1\n' >gate.csv
cp people/p0003/001.jpg small.jpg && cp people/p0003/001.jpg cut.jpg && cp people/p0003/001.jpg unsure.jpg
for reason in small cut unsure two; do
    expect 1 likeness enroll New $reason.jpg $small --boxes gate.csv --json --gallery gate.db
    case $reason in cut) name=cut-by-the-border ;; two) name=several-faces ;; *) name=$reason ;; esac
    out_has "\"status\":\"refused\",.*\"reasons\":\[\{\"reason\":\"$name\""
    err_has 'not enrolled: .*--force takes it'
done
expect 1 likeness enroll New unboxed.jpg $net --gallery gate.db
err_has 'unboxed.jpg: not enrolled: no box for it'
expect 0 likeness enroll New small.jpg $small --boxes gate.csv --gallery gate.db --force
out_has 'enrolled as New, face 1, in spite of: small$'
expect 0 likeness gallery show New --gallery gate.db
out_has 'in spite of: small$'
expect 1 likeness enroll p0003 people/p0004/001.jpg $net --json
out_has '"reason":"unlike-the-person".*"reason":"another-person"'
expect 1 likeness enroll Stranger people/p0004/001.jpg $net
err_has 'not enrolled: it is 0\.000 away from a face of p0004, below 0\.4[0-9]*'

# What a photograph of 128 x 128 pixels of one colour lacks, and a head turned aside.
plain() { # BYTE: a bitmap
    printf 'BM\066\300\000\000\000\000\000\000\066\000\000\000\050\000\000\000\200\000\000\000\200\000\000\000\001\000\030\000'
    head -c 24 /dev/zero
    head -c 49152 /dev/zero | tr '\0' "$1"
}
plain '\0' >dark.bmp && plain '\377' >bright.bmp && cp people/p0003/001.jpg turned.jpg
echo 'path,x1,y1,x2,y2,prob,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,left_mouth_x,left_mouth_y,right_mouth_x,right_mouth_y' >looks.csv
for file in dark.bmp bright.bmp turned.jpg; do
    echo "$file,20,20,110,120,1,50,60,80,60,95,80,55,100,75,100" >>looks.csv
done
for file in dark.bmp bright.bmp turned.jpg; do
    expect 1 likeness enroll New2 $file $small --boxes looks.csv --json --gallery gate.db
    out_has "\"reason\":\"${file%.*}\""
    case $file in *.bmp) out_has '"reason":"blurred".*"reason":"flat"' || out_has '"reason":"flat"' ;; esac
    expect 5 likeness verify New $file $small --boxes looks.csv --gallery gate.db
    err_has "$file: "
done

# ---- odd names stay on their line
expect 0 likeness enroll "$(printf 'a\n\033[31mb')" people/p0006/001.jpg $net
expect 0 likeness gallery list
[ "$(wc -l <out)" -eq 5 ] || wrong 'a name broke its line'
expect 2 likeness enroll '' people/p0006/001.jpg $net
expect 1 likeness enroll "$(printf '\377')" people/p0006/002.jpg $net
err_has 'must be UTF-8$'
# shellcheck disable=SC2086 # words
expect 0 likeness enroll $net --force -- --from people/p0006/002.jpg
# ---- what a threshold means
likeness synth --people 24 --photos 4 --size 154 --seed 31 -q -o others >out
meant='--weights synthetic --gallery meant.db'
expect 0 likeness gallery calibrate others $meant --boxes others/truth.csv --json
one_object_a_line
[ "$(wc -l <out)" -eq 4 ] || wrong 'not four thresholds'
out_has '^\{"target":0\.1,"threshold":[01]\.[0-9]+,"fmr":\{"state":"estimated","rate":0\.0[0-9]+,.*"people":24,"photos":96\}$'
# Of 4416 pairs of different people 441 may pass, the one at the threshold among them, and none.
out_has '"target":0\.1,.*"fmr":\{"state":"estimated","rate":0\.09986413'
out_has '"target":0\.0001,.*"fmr":\{"state":"zero","rate":0\.0,'
expect 0 likeness enroll Ada people/p0003/001.jpg people/p0003/002.jpg $meant --boxes people/truth.csv
expect 0 likeness verify Ada people/p0003/003.jpg $meant --boxes people/truth.csv
out_has "^  threshold  [01]\\.[0-9]{4}  \\(measured by 'likeness calibrate'\\)$"
out_has '^  strangers  about 1 in [0-9]+ \(95 %: 1 in [0-9]+ to 1 in [0-9]+\) different people would pass; with 2 faces up to 2 times as many$'
expect 1 likeness verify Ada people/p0004/003.jpg $meant --boxes people/truth.csv --threshold 0.05 --json
out_has '"threshold_source":"given","error_rate":\{"target":0\.0001,'
expect 0 likeness identify people/p0004/003.jpg $meant --boxes people/truth.csv
out_has '^  measured   on 96 photographs of 24 people'
# compare judges by the same, and says so; by the usual gallery, too, unless it is of another model.
expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $meant --boxes people/truth.csv
out_has "^  threshold  [01]\\.[0-9]{4}  \\(measured by 'likeness calibrate'\\)$"
out_has '^  strangers  about 1 in [0-9]+ \(95 %: 1 in [0-9]+ to 1 in [0-9]+\) different people would pass$'
expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $meant --boxes people/truth.csv --json
out_has '"threshold_source":"calibrated","error_rate":\{"target":0\.[01]+,'
expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net
out_has '^  error rate not known: '
XDG_DATA_HOME=$PWD/usual
mkdir -p usual/likeness && cp meant.db usual/likeness/gallery.db
expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net
out_has "^  threshold  [01]\\.[0-9]{4}  \\(measured by 'likeness calibrate'\\)$"
for other in '--margin 0' '--metric cosine'; do
    # shellcheck disable=SC2086 # words
    expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net $other
    grep -q 'calibrate' out && wrong "$other: measured for another model"
done
expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net --threshold 0.3 --json
out_has '"threshold_source":"given","error_rate":\{"target":0\.[01]+,'
head -c 40 /dev/urandom >key
expect 0 likeness gallery encrypt --key-file key
expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net
out_has '^  error rate not known: '
expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net --key-file key
out_has "^  threshold  [01]\\.[0-9]{4}  \\(measured by 'likeness calibrate'\\)$"
expect 2 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net --gallery usual/likeness/gallery.db
expect 3 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net --gallery none.db
echo 'no gallery' >usual/likeness/gallery.db
expect 0 likeness compare people/p0003/001.jpg people/p0003/002.jpg $net
rm -r usual
XDG_DATA_HOME=$folder/data
expect 1 likeness calibrate people/p0003 $meant --boxes people/truth.csv
err_has '^likeness: faces of 1 people are too few' || err_has 'too few'

# ---- the story that the README tells, line by line; the last digits are the processor's
rm -rf people "$XDG_DATA_HOME"
round() { sed -E 's/([0-9]\.[0-9]{2})[0-9]*/\1/g'; }
sed -n '/^\$ likeness synth --people 8/,/^```/p' "$(dirname "$0")/../../README.md" | sed '$d' >story
{
    echo 'likeness() { "$LIKENESS" "$@" 2>/dev/null; }'
    sed -n 's/^\$ //p' story
} >commands
LIKENESS=$LIKENESS sh commands | grep -v ' written to people' |
    sed "s|$gallery|/home/ada/.local/share/likeness/gallery.db|" | round >told
grep -v '^\$ ' story | round | cmp -s - told || wrong "README.md tells another story: $(cat told)"
checks=$((checks + 1))
finish
