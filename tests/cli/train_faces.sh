#!/bin/sh
# likeness train --detect: faces cut out of whole photographs, once; and the warning
# where photographs are trained on as they are.
. "$(dirname "$0")/lib.sh"

tiny='--width 0.016 --people 2 --photos 2 --validation 0 --threads 1 --miner all --size 80'
same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || wrong "$last: $1 and $2 differ"
}

expect 0 likeness synth --people 4 --photos 3 --size 120 --seed 4 -q -o people
boxes='--boxes people/truth.csv'

# ---- the faces are those of crop, and what embed must be told is said at the end
expect 0 likeness train people --detect $boxes --crop-margin 8 $tiny --steps 3 -o run
out_has '^12 faces from 12 photographs in run/faces; 0 without a face$'
out_has '^use      likeness embed DIR --size 80 --margin 8 --boxes people/truth.csv --weights run/best.safetensors -o E.npy$'
sed -n 's/^use *likeness embed DIR/embed people -q/p' out >told
there run/faces.json run/best.safetensors
expect 0 likeness crop people $boxes --size 80 --margin 8 -q -o crops
for photo in p0001/001 p0004/003; do same crops/$photo.png run/faces/$photo.png; done
expect 0 likeness $(cat told)
expect 0 likeness embed crops --no-detect --size 80 --weights run/best.safetensors -q -o F.npy
same E.npy F.npy
expect 0 likeness train crops $tiny --steps 3 -o plain
out_has '^use      likeness embed DIR --size 80 --no-detect --weights plain/best.safetensors -o E.npy$'
same plain/last.pt run/last.pt # the other file says another margin

# ---- it goes on where it was, also elsewhere; the photographs are no longer needed
mkdir elsewhere
mv run elsewhere/
mv people away
expect 0 likeness train --resume -o elsewhere/run --steps 5 --threads 1 --json
grep '"type":"end"' out >end
grep -q '"embed_options":"--size 80 --margin 8 --boxes people/truth.csv"' end || wrong 'the end does not say what to tell embed'
expect 0 likeness train --resume -o plain --steps 5 --threads 1
same plain/last.pt elsewhere/run/last.pt
mv away people
mv elsewhere/run run

# ---- an end halfway: what is there is taken, what is not is made
rm run/checkpoint.safetensors run/faces/p0002/002.png
cp crops/p0004/003.png run/faces/p0001/001.png # somebody else's, to tell it by
expect 0 likeness train people --detect $boxes --crop-margin 8 $tiny --steps 3 -o run
same crops/p0004/003.png run/faces/p0001/001.png
same crops/p0002/002.png run/faces/p0002/002.png
# ... unless it would come out otherwise
rm run/checkpoint.safetensors
touch people/p0003/001.jpg
expect 0 likeness train people --detect $boxes --crop-margin 8 $tiny --steps 3 -o run
same crops/p0001/001.png run/faces/p0001/001.png

# ---- --force keeps the old run's faces until the new run stands
cp -r run old
(
    trap '' XFSZ
    ulimit -f 100
    exec "$LIKENESS" train people --force --detect $boxes $tiny --steps 3 -o run
) >out 2>err
[ $? -eq 4 ] || wrong 'a full disk: --force does not fail'
there run/faces-2/p0001/001.png
expect 0 likeness train --resume -o run --steps 5 --threads 1
expect 0 likeness train --resume -o old --steps 5 --threads 1
same old/last.safetensors run/last.safetensors
expect 0 likeness train people --force --detect $boxes $tiny --steps 3 -o run
out_has ' in run/faces-2; '
absent run/faces run/faces.json
expect 0 likeness train people --force --detect $boxes $tiny --steps 3 -o run
out_has ' in run/faces; '
absent run/faces-2 run/faces-2.json
no_leftovers run

# ---- with a detector; photographs without a face and broken ones are named
cp -r "$INPUTS/photos" photos
echo 'not an image' >photos/bert/4.jpg
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
expect 1 likeness train photos --detect $find_ $tiny --steps 2 -o found
err_has '^likeness: photos/bert/4.jpg: '
out_has '^[2-5] faces from 6 photographs in found/faces; [0-3] without a face$'
out_has "^use .* --detector [^ ]*mtcnn --thresholds .56,.48,.5 --weights found/best.safetensors"
grep -q '"border": "pad"' found/faces.json || wrong 'faces.json does not say what became of the border'
# Faces of a version that knew no padding are squeezed: they are cut anew, and where a run
# goes on with them, embed is told.
sed -i '/"border"/d' found/faces.json
expect 0 likeness train --resume -o found --steps 3
out_has '^use .* --thresholds .56,.48,.5 --border squeeze --weights '
expect 1 likeness train photos --detect $find_ $tiny --steps 2 --force -o found
grep -q '"border": "pad"' found/faces*.json || wrong 'old faces were taken for new ones'
expect 0 likeness train --resume -o found --steps 3
printf 'path,x1,y1,x2,y2\npeople/p0001/001.jpg,10,10,90,90\n' >one.csv
expect 1 likeness train people --detect --boxes one.csv $tiny -o lonely
err_has 'people/p0001/002.jpg: no box for it in one.csv$'
err_has '^likeness: none of 1 person has 2 photographs or more$'
expect 3 likeness train people --detect $tiny -o none
err_is <<'END'
likeness: the model "mtcnn" is not here yet: 'likeness models pull mtcnn' gets it
END
absent none
mkdir -p mine/faces
echo 'a diary' >mine/faces/diary.txt
expect 2 likeness train people --detect $boxes $tiny -o mine
err_has '^likeness: mine/faces: is there already and was not made by train --detect$'
there mine/faces/diary.txt

# ---- usage
expect 2 likeness train people $boxes -o none
err_has '--boxes is of --detect, which was not given'
expect 2 likeness train people --crop-margin 8 -o none
expect 2 likeness train people --detect $boxes --keep-all -o none
err_has 'one face of a photograph'
expect 2 likeness train people --detect $boxes --size 80 --crop-margin 80 -o none
err_has 'crop-margin 80 must be smaller than --size 80'
expect 2 likeness train people --detect $boxes --resume -o none
absent none

# ---- whole photographs without --detect: said, once, and not of crops
expect 0 likeness train "$INPUTS/photos" $tiny --steps 1 -o whole
err_has '^likeness: warning: these do not look like face crops \(.*/photos/[a-z]*/[0-9].[a-z]*: 1[0-9]* x [0-9]* pixels\): .*--detect'
expect 0 likeness train --resume --steps 2 -o whole
grep -q 'face crops' err && wrong 'a resumed run warns again'
expect 0 likeness train crops $tiny --steps 1 --force -o plain
grep -q 'face crops' err && wrong 'crops are taken for photographs'
if [ -d "$SHARED/data/mtcnn" ]; then
    mkdir -p cache/likeness/models
    cp -r "$SHARED/data/mtcnn" cache/likeness/models/mtcnn
    expect 0 likeness train "$SHARED/data/tutorial/faces" $tiny --steps 1 -o square
    err_has 'face crops \(the face covers about 3[0-9] % of each\): .*--detect'
    expect 0 likeness crop "$SHARED/data/tutorial/faces" --margin 32 -q -o real
    expect 0 likeness train real $tiny --steps 1 -o close
    grep -q 'face crops' err && wrong 'crops with a margin are taken for photographs'
else
    echo "SKIPPED: square photographs: no $SHARED/data/mtcnn"
fi
finish
